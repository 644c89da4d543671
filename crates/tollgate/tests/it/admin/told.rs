//! What refusals of administration say: the right party, name and remedy, and no secret.

use serde_json::json;
use tollgate_testing::Ask;

use super::{Admin, Person};
use crate::server;

#[tokio::test]
async fn a_refusal_names_what_was_wrong_and_a_way_that_exists() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let owner = Person::of(&server, "ada@example.com", "owner");
    let narrow = json!({ "name": "narrow", "scopes": ["api.projects.read"] });
    let narrow = Admin::with(&server, &admin.done("/organization/admin_api_keys", narrow).await["value"]);
    let tomorrow = jiff::Timestamp::now().as_second() + 86_400;

    for (reply, cause, words) in [
        (owner.admin.get("/tollgate/organizations").await, "admin_permission_missing", "no owner grants it"),
        (narrow.get("/tollgate/sessions").await, "admin_permission_missing", "made without scopes"),
        (narrow.get("/tollgate/sessions").await, "admin_permission_missing", "Missing scopes: all that its owner has."),
        (
            owner.admin.post("/organization/admin_api_keys", json!({ "name": "k", "scopes": ["operator"] })).await,
            "admin_permission_missing",
            "no owner grants it",
        ),
        (admin.get("/tollgate/organizations/org-x").await, "admin_object_not_found", "The server has no organization"),
        (admin.get("/organization/usage/completions").await, "param_missing", "`start_time` is missing"),
        (
            admin.get(&format!("/organization/usage/completions?start_time={tomorrow}")).await,
            "param_out_of_range",
            "`start_time`",
        ),
        (
            admin.get("/organization/usage/completions?start_time=5&page=x").await,
            "param_out_of_range",
            "Invalid value for 'page'",
        ),
        (admin.get("/organization/audit_logs?before=x").await, "param_out_of_range", "Invalid value for 'before'"),
        (
            admin.post("/organization/projects", json!({ "name": "x", "external_key_id": "k" })).await,
            "param_unsupported",
            "'external_key_id' is not supported here.",
        ),
    ] {
        assert_eq!(reply.cause(), cause, "{}", reply.text());
        assert!(reply.text().contains(words), "{words:?} is not in {}", reply.text());
    }
}

#[tokio::test]
async fn a_path_that_is_not_there_is_not_taken_for_another_noun() {
    let server = server().start().await;
    let admin = Admin::first(&server);

    for (path, likely) in [
        ("/organization/costs", None),
        ("/organization/usage/images", None),
        ("/organization/project", Some("/v1/organization/projects")),
        ("/organization/project/proj_1/api_key", Some("/v1/organization/projects/{project_id}/api_keys")),
        ("/organization/projects/proj_1/archiv", Some("/v1/organization/projects/{project_id}/archive")),
    ] {
        let text = admin.get(path).await.text();

        match likely {
            Some(likely) => assert!(text.contains(&format!("Write {likely}, ")), "{path}: {text}"),
            None => assert!(text.contains("Correct the path"), "{path}: {text}"),
        }
    }
}

#[tokio::test]
async fn sessions_and_invites_are_known_for_what_they_are_and_never_repeated() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let asked = json!({ "email": "eve@example.com", "role": "reader" });
    let invite = admin.done("/organization/invites", asked).await["token"].as_str().unwrap().to_owned();
    let link = format!("/v1/tollgate/invites/{invite}/accept");
    let accepted = json!({ "name": "Eve", "password": "a long enough one" });

    let looked = server.ask(&Ask::get(&link)).await;
    let slip = server.ask(&Ask::post(&link.replace("accept", "acept"), "{}".to_owned())).await;
    let model = server.ask(&Ask::get("/v1/models").bearer(&invite)).await;
    let session = server.ask(&Ask::post(&link, accepted.to_string())).await.json();
    let session = session["token"].as_str().unwrap().to_owned();
    let on_serving = server.ask(&Ask::get("/v1/models").bearer(&session)).await;
    let record = server.records(slip.header("x-request-id").unwrap()).await;
    let written = format!("{}{record:?}{:?}", server.log(), server.journal().await);

    assert_eq!((looked.status, looked.cause()), (405, "method_not_allowed"));
    assert_eq!(slip.status, 404);
    for reply in [&model, &on_serving] {
        assert_eq!(reply.cause(), "admin_key_on_serving", "{}", reply.text());
    }
    for reply in [looked, slip, model, on_serving] {
        assert!(!reply.text().contains(&invite) && !reply.text().contains(&session), "{}", reply.text());
    }
    assert!(!written.contains(&invite) && !written.contains(&session));
}

#[tokio::test]
async fn what_an_administrator_is_refused_is_logged_with_the_endpoint_and_his_key_and_counts_for_no_stranger() {
    let server = server().start().await;
    let owner = Person::of(&server, "ada@example.com", "owner");

    let refused = owner.admin.get("/tollgate/organizations").await;
    let unknown = server.ask(&Ask::get("/v1/organization/projects").bearer("nonsense")).await;

    assert_eq!((refused.status, unknown.status), (403, 401));
    let log = server.log();
    let line = log.lines().find(|line| line.contains("admin_permission_missing")).unwrap_or_else(|| panic!("{log}"));
    assert!(
        line.contains("list-organizations") && line.contains("administrator.id") && line.contains("key_"),
        "{line}"
    );
    let metrics = server.ask(&Ask::get("/metrics")).await.text();
    let strangers: Vec<_> =
        metrics.lines().filter(|line| line.starts_with("tollgate_unknown_callers_refused_total{")).collect();
    assert!(strangers.len() == 1 && !strangers[0].contains("admin_permission_missing"), "{strangers:?}");
}

#[tokio::test]
async fn what_could_never_hold_is_refused_and_what_means_the_same_is_kept_once() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let project =
        admin.done("/organization/projects", json!({ "name": "web" })).await["id"].as_str().unwrap().to_owned();
    let keys = format!("/organization/projects/{project}/api_keys");

    let mapped = admin.done(&keys, json!({ "name": "a", "addresses": ["::ffff:127.0.0.1/128"] })).await;
    let key = mapped["value"].as_str().unwrap();
    let used = server.ask(&Ask::get("/v1/models").bearer(key)).await;
    let models = format!("/organization/projects/{project}/model_permissions");
    let set = admin.done(&models, json!({ "mode": "allow_list", "model_ids": ["sandbox", "x", "sandbox"] })).await;
    let asked = json!({ "model": "sandbox", "endpont": "chat" });
    let checked = server.ask(&Ask::post("/v1/tollgate/models/check", asked.to_string()).bearer(key)).await;

    assert_eq!(mapped["addresses"], json!(["127.0.0.1"]));
    assert_eq!(used.status, 200, "{}", used.text());
    assert_eq!(set["model_ids"], json!(["sandbox", "x"]));
    assert_eq!(checked.cause(), "param_unknown", "{}", checked.text());
    assert!(checked.text().contains("perhaps `endpoint` is meant"), "{}", checked.text());
    for (path, body, words) in [
        (keys.as_str(), json!({ "name": "b", "addresses": ["::ffc0:0:0/90"] }), "write the IPv4 network by itself"),
        (&keys, json!({ "name": "b", "expires_at": 99_999_999_999_999_i64 }), "253370764799"),
        (
            "/tollgate/providers",
            json!({ "name": "..", "settings": { "base_url": "http://127.0.0.1:1/v1" } }),
            "steps in one",
        ),
        ("/tollgate/models", json!({ "name": ".", "settings": { "deployments": [] } }), "steps in one"),
    ] {
        let refused = admin.post(path, body).await;

        assert!(refused.status == 400 && refused.text().contains(words), "{words:?}: {}", refused.text());
    }
}

#[tokio::test]
async fn an_admin_key_and_a_session_learn_what_they_are_and_never_their_secret() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let made = json!({ "name": "narrow", "scopes": ["api.projects.read"], "expires_in_seconds": 3600 });
    let made = admin.done("/organization/admin_api_keys", made).await;
    let narrow = Admin::with(&server, &made["value"]);

    let first = admin.get("/tollgate/key").await.json();
    let told = narrow.get("/tollgate/key").await;
    let damaged = format!("{}x", made["value"].as_str().unwrap());
    let damaged = server.ask(&Ask::get("/v1/tollgate/key").bearer(&damaged)).await;

    assert_eq!((&first["object"], &first["is_operator"]), (&json!("tollgate.admin_key"), &json!(true)), "{first}");
    let secret = made["value"].as_str().unwrap();
    assert!(!told.text().contains(secret), "{}", told.text());
    let told = told.json();
    for (member, expected) in [
        ("id", made["id"].clone()),
        ("name", json!("narrow")),
        ("scopes", json!(["api.projects.read"])),
        ("is_operator", json!(false)),
        ("expires_at", made["expires_at"].clone()),
        ("owner", first["owner"].clone()),
    ] {
        assert_eq!(told[member], expected, "{member}: {told}");
    }
    assert!(told["last_used_at"].is_i64() && told["owner"]["email"].is_string(), "{told}");
    assert_eq!((damaged.status, damaged.cause()), (401, "key_typo"), "{}", damaged.text());
}
