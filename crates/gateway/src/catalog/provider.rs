//! One upstream endpoint: how it is reached, and the unchanging part of what is said to it.
//!
//! In: the settings of a provider. Out: a [`Provider`] with its TLS configuration and request heads. It opens no connection;
//! that is `upstream`'s.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tollgate_core::operation::Operation;
use tollgate_errors::Secret;

use super::CatalogError;
use crate::settings::{self, Check, Credential, Dialect, Endpoint, HttpVersion, Roots};
use crate::tls;

/// One upstream endpoint.
pub(crate) struct Provider {
    /// Its place in a worker's pools.
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) passes_trace: bool,
    pub(crate) check: Option<Check>,
    pub(crate) reach: Reach,
    /// Whether it is asked with a credential of the caller's organization, and not with the server's.
    pub(crate) is_on_own_account: bool,
    /// It holds a secret, hence no `Debug` on this type.
    pub(super) made_of: settings::Provider,
    roots: Option<Stamp>,
}

impl Provider {
    /// The host that is called; empty for the sandbox.
    pub(crate) fn host(&self) -> &str {
        match &self.reach {
            Reach::Sandbox => "",
            Reach::Upstream(upstream) => &upstream.host,
        }
    }

    /// Our credential there, as it is to be hidden wherever the provider repeats it.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        match &self.reach {
            Reach::Sandbox => None,
            Reach::Upstream(upstream) => upstream.secret.as_ref(),
        }
    }
}

/// Tells one state of a file from the next: when it was changed, and its size.
type Stamp = (SystemTime, u64);

/// How a provider is reached.
pub(crate) enum Reach {
    /// It is inside.
    Sandbox,
    /// Over the network.
    Upstream(Box<Upstream>),
}

/// A network endpoint and what is said to it in every request.
pub(crate) struct Upstream {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) http: HttpVersion,
    pub(crate) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    /// Path before the operation's own.
    pub(crate) path: String,
    /// `host[:port]`.
    pub(crate) authority: String,
    /// `Bearer …`; it holds a secret, hence no `Debug` on this type.
    pub(crate) authorization: Option<String>,
    /// What of it may be told nobody else.
    secret: Option<Secret>,
    /// Request line and unchanging headers, per operation.
    heads: Vec<(Operation, Vec<u8>)>,
}

impl Upstream {
    /// The unchanging part of a request head for `operation`; empty for one that is never forwarded.
    pub(crate) fn head(&self, operation: Operation) -> &[u8] {
        self.heads.iter().find(|(o, _)| *o == operation).map_or(&[], |(_, head)| head)
    }
}

/// What is sent upstream as `User-Agent`.
pub(crate) const USER_AGENT: &str = concat!("tollgate/", env!("CARGO_PKG_VERSION"));

impl Provider {
    /// An address in this provider's place, in clear text.
    pub(crate) fn upstream_at(&self, host: &str, port: u16) -> Upstream {
        let endpoint = Endpoint {
            tls: false,
            host: host.to_owned(),
            port,
            path: "/v1".to_owned(),
            http: HttpVersion::Http1,
            roots: Roots::Bundled,
        };
        Upstream::at(&endpoint, None, None)
    }

    pub(super) fn new(index: usize, provider: &settings::Provider) -> Result<Self, CatalogError> {
        let reach = match (provider.dialect, &provider.endpoint) {
            (Dialect::Sandbox, _) => Reach::Sandbox,
            (Dialect::OpenAi, None) => return Err(CatalogError::NoEndpoint(provider.name.clone())),
            (Dialect::OpenAi, Some(endpoint)) => Reach::Upstream(Box::new(Upstream::new(provider, endpoint)?)),
        };
        let (name, check) = (provider.name.clone(), provider.check.clone());
        let (made_of, roots) = (provider.clone(), stamp(provider));
        let passes_trace = provider.passes_trace;
        Ok(Self { index, name, passes_trace, check, reach, is_on_own_account: false, made_of, roots })
    }

    /// The same, asked with a credential of an organization; or with none, where that cannot be had.
    pub(crate) fn on_account(&self, secret: Option<&str>) -> Self {
        let reach = match (&self.reach, &self.made_of.endpoint) {
            (Reach::Upstream(upstream), Some(endpoint)) => {
                Reach::Upstream(Box::new(Upstream::at(endpoint, upstream.tls.clone(), secret)))
            }
            _ => Reach::Sandbox,
        };
        Self {
            index: self.index,
            name: self.name.clone(),
            passes_trace: self.passes_trace,
            check: None,
            reach,
            is_on_own_account: true,
            made_of: settings::Provider { credential: None, ..self.made_of.clone() },
            roots: self.roots,
        }
    }

    /// Whether the file of its trusted roots is as it was read.
    pub(super) fn has_its_roots(&self) -> bool {
        self.roots == stamp(&self.made_of)
    }

    /// Whether its connections are as good for `other`.
    pub(super) fn is_reached_like(&self, other: &settings::Provider) -> bool {
        (self.made_of.dialect, &self.made_of.endpoint) == (other.dialect, &other.endpoint) && self.has_its_roots()
    }
}

/// The stamp of a provider's file of trusted roots, where it has one.
fn stamp(provider: &settings::Provider) -> Option<Stamp> {
    let Roots::File(file) = &provider.endpoint.as_ref()?.roots else { return None };
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

impl Upstream {
    fn new(provider: &settings::Provider, endpoint: &Endpoint) -> Result<Self, CatalogError> {
        let tls = match endpoint.tls {
            false => None,
            true => {
                let name = ServerName::try_from(endpoint.host.clone())
                    .map_err(|_| CatalogError::Host(provider.name.clone(), endpoint.host.clone()))?;
                let config = tls::client(&endpoint.roots, endpoint.http)
                    .map_err(|e| CatalogError::Roots(provider.name.clone(), e))?;
                Some((config, name))
            }
        };
        Ok(Self::at(endpoint, tls, provider.credential.as_ref().map(Credential::reveal)))
    }

    fn at(
        endpoint: &Endpoint,
        tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
        credential: Option<&str>,
    ) -> Self {
        let authorization = credential.map(|credential| format!("Bearer {credential}"));
        let default_port = if endpoint.tls { 443 } else { 80 };
        let host = if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
        let authority = if endpoint.port == default_port { host } else { format!("{host}:{}", endpoint.port) };
        let heads = Operation::ALL
            .into_iter()
            .filter(|o| o.asks_a_model())
            .map(|o| (o, head(o, endpoint, &authority, authorization.as_deref())))
            .collect();
        Self {
            host: endpoint.host.clone(),
            port: endpoint.port,
            http: endpoint.http,
            tls,
            path: endpoint.path.clone(),
            authority,
            authorization,
            secret: credential.and_then(Secret::new),
            heads,
        }
    }
}

fn head(operation: Operation, endpoint: &Endpoint, authority: &str, authorization: Option<&str>) -> Vec<u8> {
    let mut head = format!(
        "POST {}{} HTTP/1.1\r\nhost: {authority}\r\nuser-agent: {USER_AGENT}\r\naccept-encoding: identity\r\ncontent-type: application/json\r\n",
        endpoint.path,
        operation.path(),
    );
    if let Some(authorization) = authorization {
        let _ = write!(head, "authorization: {authorization}\r\n");
    }
    head.into_bytes()
}
