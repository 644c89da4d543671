//! Callers' connections: what is refused before it is a request, limits, TLS, h2.

mod http1;
mod http2;
mod limits;
mod proxies;
mod tls;
