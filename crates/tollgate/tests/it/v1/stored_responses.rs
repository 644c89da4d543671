//! `/v1/responses/{id}` and what is below it: stored by the sandbox, per project, until the process ends.

use insta::assert_snapshot;
use serde_json::{Value as Json, json};
use tollgate_store::{database::Database, projects};
use tollgate_testing::key::TestKey;
use tollgate_testing::wait::until;
use tollgate_testing::{Ask, Reply, TestServer, Upstream};

use crate::server;

fn path(id: &str) -> String {
    format!("/v1/responses/{id}")
}

async fn make(key: &TestKey<'_>, body: Json) -> Json {
    let mut asked = json!({ "model": "sandbox" });
    asked.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    let reply = key.post("/v1/responses", asked.to_string()).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

async fn delete(key: &TestKey<'_>, id: &str) -> Reply {
    key.ask(Ask::new("DELETE", &path(id))).await
}

async fn cancel(key: &TestKey<'_>, id: &str) -> Reply {
    key.ask(Ask::new("POST", &format!("{}/cancel", path(id)))).await
}

async fn items(key: &TestKey<'_>, id: &str, query: &str) -> Json {
    key.get(&format!("{}/input_items{query}", path(id))).await.json()
}

fn id(response: &Json) -> &str {
    response["id"].as_str().unwrap()
}

fn said(response: &Json) -> &str {
    response["output"][0]["content"][0]["text"].as_str().unwrap()
}

/// A second project beside the first.
pub(crate) fn another_project(server: &TestServer) -> String {
    let database = Database::open(&server.data_dir()).unwrap();
    let organization = projects::list(&database).unwrap()[0].organization.clone();
    projects::create(&database, &organization, "other", 1_795_000_000).unwrap().id
}

#[tokio::test]
async fn a_response_is_there_until_it_is_deleted() {
    let server = server().start().await;
    let key = server.first_key();

    let made = make(&key, json!({ "input": "hi", "metadata": { "a": "b" } })).await;
    let found = key.get(&path(id(&made))).await;
    let deleted = delete(&key, id(&made)).await;
    let gone = key.get(&path(id(&made))).await;

    assert_eq!((found.status, found.json()), (200, made.clone()));
    assert_eq!(deleted.json(), json!({ "id": id(&made), "object": "response", "deleted": true }));
    assert_eq!((gone.status, gone.cause()), (404, "response_not_found"));
    let message = gone.error()["message"].as_str().unwrap().replace(id(&made), "[id]");
    assert_snapshot!(message, @"Response with id '[id]' not found. It was deleted. Use the id of a response that the same project has made with `store: true`, and within 24 hours.");
    assert_eq!((&gone.error()["type"], &gone.error()["param"]), (&json!("invalid_request_error"), &Json::Null));
    assert_eq!(delete(&key, id(&made)).await.status, 404);
}

#[tokio::test]
async fn what_is_not_to_be_stored_is_not() {
    let server = server().start().await;
    let key = server.first_key();

    let made = make(&key, json!({ "input": "hi", "store": false })).await;
    let reply = key.get(&path(id(&made))).await;
    let other = key.get(&path("chatcmpl-1")).await;

    assert_eq!((reply.status, reply.cause()), (404, "response_not_found"));
    assert!(reply.text().contains("It was made with `store: false`."), "{}", reply.text());
    assert!(other.text().contains("It does not begin with `resp_`"), "{}", other.text());
    let body = json!({ "model": "sandbox", "input": "x", "previous_response_id": id(&made) });
    let continued = key.post("/v1/responses", body.to_string()).await;
    assert!(continued.error()["diagnosis"]["evidence"].to_string().contains("It was made with `store: false`"));
    let metrics = server.get("/metrics").await.text();
    for name in ["tollgate_stored_responses", "tollgate_stored_responses_bytes"] {
        assert!(metrics.contains(&format!("\n{name} 0\n")), "{metrics}");
    }
}

#[tokio::test]
async fn a_project_never_sees_what_another_has() {
    let server = server().start().await;
    let project = another_project(&server);
    let (ours, theirs) = (server.first_key(), server.key().project(&project).create().await);
    let made = make(&ours, json!({ "input": "a secret of ours" })).await;
    let item = items(&ours, id(&made), "").await["data"][0]["id"].as_str().unwrap().to_owned();
    let ask = |more: Json| {
        let mut body = json!({ "model": "sandbox" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body.to_string()
    };

    for reply in [
        theirs.get(&path(id(&made))).await,
        theirs.get(&format!("{}/input_items", path(id(&made)))).await,
        delete(&theirs, id(&made)).await,
        cancel(&theirs, id(&made)).await,
        theirs.post("/v1/responses", ask(json!({ "input": [{ "type": "item_reference", "id": item }] }))).await,
    ] {
        assert_eq!(reply.status, 404, "{}", reply.text());
        assert!(!reply.text().contains("secret"), "{}", reply.text());
    }
    let continued = theirs.post("/v1/responses", ask(json!({ "input": "x", "previous_response_id": id(&made) }))).await;
    assert_eq!((continued.status, continued.cause()), (400, "previous_response_not_found"));
    let evidence = continued.error()["diagnosis"]["evidence"].to_string();
    assert!(evidence.contains("This project has not made it here since the server started"), "{evidence}");
    // The same call of the other project has the same id there, and what becomes of it changes nothing here.
    let same = make(&theirs, json!({ "input": "a secret of ours" })).await;
    assert_eq!(id(&same), id(&made));
    assert_eq!(delete(&theirs, id(&same)).await.status, 200);
    assert_eq!(ours.get(&path(id(&made))).await.json(), made);
}

#[tokio::test]
async fn any_key_of_the_project_that_may_read_responses_sees_them() {
    let server = server().start().await;
    let made = make(&server.first_key(), json!({ "input": "hi" })).await;
    let reads = server.key().scopes("api.responses.read").create().await;
    let writes = server.key().scopes("api.responses.write").create().await;

    assert_eq!(reads.get(&path(id(&made))).await.status, 200);
    assert_eq!(delete(&reads, id(&made)).await.cause(), "key_insufficient_scopes");
    assert_eq!(cancel(&reads, id(&made)).await.cause(), "key_insufficient_scopes");
    let refused = writes.get(&path(id(&made))).await;
    assert_eq!(refused.cause(), "key_insufficient_scopes");
    assert!(refused.text().contains("Missing scopes: api.responses.read."), "{}", refused.text());
    assert_eq!(delete(&writes, id(&made)).await.status, 200);
}

#[tokio::test]
async fn a_conversation_goes_on_from_the_previous_response() {
    let server = server().start().await;
    let key = server.first_key();

    let first = make(&key, json!({ "input": "My name is Ada." })).await;
    let second = make(&key, json!({ "input": "And it rains.", "previous_response_id": id(&first) })).await;
    let third =
        make(&key, json!({ "input": [], "previous_response_id": id(&second), "instructions": "Be brief." })).await;

    assert_snapshot!(said(&second), @"You said: “And it rains.”. This is the sandbox: it asked no model, and received 3 messages (2 user, 1 assistant). A model would answer here. Before that, you said: “My name is Ada.”.");
    assert_eq!(second["previous_response_id"], first["id"]);
    assert!(second["usage"]["input_tokens"].as_u64() > first["usage"]["total_tokens"].as_u64(), "{second}");
    assert!(
        said(&third).contains("received 4 messages (2 user, 2 assistant), under the system prompt “Be brief.”"),
        "{third}"
    );
    let listed = items(&key, id(&third), "?order=asc").await;
    let texts: Vec<&str> =
        listed["data"].as_array().unwrap().iter().map(|item| item["content"][0]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["My name is Ada.", said(&first), "And it rains.", said(&second)]);
    // What a later response builds on stays, whatever becomes of the response itself.
    delete(&key, id(&first)).await;
    assert_eq!(items(&key, id(&third), "?order=asc").await, listed);
}

#[tokio::test]
async fn a_function_s_result_answers_the_call_of_the_previous_response() {
    let server = server().start().await;
    let key = server.first_key();
    let tools = json!([
        { "type": "function", "name": "get_weather", "parameters": { "type": "object", "properties": {} } },
        { "type": "function", "name": "get_time", "parameters": { "type": "object", "properties": {} } },
        { "type": "function", "name": "never", "parameters": { "type": "object", "properties": {} } },
    ]);

    let asked = make(&key, json!({ "input": "Get weather and get_time, please.", "tools": tools })).await;
    let called: Vec<(&str, &str)> = asked["output"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| (call["name"].as_str().unwrap(), call["call_id"].as_str().unwrap()))
        .collect();
    let output =
        |call: usize| json!({ "type": "function_call_output", "call_id": called[call].1, "output": "21 degrees" });
    let half = json!({ "model": "sandbox", "input": [output(0)], "previous_response_id": id(&asked) });
    let half = key.post("/v1/responses", half.to_string()).await;
    let both = json!({ "input": [output(0), output(1)], "previous_response_id": id(&asked), "tools": tools });
    let answered = make(&key, both).await;
    let one =
        make(&key, json!({ "input": "get_time get_weather", "tools": tools, "parallel_tool_calls": false })).await;

    assert_eq!(called.iter().map(|call| call.0).collect::<Vec<_>>(), ["get_weather", "get_time"]);
    let missing = format!(
        "No tool output found for function call {id}. The function call `{id}` has no output",
        id = called[1].1
    );
    assert!(half.error()["message"].as_str().unwrap().starts_with(&missing), "{}", half.text());
    assert!(said(&answered).starts_with("The tool answered: “21 degrees”."), "{answered}");
    assert_eq!(one["output"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn items_of_the_input_come_back_as_they_went_in_and_page_by_page() {
    let server = server().start().await;
    let key = server.first_key();
    let input = json!([
        { "role": "user", "content": "hi" },
        { "type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x" },
        { "type": "function_call", "id": "fc_mine", "call_id": "c", "name": "f", "arguments": "{ }", "status": "completed" },
        { "type": "function_call_output", "call_id": "c", "output": "o" },
        { "type": "web_search_call", "id": "ws_1", "status": "completed", "action": { "type": "search", "query": "q" } },
    ]);

    let made = make(&key, json!({ "input": input })).await;
    let all = items(&key, id(&made), "").await;
    let first = items(&key, id(&made), "?limit=2&order=asc").await;
    let second =
        items(&key, id(&made), &format!("?limit=10&order=asc&after={}", first["last_id"].as_str().unwrap())).await;

    let ids: Vec<&Json> = all["data"].as_array().unwrap().iter().map(|item| &item["id"]).collect();
    assert_eq!((ids[0], ids[2], ids[3]), (&json!("ws_1"), &json!("fc_mine"), &json!("rs_1")), "newest first");
    assert_eq!((&all["first_id"], &all["last_id"], &all["has_more"]), (ids[0], ids[4], &json!(false)));
    assert_eq!((first["has_more"].clone(), second["has_more"].clone()), (json!(true), json!(false)));
    let paged: Vec<&Json> =
        first["data"].as_array().unwrap().iter().chain(second["data"].as_array().unwrap()).collect();
    for (sent, listed) in input.as_array().unwrap().iter().zip(&paged).skip(1) {
        for (name, value) in sent.as_object().unwrap() {
            assert_eq!(&listed[name], value, "{listed}");
        }
    }
    assert_eq!(paged[0]["content"], json!([{ "type": "input_text", "text": "hi" }]));
    for (query, status, message) in [
        ("?limit=0", 400, "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead."),
        (
            "?limit=101",
            400,
            "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.",
        ),
        ("?order=up", 400, "Invalid value: 'up'. Supported values are: 'asc' and 'desc'."),
        ("?after=msg_x", 404, "Item with id 'msg_x' not found."),
    ] {
        let reply = key.get(&format!("{}/input_items{query}", path(id(&made)))).await;
        assert_eq!(reply.status, status, "{query}");
        assert!(reply.error()["message"].as_str().unwrap().starts_with(message), "{query}: {}", reply.text());
    }
}

#[tokio::test]
async fn reasoning_that_was_not_stored_comes_with_its_content_or_not_at_all() {
    let server = server().start().await;
    let key = server.first_key();
    let reasoning = |more: Json| {
        let mut item = json!({ "type": "reasoning", "id": "rs_1", "summary": [] });
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "model": "sandbox", "input": [{ "role": "user", "content": "x" }, item] }).to_string()
    };
    let stored = make(&key, json!({ "input": "x", "reasoning": { "effort": "low" } })).await;

    let bare = key.post("/v1/responses", reasoning(json!({}))).await;
    let sealed = key.post("/v1/responses", reasoning(json!({ "encrypted_content": "x" }))).await;
    let known = key.post("/v1/responses", reasoning(json!({ "id": stored["output"][0]["id"] }))).await;

    assert_eq!((bare.status, sealed.status, known.status), (404, 200, 200), "{}", bare.text());
    let message = bare.error()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("Item with id 'rs_1' not found. Items are not persisted when `store` is"), "{message}");
}

#[tokio::test]
async fn an_item_can_be_referred_to() {
    let server = server().start().await;
    let key = server.first_key();
    let first = make(&key, json!({ "input": "My name is Ada." })).await;
    let reference = json!({ "type": "item_reference", "id": first["output"][0]["id"] });

    let second = make(
        &key,
        json!({ "input": [{ "role": "user", "content": "x" }, reference, { "role": "user", "content": "y" }] }),
    )
    .await;

    assert_eq!(items(&key, id(&second), "").await["data"][1], first["output"][0]);
    assert!(said(&second).contains("received 3 messages (2 user, 1 assistant)"), "{second}");
}

#[tokio::test]
async fn a_response_in_the_background_is_queued_and_then_completed() {
    let server = server().start().await;
    let key = server.first_key();

    let made = make(&key, json!({ "input": "hi", "background": true })).await;
    let done = until("the response being completed", || async {
        let now = key.get(&path(id(&made))).await.json();
        (now["status"] == "completed").then_some(now)
    })
    .await;
    let late = cancel(&key, id(&made)).await;

    assert_eq!((&made["status"], &made["output"], made.get("usage")), (&json!("queued"), &json!([]), None));
    assert!(said(&done).starts_with("You said: “hi”."), "{done}");
    assert!(done["completed_at"].as_u64() >= made["created_at"].as_u64() && done["usage"]["total_tokens"].is_u64());
    assert_eq!((late.status, late.cause()), (400, "response_not_in_background"));
    assert!(late.text().contains("\"Cannot cancel a completed response. Only a response made with"), "{}", late.text());
}

#[tokio::test]
async fn only_what_is_made_in_the_background_can_be_cancelled() {
    let server = server().start().await;
    let key = server.first_key();
    let made = make(&key, json!({ "input": "hi", "background": true })).await;
    let whole = make(&key, json!({ "input": "hi" })).await;

    let first = cancel(&key, id(&made)).await;
    let second = cancel(&key, id(&made)).await;
    let refused = cancel(&key, id(&whole)).await;

    assert_eq!((&first.json()["status"], &first.json()["output"]), (&json!("cancelled"), &json!([])));
    assert_eq!((second.status, second.json()), (200, first.json()));
    assert_eq!(key.get(&path(id(&made))).await.json()["status"], "cancelled");
    assert_eq!((refused.status, refused.cause()), (400, "response_not_in_background"));
    assert!(refused.text().contains("\"Cannot cancel a synchronous response. Only a"), "{}", refused.text());
    let unstored = json!({ "model": "sandbox", "input": "x", "background": true, "store": false }).to_string();
    assert_eq!(key.post("/v1/responses", unstored).await.status, 400);
}

#[tokio::test]
async fn a_stream_in_the_background_can_be_read_again_from_any_event() {
    let server = server().start().await;
    let key = server.first_key();
    let body = json!({ "model": "sandbox", "input": "hi", "background": true, "stream": true }).to_string();

    let stream = key.post("/v1/responses", body).await.text();
    let created: Json = serde_json::from_str(stream.lines().nth(1).unwrap().strip_prefix("data: ").unwrap()).unwrap();
    let again = key.get(&format!("{}?stream=true", path(id(&created["response"])))).await;
    let rest = key.get(&format!("{}?stream=true&starting_after=4", path(id(&created["response"])))).await.text();
    let over = key.get(&format!("{}?stream=true&starting_after=1000", path(id(&created["response"])))).await;
    let state = key.get(&path(id(&created["response"]))).await.json();
    assert_eq!(state["status"], "completed", "its last event has come");
    let whole = make(&key, json!({ "input": "hi" })).await;
    let refused = key.get(&format!("{}?stream=true", path(id(&whole)))).await;

    assert!(again.header("content-type").unwrap().starts_with("text/event-stream"));
    assert_eq!(again.text(), stream);
    assert!(stream.starts_with("event: response.created\n") && stream.contains("event: response.queued\n"), "{stream}");
    assert!(stream.ends_with(&rest) && rest.lines().nth(1).unwrap().contains(r#""sequence_number":5,"#), "{rest}");
    assert_eq!((over.status, over.text()), (200, String::new()));
    assert_eq!(
        (refused.status, refused.cause(), &refused.error()["param"]),
        (400, "response_not_in_background", &json!("stream"))
    );
}

#[tokio::test]
async fn tokens_of_the_input_are_counted_without_an_answer() {
    let server = server().start().await;
    let key = server.first_key();
    let first = make(&key, json!({ "input": "My name is Ada." })).await;
    let count = async |more: Json| {
        let mut body = json!({ "model": "gpt-4o-mini" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        key.post("/v1/responses/input_tokens", body.to_string()).await
    };

    let alone = count(json!({ "input": "My name is Ada." })).await;
    let continued = count(json!({ "input": "x", "previous_response_id": id(&first) })).await;
    let wrong = count(json!({ "input": 7 })).await;

    let tokens = &first["usage"]["input_tokens"];
    assert_eq!(alone.json(), json!({ "object": "response.input_tokens", "input_tokens": tokens }));
    assert!(continued.json()["input_tokens"].as_u64() > first["usage"]["total_tokens"].as_u64());
    assert_eq!((wrong.status, wrong.cause()), (400, "param_invalid_type"));
    let record = server.cli_json(&["requests", "show", alone.request_id(), "--json"]).await;
    assert_eq!((&record["operation"], &record["usage"]["source"]), (&json!("responses_input_tokens"), &json!("none")));
}

#[tokio::test]
async fn a_provider_counts_the_tokens_of_its_own_models() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    upstream.answer(tollgate_testing::Answer::json(200, r#"{"object":"response.input_tokens","input_tokens":11}"#));
    let body = r#"{"model":"gpt-4o-mini","input":"x"}"#;

    let reply = server.first_key().post("/v1/responses/input_tokens", body).await;

    assert_eq!((reply.status, reply.json()["input_tokens"].as_u64()), (200, Some(11)));
    assert!(upstream.only().line().starts_with("POST /v1/responses/input_tokens "), "{}", upstream.only().line());
    assert_eq!(upstream.only().text(), body);
}

#[tokio::test]
async fn all_is_lost_at_a_restart_and_the_answer_says_so() {
    let server = server().start().await;
    let made = make(&server.first_key(), json!({ "input": "hi" })).await;
    let key = server.first_key().secret;

    let server = server.stop().await.start().await;
    let reply = server.ask(&Ask::get(&path(id(&made))).bearer(&key)).await;

    assert_eq!((reply.status, reply.cause()), (404, "response_not_found"));
    assert!(reply.text().contains("since the server started"), "{}", reply.text());
}
