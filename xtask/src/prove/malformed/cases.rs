//! The malformed requests: a grammar for each layer, and valid requests with bytes changed.

use super::super::client::{get, post};
use super::super::system::Random;

/// Which answer a case must get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// A refusal, by the HTTP layer or for the path, the method or the key.
    Refusal,
    /// A refusal of the body of a caller who is known.
    BodyRefusal,
    /// It depends: what was changed may leave it valid, or incomplete.
    Unknown,
    /// HTTP/2: frames, no answer that is read here.
    Http2,
}

/// One case.
pub(super) struct Case {
    pub(super) kind: &'static str,
    pub(super) due: Due,
    /// Written one after another.
    pub(super) pieces: Vec<Vec<u8>>,
    /// The caller ends its side after the last piece.
    pub(super) half_close: bool,
    /// The answer is to a HEAD request.
    pub(super) without_body: bool,
}

const POSTS: [&str; 5] =
    ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/moderations"];
const CHAT: &str = r#"{"model":"sandbox","messages":[{"role":"user","content":"hi"}]}"#;

/// Draws a case; `key` is one that the server knows.
pub(super) fn draw(random: &mut Random, key: &str) -> Case {
    let (kind, due, bytes) = match random.below(20) {
        0..=3 => ("changed bytes", Due::Unknown, changed(random, key)),
        4 => ("request line", Due::Refusal, request_line(random, key)),
        5 | 6 => ("header", Due::Refusal, header(random, key)),
        7 | 8 => ("framing", Due::Refusal, framing(random, key)),
        9 => ("chunks", Due::Refusal, chunks(random, key)),
        10..=13 => ("body", Due::BodyRefusal, body(random, key)),
        14 => ("path or method", Due::Refusal, path(random, key)),
        15 => ("key", Due::Refusal, bad_key(random, key)),
        16 => ("cut short", Due::Unknown, cut(random, key)),
        17 => ("pipelined", Due::Unknown, pipelined(random, key)),
        18 => ("noise", Due::Unknown, noise(random)),
        _ => return http2(random, key),
    };
    let half_close = kind == "cut short";
    let without_body = bytes.starts_with(b"HEAD ");
    Case { kind, due, pieces: pieces(random, bytes), half_close, without_body }
}

/// Most cases leave in one piece, some in several.
fn pieces(random: &mut Random, bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if random.below(4) > 0 || bytes.len() < 4 {
        return vec![bytes];
    }
    let size = 1 + random.below(bytes.len().max(2) - 1);
    bytes.chunks(size.max(bytes.len() / 20 + 1)).map(<[u8]>::to_vec).collect()
}

fn valid(random: &mut Random, key: &str) -> Vec<u8> {
    match random.below(5) {
        0 => get("/v1/models", key),
        1 => get("/v1/models/sandbox", key),
        2 => post("/v1/embeddings", key, br#"{"model":"sandbox-embed","input":["a","b"]}"#),
        3 => chunked(key, &format!("{:x}\r\n{CHAT}\r\n0\r\n\r\n", CHAT.len())),
        _ => post("/v1/chat/completions", key, CHAT.as_bytes()),
    }
}

fn chunked(key: &str, body: &str) -> Vec<u8> {
    with_headers(key, "Transfer-Encoding: chunked\r\n", body)
}

/// A POST with these header lines besides the usual ones.
fn with_headers(key: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

/// A valid request in which a few bytes are changed, lost, doubled or moved.
fn changed(random: &mut Random, key: &str) -> Vec<u8> {
    const BYTES: &[&[u8]] = &[
        b"\0",
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b" ",
        b"\t",
        b":",
        b"\x7f",
        b"\x80",
        b"\xff",
        b"\"",
        b"\\",
        b"{",
        b"}",
        b"0",
        b"9",
        b"-",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"%00",
        b"HTTP/1.1",
        b"chunked",
        b"Content-Length: 5\r\n",
    ];
    let mut bytes = valid(random, key);
    for _ in 0..1 + random.below(4) {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => drop(bytes.drain(at..(at + 1 + random.below(8)).min(bytes.len()))),
            3 => drop(bytes.splice(at..at, random.pick(BYTES).to_vec())),
            4 => {
                let part = bytes[at..(at + 1 + random.below(40)).min(bytes.len())].to_vec();
                drop(bytes.splice(at..at, part));
            }
            _ => {
                let other = random.below(bytes.len());
                bytes.swap(at, other);
            }
        }
        if bytes.is_empty() {
            bytes.push(b'\r');
        }
    }
    bytes
}

fn request_line(random: &mut Random, key: &str) -> Vec<u8> {
    let line = match random.below(24) {
        0 => "GET\r\n".to_owned(),
        1 => "GET /v1/models\r\n".to_owned(),
        2 => "GET  /v1/models HTTP/1.1\r\n".to_owned(),
        3 => "GET /v1/models HTTP/1.2\r\n".to_owned(),
        4 => "GET /v1/models HTTP/2.0\r\n".to_owned(),
        5 => "GET /v1/models HTTP/0.9\r\n".to_owned(),
        6 => "GET /v1/models http/1.1\r\n".to_owned(),
        7 => "GET /v1/models HTTP/1.1 \r\n".to_owned(),
        8 => "GET /v1/mo dels HTTP/1.1\r\n".to_owned(),
        9 => "GET v1/models HTTP/1.1\r\n".to_owned(),
        10 => "GET /v1/models\0 HTTP/1.1\r\n".to_owned(),
        11 => "GET /v1/models HTTP/1.1\n".to_owned(),
        12 => "G(T /v1/models HTTP/1.1\r\n".to_owned(),
        13 => " GET /v1/models HTTP/1.1\r\n".to_owned(),
        14 => "CONNECT 127.0.0.1:80 HTTP/1.1\r\n".to_owned(),
        15 => "TRACE /v1/models HTTP/1.1\r\n".to_owned(),
        16 => "GET http:/v1/models HTTP/1.1\r\n".to_owned(),
        17 => "GET /v1/models#x HTTP/1.1\r\n".to_owned(),
        18 => format!("GET /{} HTTP/1.1\r\n", "a".repeat(66_000 + random.below(70_000))),
        19 => "GET \x7f HTTP/1.1\r\n".to_owned(),
        20 => "GET /\u{e9} HTTP/1.1\r\n".to_owned(),
        21 => "GET /v1/models HTTP/1.1.1\r\n".to_owned(),
        22 => "GET /v1/models XTTP/1.1\r\n".to_owned(),
        _ => "\x16\x03\x01\x02\0\x01\0\x01\r\n".to_owned(),
    };
    format!("{line}Host: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n").into_bytes()
}

fn header(random: &mut Random, key: &str) -> Vec<u8> {
    let lines = match random.below(24) {
        0 => "Host: other\r\n".to_owned(),
        1 => " X: folded at the start\r\n".to_owned(),
        2 => "X-A: b\r\n c: folded\r\n".to_owned(),
        3 => "X-A : b\r\n".to_owned(),
        4 => ": no name\r\n".to_owned(),
        5 => "X-A\r\n".to_owned(),
        6 => "X-A: a\0b\r\n".to_owned(),
        7 => "X\0A: b\r\n".to_owned(),
        8 => "X-A: b\n".to_owned(),
        9 => "X-A: b\rX-B: c\r\n".to_owned(),
        10 => "X(A): b\r\n".to_owned(),
        11 => "X-\u{e9}: b\r\n".to_owned(),
        12 => "X-A: \x08\r\n".to_owned(),
        13 => "Expect: 200-ok\r\n".to_owned(),
        14 => format!("X-Large: {}\r\n", "a".repeat(66_000 + random.below(200_000))),
        15 => "X-Many: a\r\n".repeat(101 + random.below(400)),
        16 => format!("{}: a\r\n", "x".repeat(66_000)),
        17 => "X-A: \x7f\r\n".to_owned(),
        18 => "\tX-A: b\r\n".to_owned(),
        19 => "X A: b\r\n".to_owned(),
        20 => "\"X\": b\r\n".to_owned(),
        21 => "Host: \r\n".to_owned(),
        22 => "HOST: 127.0.0.1\r\n".to_owned(),
        _ => "X-A: b\r\r\n".to_owned(),
    };
    if random.below(12) == 0 {
        // Not one Host, or none that can be one.
        let host =
            random.pick(&["", "Host: a b\r\n", "Host:\r\n", "Host: a/b\r\n", "Host: a@b\r\n", "Host: \u{e9}\r\n"]);
        return format!("GET /v1/models HTTP/1.1\r\n{host}Authorization: Bearer {key}\r\n\r\n").into_bytes();
    }
    let length = CHAT.len();
    with_headers(key, &format!("{lines}Content-Length: {length}\r\n"), CHAT)
}

fn framing(random: &mut Random, key: &str) -> Vec<u8> {
    let n = CHAT.len();
    let headers = match random.below(22) {
        0 => format!("Content-Length: {n}\r\nContent-Length: {n}\r\n"),
        1 => format!("Content-Length: {n}\r\nContent-Length: {}\r\n", n + 1),
        2 => format!("Content-Length: {n}, {n}\r\n"),
        3 => format!("Content-Length: +{n}\r\n"),
        4 => format!("Content-Length: -{n}\r\n"),
        5 => format!("Content-Length: 0x{n:x}\r\n"),
        6 => format!("Content-Length: {n} {n}\r\n"),
        7 => "Content-Length: \r\n".to_owned(),
        8 => "Content-Length: 99999999999999999999999\r\n".to_owned(),
        9 => "Content-Length: 18446744073709551615\r\n".to_owned(),
        10 => format!("Content-Length: {n}\r\nTransfer-Encoding: chunked\r\n"),
        11 => format!("Transfer-Encoding: chunked\r\nContent-Length: {n}\r\n"),
        12 => "Transfer-Encoding: gzip, chunked\r\n".to_owned(),
        13 => "Transfer-Encoding: identity\r\n".to_owned(),
        14 => "Transfer-Encoding: chunked, chunked\r\n".to_owned(),
        15 => "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n".to_owned(),
        16 => "Transfer-Encoding: xchunked\r\n".to_owned(),
        17 => "Transfer-Encoding: \x0bchunked\r\n".to_owned(),
        18 => "Transfer-Encoding: chunked;a=b\r\n".to_owned(),
        19 => format!("Content-Length: {}\r\n", (32u64 << 20) + 1 + random.below(1 << 40) as u64),
        20 => "Transfer-Encoding:\r\n".to_owned(),
        _ => {
            return format!(
                "POST /v1/chat/completions HTTP/1.0\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\
                 Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            )
            .into_bytes();
        }
    };
    with_headers(key, &headers, CHAT)
}

fn chunks(random: &mut Random, key: &str) -> Vec<u8> {
    let body = match random.below(16) {
        0 => format!("{:x}\n{CHAT}\r\n0\r\n\r\n", CHAT.len()),
        1 => format!("{:x}\r\n{CHAT}X\r\n0\r\n\r\n", CHAT.len()),
        2 => format!("{:x}\r\n{CHAT}0\r\n\r\n", CHAT.len()),
        3 => format!("g\r\n{CHAT}\r\n0\r\n\r\n"),
        4 => format!("-{:x}\r\n{CHAT}\r\n0\r\n\r\n", CHAT.len()),
        5 => format!("0x{:x}\r\n{CHAT}\r\n0\r\n\r\n", CHAT.len()),
        6 => format!("+{:x}\r\n{CHAT}\r\n0\r\n\r\n", CHAT.len()),
        7 => format!("ffffffffffffffffff\r\n{CHAT}\r\n0\r\n\r\n"),
        8 => format!("{:x};{}\r\n{CHAT}\r\n0\r\n\r\n", CHAT.len(), "e".repeat(5000)),
        9 => format!("{:x}\r\n{CHAT}\r\n0\r\nX: a\n\r\n", CHAT.len()),
        10 => format!("{:x}\r\n{CHAT}\r\n0\r\n{}\r\n", CHAT.len(), "X-T: aaaaaaaaaaaaaaaa\r\n".repeat(500)),
        11 => "\r\n0\r\n\r\n".to_owned(),
        12 => format!("{}{:x}\r\n{CHAT}\r\n0\r\n\r\n", "0".repeat(400), CHAT.len()),
        13 => format!("{:x}\0\r\n{CHAT}\r\n0\r\n\r\n", CHAT.len()),
        14 => format!(" {:x}\r\n{CHAT}\r\n0\r\n\r\n", CHAT.len()),
        // Nothing wrong with the framing, but no body.
        _ => "0\r\n\r\n".to_owned(),
    };
    chunked(key, &body)
}

/// Bodies that are no JSON, no object, or not what the endpoint takes.
fn body(random: &mut Random, key: &str) -> Vec<u8> {
    let path = random.pick(&POSTS);
    let body: Vec<u8> = match random.below(36) {
        0 => CHAT.as_bytes()[..random.below(CHAT.len())].to_vec(),
        1 => format!("{CHAT}{}", random.pick(&["}", "{}", "x", "\0", ",", "]"])).into_bytes(),
        2 => r#"{"model":"sandbox","model":"other","messages":[]}"#.into(),
        3 => r#"{"model":"sandbox","mod\u0065l":"other","messages":[]}"#.into(),
        4 => r#"{"model":"sandbox","MODEL":"other","messages":[]}"#.into(),
        5 => r#"{"model":["sandbox"],"messages":[]}"#.into(),
        6 => r#"{"model":"sandbox","stream":"yes","messages":[{"role":"user","content":"a"}]}"#.into(),
        7 => r#"{"model":"sandbox","stream":true,"stream":false,"messages":[]}"#.into(),
        8 => r#"{"model":"sandbox","stream_options":[],"messages":[]}"#.into(),
        9 => r#"{"model":"sandbox","stream":true,"stream_options":{"include_usage":1},"messages":[]}"#.into(),
        10 => "[".repeat(200 + random.below(100_000)).into_bytes(),
        11 => format!("{{\"model\":\"sandbox\",\"a\":{}", "{\"a\":".repeat(200 + random.below(50_000))).into_bytes(),
        12 => format!("{{\"model\":\"sandbox\",\"a\":{}{}}}", "[".repeat(300), "]".repeat(300)).into_bytes(),
        13 => [b"{\"model\":\"sandbox\",\"x\":\"", &[0xff, 0xfe][..], b"\"}"].concat(),
        14 => [b"{\"model\":\"sandbox\",\"x\":\"", &[0xed, 0xa0, 0x80][..], b"\"}"].concat(),
        15 => [b"\xef\xbb\xbf", CHAT.as_bytes()].concat(),
        16 => CHAT.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        17 => Vec::new(),
        18 => b" \n\t ".to_vec(),
        19 => {
            random.pick(&["null", "true", "1", "\"a\"", "[]", "[{}]", "NaN", "undefined", "-", "1e"]).as_bytes().into()
        }
        20 => CHAT.replace('"', "'").into_bytes(),
        21 => r#"{"model":"sandbox","messages":[{"role":"user","content":"a"},]}"#.into(),
        22 => r#"{model:"sandbox"}"#.into(),
        23 => r#"{"model":"sandbox", // comment"#.into(),
        24 => "{\"model\":\"sandbox\",\"x\":\"a\nb\"}".into(),
        25 => r#"{"model":"sandbox","x":"\q"}"#.into(),
        26 => r#"{"model":"sandbox","x":"\u12"}"#.into(),
        27 => r#"{"model":"sandbox","x":01}"#.into(),
        28 => r#"{"model":"sandbox","x":.5}"#.into(),
        29 => r#"{"model":"sandbox","x":1.}"#.into(),
        30 => r#"{"model":"no-such-model","messages":[]}"#.into(),
        31 => r#"{"messages":[{"role":"user","content":"a"}]}"#.into(),
        32 => format!(r#"{{"model":"{}","messages":[]}}"#, "m".repeat(5000)).into_bytes(),
        33 => "model=sandbox&messages=hi".into(),
        34 => r#"{"model":"sandbox","x":tru}"#.into(),
        _ => {
            let mut bytes = CHAT.as_bytes().to_vec();
            bytes.insert(1 + random.below(bytes.len() - 2), b'\0');
            bytes
        }
    };
    post(path, key, &body)
}

fn path(random: &mut Random, key: &str) -> Vec<u8> {
    let target = random.pick(&[
        "/",
        "/v1",
        "/v1/",
        "/v2/chat/completions",
        "/v1/v1/chat/completions",
        "/v1/chat/completions/chat/completions",
        "/v1/chat/completion",
        "/v1/engines",
        "/../../etc/passwd",
        "/v1/models/../../x",
        "/v1/models/%00",
        "/v1/models/%zz",
        "/v1/models/%ff%fe",
        "/v1/models/no-such-model",
        "//v1/models",
        "/v1//models",
        "/V1/MODELS",
        "/v1/chat/completions;a=b",
        "/admin",
        "*",
        "http://127.0.0.1/nowhere",
        "http://other/v1/nothing",
    ]);
    let method = random.pick(&["GET", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "PROPFIND", "get", "X", "G-E_T!"]);
    let (method, target) = match random.below(3) {
        0 => ("GET", target),
        1 => (method, random.pick(&["/v1/chat/completions", "/v1/embeddings", "/v1/responses"])),
        _ => {
            (random.pick(&["POST", "PUT", "DELETE", "get"]), random.pick(&["/v1/models", "/livez", "/metrics", target]))
        }
    };
    format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n").into_bytes()
}

fn bad_key(random: &mut Random, key: &str) -> Vec<u8> {
    let mut damaged = key.as_bytes().to_vec();
    let at = 6 + random.below(damaged.len() - 6);
    damaged[at] = if damaged[at] == b'a' { b'b' } else { b'a' };
    let damaged = String::from_utf8_lossy(&damaged).into_owned();
    let header = match random.below(20) {
        0 => String::new(),
        1 => "Authorization:\r\n".to_owned(),
        2 => "Authorization: Bearer\r\n".to_owned(),
        3 => "Authorization: Bearer \r\n".to_owned(),
        4 => format!("Authorization: {key}\r\n"),
        5 => format!("Authorization: Basic {key}\r\n"),
        6 => format!("Authorization: Bearer Bearer {key}\r\n"),
        7 => format!("Authorization: Bearer {}\r\n", &key[..key.len() - 1]),
        8 => format!("Authorization: Bearer {key}x\r\n"),
        9 | 10 => format!("Authorization: Bearer {damaged}\r\n"),
        11 => "Authorization: Bearer sk-proj-abcdefghijklmnopqrstuvwxyz0123456789\r\n".to_owned(),
        12 => format!("Authorization: Bearer {}\r\n", "k".repeat(20_000)),
        13 => "Authorization: Bearer \u{e9}\u{e9}\u{e9}\r\n".to_owned(),
        14 => "Authorization: Bearer ' OR 1=1 --\r\n".to_owned(),
        15 => format!("Authorization: Bearer \"{damaged}\"\r\n"),
        16 => "Authorization: Bearer undefined\r\n".to_owned(),
        17 => "Authorization: Bearer $OPENAI_API_KEY\r\n".to_owned(),
        18 => "X-Api-Key: sk-0123456789\r\n".to_owned(),
        _ => "Authorization: Digest a=\"b\"\r\n".to_owned(),
    };
    let n = CHAT.len();
    format!("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}Content-Length: {n}\r\n\r\n{CHAT}")
        .into_bytes()
}

/// A valid request that ends somewhere, and with it the caller's side.
fn cut(random: &mut Random, key: &str) -> Vec<u8> {
    let mut bytes = valid(random, key);
    bytes.truncate(1 + random.below(bytes.len()));
    bytes
}

/// A valid request with something behind it.
fn pipelined(random: &mut Random, key: &str) -> Vec<u8> {
    let mut bytes = valid(random, key);
    for _ in 0..1 + random.below(3) {
        let next = match random.below(7) {
            0 => noise(random),
            1 => valid(random, key),
            2 => b"\r\n\r\n\r\n".to_vec(),
            3 => request_line(random, key),
            4 => framing(random, key),
            5 => bad_key(random, key),
            _ => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        };
        bytes.extend_from_slice(&next);
    }
    bytes
}

fn noise(random: &mut Random) -> Vec<u8> {
    let len = match random.below(8) {
        0 => 100_000 + random.below(200_000),
        _ => 1 + random.below(400),
    };
    let from: &[u8] = match random.below(3) {
        0 => b"GET POST/v1 HTTP/1.1\r\n:;,{}\"\0\xff",
        1 => b"\r\n",
        _ => b"",
    };
    (0..len).map(|_| if from.is_empty() { random.next() as u8 } else { from[random.below(from.len())] }).collect()
}

/// A beginning of HTTP/2 with garbage for frames, or something that only looks like one.
fn http2(random: &mut Random, key: &str) -> Case {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let mut bytes = PREFACE.to_vec();
    match random.below(6) {
        0 => bytes.truncate(1 + random.below(PREFACE.len())),
        1 => {
            let at = random.below(PREFACE.len());
            bytes[at] ^= 1 << random.below(7);
        }
        2 => bytes.extend(noise(random)),
        3 => bytes.extend_from_slice(&get("/v1/models", key)),
        4 => {
            bytes.extend_from_slice(&[0, 0, 0, 4, 0, 0, 0, 0, 0]);
            let (kind, flags, stream) = (random.next() as u8 % 12, random.next() as u8, random.next() as u8 % 4);
            let payload = noise(random);
            let len = (payload.len() as u32 % 20_000).to_be_bytes();
            bytes.extend_from_slice(&[len[1], len[2], len[3], kind, flags, 0, 0, 0, stream]);
            bytes.extend(payload);
        }
        _ => bytes.extend_from_slice(&[0xff; 64]),
    }
    let pieces = pieces(random, bytes);
    Case { kind: "HTTP/2", due: Due::Http2, pieces, half_close: false, without_body: false }
}
