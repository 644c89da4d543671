//! What holds for every path of administration: who is let in, what is not there, what is written down.

use std::path::Path;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use serde_json::json;
use tollgate_store::database::{Database, FILE_NAME, StoreError};
use tollgate_testing::Ask;

use super::Admin;
use crate::server;

#[tokio::test]
async fn nobody_is_let_in_without_an_admin_key_and_each_is_told_why() {
    let server = server().start().await;
    let key = server.first_key();
    let path = "/v1/organization/projects";
    let damaged = format!("{}x", &server.admin_key()[..server.admin_key().len() - 1]);
    let unknown = "sk-tg-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    let without = server.ask(&Ask::get(path)).await;
    let serving = key.get(path).await;
    let slip = server.ask(&Ask::get(path).bearer(&damaged)).await;
    let other = server.ask(&Ask::get(path).bearer(unknown)).await;
    let on_serving = server.ask(&Ask::get("/v1/models").bearer(server.admin_key())).await;

    assert_eq!((without.status, without.cause()), (401, "key_missing"));
    assert_eq!((serving.status, serving.cause()), (401, "serving_key_on_admin"));
    assert!(serving.text().contains("Missing scopes: api.projects.read"), "{}", serving.text());
    assert_eq!((slip.status, slip.cause()), (401, "key_typo"));
    assert_eq!(other.status, 401);
    assert_eq!((on_serving.status, on_serving.cause()), (401, "admin_key_on_serving"));
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there_are_said_with_what_is() {
    let server = server().start().await;
    let admin = Admin::first(&server);

    let path = admin.get("/organization/project").await;
    let method = admin.delete("/organization/projects").await;

    assert_eq!((path.status, path.cause()), (404, "endpoint_not_found"));
    assert!(path.text().contains("/v1/organization/projects"), "{}", path.text());
    assert_eq!((method.status, method.cause()), (405, "method_not_allowed"));
    assert!(method.text().contains("GET, POST"), "{}", method.text());
}

#[tokio::test]
async fn a_locked_database_refuses_administration_and_nothing_else() {
    let server = server().start().await;
    let (admin, key) = (Admin::first(&server), server.first_key());
    let lock = Locked::of(&server.data_dir());

    let refused = admin.post("/organization/projects", json!({ "name": "x" })).await;
    let served = key.chat("sandbox", "hi").await;
    drop(lock);
    let again = admin.post("/organization/projects", json!({ "name": "x" })).await;

    assert_eq!((refused.status, refused.cause()), (503, "administration_unavailable"), "{}", refused.text());
    assert!(refused.header("retry-after").is_some());
    assert_eq!((served.status, again.status), (200, 200));
}

/// A lock that another process holds on the database, until this is dropped.
struct Locked(Option<(Sender<()>, JoinHandle<()>)>);

impl Locked {
    fn of(data_dir: &Path) -> Self {
        let database = Database::open(data_dir).unwrap();
        let (release, released) = mpsc::channel::<()>();
        let (held, holds) = mpsc::channel();
        let thread = thread::spawn(move || {
            let held = database.atomically(|| {
                held.send(()).unwrap();
                let _ = released.recv();
                Ok::<_, StoreError>(())
            });
            held.unwrap();
        });
        holds.recv().unwrap();
        Self(Some((release, thread)))
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        if let Some((release, thread)) = self.0.take() {
            drop(release);
            thread.join().unwrap();
        }
    }
}

#[tokio::test]
async fn while_the_keys_cannot_be_read_a_known_one_goes_on_and_an_unknown_one_is_not_called_wrong() {
    const UNKNOWN: &str = "sk-tg-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA17ZyVf";
    let server = server().start().await;
    let key = server.first_key();
    let question = Ask::get("/v1/models").bearer(UNKNOWN);
    let ask = || server.ask(&question);
    let saboteur = Connection::open(server.data_dir().join(FILE_NAME)).unwrap();

    let before = ask().await;
    saboteur.execute_batch("ALTER TABLE revision RENAME TO hidden").unwrap();
    let mut away = ask().await;
    while away.status == 401 {
        away = ask().await;
    }
    let known = key.chat("sandbox", "hi").await;
    saboteur.execute_batch("ALTER TABLE hidden RENAME TO revision").unwrap();
    let mut again = ask().await;
    while again.status == 503 {
        again = ask().await;
    }

    assert_eq!((before.status, before.cause()), (401, "key_invalid"));
    assert_eq!((away.status, away.cause()), (503, "keys_unavailable"), "{}", away.text());
    assert!(away.header("retry-after").is_some());
    assert_eq!((known.status, again.cause()), (200, "key_invalid"));
}
