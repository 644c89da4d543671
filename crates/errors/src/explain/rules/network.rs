//! Rules for causes in names, connections, TLS, proxies, timeouts.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[Rule::new("connection_refused", 4.0).os_errors(&["econnrefused"])];
