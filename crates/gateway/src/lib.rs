//! The data plane: one request from accept to record.

pub mod settings;
