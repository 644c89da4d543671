//! TLS on both sides: one crypto provider (aws-lc-rs), modern versions only.
//!
//! In: certificate files, root choices. Out: rustls configurations. The server's certificate is read again when its
//! files change, without a restart. Why a handshake with a provider failed is told by `outbound::tls`.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use rustls::client::WebPkiServerVerifier;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, InconsistentKeys, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::settings::{HttpVersion, Roots, Tls};

pub(crate) use tollgate_outbound::tls::{Fault, Kind as FaultKind, in_words};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A PEM file cannot be read.
    #[error("{path}: {reason}")]
    File {
        /// Which file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Certificate and private key do not belong together.
    #[error("{key} is not the private key of the certificate in {certificate}")]
    Mismatch {
        /// The certificate's file.
        certificate: String,
        /// The key's file.
        key: String,
    },
    /// rustls refuses the material.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
    /// No root could be loaded.
    #[error("no trusted roots: {0}")]
    NoRoots(String),
}

/// The configuration of a client of ours that is not a provider's connection: the same checks, HTTP/1.1.
///
/// # Errors
/// There are no roots, or their file cannot be read.
pub fn client_tls(roots: &Roots) -> Result<Arc<ClientConfig>, TlsError> {
    client(roots, HttpVersion::Http1)
}

/// The configuration towards a provider. Redirects, client certificates and early data are not used.
pub(crate) fn client(roots: &Roots, http: HttpVersion) -> Result<Arc<ClientConfig>, TlsError> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::Bundled => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Roots::System => {
            let native = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(native.certs);
            if store.is_empty() {
                let reasons: Vec<_> = native.errors.iter().map(ToString::to_string).collect();
                return Err(TlsError::NoRoots(reasons.join("; ")));
            }
        }
        Roots::File(path) => {
            store.add_parsable_certificates(certificates(path)?);
            if store.is_empty() {
                return Err(TlsError::NoRoots(format!("{} holds no certificate", path.display())));
            }
        }
    }
    client_trusting(store, http)
}

/// The same for roots that are at hand.
pub(crate) fn client_trusting(store: RootCertStore, http: HttpVersion) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone())
        .build()
        .map_err(|e| TlsError::NoRoots(e.to_string()))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_webpki_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = match http {
        HttpVersion::Http1 => vec![b"http/1.1".to_vec()],
        HttpVersion::Http2 => vec![b"h2".to_vec()],
    };
    Ok(Arc::new(config))
}

/// The server's certificate and the means to renew it.
pub(crate) struct ServerTls {
    files: Tls,
    current: Arc<Current>,
    seen: std::sync::Mutex<Option<(SystemTime, SystemTime)>>,
}

#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl ServerTls {
    /// Reads the files.
    pub(crate) fn new(files: &Tls) -> Result<Self, TlsError> {
        let seen = modified(files);
        let current = Arc::new(Current(ArcSwap::from_pointee(load(files)?)));
        Ok(Self { files: files.clone(), current, seen: seen.into() })
    }

    /// The configuration for connections: HTTP/1.1 and h2 by ALPN.
    pub(crate) fn config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.current.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Reads the files again if they have changed. A certificate that cannot be used leaves the old one in place.
    /// `Some` says that there was something to do, and how it went.
    pub(crate) fn renew(&self) -> Option<Result<(), TlsError>> {
        let now = modified(&self.files)?;
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *seen == Some(now) {
            return None;
        }
        *seen = Some(now);
        Some(load(&self.files).map(|key| self.current.0.store(Arc::new(key))))
    }
}

fn modified(files: &Tls) -> Option<(SystemTime, SystemTime)> {
    let of = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    Some((of(&files.certificate)?, of(&files.key)?))
}

/// The server's own certificate (DER), read as a start reads it: file, key and that both belong together are checked.
///
/// # Errors
/// As at the start.
pub fn own_certificate(files: &Tls) -> Result<Vec<u8>, TlsError> {
    Ok(load(files)?.end_entity_cert()?.to_vec())
}

fn load(files: &Tls) -> Result<CertifiedKey, TlsError> {
    let chain = certificates(&files.certificate)?;
    if chain.is_empty() {
        return Err(TlsError::File {
            path: files.certificate.display().to_string(),
            reason: "it holds no certificate".to_owned(),
        });
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|e| file_error(&files.key, &e))?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    CertifiedKey::from_der(chain, key, &provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::Mismatch {
            certificate: files.certificate.display().to_string(),
            key: files.key.display().to_string(),
        },
        other => TlsError::Rustls(other),
    })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| file_error(path, &e))
}

fn file_error(path: &Path, reason: &rustls_pki_types::pem::Error) -> TlsError {
    TlsError::File { path: path.display().to_string(), reason: reason.to_string() }
}
