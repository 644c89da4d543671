//! Requests with a mistake in them, written as they stand.
//!
//! In: a [`RawRequest`], a server and a key. Out: the answer, read as far as its own length says. A client library would
//! mend what is wrong, or refuse to send it.

use std::io;
use std::time::{Duration, Instant};

use anyhow::Context;
use http::StatusCode;
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tollgate_core::key::redact;
use tollgate_errors::trigger::{RawRequest, Way};

use super::seen::{Answered, Asked};
use crate::cli::http::{Base, Call, Client};
use crate::cli::output::Refused;
use crate::cli::target::NETWORK;

/// For the whole exchange: a server's own patience with a slow caller is less.
const PATIENCE: Duration = Duration::from_secs(90);
/// An answer to a mistake is short.
const ANSWER_MAX: usize = 1 << 20;
/// For the record of a request whose caller has left.
const RECORD: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(50);

/// The request as it may be shown: its key masked, its fillings by their size.
pub(super) fn shown(request: &RawRequest, base: &Base, key: &str) -> Asked {
    let fill = |text: &str| fill(text, base, &redact(key), true);
    let asked = Asked::new(request.method, &fill(request.path), base);
    match request.raw {
        Some(raw) => asked.raw(fill(raw)),
        None => {
            let headers = request.headers.iter().map(|(name, value)| (*name, fill(value)));
            headers.fold(asked, |asked, (name, value)| asked.header(name, &value)).body(&fill(request.body))
        }
    }
}

/// Sends it and reads what comes.
pub(super) async fn send(request: &RawRequest, base: &Base, key: &str) -> anyhow::Result<Answered> {
    let exchanged = tokio::time::timeout(PATIENCE, exchange(request, base, key)).await;
    let failed = || Refused::failed(format!("{base} gives no whole answer")).code(NETWORK);
    exchanged.map_err(|_| anyhow::Error::from(failed()))?.with_context(failed)
}

async fn exchange(request: &RawRequest, base: &Base, key: &str) -> io::Result<Answered> {
    let mut tcp = TcpStream::connect((base.host(), base.port())).await?;
    // A server that refuses early takes no more: its answer says why.
    let _ = tcp.write_all(&bytes(request, base, key)).await;
    if request.way == Way::Ends {
        tcp.shutdown().await?;
    }
    read(&mut tcp, request.way == Way::Leaves).await
}

fn bytes(request: &RawRequest, base: &Base, key: &str) -> Vec<u8> {
    let fill = |text: &str| fill(text, base, key, false);
    if let Some(raw) = request.raw {
        return fill(raw).into_bytes();
    }
    let mut head = format!("{} {} HTTP/1.1\r\nhost: {}\r\n", request.method, fill(request.path), base.authority());
    for (name, value) in request.headers {
        head += &format!("{name}: {}\r\n", fill(value));
    }
    let body = fill(request.body);
    if request.method == "POST" {
        head += &format!("content-length: {}\r\n", body.len());
    }
    (head + "connection: close\r\n\r\n" + &body).into_bytes()
}

async fn read(tcp: &mut TcpStream, head_only: bool) -> io::Result<Answered> {
    let mut came = Vec::new();
    let end = loop {
        if let Some(at) = came.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        if came.len() > ANSWER_MAX || tcp.read_buf(&mut came).await? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended before an answer"));
        }
    };
    let head = String::from_utf8_lossy(&came[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let length = if head_only { 0 } else { length.unwrap_or(0).min(ANSWER_MAX) };
    let mut body = came.split_off(end);
    while body.len() < length && tcp.read_buf(&mut body).await? > 0 {}
    body.truncate(length);
    Ok(Answered { status, headers, body, recorded: None })
}

/// The cause in the record of a request whose caller has left.
pub(super) async fn record(answered: Answered, base: &Base, key: &str) -> anyhow::Result<Answered> {
    let id = answered.header("x-request-id").unwrap_or_default().to_owned();
    let client = Client::new(base.clone())?;
    let begun = Instant::now();
    while begun.elapsed() < RECORD {
        let answer = client.send(Call::get(format!("/v1/tollgate/requests/{id}")).bearer(key)).await?;
        if answer.status == StatusCode::OK {
            let record: Json = serde_json::from_slice(&answer.whole().await?)?;
            return Ok(Answered { recorded: record["cause"].as_str().map(str::to_owned), ..answered });
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(answered)
}

/// Fills the placeholders of [`RawRequest`]; `briefly` says how much stands where much is sent.
fn fill(text: &str, base: &Base, key: &str, briefly: bool) -> String {
    let text =
        text.replace("{host}", &base.authority()).replace("{typo}", &mistyped(key)).replace("{halves}", &halved(key));
    let text = text.replace("{key}", key);
    let text = numbered(&text, "{fill:", |n| if briefly { format!("<{n} times x>") } else { "x".repeat(n) });
    numbered(&text, "{headers:", |n| if briefly { format!("<{n} headers>\r\n") } else { "x-filler: x\r\n".repeat(n) })
}

/// Fills a placeholder with a number.
fn numbered(text: &str, name: &str, with: impl Fn(usize) -> String) -> String {
    let Some((before, rest)) = text.split_once(name) else { return text.to_owned() };
    let Some((number, after)) = rest.split_once('}') else { return text.to_owned() };
    number.parse().map_or_else(|_| text.to_owned(), |n| format!("{before}{}{after}", with(n)))
}

fn mistyped(key: &str) -> String {
    let last = if key.ends_with('a') { 'b' } else { 'a' };
    let mut mistyped = key.to_owned();
    mistyped.pop();
    mistyped.push(last);
    mistyped
}

fn halved(key: &str) -> String {
    let (first, second) = key.split_at(key.floor_char_boundary(key.len() / 2));
    format!("{first} {second}")
}

#[cfg(test)]
mod tests {
    use tollgate_errors::trigger::{self, Kind};

    use super::*;

    #[test]
    fn no_placeholder_is_left_and_no_key_is_shown() {
        let base = Base::read("http://127.0.0.1:4000/v1").unwrap();
        let key = "sk-tg-0123456789abcdefghijklmnopqrstuvwxyz";
        for trigger in trigger::all() {
            let Kind::Client(request) = trigger.kind else { continue };
            let sent = String::from_utf8(bytes(request, &base, key)).unwrap();
            let shown = serde_json::to_string(&shown(request, &base, key)).unwrap();

            for placeholder in ["{key}", "{host}", "{typo}", "{halves}", "{fill", "{headers"] {
                assert!(!sent.contains(placeholder), "{}: {placeholder}", trigger.name);
            }
            assert!(!shown.contains("ghijklmno") && shown.len() < 4096, "{}: {shown}", trigger.name);
        }
    }
}
