//! Other programs at the databases while the server runs: whoever reads one and leaves takes nothing from the server.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rusqlite::Connection;
use serde_json::json;

use super::Admin;
use crate::server;

/// Opens a database as any program does that knows nothing of Tollgate, reads, and leaves.
fn visit(path: &Path) {
    let visitor = Connection::open(path).unwrap();
    visitor.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)).unwrap();
    visitor.close().unwrap();
}

/// How many locks a process has on a file, as the kernel has them.
fn locks(process: u32, path: &Path) -> usize {
    let (process, file) = (process.to_string(), format!(":{}", fs::metadata(path).unwrap().ino()));
    let all = fs::read_to_string("/proc/locks").unwrap();
    let is_its = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.contains(&process.as_str()) && words.iter().any(|word| word.ends_with(&file))
    };
    all.lines().filter(is_its).count()
}

#[tokio::test]
async fn who_reads_a_database_and_leaves_neither_hides_a_change_from_the_server_nor_loses_one() {
    let server = server().start().await;
    let (admin, key) = (Admin::first(&server), server.key().create().await);
    // Its threads of administration have opened the database by then, one after the other.
    for name in ["a", "b", "c", "d"] {
        admin.done("/organization/projects", json!({ "name": name })).await;
    }
    let record = key.chat("sandbox", "hi").await;
    key.get(&format!("/v1/tollgate/requests/{}", record.request_id())).await;
    let files = ["tollgate.db", "records.db"].map(|name| server.data_dir().join(name));

    // Without a lock of its server, a database is anybody's who comes last: he puts its log away as he leaves.
    let held = files.each_ref().map(|file| locks(server.process(), file));
    files.iter().for_each(|file| visit(file));
    let still = files.each_ref().map(|file| locks(server.process(), file));
    let made = admin.done("/organization/projects", json!({ "name": "e" })).await;
    key.revoke().await;
    key.until("key_revoked").await;
    let listed = admin.get("/organization/projects?limit=100").await.text();

    assert!(held.iter().chain(&still).all(|locks| *locks > 0), "{held:?} {still:?}");
    assert!(listed.contains(made["id"].as_str().unwrap()), "{listed}");
}
