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

/// Variables whose values say nothing secret.
const SHOWN: [&str; 12] = [
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "NODE_USE_ENV_PROXY",
    "OPENAI_BASE_URL",
    "OPENAI_API_BASE",
    "OPENAI_API_VERSION",
];

/// All of it.
#[must_use]
pub fn bundle(question: &Question, report: &Report) -> Json {
    let mut secrets = Secrets::default();
    let resolved = resolve(question);
    if let Some(key) = &resolved.key {
        secrets.add(&key.value);
    }
    let variables: serde_json::Map<String, Json> = resolved
        .set
        .iter()
        .map(|name| {
            let value = question.variable(name).unwrap_or("");
            let is_shown = SHOWN.contains(&name.as_str());
            let shown = match (is_shown, value.is_empty()) {
                (_, true) => "(empty)".to_owned(),
                (true, _) => secrets.mask(value),
                (false, _) => format!("(set, {} characters)", value.chars().count()),
            };
            (name.clone(), shown.into())
        })
        .collect();
    let read = |path: &str| fs::read_to_string(path).map(|text| text.trim().to_owned()).ok();
    json!({
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
    })
}
