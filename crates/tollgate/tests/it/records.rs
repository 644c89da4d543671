//! What is kept of requests, and what never is.

mod journal;
mod secrets;
