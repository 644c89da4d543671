//! SARIF 2.1.0, the form in which code hosts and editors take findings.
//!
//! In: findings. Out: one document. A rule is a vendor; the fingerprint lets a host recognise a finding that has moved.
//! (OASIS, Static Analysis Results Interchange Format 2.1.0, sections 3.13 to 3.28.)

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::finding::{Finding, Severity};
use crate::remedy::remedy;
use crate::vendors::vendor_of;

/// A log with one run.
#[must_use]
pub fn sarif(findings: &[Finding], version: &str) -> Json {
    let vendors: BTreeSet<&str> = findings.iter().map(|finding| finding.provider).collect();
    let vendors: Vec<&str> = vendors.into_iter().collect();
    let results: Vec<Json> = findings.iter().map(|finding| result(finding, &vendors)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "tollgate scan",
                "version": version,
                "rules": vendors.iter().map(|vendor| rule(vendor)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(id: &str) -> Json {
    let name = vendor_of(id).map_or(id, |vendor| vendor.name);
    json!({
        "id": format!("key-{id}"),
        "shortDescription": { "text": format!("A key of {name}") },
        "help": { "text": "Withdraw the key where it was made, then take it out of the file." },
        "properties": { "tags": ["security", "secret"], "security-severity": "9.0" },
    })
}

fn result(finding: &Finding, vendors: &[&str]) -> Json {
    let mut result = json!({
        "ruleId": format!("key-{}", finding.provider),
        "ruleIndex": vendors.iter().position(|vendor| *vendor == finding.provider),
        "level": level(finding.severity),
        "message": { "text": message(finding) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&finding.place.path) },
            "region": { "startLine": finding.line, "startColumn": finding.character },
        }}],
        "partialFingerprints": { "tollgateScan/v1": finding.fingerprint },
        "properties": { "severity": finding.severity },
    });
    // A line inside of an archive is none of the archive's.
    if let Some(member) = finding.place.member() {
        result["locations"][0]["logicalLocations"] = json!([{ "fullyQualifiedName": member, "kind": "member" }]);
        result["properties"]["member"] = json!(member);
        result["properties"]["line"] = json!(finding.line);
        result["locations"][0]["physicalLocation"]["region"] = json!({ "startLine": 1 });
    }
    if let Some(commit) = &finding.place.commit {
        result["properties"]["commit"] = json!(commit.id);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn message(finding: &Finding) -> String {
    let name = vendor_of(finding.provider).map_or(finding.provider, |vendor| vendor.name);
    let how = if finding.in_base64 { ", in base64" } else { "" };
    let inside = finding.place.member().map_or_else(String::new, |member| format!(", in {member}:{}", finding.line));
    format!("Key of {name} ({}{how}){inside}, {}. {}.", finding.masked, finding.severity.reason(), remedy(finding))
}

/// A path as a relative reference (RFC 3986): what is not allowed in one, percent-encoded.
fn uri(path: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(byte);
    path.bytes()
        .map(|byte| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Place;
    use crate::search::Search;
    use crate::text::scan;

    fn log(path: &str, members: &[&str]) -> Json {
        let place = Place { members: members.iter().map(ToString::to_string).collect(), ..Place::file(path) };
        // tollgate:allow: made up for this test
        let text = "\n  é = 'sk-proj-FAKEq81Lm9ZtWc4Vb2Nd7KpR5'\n gsk_FAKEq81Lm9ZtWc4Vb2Nd7KpR5";
        sarif(&scan(&Search::new(), &place, text.as_bytes()), "1.2.3")
    }

    #[test]
    fn a_result_names_its_rule_its_place_and_no_key() {
        let log = log("src/a b.py", &[]);

        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 2);
        for result in results {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(result["ruleId"], run["tool"]["driver"]["rules"][index]["id"]);
        }
        let place = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "src/a%20b.py");
        // In characters, as `columnKind` says.
        assert_eq!((&place["region"]["startLine"], &place["region"]["startColumn"]), (&json!(2), &json!(8)));
        assert!(!log.to_string().contains("FAKEq81Lm9ZtWc4Vb2Nd7KpR5"));
    }

    #[test]
    fn what_is_in_an_archive_is_told_of_the_archive() {
        let log = log("app.zip", &["dist/index.js"]);
        let result = &log["runs"][0]["results"][0];

        assert_eq!(result["locations"][0]["physicalLocation"]["region"], json!({ "startLine": 1 }));
        assert_eq!(result["properties"]["member"], "dist/index.js");
        assert_eq!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "dist/index.js");
        assert!(result["message"]["text"].as_str().unwrap().contains(", in dist/index.js:2, "), "{result}");
        assert_eq!(result["properties"]["severity"], "critical");
    }
}
