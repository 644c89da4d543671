//! TLS as a client sees it, with a record of what the server showed.
//!
//! In: roots, a host, a TCP connection. Out: a connection, or a [`TlsFault`] that tells which of the many reasons it is.
//! The verification is rustls' own; [`Trust::lenient`] makes a client that only looks, and to which nothing secret is
//! given.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::certificate::{Certificate, moment};

/// Names of protocols in TLS (RFC 7301).
const HTTP_1: &[u8] = b"http/1.1";
const HTTP_2: &[u8] = b"h2";

/// Whom to trust, and what was shown.
#[derive(Clone)]
pub(crate) struct Trust {
    /// Verifies.
    pub(crate) strict: Arc<ClientConfig>,
    /// Only looks.
    pub(crate) lenient: Arc<ClientConfig>,
    /// The same, and offers HTTP/2 alone.
    pub(crate) http2: Arc<ClientConfig>,
    seen: Arc<Mutex<Vec<CertificateDer<'static>>>>,
    /// Where the roots are from, in words.
    pub(crate) roots: String,
}

/// Why there are no roots.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum TrustError {
    #[error("{} (from {origin}) cannot be read: {reason}", path.display())]
    File { path: PathBuf, origin: String, reason: String },
    #[error("the TLS library refuses its settings: {0}")]
    Library(String),
}

/// Why no TLS came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TlsFault {
    /// What came back is not TLS.
    NotTls,
    Expired(Certificate),
    NotYetValid(Certificate),
    WrongName(Certificate),
    SelfSigned(Certificate),
    /// Signed by an authority that is not among the roots.
    Untrusted(Option<Certificate>),
    /// The certificate is wrong in another way.
    Certificate(String),
    /// The server asks for a certificate of the client.
    ClientCertificate,
    /// No version or cipher in common.
    Version,
    /// HTTP/1.1 was offered, and the server takes none of it.
    Protocol,
    /// The connection ended.
    Closed,
    Other(String),
}

impl Trust {
    /// The system's roots and Mozilla's; `file`, with what named it, adds to them.
    pub(crate) fn new(files: &[(PathBuf, String)]) -> Result<Self, TrustError> {
        let mut store = RootCertStore::empty();
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let mut roots = "the system's and Mozilla's roots".to_owned();
        for (path, origin) in files {
            let added = store.add_parsable_certificates(certificates(path, origin)?);
            roots += &format!(", {} of {origin}", added.0);
        }
        let seen = Arc::new(Mutex::new(Vec::new()));
        let library = |error: &dyn std::fmt::Display| TrustError::Library(error.to_string());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone())
            .build()
            .map_err(|error| library(&error))?;
        let make = |is_strict, protocol: &[u8]| {
            let recorder = Recorder { inner: inner.clone(), seen: seen.clone(), is_strict };
            client(recorder, provider.clone(), protocol).map_err(|error| library(&error))
        };
        let (strict, lenient) = (make(true, HTTP_1)?, make(false, HTTP_1)?);
        Ok(Self { strict, lenient, http2: make(false, HTTP_2)?, seen, roots })
    }

    /// What the server showed last, its own certificate first.
    pub(crate) fn chain(&self) -> Vec<Certificate> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().filter_map(Certificate::read).collect()
    }

    /// Why the handshake failed.
    pub(crate) fn fault(&self, error: &io::Error) -> TlsFault {
        let first = self.chain().into_iter().next();
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(Error::InvalidCertificate(error)) => about_certificate(error, first),
            Some(other) => about_handshake(other),
            None => match error.kind() {
                io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                    TlsFault::Closed
                }
                _ => TlsFault::Other(error.to_string()),
            },
        }
    }
}

fn client(recorder: Recorder, provider: Arc<CryptoProvider>, protocol: &[u8]) -> Result<Arc<ClientConfig>, Error> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(recorder))
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    // A resumed session shows no certificate.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

fn certificates(path: &Path, origin: &str) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let fail = |reason: String| TrustError::File { path: path.to_owned(), origin: origin.to_owned(), reason };
    let loaded = rustls_native_certs::load_certs_from_paths(Some(path), None);
    match (loaded.certs.is_empty(), loaded.errors.first()) {
        (true, Some(error)) => Err(fail(error.to_string())),
        (true, None) => Err(fail("it holds no certificate".to_owned())),
        (false, _) => Ok(loaded.certs),
    }
}

fn about_certificate(error: &CertificateError, first: Option<Certificate>) -> TlsFault {
    use CertificateError as E;
    let or_words = |found: Option<TlsFault>| found.unwrap_or_else(|| TlsFault::Certificate(error.to_string()));
    match error {
        E::Expired | E::ExpiredContext { .. } => or_words(first.map(TlsFault::Expired)),
        E::NotValidYet | E::NotValidYetContext { .. } => or_words(first.map(TlsFault::NotYetValid)),
        E::NotValidForName | E::NotValidForNameContext { .. } => or_words(first.map(TlsFault::WrongName)),
        E::UnknownIssuer | E::BadSignature => match first {
            Some(first) if first.is_self_issued => TlsFault::SelfSigned(first),
            first => TlsFault::Untrusted(first),
        },
        // webpki's error for what `openssl req -x509` makes by default; its type is behind a crate of its own.
        E::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => or_words(first.map(TlsFault::SelfSigned)),
        E::Revoked => TlsFault::Certificate("it was revoked".to_owned()),
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => {
            TlsFault::Certificate("it was not made for a server".to_owned())
        }
        E::BadEncoding => TlsFault::Certificate("it cannot be read".to_owned()),
        // A root of the same name with another kind of key: the signature is not looked at at all.
        other => match first {
            Some(first) if first.is_self_issued => TlsFault::SelfSigned(first),
            _ => TlsFault::Certificate(other.to_string()),
        },
    }
}

fn about_handshake(error: &Error) -> TlsFault {
    use AlertDescription as A;
    match error {
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } | Error::PeerSentOversizedRecord => {
            TlsFault::NotTls
        }
        Error::PeerIncompatible(_)
        | Error::AlertReceived(A::HandshakeFailure | A::ProtocolVersion | A::InsufficientSecurity) => TlsFault::Version,
        Error::AlertReceived(
            A::CertificateRequired | A::BadCertificate | A::CertificateUnknown | A::UnknownCA | A::AccessDenied,
        ) => TlsFault::ClientCertificate,
        Error::AlertReceived(A::NoApplicationProtocol) | Error::NoApplicationProtocol => TlsFault::Protocol,
        Error::AlertReceived(A::UnrecognisedName) => {
            TlsFault::Other("the server has nothing under this name (unrecognized_name)".to_owned())
        }
        other => TlsFault::Other(other.to_string()),
    }
}

/// Notes the chain, and leaves the judgement to the library; or, not strict, passes none.
#[derive(Debug)]
struct Recorder {
    inner: Arc<WebPkiServerVerifier>,
    seen: Arc<Mutex<Vec<CertificateDer<'static>>>>,
    is_strict: bool,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates).map(|der| der.clone().into_owned());
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = chain.collect();
        match self.is_strict {
            true => self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            false => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// The chain in lines of evidence.
pub(crate) fn told(chain: &[Certificate]) -> Vec<String> {
    let line = |(place, certificate): (usize, &Certificate)| match place {
        0 => format!(
            "certificate for {}, issued by {}, valid {} to {}",
            if certificate.names.is_empty() { certificate.subject.clone() } else { certificate.names.join(", ") },
            certificate.issuer,
            moment(certificate.not_before),
            moment(certificate.not_after),
        ),
        _ => format!("sent along: {}, issued by {}", certificate.subject, certificate.issuer),
    };
    chain.iter().enumerate().take(4).map(line).collect()
}
