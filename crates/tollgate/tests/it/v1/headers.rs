//! Which headers pass, in both directions.

use tollgate_testing::server::CREDENTIAL;
use tollgate_testing::{Answer, Ask, Upstream};

use crate::server;

const NAMED_BY_US: [&str; 10] = [
    "date",
    "content-length",
    "content-type",
    "x-request-id",
    "openai-version",
    "openai-organization",
    "openai-processing-ms",
    "x-tollgate-provider",
    "x-tollgate-overhead-us",
    "x-tollgate-upstream-request-id",
];

fn loud(ask: Ask) -> Ask {
    [
        ("cookie", "session=1"),
        ("x-forwarded-for", "10.0.0.1"),
        ("forwarded", "for=10.0.0.1"),
        ("x-api-key", "sk-other"),
        ("api-key", "sk-other"),
        ("openai-beta", "assistants=v2"),
        ("user-agent", "OpenAI/Python 3.52.0"),
        ("accept-encoding", "gzip, br"),
        ("accept", "application/json"),
        ("x-stainless-lang", "python"),
        ("x-tollgate-diagnosis", "off"),
        ("x-request-id", "req_callers"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("tracestate", "a=b"),
        ("idempotency-key", "once"),
        ("connection", "x-hop"),
        ("x-hop", "1"),
    ]
    .iter()
    .fold(ask, |ask, (name, value)| ask.header(name, value))
}

#[tokio::test]
async fn nothing_of_the_callers_reaches_the_provider_but_the_body() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();

    let reply = key.ask(loud(key.chat_ask("gpt-4o-mini", "hi"))).await;

    assert_eq!(reply.status, 200);
    let received = upstream.only();
    let mut names: Vec<String> = received.headers().into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(
        names,
        ["accept-encoding", "authorization", "content-length", "content-type", "host", "user-agent", "x-request-id"]
    );
    let header = |name| received.header(name).unwrap();
    assert_eq!(header("authorization"), format!("Bearer {CREDENTIAL}"));
    assert_eq!(header("accept-encoding"), "identity");
    assert_eq!(header("host"), upstream.address().to_string());
    assert_eq!(header("x-request-id"), reply.request_id());
    assert!(header("user-agent").starts_with("tollgate/"));
    assert!(!received.head.contains(&key.secret) && !received.text().contains(&key.secret));
}

#[tokio::test]
async fn a_trace_is_passed_on_where_configured() {
    let upstream = Upstream::start().await;
    let server = server()
        .provider("traced", &upstream.base_url(), "passes_trace = true")
        .model("gpt-4o-mini", "traced", "gpt-4o-mini")
        .start()
        .await;
    let key = server.first_key();

    key.ask(loud(key.chat_ask("gpt-4o-mini", "hi"))).await;

    let received = upstream.only();
    let trace = received.header("traceparent").unwrap();
    assert!(trace.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{trace}");
    assert_eq!(received.header("tracestate").unwrap(), "a=b");
    assert_eq!(received.header("cookie"), None);
}

#[tokio::test]
async fn only_headers_of_ours_reach_the_caller() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[retry]\nattempts = 1").start().await;
    for (stream, answer) in
        [("false", Answer::usual()), ("true", Answer::stream().event("[DONE]")), ("false", Answer::json(500, "{}"))]
    {
        let noisy = [
            ("set-cookie", "a=b"),
            ("server", "cloudflare"),
            ("x-ratelimit-remaining-requests", "7"),
            ("x-ratelimit-limit-tokens", "9"),
            ("openai-organization", "providers-own"),
            ("openai-processing-ms", "99999"),
            ("x-request-id", "req_providers"),
            ("access-control-allow-origin", "*"),
            ("strict-transport-security", "max-age=1"),
            ("x-secret", "1"),
        ];
        upstream.answer(noisy.iter().fold(answer, |answer, (name, value)| answer.header(name, value)));

        let asked = format!(r#"{{"model":"gpt-4o-mini","stream":{stream}}}"#);
        let reply = server.first_key().post("/v1/chat/completions", asked).await;

        let extra =
            ["transfer-encoding", "cache-control", "x-accel-buffering", "x-should-retry", "x-tollgate-cause", "link"];
        for (name, value) in &reply.headers {
            assert!(NAMED_BY_US.contains(&name.as_str()) || extra.contains(&name.as_str()), "{name}: {value}");
        }
        assert_eq!(reply.header("x-tollgate-upstream-request-id"), Some("req_providers"));
        assert_ne!(reply.request_id(), "req_providers");
        assert_ne!(reply.header("openai-organization"), Some("providers-own"));
    }
}

#[tokio::test]
async fn a_header_of_the_provider_cannot_start_another() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    upstream.answer(Answer::raw(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: a\rx-evil: 1\r\ncontent-length: 2\r\n\r\n{}".as_slice(),
    ));

    let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

    assert!(reply.header("x-evil").is_none(), "{reply:?}");
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own() {
    let server = server().start().await;
    let key = server.first_key();
    let mut seen = std::collections::HashSet::new();
    for ask in [
        key.chat_ask("sandbox", "hi").bearer(&key.secret),
        key.chat_ask("nothing", "hi").bearer(&key.secret),
        Ask::get("/v1/models").bearer(&key.secret),
        Ask::get("/v1/models"),
        Ask::get("/nothing"),
        Ask::post("/v1/chat/completions", "{").bearer(&key.secret),
        Ask::new("DELETE", "/v1/models"),
        Ask::get("/livez"),
        Ask::get("/version"),
    ] {
        let reply = server.ask(&ask).await;
        assert!(seen.insert(reply.request_id().to_owned()), "{ask:?}");
        assert!(reply.request_id().starts_with("req_"), "{ask:?}");
    }
    let malformed = server.raw_reply(b"nonsense\r\n\r\n").await;
    assert!(seen.insert(malformed.request_id().to_owned()));
}
