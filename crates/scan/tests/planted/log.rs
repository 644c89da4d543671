//! The log of a tree of keys, held against the schema of SARIF 2.1.0 (OASIS, `sarif-schema-2.1.0.json`): every object is one
//! that the schema knows, has what it requires, and has no member that it does not know.
//!
//! The schema's objects are closed; of their members those stand here that the log has.

use serde_json::Value as Json;
use tollgate_scan::{Bounds, Ignoring, Options, Search, sarif, scan_tree};

use crate::tree;

/// What a member is.
enum Kind {
    Text,
    /// A URI or a relative reference: of RFC 3986's characters alone.
    Uri,
    Number {
        least: u64,
    },
    OneOf(&'static [&'static str]),
    Object(&'static str),
    Array(&'static str),
    /// Any names, all of them of texts.
    Texts,
    /// Anything; `tags` are distinct texts.
    Bag,
}

use Kind::{Array, Bag, Number, Object, OneOf, Text, Texts, Uri};

/// A member that must be there, and one that may.
const MUST: bool = true;
const MAY: bool = false;

fn members(object: &str) -> Vec<(&'static str, bool, Kind)> {
    match object {
        "sarifLog" => vec![("$schema", MAY, Uri), ("version", MUST, OneOf(&["2.1.0"])), ("runs", MUST, Array("run"))],
        "run" => vec![
            ("tool", MUST, Object("tool")),
            ("columnKind", MAY, OneOf(&["utf16CodeUnits", "unicodeCodePoints"])),
            ("results", MAY, Array("result")),
        ],
        "tool" => vec![("driver", MUST, Object("toolComponent"))],
        "toolComponent" => {
            vec![("name", MUST, Text), ("version", MAY, Text), ("rules", MAY, Array("reportingDescriptor"))]
        }
        "reportingDescriptor" => vec![
            ("id", MUST, Text),
            ("shortDescription", MAY, Object("multiformatMessageString")),
            ("help", MAY, Object("multiformatMessageString")),
            ("properties", MAY, Bag),
        ],
        // A message has a text or an id; of the log's messages all have a text.
        "multiformatMessageString" | "message" => vec![("text", MUST, Text)],
        "result" => vec![
            ("ruleId", MAY, Text),
            ("ruleIndex", MAY, Number { least: 0 }),
            ("level", MAY, OneOf(&["none", "note", "warning", "error"])),
            ("message", MUST, Object("message")),
            ("locations", MAY, Array("location")),
            ("partialFingerprints", MAY, Texts),
            ("properties", MAY, Bag),
        ],
        "location" => vec![
            ("physicalLocation", MAY, Object("physicalLocation")),
            ("logicalLocations", MAY, Array("logicalLocation")),
        ],
        "logicalLocation" => vec![("fullyQualifiedName", MAY, Text), ("kind", MAY, Text)],
        "physicalLocation" => {
            vec![("artifactLocation", MUST, Object("artifactLocation")), ("region", MAY, Object("region"))]
        }
        "artifactLocation" => vec![("uri", MAY, Uri)],
        "region" => vec![("startLine", MAY, Number { least: 1 }), ("startColumn", MAY, Number { least: 1 })],
        other => panic!("the schema's {other} is not written down here"),
    }
}

/// What is wrong with an object, each with its place.
fn faults(object: &str, value: &Json, at: &str) -> Vec<String> {
    let Some(own) = value.as_object() else { return vec![format!("{at}: not an object")] };
    let known = members(object);
    let strange = own.keys().filter(|name| !known.iter().any(|(known, ..)| known == name));
    let mut faults: Vec<String> = strange.map(|name| format!("{at}: {object} has no {name}")).collect();
    for (name, must, kind) in known {
        let at = format!("{at}.{name}");
        match own.get(name) {
            None if must => faults.push(format!("{at}: missing")),
            None => {}
            Some(value) => faults.extend(of_kind(&kind, value, &at)),
        }
    }
    faults
}

fn of_kind(kind: &Kind, value: &Json, at: &str) -> Vec<String> {
    let is_uri = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte))
    };
    let is_right = match kind {
        Object(object) => return faults(object, value, at),
        Array(object) => {
            let Some(all) = value.as_array() else { return vec![format!("{at}: not an array")] };
            return all.iter().enumerate().flat_map(|(n, one)| faults(object, one, &format!("{at}[{n}]"))).collect();
        }
        Text => value.is_string(),
        Uri => value.as_str().is_some_and(is_uri),
        Number { least } => value.as_u64().is_some_and(|number| number >= *least),
        OneOf(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Texts => value.as_object().is_some_and(|all| all.values().all(Json::is_string)),
        Bag => value.is_object() && value["tags"].as_array().is_none_or(|tags| tags.iter().all(Json::is_string)),
    };
    if is_right { Vec::new() } else { vec![format!("{at}: {value}")] }
}

#[test]
fn a_log_of_every_kind_of_place_is_an_instance_of_the_schema() {
    let root = tempfile::tempdir().expect("there is room for a directory");
    let planted = tree::plant(root.path());
    let odd = "ein Ordner/ü #%?.py";
    std::fs::create_dir(root.path().join("ein Ordner")).expect("the directory is ours");
    std::fs::copy(root.path().join(&planted[0].path), root.path().join(odd)).expect("both are ours");
    let options = Options { ignoring: Ignoring::AsGit, bounds: Bounds::default(), threads: 1 };

    let report = scan_tree(&Search::new(), root.path(), &options);
    let log = sarif(&report.findings, "1.2.3");

    assert_eq!(faults("sarifLog", &log, "$"), Vec::<String>::new());
    let results = log["runs"][0]["results"].as_array().expect("it has results");
    assert_eq!(results.len(), planted.len() + 1);
    assert!(results.iter().any(|one| one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "ein%20Ordner/%C3%BC%20%23%25%3F.py"));
}

#[test]
fn a_log_without_findings_is_one_too() {
    assert_eq!(faults("sarifLog", &sarif(&[], "1.2.3"), "$"), Vec::<String>::new());
}
