//! Commands made from the endpoints of administration: on the data directory, and over a server's API.

use serde_json::Value as Json;
use tollgate_store::admin::{organizations, projects};
use tollgate_store::database::Database;
use tollgate_testing::TestServer;

use super::{Home, Ran};
use crate::server;

async fn ran(server: &TestServer, arguments: &[&str]) -> Ran {
    Ran::of(&server.cli(arguments).await)
}

fn id_of(object: &Json) -> String {
    object["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn on_the_data_directory_the_operator_administers_and_a_running_server_follows() {
    let server = server().start().await;
    let made = id_of(&ran(&server, &["projects", "create", "--name", "web", "--json"]).await.json());
    let key = server.cli(&["keys", "create", "--name", "k", "--project", &made]).await;
    let key = Ran::of(&key).out.trim().to_owned();
    let chat = || server.cli(&["chat", "hi"]);
    let before = tollgate_testing::Ask::get("/v1/models").bearer(&key);
    let before = server.ask(&before).await.status;

    let renamed = ran(&server, &["projects", "update", &made, "--name", "site"]).await;
    let shown = ran(&server, &["projects", "show", &made, "--json"]).await.json();
    let archived = ran(&server, &["projects", "archive", &made]).await;
    let after = server.ask(&tollgate_testing::Ask::get("/v1/models").bearer(&key)).await;

    assert_eq!(before, 200);
    assert!(renamed.out.contains("name") && renamed.out.contains("site"), "{renamed:?}");
    assert_eq!(shown["name"], "site");
    assert_eq!(archived.code, Some(0), "{archived:?}");
    assert_eq!(after.status, 401, "{}", after.text());
    assert_eq!(Ran::of(&chat().await).code, Some(0), "other projects go on");
}

#[tokio::test]
async fn a_server_is_asked_with_an_admin_key_and_without_one_says_what_is_missing() {
    let server = server().start().await;
    let url = format!("http://{}/v1", server.address());
    let file = server.data_dir().join("admin");
    std::fs::write(&file, server.admin_key()).unwrap();
    let by = format!("@{}", file.display());

    let made =
        ran(&server, &["projects", "create", "--name", "far", "--url", &url, "--admin-key", &by, "--json"]).await;
    let listed = ran(&server, &["projects", "list", "--url", &url, "--admin-key", &by]).await;
    let bare = ran(&server, &["projects", "list", "--url", &url]).await;
    let unknown = ran(&server, &["projects", "show", "proj_none", "--url", &url, "--admin-key", &by]).await;

    assert_eq!(made.json()["name"], "far");
    assert!(listed.out.starts_with("ID ") && listed.out.contains("far"), "{listed:?}");
    assert_eq!((bare.code, bare.err.contains("OPENAI_ADMIN_KEY")), (Some(2), true), "{bare:?}");
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    assert!(unknown.err.contains("cause: admin_object_not_found"), "{unknown:?}");
}

#[tokio::test]
async fn a_list_follows_its_pages_up_to_its_bound() {
    let server = server().start().await;
    let database = Database::open(&server.data_dir()).unwrap();
    let organization = organizations::oldest(&database).unwrap().unwrap().row;
    for number in 0..230 {
        projects::insert(&database, organization, &format!("p{number}"), None, 1).unwrap();
    }

    let all = ran(&server, &["projects", "list", "--limit", "1000", "--json"]).await.json();
    let some = ran(&server, &["projects", "list", "--limit", "150", "--json"]).await;

    assert_eq!((all["data"].as_array().unwrap().len(), &all["has_more"]), (231, &Json::from(false)));
    assert!(some.err.contains("there are more than 150; raise --limit"), "{some:?}");
    assert_eq!(some.json()["data"].as_array().unwrap().len(), 150);
}

#[tokio::test]
async fn what_is_wrong_is_told_as_a_server_tells_it() {
    let server = server().start().await;
    let failed = [
        (vec!["projects", "show", "proj_none"], 1, "cause: admin_object_not_found"),
        (vec!["projects", "show", "a/b"], 2, "cannot be the id of anything"),
        (vec!["projects", "create", "--name", ""], 1, "cause: param_out_of_range"),
        (vec!["projects", "create"], 2, "--name"),
        (vec!["providers", "delete", "none"], 1, "cause: admin_object_not_found"),
        (vec!["admin-keys", "delete", "key_none"], 1, "cause: admin_object_not_found"),
    ];
    for (arguments, code, said) in failed {
        let ran = ran(&server, &arguments).await;

        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(said), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn a_data_directory_without_an_owner_says_how_to_get_one() {
    let ran = Home::new().with_database().run(&["projects", "list"]);

    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("tollgate up"), "{ran:?}");
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what_to_what_and_since_when() {
    let server = server().start().await;
    ran(&server, &["projects", "create", "--name", "web"]).await;

    let listed = ran(&server, &["audit", "list", "--event-types", "project.created", "--effective-at-gt", "1h"]).await;
    let none = ran(&server, &["audit", "list", "--effective-at-gt", "2100-01-01"]).await;
    let wrong = ran(&server, &["audit", "list", "--effective-at-gt", "soon"]).await;

    let lines: Vec<&str> = listed.out.lines().collect();
    assert_eq!(lines.len(), 3, "{listed:?}");
    assert!(lines[0].ends_with("ON") && lines[0].contains("BY") && lines[0].contains("FROM"), "{listed:?}");
    assert!(lines[1].contains("(web)") && lines[2].contains("the data directory"), "{listed:?}");
    assert!(none.err.contains("there is nothing in this list"), "{none:?}");
    assert!(wrong.code == Some(2) && wrong.err.contains("24h"), "{wrong:?}");
}

#[tokio::test]
async fn usage_tells_counts_as_counts_and_days_as_days() {
    let server = server().start().await;
    let key = server.key().create().await;
    assert_eq!(key.chat("sandbox", "one").await.status, 200);
    let usage = ["usage", "completions", "--start-time", "1d"];

    let told = tollgate_testing::wait::until("the sums of the call", async || {
        let told = ran(&server, &usage).await;
        told.out.contains("INPUT TOKENS").then_some(told)
    })
    .await;

    let line = told.out.lines().nth(1).unwrap();
    assert!(!line.contains("1970") && line.starts_with("20"), "{told:?}");
}

#[tokio::test]
async fn an_organization_s_own_credential_is_set_by_the_command_and_never_an_argument() {
    let upstream = tollgate_testing::Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let (home, key) = (Home::new(), server.first_key());
    let (directory, url) = (server.data_dir().display().to_string(), format!("http://{}/v1", server.address()));
    let file = server.data_dir().join("admin");
    std::fs::write(&file, server.admin_key()).unwrap();
    let by = format!("@{}", file.display());
    let beside = ["--data-dir", directory.as_str()];
    let there = ["--url", url.as_str(), "--admin-key", by.as_str()];
    let run = |words: &[&str], place: &[&str], input: &[u8]| home.run_with(&[words, place].concat(), input);
    let set = ["provider-credentials", "set", "openai"];

    let first = run(&set, &beside, b"sk-own-beside\n");
    key.chat("gpt-4o-mini", "hi").await;
    let second = run(&set, &there, b"sk-own-there\n");
    key.chat("gpt-4o-mini", "hi").await;
    let listed = run(&["provider-credentials", "list", "--json"], &beside, b"").json();
    let unknown = run(&["provider-credentials", "set", "opneai"], &beside, b"sk-x\n");
    let deleted = run(&["provider-credentials", "delete", "openai", "--yes"], &beside, b"");
    key.chat("gpt-4o-mini", "hi").await;

    assert!(first.code == Some(0) && second.code == Some(0) && deleted.code == Some(0), "{first:?} {deleted:?}");
    let sent: Vec<_> = upstream.received().iter().map(|one| one.header("authorization").unwrap()).collect();
    assert_eq!(sent[..2], ["Bearer sk-own-beside", "Bearer sk-own-there"]);
    assert!(!sent[2].contains("own"), "{sent:?}");
    assert_eq!(listed["data"][0]["id"], "openai");
    assert!(unknown.code == Some(1) && unknown.err.contains("no provider 'opneai'"), "{unknown:?}");
}
