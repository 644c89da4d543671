//! Request heads of HTTP/1.1: cut anywhere they read alike, and what is accepted can be framed in one way only.
//!
//! The oracle takes an accepted head apart line by line, knowing nothing of the reader's parser.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_gateway::fuzzing::{HeadRead, HeadRefused, head_in_pieces};

/// Headers that stages read.
const NAMES: [&str; 5] = ["authorization", "content-type", "openai-project", "x-stainless-lang", "user-agent"];

fuzz_target!(|bytes: &[u8]| {
    let Some((&[flags, seed], text)) = bytes.split_first_chunk() else { return };
    let ceilings = if flags & 1 == 0 { (64 << 10, 100) } else { (256, 10) };
    let whole = head_in_pieces(text, &[], ceilings, &NAMES);
    let cut = head_in_pieces(text, &cuts(seed, text.len()), ceilings, &NAMES);
    match (&whole, &cut) {
        (Ok(_), _) => assert_eq!(cut, whole, "what is accepted depends on the cuts"),
        // What is too large is refused without a look at the rest.
        (Err(_), Err(HeadRefused::Size)) => {}
        // What is wrong in a head without an end may be told when the end or more has come.
        (Err(_), Ok(None)) => assert!(!ended(text), "the cuts hide a refusal: {whole:?}"),
        (Err(_), _) => assert_eq!(cut, whole, "why it is refused depends on the cuts"),
    }
    if let Ok(Some(head)) = whole {
        strict(&text[..head.len], &head, ceilings);
    }
});

/// Whether an empty line stands behind something else.
fn ended(text: &[u8]) -> bool {
    let begin = text.iter().position(|b| !b"\r\n".contains(b)).unwrap_or(text.len());
    let rest = &text[begin..];
    rest.windows(2).any(|w| w == b"\n\n") || rest.windows(3).any(|w| w == b"\n\r\n")
}

/// What every accepted head is.
fn strict(text: &[u8], head: &HeadRead, (bytes_max, headers_max): (usize, usize)) {
    assert!(text.len() <= bytes_max);
    let begin = text.iter().position(|b| !b"\r\n".contains(b)).expect("a head is not empty");
    let inner = text[begin..].strip_suffix(b"\r\n\r\n").expect("a head ends in an empty line");
    assert!(!inner.windows(4).any(|w| w == b"\r\n\r\n"), "a head goes on behind its end");
    let text = String::from_utf8_lossy(inner);
    let mut lines = text.split("\r\n");
    request_line(lines.next().expect("a split has a first part"), head);
    let headers: Vec<(&str, &str)> = lines.map(header).collect();
    assert!(headers.len() <= headers_max);
    framed_in_one_way(&headers, head);
    noted(inner, head);
}

fn request_line(line: &str, head: &HeadRead) {
    let parts: Vec<&str> = line.split(' ').collect();
    let [method, target, version] = parts[..] else { panic!("a request line of other parts: {line:?}") };
    assert_eq!(method, head.method.0);
    assert_eq!(["GET", "HEAD", "POST", "OPTIONS"].contains(&method), head.method.1);
    assert_ne!(method, "CONNECT");
    assert_eq!(version, if head.old { "HTTP/1.0" } else { "HTTP/1.1" });
    let (path, query) = (&head.target.0, &head.target.1);
    assert!(target.ends_with(&format!("{path}?{query}")) || (query.is_empty() && target.ends_with(path.as_str())));
    assert!(path.is_empty() || path.starts_with('/') || path == "*", "{path:?}");
    assert!(!path.contains(['?', '#']) && target.bytes().all(|b| b.is_ascii_graphic()), "{target:?}");
}

/// Name and value of a line, which must not be one of those that servers read differently.
fn header(line: &str) -> (&str, &str) {
    let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no header: {line:?}"));
    assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic()), "a name that is none: {name:?}");
    assert!(!value.contains(|c: char| c != '\t' && c.is_ascii_control()), "{value:?}");
    (name, value.trim_matches([' ', '\t']))
}

fn framed_in_one_way(headers: &[(&str, &str)], head: &HeadRead) {
    let all = |name: &str| -> Vec<&str> {
        headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value).collect()
    };
    let (hosts, lengths, codings) = (all("host"), all("content-length"), all("transfer-encoding"));
    assert!(hosts.len() == 1 || (hosts.is_empty() && head.old), "{hosts:?}");
    assert!(hosts.iter().all(|host| !host.is_empty() && !host.contains([' ', '/', '@', '\\'])), "{hosts:?}");
    assert!(lengths.len() + codings.len() <= 1, "{lengths:?} {codings:?}");
    match (&lengths[..], &codings[..]) {
        ([length], _) => {
            assert!(length.bytes().all(|b| b.is_ascii_digit()), "{length:?}");
            assert_eq!(head.length, Some(length.parse().expect("a length is a number")));
        }
        (_, [coding]) => {
            assert!(coding.eq_ignore_ascii_case("chunked") && !head.old, "{coding:?}");
            assert_eq!(head.length, None);
        }
        _ => assert_eq!(head.length, Some(0)),
    }
    assert!(all("expect").iter().all(|value| value.eq_ignore_ascii_case("100-continue")));
    assert_eq!(head.expects_continue, !all("expect").is_empty() && !head.old);
}

/// The headers that stages read are those of the wire, and a second one is never overlooked.
fn noted(head_bytes: &[u8], head: &HeadRead) {
    let lines = head_bytes.split(|&b| b == b'\n').skip(1);
    let headers: Vec<(&[u8], &[u8])> = lines
        .filter_map(|line| {
            let colon = line.iter().position(|&b| b == b':')?;
            Some((&line[..colon], line[colon + 1..].trim_ascii()))
        })
        .collect();
    for (name, noted) in NAMES.iter().zip(&head.headers) {
        let on_the_wire: Vec<&[u8]> =
            headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| *value).collect();
        let expected = on_the_wire.first().map(|first| (first.to_vec(), on_the_wire.len() > 1));
        assert_eq!(*noted, expected, "{name}");
    }
}

/// Cuts in growing order: every byte for seed 0, else gaps drawn from the seed.
fn cuts(seed: u8, len: usize) -> Vec<usize> {
    let mut state = u32::from(seed);
    let widest = (len / 6).max(16) as u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if seed == 0 { 1 } else { (state >> 16) % widest }
    };
    let mut cuts = Vec::new();
    let mut at = 0;
    while at < len && cuts.len() < 4096 {
        at = (at + next() as usize).min(len);
        cuts.push(at);
    }
    cuts
}
