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
