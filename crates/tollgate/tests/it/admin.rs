//! Administration: one file per noun of the management API, and one for what holds for all of it.

mod api_keys;
mod audit;
mod configuration;
mod credentials;
mod cursors;
mod everywhere;
mod idempotency;
mod incidents;
mod invites;
mod keys;
mod organizations;
mod password;
mod projects;
mod provider_credentials;
mod providers;
mod roles;
mod service_accounts;
mod sessions;
mod tiers;
mod told;
mod usage;
mod users;
mod visitors;

use std::ops::Deref;

use serde_json::Value as Json;
use tollgate_control::use_cases::admin_keys::{self, Limits, Owner};
use tollgate_store::admin::organizations::{insert, oldest};
use tollgate_store::admin::people;
use tollgate_store::database::Database;
use tollgate_store::secrets::Secrets;
use tollgate_testing::{Ask, Reply, TestServer};

/// When those were made who were put into the database.
const LONG_AGO: i64 = 1_700_000_000;

/// An administrator, by an admin key.
struct Admin<'s> {
    server: &'s TestServer,
    token: String,
}

impl<'s> Admin<'s> {
    /// The first owner.
    fn first(server: &'s TestServer) -> Self {
        Self { server, token: server.admin_key().to_owned() }
    }

    /// Whoever has this key.
    fn with(server: &'s TestServer, token: &Json) -> Self {
        Self { server, token: token.as_str().unwrap().to_owned() }
    }

    async fn get(&self, path: &str) -> Reply {
        self.server.ask(&Ask::get(&format!("/v1{path}")).bearer(&self.token)).await
    }

    async fn post(&self, path: &str, body: Json) -> Reply {
        self.server.ask(&Ask::post(&format!("/v1{path}"), body.to_string()).bearer(&self.token)).await
    }

    /// What a model says to whoever has this key.
    async fn chat(&self, model: &str) -> Reply {
        let body = serde_json::json!({ "model": model, "messages": [{ "role": "user", "content": "hi" }] });
        self.post("/chat/completions", body).await
    }

    async fn delete(&self, path: &str) -> Reply {
        self.server.ask(&Ask::new("DELETE", &format!("/v1{path}")).bearer(&self.token)).await
    }

    /// What was made or changed.
    async fn done(&self, path: &str, body: Json) -> Json {
        let reply = self.post(path, body).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }
}

/// A member who was put into the database, with an admin key of his own.
struct Person<'s> {
    id: String,
    admin: Admin<'s>,
}

impl<'s> Deref for Person<'s> {
    type Target = Admin<'s>;

    fn deref(&self) -> &Admin<'s> {
        &self.admin
    }
}

impl<'s> Person<'s> {
    /// Somebody new in the first organization.
    fn of(server: &'s TestServer, email: &str, role: &str) -> Self {
        let database = Database::open(&server.data_dir()).unwrap();
        let organization = oldest(&database).unwrap().unwrap().row;
        Self::in_organization(server, &database, organization, email, role)
    }

    /// The owner of a new organization.
    fn stranger(server: &'s TestServer, email: &str) -> Self {
        let database = Database::open(&server.data_dir()).unwrap();
        let organization = insert(&database, "Another", LONG_AGO).unwrap().row;
        Self::in_organization(server, &database, organization, email, "owner")
    }

    fn in_organization(
        server: &'s TestServer,
        database: &Database,
        organization: i64,
        email: &str,
        role: &str,
    ) -> Self {
        let member = people::add(database, organization, email, "Somebody", role, LONG_AGO).unwrap();
        let pepper = Secrets::open(database).unwrap().pepper;
        let owner = Owner { organization, user: member.row };
        let (_, token) = admin_keys::issue(database, &pepper, owner, "own", Limits::default(), LONG_AGO).unwrap();
        Self { id: member.id, admin: Admin { server, token: token.reveal().to_owned() } }
    }
}
