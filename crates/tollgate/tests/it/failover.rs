//! Which deployment or model answers, and who is asked how often.

mod balance;
mod breaker;
mod budget;
mod fallbacks;
mod retries;
