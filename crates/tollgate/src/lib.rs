//! The binary's parts: the command line, the settings, and the wiring of the planes.
//!
//! Open [`settings`] for what can be configured, [`cli`] for what can be asked. This crate holds no rule of the domain:
//! it reads what it is told, hands it over, starts and stops.

mod administration;
pub mod cli;
mod configuration;
pub mod handover;
pub mod notify;
mod providers;
pub mod settings;
pub mod wiring;
mod words;
