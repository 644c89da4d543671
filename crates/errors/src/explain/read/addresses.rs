//! Finds addresses: URLs, hosts with ports, and the forms in which libraries print both.
//!
//! In: a line, or a member of an object. Out: addresses in the notes.

use memchr::memmem;

use super::notes::Notes;
use crate::explain::case::Address;

/// Addresses of one line.
const ADDRESSES_MAX: usize = 8;

/// Notes the addresses in a line.
pub(super) fn in_text(text: &str, notes: &mut Notes) {
    for at in memmem::find_iter(text.as_bytes(), "://").take(ADDRESSES_MAX) {
        let start = text[..at].bytes().rev().take(10).take_while(|b| b.is_ascii_alphanumeric() || *b == b'+').count();
        if start > 0 {
            let called = is_called(&text[..at - start]);
            url(&text[at - start..], called, notes);
        }
    }
    requested(text, notes);
    pool(text, notes);
    tuple(text, notes);
    bare(text, notes);
}

/// A URL at the start of `text`.
pub(super) fn url(text: &str, called: bool, notes: &mut Notes) {
    let end = text
        .find(|c: char| c.is_whitespace() || "\"'`<>()[]{}|\\，。）".contains(c))
        .unwrap_or(text.len())
        .min(text.floor_char_boundary(500));
    let whole = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*']);
    let Some((scheme, rest)) = whole.split_once("://") else { return };
    let path_at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(path_at);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let (host, port) = host_and_port(authority);
    if !host.is_empty() {
        notes.address(Address {
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_ascii_lowercase(),
            port,
            path: path.to_owned(),
            called,
        });
    }
}

fn host_and_port(authority: &str) -> (&str, Option<u16>) {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').unwrap_or((rest, ""));
        return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port.parse().ok()),
        _ => (authority, None),
    }
}

/// Whether what stands before an address says that it was called, not that something is to be read there.
fn is_called(before: &str) -> bool {
    const CALLED: [&str; 25] = [
        "json in",
        "post",
        "get",
        "put",
        "delete",
        "request to",
        "fetching from",
        "fetch at",
        "url",
        "url=",
        "url:",
        "url: ",
        "base_url",
        "baseurl",
        "endpoint",
        "host",
        "api_base",
        "path=",
        "curl",
        "requesting",
        "connect to",
        "calling",
        "for url",
        "from",
        "-x post",
    ];
    // Whatever options stand between.
    if before.trim_start_matches(['$', '>', '%', ' ']).starts_with("curl") {
        return true;
    }
    let start = before.floor_char_boundary(before.len().saturating_sub(30));
    let before = before[start..].to_ascii_lowercase();
    let before = before.trim_end_matches([' ', ':', '=', '"', '\'', '(', '`', '<', '\\']);
    CALLED.iter().any(|word| before.ends_with(word.trim()))
}

/// `HTTPSConnectionPool(host='x', port=443): Max retries exceeded with url: /v1/x`.
fn pool(text: &str, notes: &mut Notes) {
    for at in memmem::find_iter(text.as_bytes(), "host='").take(ADDRESSES_MAX) {
        let rest = &text[at + 6..];
        let Some((host, rest)) = rest.split_once('\'') else { continue };
        let port = rest.strip_prefix(", port=").map(digits).and_then(|port| port.parse().ok());
        let path = rest.find("with url: ").map_or("", |at| first_word(&rest[at + 10..]));
        let scheme = if text[..at].ends_with("HTTPSConnectionPool(") { "https" } else { "http" };
        notes.address(Address {
            scheme: scheme.to_owned(),
            host: host.to_ascii_lowercase(),
            port,
            path: path.to_owned(),
            called: true,
        });
    }
}

/// `Invalid URL (POST /v1/v1/chat/completions)`, `"POST /chat/completions HTTP/1.1" 401`: a path alone.
fn requested(text: &str, notes: &mut Notes) {
    // `at /api/orders`, as frameworks tell the route that failed.
    for method in ["POST /", "GET /", "(POST/", "(GET/", " at /"] {
        let is_route = method != " at /" || text.contains(" at /api/");
        if is_route && let Some(at) = memmem::find(text.as_bytes(), method.as_bytes()) {
            let rest = &text[at + method.len()..];
            let end = rest.find(|c: char| c.is_whitespace() || ")\"'`,".contains(c)).unwrap_or(rest.len());
            let path = format!("/{}", &rest[..rest.floor_char_boundary(end.min(300))]);
            notes.address(Address { path, called: true, ..Address::default() });
        }
    }
}

/// `Connect call failed ('127.0.0.1', 11434)`, as Python prints a pair of host and port.
fn tuple(text: &str, notes: &mut Notes) {
    for at in memmem::find_iter(text.as_bytes(), "', ").take(ADDRESSES_MAX) {
        let host = text[..at].rsplit('\'').next().unwrap_or("");
        let port = digits(&text[at + 3..]);
        if is_host(host)
            && (host.contains('.') || is_local(host))
            && let Ok(port @ 10..) = port.parse()
        {
            let host = host.to_ascii_lowercase();
            notes.address(Address { host, port: Some(port), called: true, ..Address::default() });
        }
    }
}

/// `127.0.0.1:11434`, `localhost port 8000`, `connect ECONNREFUSED ::1:11434`, `getaddrinfo ENOTFOUND api.openai.com`.
fn bare(text: &str, notes: &mut Notes) {
    let mut words = text.split(|c: char| c.is_whitespace() || "\"'`,;()[]{}<>".contains(c)).peekable();
    let mut previous = "";
    let mut found = 0;
    while let Some(word) = words.next() {
        let named = matches!(previous, "ENOTFOUND" | "EAI_AGAIN" | "host:" | "host" | "lookup" | "to")
            && word.trim_end_matches([':', '.', '/']).contains('.')
            && is_host(word.trim_end_matches([':', '.']));
        let word = word.trim_end_matches([':', '.', ',']);
        let word = word.strip_prefix("ipv4:").or_else(|| word.strip_prefix("ipv6:")).unwrap_or(word);
        let (host, port) = host_and_port(word);
        let port = port.filter(|port| *port > 9 && !super::models::is_known(&word.to_ascii_lowercase()));
        let spelled = port.or_else(|| match words.peek() {
            Some(&"port") => None,
            _ => None,
        });
        let local = is_local(host);
        let ported = port.is_some() && is_host(host) && (local || host.contains('.'));
        if (ported || named || (local && (host != "localhost" || spelled.is_some()))) && found < ADDRESSES_MAX {
            found += 1;
            let port = port.or(spelled);
            notes.address(Address { host: host.to_ascii_lowercase(), port, called: true, ..Address::default() });
        }
        previous = word;
    }
    if let Some((_, rest)) = text.split_once(" port ")
        && let Ok(port) = digits(rest).parse()
    {
        let before = text.split(" port ").next().unwrap_or("");
        let host = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or("");
        if is_host(host) && (host.contains('.') || is_local(host)) {
            let host = host.to_ascii_lowercase();
            notes.address(Address { host, port: Some(port), called: true, ..Address::default() });
        }
    }
}

fn is_or_has_host(value: &str) -> bool {
    value.contains('.') || is_local(host_and_port(value).0)
}

/// Whether this is the machine itself.
fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "::1" | "host.docker.internal")
}

fn is_host(text: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or("");
    let source = [
        "py", "js", "ts", "go", "rs", "java", "kt", "cs", "rb", "php", "tsx", "jsx", "mjs", "cjs", "json", "c", "cpp",
        "cc", "h", "hpp", "mk", "vue", "swift", "scala", "ex", "lua", "sh", "yaml", "yml", "toml", "log", "txt", "md",
    ];
    // Of two and more colons only an IPv6 address has them.
    let six = text.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
    !text.is_empty()
        && text.len() < 200
        && (six || text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)))
        && !source.contains(&last)
        && !super::models::is_known(&text.to_ascii_lowercase())
}

fn digits(text: &str) -> &str {
    &text[..text.bytes().take(6).take_while(u8::is_ascii_digit).count()]
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| c.is_whitespace()).next().unwrap_or("")
}

/// A member such as `url`, `baseURL`, `hostname` or `path`.
pub(super) fn named(name: &str, value: &str, notes: &mut Notes) {
    if value.contains("://") {
        url(value, true, notes);
    } else if name == "path" && value.starts_with('/') {
        notes.address(Address { path: value.to_owned(), called: true, ..Address::default() });
    } else if name != "path" && is_host(host_and_port(value).0) && is_or_has_host(value) {
        let (host, port) = host_and_port(value);
        notes.address(Address { host: host.to_ascii_lowercase(), port, called: true, ..Address::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;

    fn first(text: &str) -> (String, Option<u16>, String) {
        let case = case_of(text);
        let address = case.addresses.first().unwrap_or_else(|| panic!("none in {text}"));
        (address.host.clone(), address.port, address.path.clone())
    }

    #[test]
    fn addresses_are_found_in_every_form() {
        for (text, host, port, path) in [
            ("POST https://api.openai.com/v1/embeddings failed", "api.openai.com", None, "/v1/embeddings"),
            (
                "HTTPConnectionPool(host='localhost', port=11434): Max retries exceeded with url: /api/generate/ (Caused",
                "localhost",
                Some(11434),
                "/api/generate/",
            ),
            ("Invalid URL (POST /v1/v1/chat/completions)", "", None, "/v1/v1/chat/completions"),
            ("dial tcp 127.0.0.1:11434: connect: connection refused", "127.0.0.1", Some(11434), ""),
            ("connect ECONNREFUSED ::1:11434", "::1", Some(11434), ""),
            ("getaddrinfo ENOTFOUND api.openai.com", "api.openai.com", None, ""),
            ("Failed to connect to localhost port 8000 after 0 ms", "localhost", Some(8000), ""),
            ("{ address: '127.0.0.1', port: 1234, code: 'ECONNREFUSED' }", "127.0.0.1", Some(1234), ""),
        ] {
            assert_eq!(first(text), (host.to_owned(), port, path.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_called_is_told_from_what_is_to_be_read() {
        let case = case_of("request to https://api.openai.com/v1 failed. See https://platform.openai.com/docs.");

        assert!(case.addresses[0].called);
        assert!(!case.addresses[1].called);
    }
}
