//! What `/metrics` counts, and that docs/metrics.md and the dashboard speak of nothing else.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use tollgate_testing::wait::until;
use tollgate_testing::{Answer, Ask, TestServer, Upstream};

use crate::server;

const DOCS: &str = include_str!("../../../../docs/metrics.md");
const DASHBOARD: &str = include_str!("../../../../contrib/grafana/tollgate.json");

/// The server's metrics, each line a sample.
struct Metrics(String);

impl Metrics {
    async fn of(server: &TestServer) -> Self {
        Self(server.get("/metrics").await.text())
    }

    /// The value of the sample that begins so.
    fn value(&self, sample: &str) -> f64 {
        let line = self.0.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{sample}\n{}", self.0)).parse().unwrap()
    }

    fn has(&self, sample: &str) -> bool {
        self.0.lines().any(|line| line.starts_with(sample))
    }

    /// The names of all metrics, as they are asked for.
    fn names(&self) -> BTreeSet<String> {
        let typed = self.0.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        typed.map(|(name, kind)| if kind == "counter" { format!("{name}_total") } else { name.to_owned() }).collect()
    }
}

/// `bad` and `good` serve the model, in this order, and `spare` stands in for it.
async fn start(upstream: &Upstream, more: &str) -> TestServer {
    server()
        .provider("bad", &upstream.base_url(), "")
        .provider("good", &upstream.base_url(), "")
        .config(&format!(
            r#"
            workers = 1
            [models."gpt-4o-mini"]
            deployments = [{{ provider = "bad", model = "a" }}, {{ provider = "good", model = "b" }}]
            fallbacks = [{{ model = "spare" }}]
            [models.spare]
            deployments = [{{ provider = "good", model = "c" }}]
            {more}
            "#
        ))
        .start()
        .await
}

fn unavailable() -> Answer {
    Answer::json(503, r#"{"error":{"message":"no","type":"server_error"}}"#)
}

#[tokio::test]
async fn an_attempt_that_another_made_good_is_counted_with_its_cause() {
    let upstream = Upstream::start().await;
    let server = start(&upstream, "").await;
    upstream.answer(unavailable());

    server.first_key().chat("gpt-4o-mini", "hi").await;
    let metrics = Metrics::of(&server).await;

    let attempts = |provider: &str, result: &str| {
        let labels = format!("model=\"gpt-4o-mini\",provider=\"{provider}\",result=\"{result}\"");
        metrics.value(&format!("tollgate_attempts_total{{{labels}}}"))
    };
    assert_eq!((attempts("bad", "failed"), attempts("bad", "answered")), (1.0, 0.0));
    assert_eq!((attempts("good", "failed"), attempts("good", "answered")), (0.0, 1.0));
    assert!(metrics.has(r#"tollgate_upstream_errors_total{model="gpt-4o-mini",provider="bad",cause="#));
    let success = r#"route="chat_completions",model="gpt-4o-mini",provider="good",status="200",error="""#;
    assert_eq!(metrics.value(&format!("tollgate_requests_total{{{success}}}")), 1.0);
}

#[tokio::test]
async fn a_refusal_is_told_from_a_failure() {
    let upstream = Upstream::start().await;
    let server = start(&upstream, "").await;
    upstream.answer(Answer::json(
        400,
        r#"{"error":{"message":"no","type":"invalid_request_error","param":null,"code":null}}"#,
    ));

    server.first_key().chat("gpt-4o-mini", "hi").await;
    let metrics = Metrics::of(&server).await;

    let refused = r#"tollgate_attempts_total{model="gpt-4o-mini",provider="bad",result="refused"}"#;
    assert_eq!(metrics.value(refused), 1.0);
    assert_eq!(metrics.value(&refused.replace("refused\"", "failed\"")), 0.0);
}

#[tokio::test]
async fn an_answer_of_a_model_that_stands_in_counts_for_the_model_that_was_asked_for() {
    let upstream = Upstream::start().await;
    let server = start(&upstream, "").await;
    upstream.answer(unavailable());
    upstream.answer(unavailable());

    server.first_key().chat("gpt-4o-mini", "hi").await;
    let metrics = Metrics::of(&server).await;

    assert_eq!(metrics.value(r#"tollgate_fallbacks_total{model="gpt-4o-mini",fallback="spare"}"#), 1.0);
    let requests =
        r#"tollgate_requests_total{route="chat_completions",model="gpt-4o-mini",provider="good",status="200""#;
    assert_eq!(metrics.value(&format!("{requests},error=\"\"}}")), 1.0);
    assert_eq!(metrics.value(r#"tollgate_tokens_total{model="spare",provider="good",type="output"}"#), 3.0);
}

#[tokio::test]
async fn an_open_breaker_is_told_of_and_leaves_the_server_ready() {
    let upstream = Upstream::start().await;
    let server = start(&upstream, "[breaker]\nfailures = 1\nopen = \"10m\"\nopen_max = \"10m\"").await;
    upstream.answer(unavailable());

    server.first_key().chat("gpt-4o-mini", "hi").await;
    let metrics = Metrics::of(&server).await;
    let (short, verbose) = (server.get("/readyz").await, server.get("/readyz?verbose").await);

    assert_eq!(metrics.value(r#"tollgate_breaker_state{deployment="bad/a"}"#), 2.0);
    assert_eq!(metrics.value(r#"tollgate_breaker_openings_total{deployment="bad/a"}"#), 1.0);
    assert_eq!(metrics.value(r#"tollgate_breaker_state{deployment="good/b"}"#), 0.0);
    assert_eq!((short.status, short.text().as_str(), verbose.status), (200, "ok\n", 200));
    let page = verbose.text();
    assert!(page.contains("[!] breaker bad/a: open for another ") && page.ends_with("\nok\n"), "{page}");
    for line in ["[+] breaker good/b: closed\n", "[+] journal: ", "[+] ingestion: working, "] {
        assert!(page.contains(line), "{line}\n{page}");
    }
}

#[tokio::test]
async fn a_repetition_that_the_budget_refuses_is_counted() {
    let upstream = Upstream::start().await;
    let server = start(&upstream, "[retry]\nbudget_percent = 0").await;
    upstream.answer(unavailable());

    let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

    assert_eq!(reply.status, 503);
    assert_eq!(Metrics::of(&server).await.value("tollgate_retries_refused_total"), 1.0);
}

#[tokio::test]
async fn callers_that_are_not_known_are_counted_by_cause() {
    let server = server().start().await;

    server.get("/v1/models").await;
    server.get("/v1/models").await;
    server.ask(&Ask::get("/v1/models").bearer("sk-tg-nonsense")).await;
    server.first_key().chat("no-such-model", "hi").await;
    let metrics = Metrics::of(&server).await;

    assert_eq!(metrics.value(r#"tollgate_unknown_callers_refused_total{cause="key_missing"}"#), 2.0);
    let all = metrics.0.lines().filter(|line| line.starts_with("tollgate_unknown_callers_refused_total{"));
    assert_eq!(all.count(), 2, "a known caller's refusal is none of them\n{}", metrics.0);
}

#[tokio::test]
async fn ingestion_is_told_of_and_catches_up() {
    let server = server().start().await;

    server.first_key().chat("sandbox", "hi").await;

    until("ingestion to catch up", || async {
        let metrics = Metrics::of(&server).await;
        let read = metrics.value("tollgate_ingest_entries_total") >= 2.0;
        (read && metrics.value("tollgate_ingest_lag_bytes") == 0.0).then_some(())
    })
    .await;
    let metrics = Metrics::of(&server).await;
    assert_eq!(metrics.value(r#"tollgate_ingest_state{state="working"}"#), 1.0);
    assert_eq!(metrics.value(r#"tollgate_ingest_state{state="failing"}"#), 0.0);
    assert!(metrics.value("tollgate_ingest_lag_seconds") < 20.0);
}

/// The names of all metrics: a family is shown once there is something to count.
async fn all_names() -> BTreeSet<String> {
    let upstream = Upstream::start().await;
    let server = start(&upstream, "").await;
    upstream.answer(unavailable());
    upstream.answer(unavailable());
    server.first_key().chat("gpt-4o-mini", "hi").await;
    server.get("/v1/models").await;
    Metrics::of(&server).await.names()
}

#[tokio::test]
async fn the_documentation_has_every_metric_and_no_other() {
    let served = all_names().await;

    let rows = DOCS.lines().filter_map(|line| line.strip_prefix("| `tollgate_")?.split('`').next());
    let documented: BTreeSet<_> = rows.map(|name| format!("tollgate_{name}")).collect();
    assert_eq!(documented, served);
}

#[tokio::test]
async fn the_dashboard_asks_for_metrics_that_there_are() {
    let served = all_names().await;
    let dashboard: Json = serde_json::from_str(DASHBOARD).unwrap();

    let mut queries = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            queries.push(target["expr"].as_str().unwrap());
        }
    }

    assert!(queries.len() > 10);
    for query in queries {
        let words = query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let names: Vec<_> = words.filter(|word| word.starts_with("tollgate_")).collect();
        assert!(!names.is_empty(), "{query}");
        for name in names {
            let bare = name.strip_suffix("_bucket").or(name.strip_suffix("_count")).or(name.strip_suffix("_sum"));
            assert!(served.contains(bare.unwrap_or(name)), "{name} in {query}");
        }
    }
}
