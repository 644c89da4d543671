//! Rules for causes in names, connections, TLS, proxies, streams, and in pages of servers between.

mod connect;
mod pages;
mod streams;
mod tls;

use crate::explain::rule::Rule;

pub(super) const RULES: &[&[Rule]] = &[connect::RULES, tls::RULES, streams::RULES, pages::RULES];
