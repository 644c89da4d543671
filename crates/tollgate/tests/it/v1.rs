//! The serving API.

mod access;
mod authentication;
mod bodies;
mod chat_completions;
mod credentials;
mod embeddings;
mod headers;
mod images;
mod lifecycle;
mod models;
mod parameters;
mod paths;
mod refused_bodies;
mod regions;
mod requests;
mod responses;
mod sandbox;
mod stored_elsewhere;
pub(crate) mod stored_responses;
mod streams;
