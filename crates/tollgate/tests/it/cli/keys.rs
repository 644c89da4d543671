//! `tollgate keys` over a server's API, and which project is meant on the data directory.

use serde_json::Value as Json;
use tollgate_store::admin::{organizations, projects};
use tollgate_store::database::Database;
use tollgate_testing::{Ask, TestServer};

use super::Ran;
use crate::server;

/// A server that is asked with its first admin key.
struct Asked<'s> {
    server: &'s TestServer,
    url: String,
    by: String,
}

impl<'s> Asked<'s> {
    fn of(server: &'s TestServer) -> Self {
        let file = server.data_dir().join("admin");
        std::fs::write(&file, server.admin_key()).unwrap();
        Self { server, url: format!("http://{}/v1", server.address()), by: format!("@{}", file.display()) }
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        let all = [&["keys"], arguments, &["--url", &self.url, "--admin-key", &self.by]].concat();
        Ran::of(&self.server.cli(&all).await)
    }

    /// The status that a key gets.
    async fn status(&self, secret: &str) -> u16 {
        self.server.ask(&Ask::get("/v1/models").bearer(secret)).await.status
    }
}

#[tokio::test]
async fn a_key_lives_from_creation_to_revocation_over_the_api() {
    let server = server().start().await;
    let there = Asked::of(&server);

    let created = there.run(&["create", "--name", "web", "--deny-models", "gpt-*", "--expires", "30d"]).await;
    let secret = created.out.trim().to_owned();
    let served = there.status(&secret).await;
    let listed = there.run(&["list", "--json"]).await.json();
    let key = listed["data"].as_array().unwrap().iter().find(|key| key["name"] == "web").unwrap().clone();
    let id = key["id"].as_str().unwrap();
    let begun = &id[..10];
    let shown = there.run(&["show", begun]).await;
    there.run(&["disable", begun]).await;
    let off = there.status(&secret).await;
    there.run(&["enable", begun]).await;
    let updated = there.run(&["update", begun, "--name", "shop", "--json"]).await.json();
    let endless = there.run(&["expire", begun, "never", "--json"]).await.json();
    let rotated = there.run(&["rotate", begun, "--overlap", "1h"]).await;
    let both = [there.status(&secret).await, there.status(rotated.out.trim()).await];
    let revoked = there.run(&["revoke", begun]).await;
    let after = there.status(rotated.out.trim()).await;
    let again = there.run(&["revoke", begun]).await;
    let withdrawn = there.run(&["list", "--status", "revoked", "--project", "default", "--json"]).await.json();

    assert_eq!((created.code, served), (Some(0), 200), "{created:?}");
    assert!(created.err.contains("the secret is shown once") && !created.err.contains(&secret), "{created:?}");
    assert_eq!((&key["models_deny"], &key["imported"]), (&serde_json::json!(["gpt-*"]), &false.into()));
    assert!(shown.out.contains("\nDenied        gpt-*\n"), "{shown:?}");
    assert_eq!((off, &updated["name"], &endless["expires_at"]), (401, &"shop".into(), &Json::Null));
    assert_eq!(both, [200, 200], "{rotated:?}");
    assert_eq!((revoked.code, after, again.code), (Some(0), 401, Some(1)), "{revoked:?} {again:?}");
    assert!(again.err.contains("cause: admin_conflict"), "{again:?}");
    assert_eq!(withdrawn["data"].as_array().unwrap().len(), 1);
    let events = Ran::of(&server.cli(&["audit", "list", "--resource-ids", id, "--json"]).await).json();
    let events = events["data"].as_array().unwrap();
    assert_eq!(events.len(), 7, "one for each act");
    assert!(events.iter().all(|event| event["actor"]["type"] == "api_key"), "{events:?}");
}

#[tokio::test]
async fn what_cannot_be_done_over_the_api_says_why_and_no_secret_stands_in_an_address() {
    let server = server().start().await;
    let there = Asked::of(&server);

    let secret = there.run(&["create", "--name", "k"]).await.out.trim().to_owned();
    for (arguments, code, said) in [
        (vec!["show", "key_none"], 1, "cause: admin_object_not_found"),
        (vec!["revoke", ""], 2, "has no character of an id"),
        (vec!["show", &secret], 2, "is no id of a key"),
        (vec!["create", "--name", "x", "--project", "none"], 1, "there is no project \"none\""),
        (vec!["create", "--name", "x", "--project", ""], 2, "--project"),
        (vec!["create", "--name", "x", "--organization", "org-x"], 2, "--organization is for the data directory"),
    ] {
        let ran = there.run(&arguments).await;

        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(said) && !ran.err.contains(&secret), "{arguments:?}: {ran:?}");
    }
}

#[tokio::test]
async fn on_the_data_directory_keys_go_into_the_oldest_organization_unless_another_is_named() {
    let server = server().start().await;
    let database = Database::open(&server.data_dir()).unwrap();
    let ours = organizations::oldest(&database).unwrap().unwrap();
    let tenant = organizations::insert(&database, "Tenant", 1).unwrap();
    let theirs = projects::insert(&database, tenant.row, "default", None, 1).unwrap();
    let project = Ran::of(&server.cli(&["projects", "list", "--json"]).await).json()["data"][0]["id"].clone();
    projects::rename(&database, ours.row, project.as_str().unwrap(), "main").unwrap();
    let run = async |arguments: &[&str]| Ran::of(&server.cli(arguments).await);

    let usual = run(&["keys", "create", "--name", "usual", "--json"]).await.json();
    let named = run(&["keys", "create", "--name", "named", "--organization", &tenant.id, "--json"]).await.json();
    let chat = run(&["chat", "hi"]).await;
    let of_tenant = run(&["keys", "list", "--organization", &tenant.id, "--json"]).await.json();
    let seen = run(&["projects", "list", "--organization", &tenant.id, "--json"]).await.json();
    let unknown = run(&["projects", "list", "--organization", "org-none"]).await;
    let made = run(&["admin-keys", "create", "--name", "x", "--organization", &tenant.id]).await;
    projects::archive(&database, ours.row, project.as_str().unwrap(), 1).unwrap();
    let archived = run(&["keys", "create", "--name", "late", "--project", project.as_str().unwrap()]).await;

    assert_eq!((&usual["project"], &usual["organization"]), (&project, &ours.id.as_str().into()));
    assert_eq!((&named["project"], &named["organization"]), (&theirs.id.as_str().into(), &tenant.id.as_str().into()));
    assert_eq!(chat.code, Some(0), "{chat:?}");
    assert_eq!(of_tenant["data"].as_array().unwrap().len(), 1, "{of_tenant}");
    assert_eq!(seen["data"][0]["id"], theirs.id.as_str());
    assert!(unknown.code == Some(1) && unknown.err.contains("admin_object_not_found"), "{unknown:?}");
    assert!(made.code == Some(1) && made.err.contains("no member"), "{made:?}");
    assert!(archived.code == Some(1) && archived.err.contains("archived"), "{archived:?}");
}

#[tokio::test]
async fn a_command_that_makes_a_secret_prints_it_alone() {
    let server = server().start().await;
    let project = Ran::of(&server.cli(&["projects", "list", "--json"]).await).json()["data"][0]["id"].clone();
    let project = project.as_str().unwrap();

    for arguments in [
        &["admin-keys", "create", "--name", "a"][..],
        &["projects", "keys", "create", project, "--name", "b"],
        &["service-accounts", "create", project, "--name", "c"],
    ] {
        let ran = Ran::of(&server.cli(arguments).await);

        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.starts_with("sk-tg-") && ran.out.trim().lines().count() == 1, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains("made ") && !ran.err.contains(ran.out.trim()), "{arguments:?}: {ran:?}");
    }
}
