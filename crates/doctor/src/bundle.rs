//! A report for a support case: all that was seen, the requests and answers, and the machine, without a secret.
//!
//! In: a [`Question`] and its [`Report`]. Out: a JSON document. What can be shown is written down here by name; the rest
//! stays away.

use std::fs;

use serde_json::{Value as Json, json};

use crate::environment::resolve;
use crate::names::servers;
use crate::question::Question;
use crate::report::Report;
use crate::secrets::Secrets;
use crate::variables::is_open;

/// All of it.
#[must_use]
pub fn bundle(question: &Question, report: &Report) -> Json {
    let mut secrets = Secrets::default();
    let resolved = resolve(question);
    if let Some(key) = &resolved.key {
        secrets.add_key(&key.value);
    }
    for address in question.base_url.iter().chain(question.variables.iter().map(|(_, value)| value)) {
        secrets.add_query(address);
    }
    let variables: serde_json::Map<String, Json> = resolved
        .set
        .iter()
        .map(|name| {
            let value = question.variable(name).unwrap_or("");
            let shown = match (is_open(name), value.is_empty()) {
                (_, true) => "(empty)".to_owned(),
                (true, _) => secrets.mask(&without_user(value)),
                (false, _) => format!("(set, {} characters)", value.chars().count()),
            };
            (name.clone(), shown.into())
        })
        .collect();
    let home = question.variable("HOME").map(|home| home.trim_end_matches('/')).filter(|home| home.len() > 1);
    let read = |path: &str| fs::read_to_string(path).map(|text| text.trim().to_owned()).ok();
    let mut bundle = json!({
        "object": "tollgate.doctor_bundle",
        "version": 1,
        "program": concat!("tollgate ", env!("CARGO_PKG_VERSION")),
        "made_at": jiff::Timestamp::now().to_string(),
        "machine": {
            "system": std::env::consts::OS,
            "architecture": std::env::consts::ARCH,
            "kernel": read("/proc/sys/kernel/osrelease"),
            "in_container": question.in_container,
            "name_servers": servers(&question.resolv_conf).iter().map(ToString::to_string).collect::<Vec<_>>(),
        },
        "variables": variables,
        "dot_env": question.dot_env.iter().map(|(path, _)| path.display().to_string()).collect::<Vec<_>>(),
        "report": report.to_json(),
        "exchanges": report.exchanges,
    });
    if let Some(home) = home {
        hide_home(&mut bundle, home);
    }
    bundle
}

/// An address without the user name and password that may stand before its host.
fn without_user(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://***@{}", &rest[at + 1..]),
        None => value.to_owned(),
    }
}

/// The folder of the person, whose name is often in it, becomes `~`.
fn hide_home(part: &mut Json, home: &str) {
    match part {
        Json::String(text) if text.contains(home) => *text = text.replace(home, "~"),
        Json::Array(parts) => parts.iter_mut().for_each(|part| hide_home(part, home)),
        Json::Object(members) => members.values_mut().for_each(|part| hide_home(part, home)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_calls_is_taken_out_of_addresses_and_paths() {
        let mut part = json!({ "a": ["/home/alice/ca.pem cannot be read"], "n": 7 });

        hide_home(&mut part, "/home/alice");

        assert_eq!(part, json!({ "a": ["~/ca.pem cannot be read"], "n": 7 }));
        assert_eq!(without_user("https://me:p@ss@gw.test/v1"), "https://***@gw.test/v1");
        assert_eq!(without_user("https://gw.test/v1/@x"), "https://gw.test/v1/@x");
    }
}
