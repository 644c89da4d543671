//! Why no TLS connection came about, in words.
//!
//! In: the error of a handshake. Out: a [`Fault`] whose words a caller may read. Names of hosts and the library's own
//! text (names of variants: `UnknownIssuer`, `InvalidContentType`) are for operators and stand apart.

use std::fmt::{self, Display, Formatter};
use std::io;

use rustls::{AlertDescription, CertificateError, Error};

/// Why no TLS connection came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What it is about.
    pub kind: Kind,
    /// For everybody, without the name of a host.
    pub words: String,
    /// For operators: the library's text.
    pub raw: String,
}

/// What a fault is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A certificate is signed by nobody we trust.
    UntrustedAuthority,
    /// It is for another name.
    WrongName,
    /// It has expired, or is not valid for another reason of its own.
    InvalidCertificate,
    /// Everything else.
    Handshake,
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} (in the words of the TLS library: {})", self.words, self.raw)
    }
}

impl Fault {
    /// Reads the error of a handshake.
    #[must_use]
    pub fn of(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        let (kind, words) = match inner {
            Some(Error::InvalidCertificate(error)) => certificate(error),
            Some(other) => (Kind::Handshake, handshake(other).to_owned()),
            None => (Kind::Handshake, connection(error.kind()).to_owned()),
        };
        let raw = inner.map_or_else(|| error.to_string(), ToString::to_string);
        Self { kind, words, raw }
    }
}

/// An error of a connection, without the names of the TLS library's variants.
///
/// A server that wants a client certificate says so in TLS 1.3 only after the handshake.
#[must_use]
pub fn in_words(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(_) => Fault::of(error).words,
        None => error.to_string(),
    }
}

fn certificate(error: &CertificateError) -> (Kind, String) {
    use CertificateError as E;
    let (kind, words) = match error {
        E::NotValidForName | E::NotValidForNameContext { .. } => {
            (Kind::WrongName, "the certificate is for another name than the one asked for")
        }
        E::UnknownIssuer => (
            Kind::UntrustedAuthority,
            "it is signed by an authority that is not among the roots which the gateway trusts, or a certificate \
             between the two was not sent along",
        ),
        // webpki's error for what `openssl req -x509` makes by default; its type is behind a crate of its own.
        E::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            (Kind::UntrustedAuthority, "it is a self-signed certificate of an authority and not that of a server")
        }
        E::ExpiredContext { not_after, .. } => {
            return (Kind::InvalidCertificate, format!("it expired on {}", moment(not_after.as_secs())));
        }
        E::NotValidYetContext { not_before, .. } => {
            return (Kind::InvalidCertificate, format!("it is valid from {} on only", moment(not_before.as_secs())));
        }
        E::Expired => (Kind::InvalidCertificate, "it has expired"),
        E::NotValidYet => (Kind::InvalidCertificate, "it is not valid yet"),
        E::Revoked => (Kind::InvalidCertificate, "it was revoked"),
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => {
            (Kind::InvalidCertificate, "it was not made for a server")
        }
        // Two authorities of one name, or a forged certificate.
        E::BadSignature => (
            Kind::UntrustedAuthority,
            "it is not signed by the authority of that name whose certificate the gateway trusts",
        ),
        E::BadEncoding => (Kind::InvalidCertificate, "it cannot be read"),
        E::UnhandledCriticalExtension => {
            (Kind::InvalidCertificate, "it has a critical extension that the gateway does not know")
        }
        _ => (Kind::InvalidCertificate, "it cannot be verified"),
    };
    (kind, words.to_owned())
}

fn handshake(error: &Error) -> &'static str {
    use AlertDescription as A;
    match error {
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } | Error::PeerSentOversizedRecord => {
            "what came back is not TLS, the server may speak plain http"
        }
        Error::NoApplicationProtocol | Error::AlertReceived(A::NoApplicationProtocol) => {
            "the server does not speak the version of HTTP that is set for it"
        }
        Error::PeerIncompatible(_)
        | Error::AlertReceived(A::HandshakeFailure | A::ProtocolVersion | A::InsufficientSecurity) => {
            "gateway and server have no TLS version or cipher in common"
        }
        Error::AlertReceived(A::UnrecognisedName) => "the server serves nothing under the name asked for",
        Error::AlertReceived(
            A::CertificateRequired | A::BadCertificate | A::CertificateUnknown | A::UnknownCA | A::AccessDenied,
        ) => "the server asks for a client certificate, which the gateway does not have",
        Error::AlertReceived(_) => "the server ended it with an alert",
        Error::NoCertificatesPresented => "the server showed no certificate",
        Error::PeerMisbehaved(_) | Error::InappropriateHandshakeMessage { .. } | Error::DecryptError => {
            "the server broke the rules of TLS"
        }
        _ => "it could not be completed",
    }
}

fn connection(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::UnexpectedEof => "the connection was closed in the middle of it",
        io::ErrorKind::ConnectionReset => "the connection was reset in the middle of it",
        _ => "the connection failed in the middle of it",
    }
}

/// RFC 3339 in UTC.
fn moment(unix_seconds: u64) -> String {
    let at = i64::try_from(unix_seconds).ok().and_then(|at| jiff::Timestamp::from_second(at).ok());
    at.map_or_else(|| unix_seconds.to_string(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::pki_types::{ServerName, UnixTime};
    use rustls::{InvalidMessage, PeerIncompatible};

    use super::*;

    fn fault(error: Error) -> Fault {
        Fault::of(&io::Error::new(io::ErrorKind::InvalidData, error))
    }

    #[test]
    fn no_text_of_the_library_is_among_the_words() {
        let expired = CertificateError::ExpiredContext {
            time: UnixTime::since_unix_epoch(Duration::from_secs(1_700_000_000)),
            not_after: UnixTime::since_unix_epoch(Duration::from_secs(1_600_000_000)),
        };
        let misnamed = CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("inside.example").unwrap(),
            presented: vec!["other.example".to_owned()],
        };
        for (error, kind, words) in [
            (
                Error::InvalidCertificate(CertificateError::UnknownIssuer),
                Kind::UntrustedAuthority,
                "signed by an authority",
            ),
            (Error::InvalidCertificate(expired), Kind::InvalidCertificate, "expired on 2020-09-13T12:26:40Z"),
            (Error::InvalidCertificate(misnamed), Kind::WrongName, "for another name"),
            (Error::InvalidMessage(InvalidMessage::InvalidContentType), Kind::Handshake, "may speak plain http"),
            (Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13), Kind::Handshake, "in common"),
            (Error::AlertReceived(AlertDescription::CertificateRequired), Kind::Handshake, "client certificate"),
        ] {
            let raw = error.to_string();

            let fault = fault(error);

            assert_eq!(fault.kind, kind, "{fault}");
            assert!(fault.words.contains(words), "{fault}");
            for hidden in ["UnknownIssuer", "InvalidContentType", "inside.example", "other.example", "UNIX", "Required"]
            {
                assert!(!fault.words.contains(hidden), "{fault}");
            }
            assert!(fault.to_string().contains(&raw), "{fault}");
        }
    }

    #[test]
    fn a_connection_that_ends_in_the_handshake_is_told_so() {
        let closed = Fault::of(&io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof"));

        assert_eq!(
            (closed.kind, closed.words.as_str()),
            (Kind::Handshake, "the connection was closed in the middle of it")
        );
        assert!(closed.to_string().contains("tls handshake eof"));
    }
}
