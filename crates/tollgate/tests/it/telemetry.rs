//! Traces: what a collector gets, what providers are told, and that neither a slow collector nor a missing one is felt.

mod collector;

use serde_json::json;
use tollgate_testing::wait::until;
use tollgate_testing::{Answer, Ask, Gate, TestServer, Upstream};

use crate::server;
use collector::{Collector, Span, resource};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// Asks with a caller's trace context.
async fn ask_with(server: &TestServer, headers: &[(&str, &str)]) {
    let key = server.first_key();
    let ask = key.chat_ask("gpt-4o-mini", "a secret of the caller");
    let ask = headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
    assert_eq!(key.ask(ask).await.status, 200);
}

fn of_kind(spans: &[Span], kind: u64) -> Vec<&Span> {
    spans.iter().filter(|span| span.kind == kind).collect()
}

#[tokio::test]
async fn a_request_and_its_attempt_are_spans_of_the_caller_s_trace() {
    let (collector, upstream) = (Collector::start().await, Upstream::start().await);
    let server = collector
        .of(server())
        .variable("OTEL_SERVICE_NAME", "gate")
        .variable("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20otel")
        .provider("openai", &upstream.base_url(), "passes_trace = true")
        .model("gpt-4o-mini", "openai", "gpt-4o-mini")
        .start()
        .await;

    ask_with(&server, &[("traceparent", PARENT), ("tracestate", "vendor=1")]).await;
    let spans = collector.some(2).await;

    let (request, attempt) = (of_kind(&spans, 2)[0], of_kind(&spans, 3)[0]);
    assert_eq!((request.trace.as_str(), request.parent.as_str()), (TRACE, "b7ad6b7169203331"));
    assert_eq!(
        (&attempt.trace, &attempt.parent, &attempt.state),
        (&request.trace, &request.id, &"vendor=1".to_owned())
    );
    assert_eq!((request.name.as_str(), request.status), ("chat gpt-4o-mini", 0));
    assert!(request.start <= attempt.start && attempt.start < attempt.end && attempt.end <= request.end);
    for (key, value) in [
        ("gen_ai.operation.name", json!("chat")),
        ("gen_ai.provider.name", json!("openai")),
        ("gen_ai.request.model", json!("gpt-4o-mini")),
        ("gen_ai.response.model", json!("gpt-4o-mini-2024-07-18")),
        ("gen_ai.usage.input_tokens", json!(9)),
        ("gen_ai.usage.output_tokens", json!(3)),
        ("http.request.method", json!("POST")),
        ("http.route", json!("/v1/chat/completions")),
        ("http.response.status_code", json!(200)),
        ("tollgate.attempts", json!(1)),
    ] {
        assert_eq!(request.attribute(key), value, "{key}");
    }
    assert!(request.attribute("tollgate.request.id").as_str().unwrap().starts_with("req_"));
    assert_eq!(attempt.attribute("server.port"), json!(upstream.address().port()));
    assert!(!attempt.attributes.keys().any(|key| key.starts_with("gen_ai.usage")), "tokens count once: {attempt:?}");
    let told = upstream.only();
    let expected = format!("00-{TRACE}-{}-01", attempt.id);
    assert_eq!((told.header("traceparent"), told.header("tracestate")), (Some(expected), Some("vendor=1".to_owned())));
    let export = collector.0.request(0).await;
    assert_eq!(export.line(), "POST /v1/traces HTTP/1.1");
    assert_eq!(export.header("content-type").as_deref(), Some("application/x-protobuf"));
    assert_eq!(export.header("authorization").as_deref(), Some("Bearer otel"));
    assert_eq!(resource(&export.body)["service.name"], "gate");
    assert!(!export.text().contains("a secret of the caller"), "content is never in a span");
}

#[tokio::test]
async fn a_trace_that_begins_here_is_found_by_the_request_s_id() {
    let collector = Collector::start().await;
    let server = collector.of(server()).start().await;

    let reply = server.first_key().chat("sandbox", "hi").await;
    let spans = collector.some(2).await;

    assert_eq!(format!("req_{}", spans[0].trace), reply.request_id());
    assert_eq!(of_kind(&spans, 2)[0].parent, "");
}

#[tokio::test]
async fn each_attempt_of_a_failover_is_a_span_with_its_cause() {
    let (collector, upstream) = (Collector::start().await, Upstream::start().await);
    let server = collector
        .of(server())
        .provider("bad", &upstream.base_url(), "")
        .provider("good", &upstream.base_url(), "")
        .config(
            r#"
            [models."gpt-4o-mini"]
            deployments = [{ provider = "bad", model = "a" }, { provider = "good", model = "b" }]
            "#,
        )
        .start()
        .await;
    upstream.answer(Answer::json(503, r#"{"error":{"message":"no","type":"server_error"}}"#));

    ask_with(&server, &[]).await;
    let spans = collector.some(3).await;

    let attempts = of_kind(&spans, 3);
    let facts = |span: &Span| (span.name.clone(), span.attribute("http.response.status_code"), span.status);
    assert_eq!(facts(attempts[0]), ("chat a".to_owned(), json!(503), 2));
    assert_eq!(facts(attempts[1]), ("chat b".to_owned(), json!(200), 0));
    assert!(attempts[0].attribute("error.type").is_string());
    assert_eq!(attempts[1].attribute("http.request.resend_count"), json!(1));
    let request = of_kind(&spans, 2)[0];
    assert_eq!((request.attribute("tollgate.attempts"), request.attribute("error.type")), (json!(2), json!(null)));
}

#[tokio::test]
async fn a_stream_tells_its_first_chunk_and_how_it_broke_off() {
    let (collector, upstream) = (Collector::start().await, Upstream::start().await);
    let server = collector.of(server()).upstream(&upstream).start().await;
    let key = server.first_key();
    let chunk = r#"{"id":"c","object":"chat.completion.chunk","model":"gpt-4o-mini-x","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}"#;
    upstream.answer(Answer::stream().event(chunk).cut());

    let body = json!({ "model": "gpt-4o-mini", "stream": true, "messages": [] });
    key.post("/v1/chat/completions", body.to_string()).await;
    let spans = collector.some(2).await;

    let (request, attempt) = (of_kind(&spans, 2)[0], of_kind(&spans, 3)[0]);
    assert!(request.attribute("gen_ai.response.time_to_first_chunk").as_f64().unwrap() > 0.0);
    assert_eq!(request.attribute("gen_ai.request.stream"), json!(true));
    assert_eq!((request.status, attempt.status), (2, 2));
    assert_eq!(request.attribute("error.type"), attempt.attribute("error.type"));
    assert!(request.attribute("error.type").is_string());
}

#[tokio::test]
async fn a_caller_that_does_not_sample_is_followed_and_told_on() {
    let (collector, upstream) = (Collector::start().await, Upstream::start().await);
    let server = collector
        .of(server())
        .provider("openai", &upstream.base_url(), "passes_trace = true")
        .model("gpt-4o-mini", "openai", "gpt-4o-mini")
        .start()
        .await;

    ask_with(&server, &[("traceparent", PARENT.replace("-01", "-00").as_str())]).await;
    ask_with(&server, &[]).await;
    let spans = collector.some(2).await;

    assert!(spans.iter().all(|span| span.trace != TRACE), "{spans:?}");
    let told = upstream.request(0).await.header("traceparent").unwrap();
    assert!(told.starts_with(&format!("00-{TRACE}-")) && told.ends_with("-00"), "{told}");
}

#[tokio::test]
async fn refusals_of_known_callers_are_traced_and_those_of_unknown_ones_are_not() {
    let collector = Collector::start().await;
    let server = collector.of(server()).start().await;

    server.ask(&Ask::post("/v1/chat/completions", "{}")).await;
    let refused = server.first_key().chat("no-such-model", "hi").await;
    let stopped = server.stop().await;

    assert_eq!((refused.status, stopped.status.code()), (404, Some(0)));
    let spans = collector.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert_eq!((spans[0].name.as_str(), spans[0].status), ("chat", 0), "a name of a span is no caller's choice");
    assert_eq!(spans[0].attribute("error.type"), json!("model_not_found"));
}

#[tokio::test]
async fn an_export_is_tried_again_while_the_collector_is_busy() {
    let collector = Collector::start().await;
    let server = collector.of(server()).start().await;
    collector.answer(Answer::json(503, "{}").header("retry-after", "0"));

    server.first_key().chat("sandbox", "hi").await;
    let spans = collector.some(4).await;

    assert_eq!(spans[0].id, spans[2].id, "the same spans, once more");
    until("the count of spans", || async {
        let metrics = server.get("/metrics").await.text();
        metrics.contains("tollgate_spans_total{result=\"sent\"} 2\n").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_collector_that_never_answers_costs_spans_and_no_request() {
    let collector = Collector::start().await;
    let server = collector.of(server()).variable("OTEL_BSP_MAX_QUEUE_SIZE", "4").start().await;
    let gate = Gate::new();
    collector.answer(Answer::usual().held(&gate));
    let key = server.first_key();

    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(key.chat("sandbox", "hi").await.status);
    }

    assert_eq!(statuses, [200; 20]);
    let metrics = server.get("/metrics").await.text();
    let dropped = metrics.lines().find_map(|l| l.strip_prefix("tollgate_spans_total{result=\"dropped\"} ")).unwrap();
    assert!(dropped.parse::<u64>().unwrap() >= 20, "{dropped}");
    gate.open();
}

#[tokio::test]
async fn without_a_collector_the_caller_s_context_passes_unchanged() {
    let upstream = Upstream::start().await;
    let server = server()
        .variable("OTEL_SERVICE_NAME", "gate")
        .provider("openai", &upstream.base_url(), "passes_trace = true")
        .model("gpt-4o-mini", "openai", "gpt-4o-mini")
        .start()
        .await;

    ask_with(&server, &[("traceparent", PARENT)]).await;

    assert_eq!(upstream.only().header("traceparent").as_deref(), Some(PARENT));
    assert!(server.get("/metrics").await.text().contains("tollgate_spans_total{result=\"sent\"} 0\n"));
}
