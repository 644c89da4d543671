//! A report as the document that `--json` prints and the server answers, and read back from it.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tollgate_errors::catalog;

use super::{Entry, Latency, Report, Spent, Verdict};
use crate::check::Check;
use crate::dialect::Dialect;

impl Report {
    /// The members of the document.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let checks: Vec<Json> = self.entries.iter().map(Entry::to_json).collect();
        let latency = self.latency.map(|l| {
            json!({
                "dns_ms": ms(l.dns), "connect_ms": ms(l.connect), "tls_ms": ms(l.tls),
                "first_byte_ms": ms(l.first_byte), "first_token_ms": l.first_token.map(ms), "total_ms": ms(l.whole),
            })
        });
        json!({
            "base_url": self.base_url,
            "dialect": self.dialect,
            "model": self.model,
            "well": self.is_well(),
            "findings": self.findings().count(),
            "checks": checks,
            "spent": {
                "requests": self.spent.requests,
                "completions": self.spent.completions,
                "input_tokens": self.spent.input_tokens,
                "output_tokens": self.spent.output_tokens,
                "estimate": self.spent.is_estimate,
            },
            "latency": latency,
        })
    }

    /// The report of such a document; `None` where it is another one. A check that this version does not know is left out.
    #[must_use]
    pub fn from_json(document: &Json) -> Option<Self> {
        let entries = document["checks"].as_array()?.iter().filter_map(Entry::from_json).collect();
        let dialect = document["dialect"].as_str()?;
        let spent = &document["spent"];
        let count = |name: &str| spent[name].as_u64().unwrap_or(0);
        let small = |name: &str| u32::try_from(count(name)).unwrap_or(u32::MAX);
        Some(Self {
            base_url: text(&document["base_url"])?,
            dialect: Dialect::ALL.into_iter().map(Dialect::name).find(|known| *known == dialect)?,
            model: text(&document["model"]),
            entries,
            spent: Spent {
                requests: small("requests"),
                completions: small("completions"),
                input_tokens: count("input_tokens"),
                output_tokens: count("output_tokens"),
                is_estimate: spent["estimate"].as_bool().unwrap_or(false),
            },
            latency: Latency::from_json(&document["latency"]),
            exchanges: Vec::new(),
            ended_by: None,
        })
    }
}

impl Latency {
    fn from_json(latency: &Json) -> Option<Self> {
        Some(Self {
            dns: time(&latency["dns_ms"])?,
            connect: time(&latency["connect_ms"])?,
            tls: time(&latency["tls_ms"])?,
            first_byte: time(&latency["first_byte_ms"])?,
            first_token: time(&latency["first_token_ms"]),
            whole: time(&latency["total_ms"])?,
        })
    }
}

impl Entry {
    fn to_json(&self) -> Json {
        json!({
            "check": self.check.name(),
            "title": self.check.title(),
            "verdict": self.verdict.name(),
            "what": self.what,
            "evidence": self.evidence,
            "cause": self.cause.map(|cause| cause.slug),
            "cause_title": self.cause.map(|cause| cause.title),
            "remedy": self.remedy,
            "link": self.cause.map(|cause| format!("/errors/{}", cause.slug)),
            "took_ms": self.took.map(ms),
            "carried": self.is_carried,
        })
    }

    fn from_json(entry: &Json) -> Option<Self> {
        let (check, verdict) = (entry["check"].as_str()?, entry["verdict"].as_str()?);
        Some(Self {
            check: Check::ALL.into_iter().find(|known| known.name() == check)?,
            verdict: Verdict::ALL.into_iter().find(|known| known.name() == verdict)?,
            what: text(&entry["what"])?,
            evidence: entry["evidence"].as_array()?.iter().filter_map(text).collect(),
            cause: entry["cause"].as_str().and_then(catalog::by_slug),
            remedy: text(&entry["remedy"]),
            took: time(&entry["took_ms"]),
            has_cost: false,
            is_carried: entry["carried"].as_bool().unwrap_or(false),
        })
    }
}

/// Milliseconds with one digit behind the point.
fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

fn time(ms: &Json) -> Option<Duration> {
    Duration::try_from_secs_f64(ms.as_f64()? / 1000.0).ok()
}

fn text(text: &Json) -> Option<String> {
    text.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_comes_back_from_its_document() {
        let cause = catalog::by_slug("key_invalid");
        let entry = |check, verdict, cause| Entry {
            check,
            verdict,
            what: "what".to_owned(),
            evidence: vec!["seen".to_owned()],
            cause,
            remedy: Some("do".to_owned()),
            took: Some(Duration::from_millis(12)),
            has_cost: false,
            is_carried: false,
        };
        let took = Duration::from_micros(1_500);
        let latency =
            Latency { dns: took, connect: took, tls: took, first_byte: took, first_token: Some(took), whole: took };
        let spent = Spent { requests: 4, completions: 1, input_tokens: 9, output_tokens: 2, is_estimate: true };
        let report = Report {
            base_url: "https://api.example/v1".to_owned(),
            dialect: "openai",
            model: Some("gpt".to_owned()),
            entries: vec![
                entry(Check::Names, Verdict::Fine, None),
                entry(Check::Authentication, Verdict::Finding, cause),
            ],
            spent,
            latency: Some(latency),
            exchanges: Vec::new(),
            ended_by: None,
        };

        let document = report.to_json();
        let read = Report::from_json(&document).expect("its own document");

        assert_eq!(read.to_json(), document);
        assert_eq!((read.findings().count(), read.spent, read.latency), (1, spent, Some(latency)));
        assert!(Report::from_json(&json!({ "object": "error" })).is_none());
    }
}
