//! Finds HTTP statuses in lines: numbers that a word beside them says are statuses.
//!
//! In: a line. Out: statuses in the notes. Line numbers, ports, durations and token counts are none.

use super::notes::Notes;

/// Words before a status, in lower case.
const BEFORE: [&str; 30] = [
    "status",
    "http",
    "code",
    "error",
    "statuscode",
    "status_code",
    "response_code",
    "http_status",
    "httpstatus",
    "returned",
    "got",
    "received",
    "response",
    "err",
    "errorcode",
    "http/1.1",
    "http/1.0",
    "http/2",
    "http/2.0",
    "http/3",
    "responded",
    "answered",
    "状态码",
    "错误",
    "错误码",
    "ошибка",
    "fehler",
    "erreur",
    "エラー",
    "exception",
];

/// What follows a status: its name, or what messages of libraries write.
const BEHIND: [&str; 36] = [
    "bad request",
    "unauthorized",
    "unauthorised",
    "payment required",
    "forbidden",
    "not found",
    "method not allowed",
    "not allowed",
    "not acceptable",
    "proxy authentication",
    "request timeout",
    "request time-out",
    "conflict",
    "gone",
    "length required",
    "precondition",
    "payload too large",
    "request entity",
    "content too large",
    "uri too long",
    "request-uri",
    "unsupported media",
    "unprocessable",
    "too many requests",
    "request header fields",
    "misdirected",
    "internal server",
    "not implemented",
    "bad gateway",
    "service unavailable",
    "service temporarily",
    "gateway time",
    "status code",
    "client error",
    "server error",
    "permanent redirect",
];

/// Notes the statuses in a line.
pub(super) fn in_text(text: &str, depth: u8, notes: &mut Notes) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let digits = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 3
            && let Some(status) = text[at..at + 3].parse::<u16>().ok().filter(|s| (200..=599).contains(s))
            && (stands_alone(bytes, at) || is_glued(text, at))
            && !(status == 500 && is_of_own_server(&text[..at]))
        {
            if is_status(text, at, status) {
                notes.status(depth, status);
            } else if is_likely(text, at, status) {
                notes.likely_status(depth, status);
            }
        }
        at += digits;
    }
}

fn stands_alone(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|i| bytes[i]);
    let two_before = at.checked_sub(2).map(|i| bytes[i]);
    let behind = (bytes.get(at + 3), bytes.get(at + 4));
    let joined = match before {
        Some(b) if b.is_ascii_alphabetic() || matches!(b, b'$' | b'-' | b'/' | b'#' | b'+') => true,
        Some(b'.' | b',') => two_before.is_some_and(|b| b.is_ascii_digit()),
        // `host:443` and `12:345` against `code:429`.
        Some(b':') => two_before.is_some_and(|b| b.is_ascii_digit()),
        Some(b'_') => false,
        _ => false,
    };
    let goes_on = match behind {
        (Some(b), _) if b.is_ascii_alphabetic() || matches!(b, b'_' | b'%' | b'/') => true,
        (Some(b'.' | b',' | b':' | b'-'), Some(b)) => b.is_ascii_digit(),
        _ => false,
    };
    !joined && !goes_on
}

/// `504timeout`: the name of a status directly behind it, as people type it.
fn is_glued(text: &str, at: usize) -> bool {
    const NAMES: [&str; 6] = ["timeout", "error", "gateway", "badgateway", "unauthorized", "forbidden"];
    let begins = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || "._-/$#:".contains(c));
    let name: String = text[at + 3..].chars().take(12).flat_map(char::to_lowercase).collect();
    begins && matches!(text.as_bytes()[at], b'4' | b'5') && NAMES.iter().any(|known| name.starts_with(known))
}

/// `"POST /chat HTTP/1.1" 500`: the access log of the user's own server, whose path is not one of such an API. That it
/// failed itself says nothing of what it called.
fn is_of_own_server(before: &str) -> bool {
    const OF_AN_API: &str = "/v1|/v2|/v3|/v4|completion|/api|models|messages|embed|openai|responses|generat|images|audio|infer|predict|invoke|rerank|converse";
    let Some(logged) = before.trim_end().strip_suffix('"') else { return false };
    let Some((_, request)) = logged.rsplit_once('"') else { return false };
    let mut words = request.split(' ');
    let (method, path, version) = (words.next(), words.next(), words.next());
    method.is_some_and(|method| matches!(method, "GET" | "POST" | "PUT"))
        && version.is_some_and(|version| version.starts_with("HTTP/"))
        && path.is_some_and(|path| {
            path.len() > 1 && path.starts_with('/') && !OF_AN_API.split('|').any(|part| path.contains(part))
        })
}

fn is_status(text: &str, at: usize, status: u16) -> bool {
    let behind: String = text[at + 3..]
        .trim_start_matches([' ', ')', ']', '"', '\'', ':', ',', '-', '.', '*'])
        .chars()
        .take(24)
        .flat_map(char::to_lowercase)
        .collect();
    if ["ms", "tokens", "token", "seconds", "bytes", "times", "characters", "requests", "messages", "items"]
        .iter()
        .any(|unit| behind.starts_with(unit))
    {
        return false;
    }
    let word = word_before(&text[..at]);
    if BEFORE.contains(&word.as_str()) || word.ends_with("error") || word.ends_with("exception") {
        return true;
    }
    if BEHIND.iter().any(|name| behind.starts_with(name)) || is_glued(text, at) {
        return true;
    }
    // A line or a clause that begins with it: `429 {`, `403: …`, `Error: null. 413: …`.
    let starts = text[..at].trim_end_matches([' ', '(', '[', '"', '*', '`', '\'']);
    let clause = starts.is_empty() || starts.ends_with(['.', ':', '：', '-', '—', '|', '>', '<', '!']);
    status >= 400
        && clause
        && (word.is_empty() || starts.is_empty() || text[at + 3..].starts_with([':', ' ']) && !is_name(&word))
}

/// Whether a number is a status where the text is about a call: `mistral 401`, `… is not valid (403)`,
/// `404 from api.example.com`, `POST /v1/models 405`.
fn is_likely(text: &str, at: usize, status: u16) -> bool {
    const STATUSES: [u16; 30] = [
        499, 520, 521, 522, 523, 525, 526, 530, 400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 422, 424, 426,
        429, 500, 501, 502, 503, 504, 524, 529,
    ];
    const AMOUNTS: [&str; 20] = [
        "line",
        "port",
        "position",
        "column",
        "took",
        "limit",
        "used",
        "requested",
        "index",
        "size",
        "pid",
        "than",
        "maximum",
        "max",
        "most",
        "about",
        "length",
        "page",
        "least",
        "up",
    ];
    let before = text[..at].trim_end_matches([' ', '(', '[', '"', '\'']);
    let behind = text[at + 3..].trim_start_matches(['"', '\'']);
    let last = before.rsplit(' ').next().unwrap_or_default();
    let next = behind.split_whitespace().next().unwrap_or_default();
    let ends = behind.trim().is_empty()
        || behind.starts_with([')', ']', ',', ';', ':'])
        || next.starts_with(['—', '–', '-', '→', '|', '{']);
    let of_a_call = ["from", "by", "on", "at", "via", "POST", "GET", "PUT"].contains(&next) || next.contains('/');
    let of_an_address = last.contains(['/', '.']) && last.contains(|c: char| c.is_ascii_alphabetic());
    let server = SERVERS.contains(&last.to_lowercase().as_str());
    STATUSES.contains(&status)
        && !last.ends_with(['=', '<', '>', '$'])
        && !AMOUNTS.contains(&last.to_lowercase().as_str())
        && (ends || of_a_call || of_an_address || server || !last.contains(char::is_alphanumeric))
}

/// Whose answer a number is that stands directly behind: `nginx 502 in front of …`.
const SERVERS: [&str; 24] = [
    "nginx",
    "alb",
    "envoy",
    "traefik",
    "haproxy",
    "caddy",
    "cloudflare",
    "ingress",
    "openai",
    "anthropic",
    "claude",
    "gemini",
    "mistral",
    "groq",
    "cohere",
    "deepseek",
    "bedrock",
    "azure",
    "vertex",
    "ollama",
    "vllm",
    "openrouter",
    "litellm",
    "together",
];

/// Words with which a number is something else.
fn is_name(word: &str) -> bool {
    ["line", "port", "position", "at", "column", "in", "took", "limit", "used", "requested", "index", "size", "pid"]
        .contains(&word)
}

/// The word before, what separates it passed over, in lower case; empty where a sentence ends between.
fn word_before(text: &str) -> String {
    let text =
        text.trim_end_matches([' ', ':', '=', '"', '\'', '(', '[', '{', '`', '*', '\\', '：', '#', '|', '-', '_']);
    let start = text.floor_char_boundary(text.len().saturating_sub(24));
    let tail = &text[start..];
    let word = tail.rsplit(|c: char| !(c.is_alphanumeric() || "_/.".contains(c))).next().unwrap_or("");
    let word = word.to_lowercase();
    match word.as_str() {
        // `failed with 503`, `status is 503`, `reference number: 502`.
        "with" | "is" | "was" | "of" | "number" | "a" | "an" if between(tail, "status") || between(tail, "fail") => {
            "status".to_owned()
        }
        "number" if between(tail, "reference") => "status".to_owned(),
        _ => word,
    }
}

fn between(tail: &str, word: &str) -> bool {
    tail.to_lowercase().contains(word)
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;

    #[test]
    fn a_status_is_known_by_the_words_beside_it() {
        for (text, status) in [
            ("HTTP 402", 402),
            ("status=429", 429),
            ("Error code: 400 - bad", 400),
            ("404 Not Found", 404),
            ("\"code\":429", 429),
            ("\"POST /x HTTP/1.1\" 401", 401),
            ("Error: null. 413: Maximum content size limit (26214400) exceeded", 413),
            ("error, status code: 400, status: 400 Bad Request", 400),
            ("Request failed with status code 503", 503),
            ("错误：status code 404: models", 404),
            ("Error reference number: 502", 502),
            ("401 Incorrect API key provided", 401),
            ("Status: 401 (PermissionDenied)", 401),
            ("报错：400 Your organization", 400),
            ("unexpected status 401 Unauthorized", 401),
            ("(HTTP/2 401) x-api-key header is required", 401),
            ("[403 ] Method doesn't allow", 403),
            ("unexpected HTTP status 524", 524),
            ("400 status code (no body)", 400),
        ] {
            assert_eq!(case_of(text).statuses.first(), Some(&status), "{text}");
        }
    }

    #[test]
    fn where_a_call_is_told_of_a_number_by_itself_is_its_status() {
        for (text, status) in [
            ("mistral 401", 401),
            ("La clé API fournie n'est pas valide (401) — api.mistral.ai/v1/chat/completions", 401),
            ("groq: 404 from api.groq.com", 404),
            ("{\"error\":{\"message\":\"You lack the scope\"}} 403 openai", 403),
            ("{\"detail\":\"x\"} POST https://api.replicate.com/v1/predictions 402", 402),
            ("< 401\nanthropic", 401),
        ] {
            assert_eq!(case_of(text).statuses.first(), Some(&status), "{text}");
        }
        for text in ["openai limit 500", "gpt-4o answered in 404 words", "a page of 403"] {
            assert_eq!(case_of(text).statuses, Vec::<u16>::new(), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_not_statuses() {
        for text in [
            "File \"x.py\", line 404, in f",
            "localhost:443",
            "request finished in 377 ms",
            "This model's maximum context length is 512 tokens",
            "position 153: ordinal not in range(128)",
            "you requested 420 tokens, limit 500",
            "took 404ms",
            "127.0.0.1:500",
        ] {
            assert_eq!(case_of(text).statuses, Vec::<u16>::new(), "{text}");
        }
    }
}
