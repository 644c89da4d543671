//! Whether a server that gives no answer in HTTP/1.1 speaks HTTP/2.
//!
//! In: the way to it. Out: how it was seen. Nothing is asked in HTTP/2: over TLS the agreement on a protocol says it, in
//! clear the settings with which every connection of HTTP/2 begins (RFC 9113, section 3.4).

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::call::Way;

/// How a client begins, with no setting of its own behind it.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// A frame's length, kind, flags and stream.
const FRAME_HEAD: usize = 9;
const SETTINGS: u8 = 4;

/// How the server was seen to speak HTTP/2; `None` where it was not.
pub(crate) async fn seen(way: &Way) -> Option<&'static str> {
    // A proxy that passes requests on would be asked, not the server.
    if way.proxy.as_ref().is_some_and(|proxy| proxy.passes_on(way.base.is_tls())) {
        return None;
    }
    let mut tcp = way.reach().await.ok()?;
    if way.base.is_tls() {
        let stream = way.agree(tcp, &way.trust.http2).await.ok()?;
        let is_agreed = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        return is_agreed.then_some("offered `h2` alone, the server agrees");
    }
    tcp.write_all(PREFACE).await.ok()?;
    let mut head = [0; FRAME_HEAD];
    timeout(way.patience, tcp.read_exact(&mut head)).await.ok()?.ok()?;
    let is_settings = head[3] == SETTINGS && head[5..] == [0; 4];
    is_settings.then_some("to the preface of HTTP/2 it answers with HTTP/2's settings")
}
