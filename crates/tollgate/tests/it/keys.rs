//! Keys that change while the server runs: it knows within a second.

use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::server;

/// The longest that a change may take to be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_key_is_switched_off_and_on_and_withdrawn() {
    let server = server().start().await;
    let key = server.key().create().await;

    for (change, cause) in [("disable", "key_disabled"), ("enable", ""), ("revoke", "key_revoked")] {
        match change {
            "disable" => key.disable().await,
            "enable" => key.enable().await,
            _ => key.revoke().await,
        }
        let changed = Instant::now();
        key.until(cause).await;

        assert!(changed.elapsed() < SEEN_WITHIN, "{change}: {:?}", changed.elapsed());
    }
    assert_snapshot!(key.chat("sandbox", "hi").await.shown(), @r#"
    401 Unauthorized
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-organization: org-[id]
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: key_revoked
    link: <http://127.0.0.1:[port]/errors/key_revoked>; rel="help"

    {
      "error": {
        "code": "invalid_api_key",
        "diagnosis": {
          "cause": "key_revoked",
          "docs": "http://127.0.0.1:[port]/errors/key_revoked",
          "evidence": [
            "the key is key_[id]"
          ],
          "party": "caller",
          "remedy": "Get a new key from the operator of this gateway and put it wherever the old one is stored.",
          "retry": false
        },
        "message": "Incorrect API key provided: sk-tg-[key]. You can find your API key at http://127.0.0.1:[port]/errors/key_revoked. The key is genuine but was revoked, which cannot be undone. Get a new key from the operator of this gateway and put it wherever the old one is stored.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
}

#[tokio::test]
async fn a_change_holds_for_the_next_request_after_the_command_that_made_it() {
    let server = server().start().await;
    let key = server.key().create().await;

    for _ in 0..10 {
        key.disable().await;
        let refused = key.chat("sandbox", "hi").await.status;
        key.enable().await;
        let served = key.chat("sandbox", "hi").await.status;

        assert_eq!((refused, served), (401, 200));
    }
}

#[tokio::test]
async fn both_secrets_of_a_rotated_key_work_during_the_overlap() {
    let server = server().start().await;
    let (long, short) = (server.key().create().await, server.key().create().await);

    let new = long.rotate("1h").await;
    let newer = short.rotate("0s").await;
    short.until("key_rotated").await;

    assert_eq!((long.get("/v1/models").await.status, new.get("/v1/models").await.status), (200, 200));
    assert_eq!((short.get("/v1/models").await.status, newer.get("/v1/models").await.status), (401, 200));
    assert_eq!(new.id, long.id);
    newer.revoke().await;
    newer.until("key_revoked").await;
    short.until("key_revoked").await;
}

#[tokio::test]
async fn a_key_ends_at_its_time() {
    let server = server().start().await;

    let key = server.key().expires("1s").create().await;
    key.until("key_expired").await;

    let reply = key.chat("sandbox", "hi").await;
    assert_eq!(reply.status, 401);
    let said = reply.error()["message"].as_str().unwrap().to_owned();
    let when = said.split("genuine but expired on ").nth(1).and_then(|rest| rest.split(". ").next()).unwrap();
    assert!(when.len() == "2027-03-31T12:00:00Z".len() && when.contains('T') && when.ends_with('Z'), "{said}");
}

#[tokio::test]
async fn keys_survive_a_restart_and_the_first_is_not_shown_again() {
    let server = server().start().await;
    let secret = server.first_key().secret;

    let server = server.stop().await.start().await;

    assert!(server.ready()["api_key"].is_null());
    let reply = server.ask(&tollgate_testing::Ask::get("/v1/models").bearer(&secret)).await;
    assert_eq!(reply.status, 200);
    assert!(!server.log().contains(&secret[6..]));
}

/// The text of a key of another system, and the digest that system kept of it.
fn foreign(text: &str) -> (String, String) {
    let digest = tollgate_core::key::Digest::sha256(text.as_bytes());
    (text.to_owned(), digest.bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[tokio::test]
async fn imported_keys_of_another_system_work_within_a_second_and_follow_their_rules() {
    // The second has the form of a vendor's key, which is otherwise told that it belongs elsewhere.
    let (wide, wide_digest) = foreign("old-gateway-key-0123456789");
    let (narrow, narrow_digest) = foreign("sk-1234567890abcdef1234567890abcdef1234567890abcdef");
    let csv = format!("digest,name,models\n{wide_digest},wide,\n{narrow_digest},narrow,\"gpt-*,sandbox-slow\"\n");
    let server = server().file("keys.csv", &csv).start().await;
    let call = |secret: &str, model: &str| {
        let ask = server.first_key().chat_ask(model, "hi").bearer(secret);
        let server = &server;
        async move { server.ask(&ask).await }
    };
    let before = [call(&wide, "sandbox").await, call(&narrow, "sandbox").await];
    let models = |secret: &str| tollgate_testing::Ask::get("/v1/models").bearer(secret);

    let imported = server.cli_json(&["keys", "import", "keys.csv", "--json"]).await;
    let done = Instant::now();
    tollgate_testing::wait::until("the imported keys", || async {
        let (wide, narrow) = (server.ask(&models(&wide)).await, server.ask(&models(&narrow)).await);
        (wide.status == 200 && narrow.status == 200).then_some(())
    })
    .await;
    let seen = done.elapsed();
    let again = server.cli_json(&["keys", "import", "keys.csv", "--json"]).await;

    assert_eq!(before.map(|reply| reply.status), [401, 401]);
    assert_eq!((&imported["added"], &imported["present"]), (&2.into(), &0.into()));
    assert!(seen < SEEN_WITHIN, "{seen:?}");
    assert_eq!(call(&wide, "sandbox").await.status, 200);
    assert_eq!(call(&narrow, "sandbox").await.cause(), "key_lacks_model");
    assert_eq!((&again["added"], &again["present"]), (&0.into(), &2.into()));
    let id = imported["keys"][1]["id"].as_str().unwrap();
    server.cli_json(&["keys", "revoke", id, "--json"]).await;
    tollgate_testing::wait::until("the revocation", || async {
        (server.ask(&models(&narrow)).await.cause() == "key_revoked").then_some(())
    })
    .await;
    assert_eq!(server.ask(&models(&wide)).await.status, 200);
}

#[tokio::test]
async fn a_second_rotation_leaves_the_first_secret_working_unless_it_is_to_end() {
    let server = server().start().await;
    let first = server.key().create().await;
    let second = first.rotate("1h").await;

    let refused = server.cli(&["keys", "rotate", &first.id]).await;
    let works = first.get("/v1/models").await.status;
    let ended = server.cli_json(&["keys", "rotate", &first.id, "--end-overlap", "--json"]).await;
    first.until("key_invalid").await;

    let text = String::from_utf8(refused.stderr).unwrap();
    assert_eq!((refused.status.code(), refused.stdout.is_empty(), works), (Some(1), true, 200));
    assert!(text.contains("still works, until 20") && text.contains("--end-overlap"), "{text}");
    assert!(ended["value"].as_str().unwrap().starts_with("sk-tg-"));
    assert_eq!(second.get("/v1/models").await.status, 200);
}
