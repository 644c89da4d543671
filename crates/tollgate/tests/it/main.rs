//! The built binary, asked as users and programs ask it. One file per subject; those under `v1` are named after the
//! URLs they call.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod admin;
mod cli;
mod connection;
mod cors;
mod diagnosis;
mod docs;
mod doctor;
mod drain;
mod errors;
mod explain;
mod failover;
mod faults;
mod health;
mod keys;
mod metrics;
mod overload;
mod records;
mod reload;
mod restart;
mod scan;
mod server;
mod service;
mod telemetry;
mod terminal;
mod triggers;
mod upstream;
mod v1;

use tollgate_store::admin::{organizations, people};
use tollgate_store::database::Database;
use tollgate_testing::TestServer;
use tollgate_testing::server::ServerBuilder;

/// The same with an owner, so that other machines may reach it.
fn owned(builder: ServerBuilder) -> ServerBuilder {
    let database = Database::open(&builder.directory().join("data")).unwrap();
    let organization = organizations::insert(&database, "My organization", 1).unwrap();
    people::add(&database, organization.row, "owner@example.com", "Owner", "owner", 1).unwrap();
    builder
}

/// The binary of this build.
fn server() -> ServerBuilder {
    TestServer::builder(env!("CARGO_BIN_EXE_tollgate"))
}
