//! The serving API.

mod access;
mod authentication;
mod bodies;
mod chat_completions;
mod embeddings;
mod headers;
mod models;
mod paths;
mod responses;
mod streams;
