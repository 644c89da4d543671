//! What whoever holds the data directory does there: he may all, in each organization, and nobody else is said to have done it.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use tollgate_store::admin::{organizations, people};
use tollgate_store::database::Database;
use tollgate_testing::{Ask, TestServer};

use super::{Home, Ran};
use crate::server;

/// Does acts on a data directory.
struct Holder<'a>(&'a dyn Fn(&[&str]) -> Ran);

impl Holder<'_> {
    /// What an act answers.
    fn done(&self, arguments: &[&str]) -> Json {
        (self.0)(&[arguments, &["--json"]].concat()).json()
    }

    /// The id of what an act has made.
    fn made(&self, arguments: &[&str]) -> String {
        let made = self.done(arguments);
        made["id"].as_str().or(made["group"]["id"].as_str()).unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    fn ended(&self, arguments: &[&str]) {
        self.done(&[arguments, &["--yes"]].concat());
    }

    fn events(&self, filter: &[&str]) -> Vec<Json> {
        let listed = self.done(&[&["audit", "list", "--limit", "1000"], filter].concat());
        listed["data"].as_array().unwrap().clone()
    }
}

/// A data directory whose first owner has done nothing.
fn owned() -> Home {
    let home = Home::new();
    let made = home.run_with(&["owner", "create", "--email", "owner@localhost"], b"correct horse battery staple\n");
    assert_eq!(made.code, Some(0), "{made:?}");
    home
}

/// A member who is none of the makers.
fn member(database: &Database, organization: i64, email: &str, role: &str) -> String {
    people::add(database, organization, email, "Somebody", role, 1).unwrap().id
}

/// An act of each family, on one organization (`within` names another one than the oldest).
fn each_family(holder: &Holder<'_>, user: &str, within: &[&str]) {
    let with = |arguments: &[&'static str]| [arguments, within].concat();
    let by_id = |before: &[&'static str], ids: &[&str], after: &[&'static str]| -> Vec<String> {
        before.iter().chain(ids).chain(after).chain(within).map(|text| (*text).to_owned()).collect()
    };
    let done = |words: Vec<String>| holder.done(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let made = |words: Vec<String>| holder.made(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let ended = |words: Vec<String>| holder.ended(&words.iter().map(String::as_str).collect::<Vec<_>>());

    let project = holder.made(&with(&["projects", "create", "--name", "web"]));
    let project = project.as_str();
    done(by_id(&["projects", "update"], &[project], &["--name", "site"]));
    let to_user = format!("--user-id={user}");
    done(by_id(&["projects", "users", "create"], &[project, &to_user], &["--role", "member"]));
    done(by_id(&["projects", "users", "update"], &[project, user], &["--role", "owner"]));
    ended(by_id(&["projects", "users", "delete"], &[project, user], &[]));
    done(by_id(&["projects", "model-permissions", "update"], &[project], &["--mode", "deny_list", "--model-ids", "x"]));
    ended(by_id(&["projects", "model-permissions", "delete"], &[project], &[]));
    let tools = ["--web-search", "{\"enabled\":false}"];
    done(by_id(&["projects", "hosted-tool-permissions", "update"], &[project], &tools));
    let key = made(by_id(&["projects", "keys", "create"], &[project], &["--name", "k"]));
    done(by_id(&["projects", "keys", "update"], &[project, &key], &["--name", "kk"]));
    done(by_id(&["projects", "keys", "rotate"], &[project, &key], &[]));
    done(by_id(&["projects", "keys", "revoke"], &[project, &key], &[]));
    ended(by_id(&["projects", "keys", "delete"], &[project, &key], &[]));
    let account = made(by_id(&["service-accounts", "create"], &[project], &["--name", "bot"]));
    done(by_id(&["service-accounts", "update"], &[project, &account], &["--name", "robot"]));
    ended(by_id(&["service-accounts", "delete"], &[project, &account], &[]));
    let role = holder.made(&with(&["roles", "create", "--role-name", "r", "--permissions", "api.groups.read"]));
    done(by_id(&["roles", "update"], &[&role], &["--role-name", "rr"]));
    let group = holder.made(&with(&["groups", "create", "--name", "g"]));
    done(by_id(&["groups", "update"], &[&group], &["--name", "gg"]));
    done(by_id(&["groups", "users", "create"], &[&group, &to_user], &[]));
    let to_role = format!("--role-id={role}");
    done(by_id(&["groups", "roles", "create"], &[&group, &to_role], &[]));
    ended(by_id(&["groups", "roles", "delete"], &[&group, &role], &[]));
    ended(by_id(&["groups", "users", "delete"], &[&group, user], &[]));
    ended(by_id(&["groups", "delete"], &[&group], &[]));
    let given = done(by_id(&["users", "roles", "create"], &[user, &to_role], &[]));
    assert_eq!(given["role"]["name"], "rr", "{given}");
    let held = done(by_id(&["users", "roles", "show"], &[user, &role], &[]));
    assert!(held["created_by"].is_null() && held["created_by_user_obj"].is_null(), "nobody made it: {held}");
    ended(by_id(&["users", "roles", "delete"], &[user, &role], &[]));
    ended(by_id(&["roles", "delete"], &[&role], &[]));
    let invite = holder.made(&with(&["invites", "create", "--email", "new@example.com", "--role", "reader"]));
    ended(by_id(&["invites", "delete"], &[&invite], &[]));
    done(by_id(&["users", "update"], &[user], &["--role", "reader"]));
    ended(by_id(&["users", "delete"], &[user], &[]));
    done(by_id(&["projects", "archive"], &[project], &[]));
}

const KINDS: [&str; 22] = [
    "api_key.created",
    "api_key.deleted",
    "api_key.updated",
    "group.created",
    "group.deleted",
    "group.updated",
    "invite.deleted",
    "invite.sent",
    "project.archived",
    "project.created",
    "project.updated",
    "role.assignment.created",
    "role.assignment.deleted",
    "role.created",
    "role.deleted",
    "role.updated",
    "service_account.created",
    "service_account.deleted",
    "service_account.updated",
    "user.added",
    "user.deleted",
    "user.updated",
];

fn kinds(events: &[Json]) -> BTreeSet<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

fn nobody_did(events: &[Json]) {
    for event in events {
        assert!(event["actor"].is_null(), "{event}");
    }
}

fn missing<'k>(events: &[Json], wanted: &'k [&'k str]) -> Vec<&'k str> {
    let found = kinds(events);
    wanted.iter().copied().filter(|kind| !found.contains(kind)).collect()
}

#[test]
fn no_act_of_any_family_on_a_data_directory_is_said_to_be_an_owner_s() {
    let home = owned();
    let run = |arguments: &[&str]| home.run(arguments);
    let holder = Holder(&run);
    let user = {
        let database = Database::open(&home.path().join(".local/share/tollgate")).unwrap();
        let organization = organizations::oldest(&database).unwrap().unwrap().row;
        member(&database, organization, "ada@example.com", "owner")
    };

    each_family(&holder, &user, &[]);
    let key = holder.made(&["admin-keys", "create", "--name", "ci"]);
    holder.ended(&["admin-keys", "delete", &key]);
    let made = holder.made(&["organizations", "create", "--name", "Other", "--owner-email", "eve@example.com"]);
    holder.done(&["organizations", "update", &made, "--tier-max", "3"]);
    let provider = r#"--settings={"base_url":"https://a.example/v1"}"#;
    holder.done(&["providers", "create", "--name", "a", provider]);
    holder.done(&["models", "create", "--name", "m", r#"--settings={"deployments":[{"provider":"a","model":"x"}]}"#]);
    holder.ended(&["models", "delete", "m"]);
    holder.ended(&["providers", "delete", "a"]);

    let events = holder.events(&[]);
    nobody_did(&events);
    assert_eq!(missing(&events, &KINDS), [""; 0]);
    let of_server =
        ["organization.updated", "tollgate.model.created", "tollgate.provider.created", "tollgate.model.deleted"];
    assert_eq!(missing(&events, &of_server), [""; 0]);
    assert_eq!(holder.events(&["--actor-ids", "operator"]).len(), events.len(), "and they are found");
    assert_eq!(holder.events(&["--actor-emails", "owner@localhost"]), [Json::Null; 0]);
    let listed = home.run(&["audit", "list"]);
    assert!(!listed.out.contains("owner@localhost") && !listed.out.contains("127.0.0.1"), "{listed:?}");
}

#[test]
fn he_may_all_in_an_organization_of_which_the_oldest_owner_is_no_member() {
    let home = owned();
    let run = |arguments: &[&str]| home.run(arguments);
    let holder = Holder(&run);
    let (organization, user) = {
        let database = Database::open(&home.path().join(".local/share/tollgate")).unwrap();
        let other = organizations::insert(&database, "Another", 1).unwrap();
        member(&database, other.row, "eve@example.com", "owner");
        let user = member(&database, other.row, "ada@example.com", "owner");
        (other.id, user)
    };
    let within = ["--organization", organization.as_str()];

    each_family(&holder, &user, &within);

    let events = holder.events(&within);
    nobody_did(&events);
    assert_eq!(missing(&events, &KINDS), [""; 0]);
}

#[tokio::test]
async fn an_act_that_the_server_beside_does_for_him_and_one_by_a_key_are_told_apart() {
    let server: TestServer = server().start().await;
    let home = Home::new();
    let data_dir = server.data_dir();
    let run = |arguments: &[&str]| home.run(&[arguments, &["--data-dir", data_dir.to_str().unwrap()]].concat());
    let holder = Holder(&run);

    holder.done(&["providers", "create", "--name", "a", r#"--settings={"base_url":"https://a.example/v1"}"#]);
    let of_holder = holder.events(&["--event-types", "tollgate.provider.created"]);
    let ask = Ask::new("DELETE", "/v1/tollgate/providers/a").bearer(server.admin_key());
    assert_eq!(server.ask(&ask).await.status, 200);
    let of_key = holder.events(&["--event-types", "tollgate.provider.deleted"]);

    assert!(of_holder.len() == 1 && of_holder[0]["actor"].is_null(), "{of_holder:?}");
    assert_eq!(of_key[0]["actor"]["api_key"]["user"]["email"], "owner@localhost", "{of_key:?}");
}
