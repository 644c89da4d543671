//! Responses that a provider has stored: looked up where they were made, for the project that made them.

use serde_json::{Value as Json, json};
use tollgate_store::{database::Database, projects};
use tollgate_testing::key::TestKey;
use tollgate_testing::server::CREDENTIAL;
use tollgate_testing::{Answer, Ask, Reply, Upstream};

use crate::server;

const ID: &str = "resp_0123456789abcdef";
const TWO: &str = r#"
[models.two]
deployments = [
{ provider = "openai", model = "gpt-4o" },
{ provider = "backup", model = "gpt-4o" },
]
"#;

fn made(id: &str) -> String {
    format!(
        r#"{{"output":[{{"id":"msg_1"}}],"id":"{id}","object":"response","model":"gpt-4o","usage":{{"input_tokens":3,"output_tokens":4,"total_tokens":7}}}}"#
    )
}

async fn ask(key: &TestKey<'_>, model: &str, more: &str) -> Reply {
    key.post("/v1/responses", format!(r#"{{"model":"{model}","input":"x"{more}}}"#)).await
}

#[tokio::test]
async fn what_is_asked_about_a_response_goes_to_the_provider_that_made_it() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    upstream.answer(Answer::json(200, made(ID)));
    assert_eq!(ask(&key, "gpt-4o-mini", "").await.status, 200);
    upstream.always(Answer::json(200, made(ID)));

    for (number, (method, path, line)) in [
        ("GET", format!("{ID}?include[]=a&api_key=sk-1"), format!("GET /v1/responses/{ID}?include[]=a HTTP/1.1")),
        (
            "GET",
            format!("{ID}/input_items?limit=2&after=msg_1"),
            format!("GET /v1/responses/{ID}/input_items?limit=2&after=msg_1 HTTP/1.1"),
        ),
        ("POST", format!("{ID}/cancel"), format!("POST /v1/responses/{ID}/cancel HTTP/1.1")),
        ("DELETE", ID.to_owned(), format!("DELETE /v1/responses/{ID} HTTP/1.1")),
    ]
    .into_iter()
    .enumerate()
    {
        let reply = key.ask(Ask::new(method, &format!("/v1/responses/{path}"))).await;

        assert_eq!((reply.status, reply.text()), (200, made(ID)), "{line}");
        assert_eq!(reply.header("x-tollgate-provider"), Some("openai"));
        let asked = upstream.request(number + 1).await;
        assert_eq!(asked.line().trim_end(), line);
        assert_eq!(asked.header("authorization").unwrap(), format!("Bearer {CREDENTIAL}"));
    }
    let gone = key.get(&format!("/v1/responses/{ID}")).await;
    assert_eq!(
        (gone.status, gone.cause()),
        (404, "response_not_found"),
        "it was deleted, and nobody is asked any more"
    );
    assert_eq!(upstream.received().len(), 5);
}

#[tokio::test]
async fn no_other_project_reaches_it_and_nothing_else_is_asked_for() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let database = Database::open(&server.data_dir()).unwrap();
    let organization = projects::list(&database).unwrap()[0].organization.clone();
    let project = projects::create(&database, &organization, "other", 1_795_000_000).unwrap().id;
    let theirs = server.key().project(&project).create().await;
    upstream.answer(Answer::json(200, made(ID)));
    ask(&server.first_key(), "gpt-4o-mini", "").await;

    for (method, path) in [
        ("GET", ID),
        ("DELETE", ID),
        ("POST", "resp_0123456789abcdef/cancel"),
        ("GET", "resp_0123456789abcdef/input_items"),
    ] {
        let reply = theirs.ask(Ask::new(method, &format!("/v1/responses/{path}"))).await;
        assert_eq!((reply.status, reply.cause()), (404, "response_not_found"));
    }
    for other in ["resp_unknown", "resp_0123456789abcdef%2F..", "..%2Fmodels"] {
        let reply = server.first_key().get(&format!("/v1/responses/{other}")).await;
        assert_eq!(reply.status, 404, "{other}");
    }
    assert_eq!(upstream.received().len(), 1, "only the call that made it");
}

#[tokio::test]
async fn a_conversation_goes_on_where_it_is_stored() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    let server = server().upstream(&first).provider("backup", &second.base_url(), "").config(TWO).start().await;
    let key = server.first_key();
    first.answer(Answer::json(500, "{}"));
    second.answer(Answer::json(200, made(ID)));
    let begun = ask(&key, "two", "").await;
    let reference = format!(r#","previous_response_id":"{ID}""#);
    second.always(Answer::json(200, made("resp_2")));
    let asked_before = first.received().len();

    let continued = ask(&key, "two", &reference).await;
    let elsewhere = ask(&key, "gpt-4o-mini", &reference).await;
    let unknown = ask(&key, "two", r#","previous_response_id":"resp_unknown""#).await;

    assert_eq!((begun.status, continued.status), (200, 200), "{}", continued.text());
    assert_eq!(continued.header("x-tollgate-provider"), Some("backup"));
    assert_eq!(first.received().len(), asked_before, "it is not asked for what it does not have");
    assert_eq!((elsewhere.status, elsewhere.cause()), (400, "response_state_unroutable"));
    assert_eq!((unknown.status, unknown.cause()), (400, "response_state_unroutable"));
}

#[tokio::test]
async fn a_streamed_response_is_found_too_and_streamed_again_as_it_comes() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let event = |kind: &str, number: u64| {
        let body = made(ID);
        format!("event: {kind}\ndata: {{\"type\":\"{kind}\",\"sequence_number\":{number},\"response\":{body}}}\n\n")
    };
    let all = [event("response.created", 0), event("response.completed", 1)].concat();
    upstream.answer(Answer::stream().piece(all.clone()));
    ask(&key, "gpt-4o-mini", r#","stream":true,"background":true"#).await;
    upstream.answer(Answer::stream().piece(event("response.completed", 1)));

    let again = key.get(&format!("/v1/responses/{ID}?stream=true&starting_after=0")).await;

    assert_eq!((again.status, again.text()), (200, event("response.completed", 1)));
    assert!(again.header("content-type").unwrap().starts_with("text/event-stream"));
    let line = upstream.request(1).await.line().trim_end().to_owned();
    assert_eq!(line, format!("GET /v1/responses/{ID}?stream=true&starting_after=0 HTTP/1.1"));
}

#[tokio::test]
async fn it_is_recorded_and_its_tokens_are_not_counted_again() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    upstream.always(Answer::json(200, made(ID)));
    ask(&key, "gpt-4o-mini", "").await;

    let reply = key.get(&format!("/v1/responses/{ID}")).await;
    let record = server.cli_json(&["requests", "show", reply.request_id(), "--json"]).await;
    let usage = server.cli_json(&["usage", "--json"]).await;

    assert_eq!((&record["operation"], &record["model"]), (&json!("retrieve_response"), &json!("gpt-4o-mini")));
    assert_eq!((&record["usage"]["source"], &record["deployment"]), (&json!("none"), &json!("openai/gpt-4o-mini")));
    let total = usage.to_string();
    assert!(total.contains("\"input\":3") || total.contains("\"input_tokens\":3"), "{total}");
    let metrics = server.get("/metrics").await.text();
    let counted = metrics.lines().find(|line| line.contains(r#"route="retrieve_response""#)).unwrap_or_default();
    assert!(counted.contains(r#"model="gpt-4o-mini""#) && counted.ends_with(" 1"), "{metrics}");
}

#[tokio::test]
async fn a_provider_that_has_it_no_more_says_so() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    upstream.answer(Answer::json(200, made(ID)));
    ask(&key, "gpt-4o-mini", "").await;
    let error = json!({ "error": { "message": format!("Response with id '{ID}' not found."),
        "type": "invalid_request_error", "param": null, "code": null } });
    upstream.answer(Answer::json(404, error.to_string()));
    upstream.answer(Answer::json(401, error.to_string()));

    let gone = key.get(&format!("/v1/responses/{ID}")).await;
    let refused = key.get(&format!("/v1/responses/{ID}")).await;

    assert_eq!((gone.status, gone.cause()), (404, "response_not_found"));
    assert_eq!(gone.error()["message"], Json::from(format!("Response with id '{ID}' not found.")));
    assert_eq!(refused.cause(), "upstream_credential_rejected");
}
