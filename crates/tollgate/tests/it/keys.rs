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
          "remedy": "Create a new key and replace the old one wherever it is stored.",
          "retry": false
        },
        "message": "Incorrect API key provided: sk-tg-[key]. You can find your API key at http://127.0.0.1:[port]/errors/key_revoked. The key is genuine but was revoked, which cannot be undone. Create a new key and replace the old one wherever it is stored.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
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

    assert_eq!(key.chat("sandbox", "hi").await.status, 401);
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
