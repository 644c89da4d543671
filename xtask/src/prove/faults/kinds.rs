//! What the faulty provider can do, and what a caller is to get then.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::super::provider::{After, STREAM, chunk, completion, json, says, stream, stream_end};
use super::super::system::pause;

/// Something that a provider does.
pub(super) struct Kind {
    /// The model's name.
    pub(super) name: &'static str,
    /// Whether it is asked for a stream.
    pub(super) streams: bool,
    /// What a caller gets where nobody else can be asked.
    pub(super) alone: Expected,
    /// Whether a good deployment beside it saves the call.
    pub(super) saved: bool,
    /// Does it, for the request with this marker.
    pub(super) say: fn(&str, &mut TcpStream) -> io::Result<After>,
}

/// What a caller is to get.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected {
    /// The answer, whole.
    Whole,
    /// An error with one of these statuses, and nothing of an answer.
    Told(&'static [u16]),
    /// The start of a stream, and in its last event that it broke off.
    Broken,
    /// The start of an answer whose framing breaks off.
    Cut,
}

use Expected::{Broken, Cut, Told, Whole};

const fn right(name: &'static str, streams: bool, say: fn(&str, &mut TcpStream) -> io::Result<After>) -> Kind {
    Kind { name, streams, alone: Whole, saved: true, say }
}

const fn told(
    name: &'static str,
    statuses: &'static [u16],
    say: fn(&str, &mut TcpStream) -> io::Result<After>,
) -> Kind {
    Kind { name, streams: false, alone: Told(statuses), saved: true, say }
}

const fn streamed(name: &'static str, alone: Expected, say: fn(&str, &mut TcpStream) -> io::Result<After>) -> Kind {
    Kind { name, streams: true, alone, saved: matches!(alone, Told(_)), say }
}

/// Answers, and may be asked again on the same connection.
fn all(socket: &mut TcpStream, answer: &str) -> io::Result<After> {
    socket.write_all(answer.as_bytes()).map(|()| After::Next)
}

/// Answers, and the connection ends so.
fn then(socket: &mut TcpStream, answer: &str, after: After) -> io::Result<After> {
    socket.write_all(answer.as_bytes()).map(|()| after)
}

/// Says this much, and then nothing for longer than anybody waits.
fn silence(socket: &mut TcpStream, answer: &str) -> io::Result<After> {
    socket.write_all(answer.as_bytes())?;
    socket.set_read_timeout(Some(Duration::from_secs(20)))?;
    // Until the gateway hangs up.
    let _ = io::Read::read(socket, &mut [0; 16]);
    Ok(After::Close)
}

fn half(marker: &str) -> String {
    let whole = completion(marker);
    let body = whole.find("\r\n\r\n").unwrap_or(0) + 4;
    whole[..body + (whole.len() - body) / 2].to_owned()
}

fn head(lines: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{lines}\r\n{body}")
}

fn error(status: u16, kind: &str, code: &str) -> String {
    json(status, &format!(r#"{{"error":{{"message":"no","type":"{kind}","param":null,"code":"{code}"}}}}"#))
}

/// An answer to nobody, which must reach nobody.
fn smuggled() -> String {
    completion("marker-smuggl")
}

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    right("right", false, |m, s| all(s, &completion(m))),
    right("right-stream", true, |m, s| all(s, &stream(m))),
    right("slow", false, |m, s| {
        pause(Duration::from_millis(300));
        all(s, &completion(m))
    }),
    right("slow-pieces", false, |m, s| {
        let answer = completion(m);
        for piece in answer.as_bytes().chunks(answer.len() / 4) {
            s.write_all(piece)?;
            pause(Duration::from_millis(50));
        }
        Ok(After::Next)
    }),
    right("slow-stream", true, |m, s| {
        for piece in [STREAM.to_owned(), says(m), says(m), stream_end()] {
            s.write_all(piece.as_bytes())?;
            pause(Duration::from_millis(100));
        }
        Ok(After::Next)
    }),
    right("more-behind", false, |m, s| all(s, &(completion(m) + &smuggled()))),
    right("more-behind-stream", true, |m, s| all(s, &(stream(m) + &smuggled()))),
    right("closes-behind", false, |m, s| then(s, &completion(m), After::Close)),
    right("interim", false, |m, s| all(s, &format!("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n{}", completion(m)))),
    told("closed", &[502], |_, _| Ok(After::Close)),
    told("reset", &[502], |_, _| Ok(After::Reset)),
    told("half-head", &[502], |_, s| then(s, "HTTP/1.1 200 OK\r\ncontent-le", After::Close)),
    told("half-body", &[502], |m, s| then(s, &half(m), After::Close)),
    told("half-body-reset", &[502], |m, s| then(s, &half(m), After::Reset)),
    told("half-chunks", &[502], |m, s| {
        then(s, &head("transfer-encoding: chunked\r\n", &chunk(&format!("{{\"x\":\"{m}\""))), After::Close)
    }),
    told("half-json", &[502], |m, s| all(s, &json(200, &format!("{{\"id\":\"{m}\",\"choices\":[")))),
    told("null", &[502], |_, s| all(s, &json(200, "null"))),
    told("nothing", &[502], |_, s| all(s, &json(200, ""))),
    told("html", &[502], |m, s| all(s, &json(200, &format!("<!DOCTYPE html><p>{m}")))),
    told("no-utf8", &[502], |_, s| {
        s.write_all(head("content-length: 8\r\n", "{\"a\":\"").as_bytes())?;
        s.write_all(b"\xff\"").map(|()| After::Next)
    }),
    told("behind-json", &[502], |m, s| all(s, &json(200, &format!("{{\"id\":\"{m}\"}} and more")))),
    told("error-in-200", &[429], |_, s| all(s, &error(200, "requests", "rate_limit_exceeded"))),
    told("no-http", &[502], |m, s| then(s, &format!("220 {m} ready\r\n\r\n"), After::Close)),
    told("two-lengths", &[502], |m, s| all(s, &head("content-length: 20\r\ncontent-length: 2\r\n", m))),
    told("length-and-chunks", &[502], |m, s| {
        all(s, &head("content-length: 5\r\ntransfer-encoding: chunked\r\n", &(chunk(m) + "0\r\n\r\n")))
    }),
    told("no-chunk-size", &[502], |m, s| all(s, &head("transfer-encoding: chunked\r\n", &format!("zz\r\n{m}\r\n")))),
    told("chunk-too-long", &[502], |m, s| {
        all(s, &head("transfer-encoding: chunked\r\n", &format!("2\r\n{{\"id\":\"{m}\"}}\r\n0\r\n\r\n")))
    }),
    told("huge-head", &[502], |m, s| all(s, &head(&format!("x: {}\r\n", m.repeat(10_000)), "{}"))),
    told("many-headers", &[502], |m, s| all(s, &head(&format!("x: {m}\r\n").repeat(300), "{}"))),
    told("compressed", &[502], |_, s| all(s, &head("content-encoding: gzip\r\ncontent-length: 2\r\n", "{}"))),
    told("upgrade", &[502], |m, s| all(s, &format!("HTTP/1.1 101 Switching Protocols\r\n\r\n{m}"))),
    told("redirect", &[502], |_, s| all(s, "HTTP/1.1 307 Elsewhere\r\nlocation: /v2\r\ncontent-length: 0\r\n\r\n")),
    told("our-credential", &[502], |_, s| all(s, &error(401, "invalid_request_error", "invalid_api_key"))),
    told("limited", &[429], |_, s| all(s, &error(429, "requests", "rate_limit_exceeded"))),
    told("limited-a-moment", &[429], |_, s| {
        let answer = error(429, "requests", "rate_limit_exceeded");
        all(s, &answer.replacen("\r\n", "\r\nretry-after-ms: 200\r\n", 1))
    }),
    told("limited-long", &[429], |_, s| {
        let answer = error(429, "requests", "rate_limit_exceeded");
        all(s, &answer.replacen("\r\n", "\r\nretry-after: 3\r\n", 1))
    }),
    told("quota", &[429], |_, s| all(s, &error(429, "insufficient_quota", "insufficient_quota"))),
    told("500", &[500], |_, s| all(s, &error(500, "server_error", ""))),
    told("502", &[502], |_, s| {
        all(s, "HTTP/1.1 502 Bad\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>")
    }),
    told("503", &[503], |_, s| all(s, &error(503, "server_error", ""))),
    told("504", &[504], |_, s| all(s, &json(504, ""))),
    told("529", &[529], |_, s| all(s, &error(529, "overloaded_error", ""))),
    told("silent", &[504], |_, s| silence(s, "")),
    told("silent-head", &[504], |_, s| silence(s, "HTTP/1.1 200 OK\r\ncontent-le")),
    told("silent-body", &[504], |m, s| silence(s, &half(m))),
    Kind {
        name: "context",
        streams: false,
        alone: Told(&[400]),
        saved: false,
        say: |_, s| all(s, &error(400, "invalid_request_error", "context_length_exceeded")),
    },
    Kind {
        name: "long-half",
        streams: false,
        alone: Cut,
        saved: false,
        say: |m, s| {
            let body = format!("{{\"choices\":[\"{}", m.repeat(40_000));
            then(s, &head(&format!("content-length: {}\r\n", 2 * body.len()), &body), After::Close)
        },
    },
    streamed("stream-closed", Told(&[502]), |_, s| then(s, STREAM, After::Close)),
    streamed("stream-comments", Told(&[502]), |_, s| all(s, &format!("{STREAM}{}0\r\n\r\n", chunk(": at it\n\n")))),
    streamed("stream-html", Told(&[502]), |_, s| all(s, &format!("{STREAM}{}0\r\n\r\n", chunk("data: <html>\n\n")))),
    streamed("stream-of-error", Told(&[500]), |_, s| {
        let error = chunk("data: {\"error\":{\"message\":\"no\",\"type\":\"server_error\"}}\n\n");
        all(s, &format!("{STREAM}{error}0\r\n\r\n"))
    }),
    streamed("stream-silent", Told(&[504]), |_, s| silence(s, &format!("{STREAM}{}", chunk(": at it\n\n")))),
    streamed("no-stream", Told(&[502]), |m, s| all(s, &completion(m))),
    streamed("stream-cut", Broken, |m, s| then(s, &format!("{STREAM}{}", says(m)), After::Close)),
    streamed("stream-reset", Broken, |m, s| {
        s.write_all(format!("{STREAM}{}", says(m)).as_bytes())?;
        // A reset at once would overtake the event.
        pause(Duration::from_millis(200));
        Ok(After::Reset)
    }),
    streamed("stream-half-event", Broken, |m, s| {
        then(s, &format!("{STREAM}{}{}", says(m), chunk("data: {\"choices\":[{\"del")), After::Close)
    }),
    streamed("stream-garbled", Broken, |m, s| {
        all(s, &format!("{STREAM}{}{}{}", says(m), chunk("data: what?\n\n"), stream_end()))
    }),
    streamed("stream-no-finish", Broken, |m, s| all(s, &format!("{STREAM}{}0\r\n\r\n", says(m)))),
    streamed("stream-bad-chunk", Broken, |m, s| {
        s.write_all(format!("{STREAM}{}", says(m)).as_bytes())?;
        // What comes with an oddity is not taken out of its framing.
        pause(Duration::from_millis(200));
        then(s, "zz\r\n", After::Close)
    }),
    streamed("stream-stalls", Broken, |m, s| silence(s, &format!("{STREAM}{}", says(m)))),
    streamed("stream-fails", Broken, |m, s| {
        let error = chunk("data: {\"error\":{\"message\":\"no\",\"type\":\"server_error\"}}\n\n");
        all(s, &format!("{STREAM}{}{error}0\r\n\r\n", says(m)))
    }),
];
