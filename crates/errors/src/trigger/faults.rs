//! Which causes a broken connection makes, and in which way it has to be broken.

use crate::catalog;
use crate::cause::Cause;

/// What the sandbox's listener on the loopback interface does, or lets happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The provider's name is one that no resolver takes; no packet leaves the machine for it.
    NoName,
    /// Nothing listens at the port.
    Refused,
    /// The listener's queue is full, and what comes is dropped without a word, as a firewall does.
    NoConnection,
    /// The connection is reset: before an answer, or in its middle.
    Reset,
    /// What comes is not HTTP.
    Garbage,
    /// The request is taken, and nothing comes back.
    NoAnswer,
    /// The head of a stream comes, and no event.
    NoEvent,
    /// A part of the answer comes, and nothing behind it.
    Silence,
    /// The answer comes in drops, without an end.
    Endless,
    /// A stream is closed before its end.
    Cut,
    /// 200 with a web page.
    WebPage,
    /// 307 to another place.
    Redirect,
    /// 403 with a firewall's web page.
    Firewall,
    /// 524 with a web page of the edge.
    Edge,
    /// 200 with JSON that breaks off.
    BrokenJson,
    /// Plain HTTP where TLS is expected.
    PlainToTls,
    /// A certificate of an authority nobody knows.
    UnknownAuthority,
    /// A certificate for another name.
    OtherName,
    /// A certificate that has expired.
    Expired,
}

impl Fault {
    /// Whether it can happen in the middle of an answer too.
    #[must_use]
    pub fn can_be_in_the_middle(self) -> bool {
        matches!(self, Self::Reset | Self::Silence | Self::Cut | Self::Garbage | Self::Endless)
    }

    /// Whether it is a limit of time that passes.
    #[must_use]
    pub fn is_of_time(self) -> bool {
        matches!(self, Self::NoConnection | Self::NoAnswer | Self::NoEvent | Self::Silence | Self::Endless)
    }

    /// Whether it is one of streams only.
    #[must_use]
    pub fn needs_stream(self) -> bool {
        matches!(self, Self::NoEvent | Self::Cut)
    }
}

pub(super) fn of(cause: &'static Cause) -> Option<Fault> {
    let known = [
        (&catalog::DNS_FAILURE, Fault::NoName),
        (&catalog::CONNECTION_REFUSED, Fault::Refused),
        (&catalog::CONNECT_TIMEOUT, Fault::NoConnection),
        (&catalog::CONNECTION_RESET, Fault::Reset),
        (&catalog::UPSTREAM_PROTOCOL_ERROR, Fault::Garbage),
        (&catalog::UPSTREAM_FIRST_BYTE_TIMEOUT, Fault::NoAnswer),
        (&catalog::UPSTREAM_FIRST_TOKEN_TIMEOUT, Fault::NoEvent),
        (&catalog::UPSTREAM_IDLE_TIMEOUT, Fault::Silence),
        (&catalog::UPSTREAM_TOTAL_TIMEOUT, Fault::Endless),
        (&catalog::STREAM_INTERRUPTED, Fault::Cut),
        (&catalog::HTML_INSTEAD_OF_JSON, Fault::WebPage),
        (&catalog::REDIRECT_BREAKS_REQUEST, Fault::Redirect),
        (&catalog::WAF_BLOCKED, Fault::Firewall),
        (&catalog::CLOUDFLARE_5XX, Fault::Edge),
        (&catalog::RESPONSE_SHAPE_UNEXPECTED, Fault::BrokenJson),
        (&catalog::TLS_FAILURE, Fault::PlainToTls),
        (&catalog::TLS_UNTRUSTED_CA, Fault::UnknownAuthority),
        (&catalog::TLS_HOSTNAME_MISMATCH, Fault::OtherName),
        (&catalog::TLS_CERTIFICATE_INVALID, Fault::Expired),
    ];
    known.iter().find(|(known, _)| *known == cause).map(|(_, fault)| *fault)
}

/// Causes of a state that the server has to be in. `requests` has those that a request brings about.
pub(super) fn is_state(cause: &'static Cause) -> bool {
    [
        &catalog::GATEWAY_OVERLOADED,
        &catalog::GATEWAY_BODIES_FULL,
        &catalog::GATEWAY_DRAINING,
        &catalog::GATEWAY_STOPPED,
        &catalog::JOURNAL_FULL,
        &catalog::JOURNAL_FAILED,
        &catalog::RECORDS_UNAVAILABLE,
        &catalog::REQUEST_TIMEOUT,
        &catalog::CIRCUIT_OPEN,
        &catalog::STREAM_DIVERGED,
        &catalog::UPSTREAM_CREDENTIAL_MISSING,
        &catalog::RESPONSE_STATE_UNROUTABLE,
        &catalog::PROJECT_ARCHIVED,
        &catalog::KEY_OWNER_WITHOUT_ACCESS,
        &catalog::KEYS_UNAVAILABLE,
        &catalog::HOSTED_TOOL_DENIED,
        &catalog::ADMIN_PERMISSION_MISSING,
        &catalog::ADMIN_OBJECT_NOT_FOUND,
        &catalog::ADMIN_CONFLICT,
        &catalog::CONFIGURATION_LOCKED,
        &catalog::CONFIGURATION_REFUSED,
        &catalog::CONFIGURATION_NOT_IN_FORCE,
        &catalog::ADMINISTRATION_UNAVAILABLE,
        &catalog::SIGN_IN_FAILED,
        &catalog::SIGN_IN_ATTEMPTS,
        &catalog::SESSION_ENDED,
        &catalog::IDEMPOTENCY_KEY_IN_USE,
        &catalog::IDEMPOTENCY_KEY_REUSED,
    ]
    .contains(&cause)
}

/// Causes that nothing brings about by itself: the unknown has no one way, and the other is of asking for what is not
/// there.
pub(super) fn is_nothing(cause: &'static Cause) -> bool {
    [&catalog::UNKNOWN, &catalog::SANDBOX_ERROR_UNKNOWN].contains(&cause)
}
