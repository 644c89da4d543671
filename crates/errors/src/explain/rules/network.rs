//! Rules for causes in names, connections, TLS, proxies, streams, and in pages of servers between.

mod buffering;
mod connect;
mod pages;
mod streams;
mod tls;

#[cfg(test)]
mod tests;

use super::facts;
use crate::explain::rule::Rule;

pub(super) const RULES: &[&[Rule]] =
    &[connect::RULES, tls::RULES, streams::RULES, buffering::RULES, pages::RULES, OF_OTHERS];

/// What happened between two other machines is nothing to explain here.
const OF_OTHERS: &[Rule] = &[
    of_others("dns_failure"),
    of_others("connection_refused"),
    of_others("connection_refused_local"),
    of_others("connection_reset"),
    of_others("connect_timeout"),
    of_others("connection_error_generic"),
    of_others("localhost_in_container"),
    of_others("timeout"),
    of_others("tls_untrusted_ca"),
    of_others("tls_hostname_mismatch"),
    of_others("stream_interrupted"),
    of_others("stream_buffered"),
    page_of_others("bad_gateway"),
    page_of_others("service_unavailable"),
    page_of_others("gateway_timeout"),
    page_of_others("cloudflare_5xx"),
    page_of_others("waf_blocked"),
    of_others("client_aborted"),
];

/// Nor are the pages of servers of others.
const fn page_of_others(cause: &'static str) -> Rule {
    Rule::new(cause, -3.5).when(facts::shows_other_hosts)
}

const fn of_others(cause: &'static str) -> Rule {
    Rule::new(cause, -4.0).when(facts::is_elsewhere)
}
