//! What is kept of requests, and what never is.

mod damage;
mod full;
mod journal;
mod log;
mod requests;
mod secrets;
mod usage;
