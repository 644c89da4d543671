//! The way to a provider, and what callers are told when it fails.

mod connections;
mod errors;
mod failures;
mod providers;
mod repeated;
mod resume;
mod tls;
