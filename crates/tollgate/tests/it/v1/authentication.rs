//! Which callers are let in, and what the others are told.

use insta::assert_snapshot;
use tollgate_testing::wait::until;
use tollgate_testing::{Ask, Reply};

use crate::server;

/// `reply` is a refusal for `cause` in the form that every client understands.
fn assert_refused(reply: &Reply, status: u16, cause: &str) {
    assert_eq!((reply.status, reply.cause()), (status, cause), "{}", reply.text());
    let error = reply.error();
    for member in ["message", "type", "param", "code"] {
        assert!(error.get(member).is_some(), "{member}: {error}");
    }
    assert_eq!(error["diagnosis"]["cause"], cause);
    assert!(reply.request_id().starts_with("req_"));
    assert_eq!(reply.header("x-should-retry"), Some("false"));
}

fn ask() -> Ask {
    Ask::get("/v1/models")
}

#[tokio::test]
async fn every_mistake_with_the_header_is_named() {
    let server = server().start().await;
    let secret = server.first_key().secret;
    let changed = format!("{}{}", &secret[..20], if secret[20..].starts_with('A') { "B" } else { "A" });
    let typo = changed + &secret[21..];
    let bearer = |token: &str| ask().header("authorization", &format!("Bearer {token}"));

    for (asked, cause) in [
        (ask(), "key_missing"),
        (ask().header("user-agent", "axios/1.7.2"), "headers_not_sent"),
        (ask().header("accept", "application/json, text/plain, */*"), "headers_not_sent"),
        (bearer("undefined"), "key_undefined"),
        (bearer("null"), "key_undefined"),
        (bearer("None"), "key_undefined"),
        (ask().header("authorization", "Bearer"), "key_empty"),
        (bearer("YOUR_API_KEY"), "key_placeholder"),
        (bearer("<your key>"), "key_placeholder"),
        (bearer("${OPENAI_API_KEY}"), "key_placeholder"),
        (bearer(&format!("Bearer {secret}")), "key_double_bearer"),
        (bearer(&format!("\"{secret}\"")), "key_quoted"),
        (bearer(&format!("{secret}\"")), "key_quoted"),
        (bearer(&format!("{} {}", &secret[..20], &secret[20..])), "key_whitespace"),
        (bearer(&format!("{secret}é")), "key_non_ascii"),
        (bearer("https://api.openai.com/v1"), "key_not_a_key"),
        (bearer("sk-ant-api03-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "key_wrong_provider"),
        (bearer("gsk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "key_wrong_provider"),
        (bearer("sk-1234567890abcdef"), "key_invalid"),
        (bearer(&typo), "key_typo"),
        (bearer(&secret[..secret.len() - 1]), "key_typo"),
        (bearer(&format!("{secret}x")), "key_typo"),
        (bearer("sk-tg-admin-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "admin_key_on_serving"),
        (ask().header("api-key", &secret), "auth_header_wrong_name"),
        (ask().header("x-api-key", &secret), "auth_header_wrong_name"),
        (ask().header("authorization", "Basic dXNlcjpwYXNz"), "auth_scheme_basic"),
        (ask().header("authorization", &format!("Token {secret}")), "auth_header_malformed"),
        (ask().header("authorization", &secret), "auth_header_malformed"),
        (bearer(&secret).bearer(&secret), "auth_header_duplicate"),
        (Ask::get(&format!("/v1/models?api_key={secret}")), "key_in_url"),
        (Ask::get(&format!("/v1/models?x={secret}")), "key_in_url"),
        (Ask::post("/v1/chat/completions", format!(r#"{{"api_key":"{secret}"}}"#)), "key_in_body"),
        (bearer(&secret).header("openai-organization", "org-other"), "org_mismatch"),
        (bearer(&secret).header("openai-project", "proj_other"), "project_mismatch"),
    ] {
        let reply = server.ask(&asked).await;

        assert_refused(&reply, 401, cause);
        let told = format!("{:?}{}", reply.headers, reply.text());
        assert!(!told.contains(&secret) && !told.contains(&typo), "{asked:?}: {told}");
    }
}

#[tokio::test]
async fn a_key_of_another_server_is_unknown_here() {
    let (here, there) = (server().start().await, server().start().await);

    let reply = here.ask(&ask().bearer(&there.first_key().secret)).await;
    let foreign = here.ask(&ask().bearer("0123456789abcdef0123456789abcdef")).await;

    assert_refused(&reply, 401, "key_invalid");
    assert!(reply.text().contains("its checksum is right"), "{}", reply.text());
    assert_refused(&foreign, 401, "key_invalid");
    assert!(foreign.text().contains("it does not begin with `sk-tg-`"), "{}", foreign.text());
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case() {
    let server = server().start().await;
    let secret = server.first_key().secret;

    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(server.ask(&ask().header("authorization", &format!("{scheme} {secret}"))).await.status, 200);
    }
}

#[tokio::test]
async fn headers_that_name_the_keys_own_project_are_accepted() {
    let server = server().start().await;
    let key = server.first_key();
    let organization = key.get("/v1/models").await.header("openai-organization").unwrap().to_owned();

    let reply = key.ask(ask().header("openai-organization", &organization).header("openai-project", "")).await;

    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn nothing_of_a_body_is_read_for_a_caller_who_is_not_known() {
    let server = server().start().await;
    let mut connection = server.connect().await;

    // The body that is announced never comes.
    connection
        .write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n")
        .await;
    let reply = connection.reply(false).await;

    assert_refused(&reply, 401, "key_missing");
}

#[tokio::test]
async fn the_last_use_of_a_key_is_kept() {
    let server = server().start().await;

    server.first_key().ask(ask().header("user-agent", "OpenAI/Python 3.52.0")).await;
    let shown = until("the last use", || async {
        let keys = server.cli_json(&["keys", "list", "--json"]).await;
        Some(keys["data"][0].clone()).filter(|key| !key["last_used_at"].is_null())
    })
    .await;

    assert_eq!(
        (&shown["last_used_address"], &shown["last_used_client"]),
        (&"127.0.0.1".into(), &"OpenAI/Python 3.52.0".into())
    );
}

#[tokio::test]
async fn refusals_read_as_openai_words_them() {
    let server = server().start().await;

    assert_snapshot!(server.ask(&ask()).await.shown(), @r#"
    401 Unauthorized
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: key_missing
    link: <http://127.0.0.1:[port]/errors/key_missing>; rel="help"

    {
      "error": {
        "code": null,
        "diagnosis": {
          "cause": "key_missing",
          "docs": "http://127.0.0.1:[port]/errors/key_missing",
          "evidence": [
            "no Authorization header came"
          ],
          "party": "caller",
          "remedy": "Send the header `Authorization: Bearer <key>`, and make sure the key is loaded before the client object is built.",
          "retry": false
        },
        "message": "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from http://127.0.0.1:[port]/errors/key_missing. The request arrived without an Authorization header. Send the header `Authorization: Bearer <key>`, and make sure the key is loaded before the client object is built.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
    assert_snapshot!(server.ask(&ask().bearer("sk-tg-abcdefghijklmnopqrstuvwxyz")).await.shown(), @r#"
    401 Unauthorized
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: key_typo
    link: <http://127.0.0.1:[port]/errors/key_typo>; rel="help"

    {
      "error": {
        "code": "invalid_api_key",
        "diagnosis": {
          "cause": "key_typo",
          "docs": "http://127.0.0.1:[port]/errors/key_typo",
          "evidence": [
            "it has 32 characters, a key has 56: 24 are missing",
            "presented: sk-tg-[key]"
          ],
          "party": "caller",
          "remedy": "Copy the whole key again from where it is stored.",
          "retry": false
        },
        "message": "Incorrect API key provided: sk-tg-[key]. You can find your API key at http://127.0.0.1:[port]/errors/key_typo. The key looks like a key of this gateway, but it has 32 characters, a key has 56: 24 are missing. Copy the whole key again from where it is stored.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
    assert_snapshot!(server.ask(&ask().bearer("undefined")).await.shown(), @r#"
    401 Unauthorized
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: key_undefined
    link: <http://127.0.0.1:[port]/errors/key_undefined>; rel="help"

    {
      "error": {
        "code": "invalid_api_key",
        "diagnosis": {
          "cause": "key_undefined",
          "docs": "http://127.0.0.1:[port]/errors/key_undefined",
          "evidence": [
            "presented: undefined"
          ],
          "party": "caller",
          "remedy": "Set the environment variable that your program reads, restart the program, and let it stop at once when the variable is empty.",
          "retry": false
        },
        "message": "Incorrect API key provided: *********. You can find your API key at http://127.0.0.1:[port]/errors/key_undefined. The key sent is the word `undefined`, which is what a variable without a value becomes when it is put into a text. Set the environment variable that your program reads, restart the program, and let it stop at once when the variable is empty.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
}
