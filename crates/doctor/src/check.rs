//! What is looked at, in the order in which one thing rests on another.
//!
//! In: nothing. Out: the checks, their names, and which ones each of them needs: where one of these has failed, a check is
//! not looked at, so that one fault makes one finding.

/// One thing that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// Variables of the environment, and files that they might have come from.
    Environment,
    /// The form of the base URL.
    Address,
    /// The form of the key.
    Key,
    /// Whether a proxy stands between, and whether it lets through.
    Proxy,
    /// The name of the host.
    Names,
    /// TCP to its IPv4 addresses.
    Ipv4,
    /// TCP to its IPv6 addresses.
    Ipv6,
    /// The handshake and the certificate.
    Tls,
    /// The time of both sides.
    Clock,
    /// Whether the address leads elsewhere.
    Redirects,
    /// Whether the API is at this path.
    BasePath,
    /// Whether the key is accepted, in this header.
    Authentication,
    /// The headers for organization and project.
    Organization,
    /// The list of models.
    Models,
    /// The model.
    Model,
    /// One small completion.
    Completion,
    /// Whether the account may spend.
    Quota,
    /// What the model can be asked for.
    Parameters,
    /// Whether a stream comes in pieces.
    Streaming,
    /// How much of the rate limits is left.
    RateLimits,
    /// How long each part took.
    Latency,
}

impl Check {
    /// All of them, in order.
    pub const ALL: [Self; 21] = [
        Self::Environment,
        Self::Address,
        Self::Key,
        Self::Proxy,
        Self::Names,
        Self::Ipv4,
        Self::Ipv6,
        Self::Tls,
        Self::Clock,
        Self::Redirects,
        Self::BasePath,
        Self::Authentication,
        Self::Organization,
        Self::Models,
        Self::Model,
        Self::Completion,
        Self::Quota,
        Self::Parameters,
        Self::Streaming,
        Self::RateLimits,
        Self::Latency,
    ];

    /// Its word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// Its name in the table.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.words().1
    }

    /// The checks that it rests on directly.
    #[must_use]
    pub fn needs(self) -> &'static [Self] {
        match self {
            Self::Environment | Self::Address => &[],
            Self::Key | Self::Proxy => &[Self::Address],
            Self::Names => &[Self::Address, Self::Proxy],
            Self::Ipv4 | Self::Ipv6 => &[Self::Names, Self::Proxy],
            Self::Tls => &[Self::Ipv4, Self::Proxy],
            Self::Clock | Self::Redirects => &[Self::Tls],
            Self::BasePath => &[Self::Redirects],
            Self::Authentication => &[Self::Key, Self::BasePath],
            Self::Organization | Self::Models => &[Self::Authentication],
            Self::Model => &[Self::Organization, Self::Models],
            Self::Completion => &[Self::Model],
            Self::Quota => &[Self::Model],
            Self::Parameters | Self::Streaming | Self::RateLimits | Self::Latency => &[Self::Completion, Self::Quota],
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Environment => ("environment", "environment"),
            Self::Address => ("address", "base URL"),
            Self::Key => ("key", "key"),
            Self::Proxy => ("proxy", "proxy"),
            Self::Names => ("dns", "DNS"),
            Self::Ipv4 => ("tcp_v4", "TCP over IPv4"),
            Self::Ipv6 => ("tcp_v6", "TCP over IPv6"),
            Self::Tls => ("tls", "TLS"),
            Self::Clock => ("clock", "clock"),
            Self::Redirects => ("redirects", "redirects"),
            Self::BasePath => ("base_path", "base path"),
            Self::Authentication => ("authentication", "authentication"),
            Self::Organization => ("organization", "organization"),
            Self::Models => ("models", "list of models"),
            Self::Model => ("model", "model"),
            Self::Completion => ("completion", "completion"),
            Self::Quota => ("quota", "quota"),
            Self::Parameters => ("parameters", "parameters"),
            Self::Streaming => ("streaming", "streaming"),
            Self::RateLimits => ("rate_limits", "rate limits"),
            Self::Latency => ("latency", "latency"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_rests_on_earlier_ones_alone() {
        for (place, check) in Check::ALL.iter().enumerate() {
            for needed in check.needs() {
                let before = Check::ALL.iter().position(|c| c == needed).unwrap();
                assert!(before < place, "{} needs {}", check.name(), needed.name());
            }
        }
    }
}
