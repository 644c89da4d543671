//! What the database keeps and refuses, on real files.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

mod admin_keys;
mod audit;
mod backup;
mod configuration;
mod credentials;
mod damage;
mod database;
mod entries;
mod feed;
mod ingest;
mod keys;
mod lookup;
mod outages;
mod people;
mod plans;
mod portable;
mod provider_credentials;
mod retention;
mod secrets;
mod sessions;
mod timeline;
mod usage;
mod world;
