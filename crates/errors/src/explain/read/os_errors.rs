//! Finds errors of operating systems, name resolution and TLS, by number, symbol or words, as one symbolic name.
//!
//! In: a line, a number or a name. Out: a symbolic name in lower case. What the names stand for:
//!
//! * `econnrefused`, `econnreset`, `econnaborted`, `epipe`, `etimedout`, `ehostunreach`, `enetunreach`, `eaddrnotavail`,
//!   `eacces`, `emfile`, `enobufs`, `eaddrinuse`: as the system calls them;
//! * `enotfound` (the name does not exist), `eai_again` (the resolver did not answer);
//! * `cert_untrusted`, `cert_self_signed` (beside the former), `cert_hostname`, `cert_expired`, `cert_not_yet_valid`,
//!   `cert_revoked`, `tls_wrong_version` (plain HTTP met TLS), `tls_handshake`, `tls_closed`, `tls_version`;
//! * `http_on_tls_port` (HTTP sent to an HTTPS port), `incomplete_read` (an answer ended early), `invalid_char` (a header
//!   that cannot be sent), `aborted`, `connect_timeout`, `read_timeout`, `too_many_redirects`.

use std::sync::LazyLock;

use memchr::memmem;

use super::notes::Notes;
use crate::explain::starts::Needles;

/// Symbols and words, in lower case, and what they mean.
const WORDS: [(&str, &str); 150] = [
    ("econnrefused", "econnrefused"),
    ("connection refused", "econnrefused"),
    ("connectionrefused", "econnrefused"),
    ("actively refused", "econnrefused"),
    ("err_connection_refused", "econnrefused"),
    ("couldn't connect to server", "econnrefused"),
    ("could not connect to server", "econnrefused"),
    ("wsaeconnrefused", "econnrefused"),
    ("连接被拒绝", "econnrefused"),
    ("积极拒绝", "econnrefused"),
    ("verweigerte", "econnrefused"),
    ("verbindung verweigert", "econnrefused"),
    ("verbindungsaufbau abgelehnt", "econnrefused"),
    ("connexion refusée", "econnrefused"),
    ("conexión rehusada", "econnrefused"),
    ("в соединении отказано", "econnrefused"),
    ("接続を拒否", "econnrefused"),
    ("econnreset", "econnreset"),
    ("connection reset", "econnreset"),
    ("connectionreset", "econnreset"),
    ("err_connection_reset", "econnreset"),
    ("socket hang up", "econnreset"),
    ("forcibly closed", "econnreset"),
    ("remotedisconnected", "econnreset"),
    ("remote end closed connection", "econnreset"),
    ("server disconnected", "econnreset"),
    ("other side closed", "econnreset"),
    ("empty reply from server", "econnreset"),
    ("und_err_socket", "econnreset"),
    ("wsaeconnreset", "econnreset"),
    ("强迫关闭", "econnreset"),
    ("强制关闭", "econnreset"),
    ("連線已被重設", "econnreset"),
    ("vom remotehost geschlossen", "econnreset"),
    ("econnaborted", "econnaborted"),
    ("connectionabortederror", "econnaborted"),
    ("software caused connection abort", "econnaborted"),
    ("established connection was aborted", "econnaborted"),
    ("中止了一个已建立的连接", "econnaborted"),
    ("epipe", "epipe"),
    ("broken pipe", "epipe"),
    ("brokenpipe", "epipe"),
    ("etimedout", "etimedout"),
    ("connection timed out", "etimedout"),
    ("operation timed out", "etimedout"),
    ("err_connection_timed_out", "etimedout"),
    ("err_timed_out", "etimedout"),
    ("esockettimedout", "read_timeout"),
    ("did not properly respond after a period of time", "etimedout"),
    ("没有正确答复", "etimedout"),
    ("connecttimeout", "connect_timeout"),
    ("connect timed out", "connect_timeout"),
    ("connect timeout", "connect_timeout"),
    ("connection timeout", "connect_timeout"),
    ("und_err_connect_timeout", "connect_timeout"),
    ("dial tcp: i/o timeout", "connect_timeout"),
    ("readtimeout", "read_timeout"),
    ("read timed out", "read_timeout"),
    ("read timeout", "read_timeout"),
    ("und_err_headers_timeout", "read_timeout"),
    ("und_err_body_timeout", "read_timeout"),
    ("awaiting headers", "read_timeout"),
    ("context deadline exceeded", "read_timeout"),
    ("sockettimeoutexception", "read_timeout"),
    ("ehostunreach", "ehostunreach"),
    ("no route to host", "ehostunreach"),
    ("enetunreach", "enetunreach"),
    ("network is unreachable", "enetunreach"),
    ("err_internet_disconnected", "enetunreach"),
    ("err_network_changed", "enetunreach"),
    ("err_address_unreachable", "ehostunreach"),
    ("eaddrnotavail", "eaddrnotavail"),
    ("assign requested address", "eaddrnotavail"),
    ("eaddrinuse", "eaddrinuse"),
    ("address already in use", "eaddrinuse"),
    ("emfile", "emfile"),
    ("too many open files", "emfile"),
    ("enobufs", "enobufs"),
    ("no buffer space available", "enobufs"),
    ("enotfound", "enotfound"),
    ("name or service not known", "enotfound"),
    ("no such host", "enotfound"),
    ("nodename nor servname", "enotfound"),
    ("getaddrinfo failed", "enotfound"),
    ("could not resolve host", "enotfound"),
    ("couldn't resolve host", "enotfound"),
    ("err_name_not_resolved", "enotfound"),
    ("name resolution", "enotfound"),
    ("nameresolutionerror", "enotfound"),
    ("failed to resolve", "enotfound"),
    ("unknownhostexception", "enotfound"),
    ("unresolvedaddress", "enotfound"),
    ("dns error", "enotfound"),
    ("dns_probe", "enotfound"),
    ("nxdomain", "enotfound"),
    ("no address associated with hostname", "enotfound"),
    ("failed to lookup address", "enotfound"),
    ("不知道这样的主机", "enotfound"),
    ("server misbehaving", "eai_again"),
    ("eai_again", "eai_again"),
    ("temporary failure in name resolution", "eai_again"),
    ("try again later or ask your network administrator", "eai_again"),
    ("self signed certificate", "cert_self_signed"),
    ("self-signed certificate", "cert_self_signed"),
    ("self_signed_cert", "cert_self_signed"),
    ("depth_zero_self_signed_cert", "cert_self_signed"),
    ("unable to get local issuer", "cert_untrusted"),
    ("unable to get issuer", "cert_untrusted"),
    ("unable_to_get_issuer", "cert_untrusted"),
    ("unable_to_verify_leaf_signature", "cert_untrusted"),
    ("unable to verify the first certificate", "cert_untrusted"),
    ("signed by unknown authority", "cert_untrusted"),
    ("unknownissuer", "cert_untrusted"),
    ("unknown issuer", "cert_untrusted"),
    ("unknown ca", "cert_untrusted"),
    ("pkix path building failed", "cert_untrusted"),
    ("untrustedroot", "cert_untrusted"),
    ("partialchain", "cert_untrusted"),
    ("err_cert_authority_invalid", "cert_untrusted"),
    ("remote certificate is invalid", "cert_untrusted"),
    ("sec_e_untrusted_root", "cert_untrusted"),
    ("certificate chain was issued by an authority that is not trusted", "cert_untrusted"),
    ("hostname mismatch", "cert_hostname"),
    ("err_tls_cert_altname_invalid", "cert_hostname"),
    ("does not match certificate", "cert_hostname"),
    ("certificate is valid for", "cert_hostname"),
    ("doesn't match either of", "cert_hostname"),
    ("no alternative certificate subject name", "cert_hostname"),
    ("err_cert_common_name_invalid", "cert_hostname"),
    ("notvalidforname", "cert_hostname"),
    ("certificate has expired", "cert_expired"),
    ("cert_has_expired", "cert_expired"),
    ("certificate expired", "cert_expired"),
    ("err_cert_date_invalid", "cert_expired"),
    ("certificate is not yet valid", "cert_not_yet_valid"),
    ("cert_not_yet_valid", "cert_not_yet_valid"),
    ("certificate revoked", "cert_revoked"),
    ("wrong version number", "tls_wrong_version"),
    ("wrong_version_number", "tls_wrong_version"),
    ("packet length too long", "tls_wrong_version"),
    ("err_ssl_protocol_error", "tls_wrong_version"),
    ("first record does not look like a tls handshake", "tls_wrong_version"),
    ("invalidcontenttype", "tls_wrong_version"),
    ("unsupported or unrecognized ssl message", "tls_wrong_version"),
    ("http request to an https server", "http_on_tls_port"),
    ("http request was sent to https port", "http_on_tls_port"),
    ("handshake failure", "tls_handshake"),
    ("handshake_failure", "tls_handshake"),
    ("eof occurred in violation of protocol", "tls_closed"),
    ("unexpected_eof_while_reading", "tls_closed"),
];

/// More of them: what is said of answers and headers.
const MORE: [(&str, &str); 47] = [
    ("failed host lookup", "enotfound"),
    ("host lookup failed", "enotfound"),
    ("remote name could not be resolved", "enotfound"),
    ("php_network_getaddresses", "enotfound"),
    ("name does not resolve", "enotfound"),
    ("远程名称", "enotfound"),
    ("secure tls connection was established", "tls_closed"),
    // Rust's names of kinds, as its errors are printed for programmers.
    ("kind: timedout", "read_timeout"),
    ("source: timedout", "read_timeout"),
    ("invalidcertificate(expired", "cert_expired"),
    ("invalidcertificate(notvalidyet", "cert_not_yet_valid"),
    ("invalidcertificate", "cert_invalid"),
    ("ssl_error_syscall", "tls_closed"),
    ("unsupported protocol version", "tls_version"),
    ("tlsv1 alert protocol version", "tls_version"),
    ("unsafe legacy renegotiation", "tls_version"),
    ("dh key too small", "tls_version"),
    ("certificate verify failed", "cert_invalid"),
    ("certificate_verify_failed", "cert_invalid"),
    ("certificate verification failed", "cert_invalid"),
    ("ssl certificate problem", "cert_invalid"),
    ("sslcertverificationerror", "cert_invalid"),
    ("x509: ", "cert_invalid"),
    ("sslhandshakeexception", "cert_invalid"),
    ("incomplete chunked read", "incomplete_read"),
    ("incompleteread", "incomplete_read"),
    ("without sending complete message body", "incomplete_read"),
    ("premature close", "incomplete_read"),
    ("unexpected eof", "incomplete_read"),
    ("err_stream_premature_close", "incomplete_read"),
    ("err_incomplete_chunked_encoding", "incomplete_read"),
    ("response payload is not completed", "incomplete_read"),
    ("transfer closed with", "incomplete_read"),
    ("error decoding response body", "incomplete_read"),
    ("err_invalid_char", "invalid_char"),
    ("invalid character in header", "invalid_char"),
    ("illegal header value", "invalid_char"),
    ("invalid header value", "invalid_char"),
    ("invalid header field value", "invalid_char"),
    ("in authorization value", "invalid_char"),
    ("to a bytestring", "invalid_char"),
    ("aborterror", "aborted"),
    ("aborted a request", "aborted"),
    ("operation was aborted", "aborted"),
    ("context canceled", "aborted"),
    ("err_too_many_redirects", "too_many_redirects"),
    ("toomanyredirects", "too_many_redirects"),
];

/// Numbers of Linux, macOS, Windows sockets and getaddrinfo.
const NUMBERS: [(i64, &str); 30] = [
    (-2, "enotfound"),
    (-3, "eai_again"),
    (-5, "enotfound"),
    (8, "enotfound"),
    (11001, "enotfound"),
    (11002, "eai_again"),
    (11004, "enotfound"),
    (32, "epipe"),
    (111, "econnrefused"),
    (61, "econnrefused"),
    (10061, "econnrefused"),
    (104, "econnreset"),
    (54, "econnreset"),
    (10054, "econnreset"),
    (103, "econnaborted"),
    (53, "econnaborted"),
    (10053, "econnaborted"),
    (110, "etimedout"),
    (60, "etimedout"),
    (10060, "etimedout"),
    (113, "ehostunreach"),
    (65, "ehostunreach"),
    (10065, "ehostunreach"),
    (101, "enetunreach"),
    (51, "enetunreach"),
    (10051, "enetunreach"),
    (99, "eaddrnotavail"),
    (49, "eaddrnotavail"),
    (10048, "eaddrinuse"),
    (24, "emfile"),
];

static ALL: LazyLock<Needles> = LazyLock::new(|| Needles::new(WORDS.iter().chain(&MORE).map(|(word, _)| *word)));

/// What stands before the number of an error, and before that of one of curl's.
const BEFORE: [&str; 6] = ["[errno ", "[winerror ", "os error ", "error(", "errno: ", "errno="];
const BEFORE_CURLS: [&str; 5] = ["curl: (", "curl error ", "curl error: ", "errcode: ", "curle_code="];
static NUMBERED: LazyLock<Needles> = LazyLock::new(|| Needles::new(BEFORE.into_iter().chain(BEFORE_CURLS)));

/// Notes the errors that a line names.
pub(super) fn in_text(text: &str, notes: &mut Notes) {
    ALL.each(text, |hit| {
        // `FileNotFoundError` and `ModuleNotFoundError` hold `enotfound`.
        let inside = hit.start.checked_sub(1).is_some_and(|at| text.as_bytes()[at].is_ascii_alphabetic());
        if inside && text[hit.start..].starts_with(|c: char| c.is_ascii_lowercase()) {
            return;
        }
        let (_, name) = WORDS.get(hit.word).unwrap_or_else(|| &MORE[hit.word - WORDS.len()]);
        note(name, notes);
    });
    apple(text).into_iter().flatten().for_each(|name| note(name, notes));
    if NUMBERED.first(text, |_| true).is_none() {
        return;
    }
    numbers(text).for_each(|name| notes.os_error(name));
    if let Some(name) = curl(text) {
        notes.os_error(name);
    }
}

/// `Error Domain=NSURLErrorDomain Code=-1004`: what Apple's systems ended with.
fn apple(text: &str) -> Option<impl Iterator<Item = &'static str>> {
    const CODES: [(&str, &str); 12] = [
        ("-1001", "read_timeout"),
        ("-1003", "enotfound"),
        ("-1004", "econnrefused"),
        ("-1005", "econnreset"),
        ("-1006", "enotfound"),
        ("-1007", "too_many_redirects"),
        ("-1009", "enetunreach"),
        ("-1200", "tls_handshake"),
        ("-1201", "cert_expired"),
        ("-1202", "cert_untrusted"),
        ("-1203", "cert_untrusted"),
        ("-1204", "cert_not_yet_valid"),
    ];
    text.contains("NSURLError").then(|| CODES.iter().filter(|(code, _)| text.contains(code)).map(|(_, name)| *name))
}

/// `curl: (28) …`, `cURL error 28: …`, `ErrCode: 28`: what curl ended with.
fn curl(text: &str) -> Option<&'static str> {
    const CODES: [(u32, &str); 15] = [
        (6, "enotfound"),
        (7, "econnrefused"),
        (18, "incomplete_read"),
        (28, "etimedout"),
        (35, "tls_handshake"),
        (47, "too_many_redirects"),
        (51, "cert_hostname"),
        (52, "econnreset"),
        (56, "econnreset"),
        (60, "cert_invalid"),
        (55, "econnreset"),
        (77, "cert_untrusted"),
        (83, "cert_untrusted"),
        (91, "cert_invalid"),
        (92, "incomplete_read"),
    ];
    let lower = text.to_ascii_lowercase();
    let rest = BEFORE_CURLS
        .iter()
        .find_map(|start| Some(&lower[memmem::find(lower.as_bytes(), start.as_bytes())? + start.len()..]))?;
    let digits = rest.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let code: u32 = rest[..digits].parse().ok()?;
    CODES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

fn note(name: &str, notes: &mut Notes) {
    notes.os_error(name);
    if name == "cert_self_signed" {
        notes.os_error("cert_untrusted");
    }
}

/// `[Errno 111]`, `[WinError 10061]`, `os error 111`, `ConnectionAbortedError(10053,`, `errno: -3008`.
fn numbers(text: &str) -> impl Iterator<Item = &'static str> {
    let lower = text.to_ascii_lowercase();
    let found: Vec<&'static str> = BEFORE
        .iter()
        .flat_map(|before| {
            memmem::find_iter(lower.as_bytes(), before)
                .filter_map(|at| {
                    let rest = &lower[at + before.len()..];
                    let len = rest.bytes().take(8).take_while(|b| b.is_ascii_digit() || *b == b'-').count();
                    let number = rest[..len].parse().ok()?;
                    // The numbers of TLS libraries are small and mean something else: `SSLEOFError(8, …)`.
                    if before == &"error(" && (0..50).contains(&number) { None } else { by_number(number) }
                })
                .collect::<Vec<_>>()
        })
        .collect();
    found.into_iter()
}

/// The error of this number, whatever the system.
pub(super) fn by_number(number: i64) -> Option<&'static str> {
    NUMBERS.iter().find(|(n, _)| *n == number).map(|(_, name)| *name)
}

/// The error of this symbol: `ECONNREFUSED`, `DEPTH_ZERO_SELF_SIGNED_CERT`.
pub(super) fn by_name(symbol: &str) -> Option<&'static str> {
    let lower = symbol.to_ascii_lowercase();
    WORDS.iter().chain(&MORE).find(|(word, _)| *word == lower).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut notes = Notes::default();
        in_text(text, &mut notes);
        notes.case.os_errors
    }

    #[test]
    fn a_symbol_in_the_middle_of_another_word_is_none() {
        assert_eq!(found("FileNotFoundError: no file, ModuleNotFoundError: no module"), Vec::<String>::new());
    }

    #[test]
    fn one_name_for_each_error_whatever_the_system_and_language() {
        for (text, name) in [
            ("[Errno 111] Connection refused", "econnrefused"),
            ("[Errno 61] x", "econnrefused"),
            ("[WinError 10061] 由于目标计算机积极拒绝，无法连接。", "econnrefused"),
            (
                "dial tcp 127.0.0.1:11434: connectex: No connection could be made because the target machine actively refused it.",
                "econnrefused",
            ),
            ("('Connection aborted.', ConnectionAbortedError(10053, '你的主机', None, 10053, None))", "econnaborted"),
            ("getaddrinfo ENOTFOUND api.openai.com", "enotfound"),
            ("[Errno -3] Temporary failure in name resolution", "eai_again"),
            ("tcp connect error: Connection refused (os error 111)", "econnrefused"),
            ("SELF_SIGNED_CERT_IN_CHAIN", "cert_untrusted"),
            ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "cert_invalid"),
            ("SSL: WRONG VERSION NUMBER] wrong version number ( ssl.c:1007)", "tls_wrong_version"),
            ("[Errno -2] x", "enotfound"),
            ("curl: (6) Could not resolve host: x", "enotfound"),
            ("Error Domain=NSURLErrorDomain Code=-1004 \"x\"", "econnrefused"),
            ("cURL error 28: Operation timed out after 30012 milliseconds", "etimedout"),
        ] {
            assert!(found(text).contains(&name.to_owned()), "{text}: {:?}", found(text));
        }
    }
}
