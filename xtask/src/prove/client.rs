//! A caller on a raw socket: it sends any bytes and reads answers strictly.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;

/// No answer takes longer, unless the server hangs.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// One answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Takes an answer off the start of `bytes`; `None` while it is incomplete. Interim answers are passed over.
    ///
    /// # Errors
    /// The bytes are no answer.
    pub(super) fn take(bytes: &mut Vec<u8>, without_body: bool) -> anyhow::Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else { return Ok(None) };
        let head = String::from_utf8(bytes[..end + 2].to_vec()).context("a head that is no text")?;
        let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|s| s.parse().ok());
        let status: u16 = status.with_context(|| format!("no status line: {head:.60}"))?;
        if (100..200).contains(&status) {
            bytes.drain(..end + 4);
            return Self::take(bytes, without_body);
        }
        let mut answer = Self { status, head, body: Vec::new() };
        let used = if without_body || status == 204 {
            end + 4
        } else if answer.header("transfer-encoding").is_some() {
            match unchunk(&bytes[end + 4..], &mut answer.body)? {
                Some(used) => end + 4 + used,
                None => return Ok(None),
            }
        } else {
            let length: usize = answer.header("content-length").context("no content-length")?.parse()?;
            let Some(body) = bytes.get(end + 4..end + 4 + length) else { return Ok(None) };
            answer.body = body.to_vec();
            end + 4 + length
        };
        bytes.drain(..used);
        Ok(Some(answer))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let of = |line: &str| line.split_once(':').is_some_and(|(n, _)| n.eq_ignore_ascii_case(name));
        self.head.lines().skip(1).find(|line| of(line)).and_then(|line| line.split_once(':')).map(|(_, v)| v.trim())
    }

    pub(super) fn closes(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// The error object, where the body is exactly OpenAI's: four keys, and perhaps a diagnosis.
    pub(super) fn error(&self) -> Option<Value> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        let error = body.as_object().filter(|o| o.len() == 1)?.get("error")?.as_object()?;
        let four = ["message", "type", "param", "code"].iter().all(|key| error.contains_key(*key));
        let others = error.keys().filter(|key| !["message", "type", "param", "code"].contains(&key.as_str()));
        let only = others.into_iter().all(|key| key == "diagnosis");
        let texts = error["message"].is_string() && error["type"].is_string();
        (four && only && texts).then(|| body["error"].clone())
    }
}

/// Takes the chunked framing off; how many bytes it took, or `None` while it is incomplete.
fn unchunk(bytes: &[u8], out: &mut Vec<u8>) -> anyhow::Result<Option<usize>> {
    let mut at = 0;
    loop {
        let Some(end) = bytes[at..].windows(2).position(|w| w == b"\r\n") else { return Ok(None) };
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[at..at + end])?, 16).context("chunk size")?;
        at += end + 2;
        let Some(data) = bytes.get(at..at + size + 2) else { return Ok(None) };
        if !data.ends_with(b"\r\n") {
            bail!("a chunk without its end");
        }
        out.extend_from_slice(&data[..size]);
        at += size + 2;
        if size == 0 {
            return Ok(Some(at));
        }
    }
}

/// A connection that sends requests one after another.
pub(super) struct Client {
    socket: TcpStream,
    bytes: Vec<u8>,
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> std::io::Result<Self> {
        let socket = TcpStream::connect_timeout(&address, PATIENCE)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { socket, bytes: Vec::new() })
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.socket.write_all(bytes)
    }

    pub(super) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Sends a request and waits for its answer.
    pub(super) fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.send(request)?;
        loop {
            if let Some(answer) = Answer::take(&mut self.bytes, false)? {
                return Ok(answer);
            }
            if self.fill(PATIENCE)? != Filled::Bytes {
                bail!("no answer");
            }
        }
    }

    /// Reads what comes within `time`.
    pub(super) fn fill(&mut self, time: Duration) -> std::io::Result<Filled> {
        self.socket.set_read_timeout(Some(time.max(Duration::from_millis(1))))?;
        let mut buffer = [0; 16 << 10];
        match self.socket.read(&mut buffer) {
            Ok(0) => Ok(Filled::End),
            Ok(n) => {
                self.bytes.extend_from_slice(&buffer[..n]);
                Ok(Filled::Bytes)
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(Filled::Nothing),
            Err(e) if matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => Ok(Filled::End),
            Err(e) if e.kind() == ErrorKind::Interrupted => Ok(Filled::Nothing),
            Err(e) => Err(e),
        }
    }

    /// What has come and was not taken as an answer.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

/// What a wait for bytes brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    Bytes,
    /// The other side has ended the connection.
    End,
    /// Time passed.
    Nothing,
}

/// A POST of a JSON body.
pub(super) fn post(path: &str, key: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

pub(super) fn get(path: &str, key: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n").into_bytes()
}

/// A chat completion of `model`.
pub(super) fn chat(key: &str, model: &str) -> Vec<u8> {
    let body = format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"hi"}}],"max_tokens":5}}"#);
    post("/v1/chat/completions", key, body.as_bytes())
}

/// Waits until `done`, at most for `time`; how long it took.
pub(super) fn wait_until(time: Duration, mut done: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    while !done()? {
        if begun.elapsed() > time {
            bail!("not within {time:?}");
        }
        super::system::pause(Duration::from_millis(5));
    }
    Ok(begun.elapsed())
}
