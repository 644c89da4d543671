//! A provider that counts: every request it gets, and every stream it is sending.
//!
//! A request that asks for a stream gets one without end, or one of N events with a member `"events":N`, `"every"` so many
//! milliseconds; one with a member `"cut":N` gets a short answer in chunks, in two parts with a pause between them, the
//! first of N bytes. One with a member `"steps":N` gets an answer of N tokens, a step of time for each: a stream of as
//! many events, or an answer after as long; and its id is remembered.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::system::pause;

/// What the provider counted.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) requests: AtomicU64,
    /// Streams being sent now.
    pub(super) streaming: AtomicU64,
    /// Bytes of streams that were sent.
    pub(super) streamed: AtomicU64,
    /// Ids of the requests that ask for steps.
    ids: Mutex<Vec<String>>,
}

/// A provider on a free port. Its threads end with the process, or with their connections.
pub(super) struct Upstream {
    pub(super) address: SocketAddr,
    pub(super) counts: Arc<Counts>,
}

const ANSWER: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#;
const EVENT: &str = r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{"content":"hello hello hello hello hello hello hello hello"},"finish_reason":null}]}"#;

impl Upstream {
    pub(super) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let counts = Arc::new(Counts::default());
        let theirs = counts.clone();
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let counts = theirs.clone();
                std::thread::spawn(move || serve(socket, &counts));
            }
        });
        Ok(Self { address, counts })
    }

    /// A configuration with this provider and its model `m`.
    pub(super) fn config(&self, rest: &str) -> String {
        format!(
            "workers = 2\n{rest}\n[log]\nrequests = \"failures\"\n[providers.counting]\nbase_url = \"http://{}/v1\"\n\
             [models.m]\ndeployments = [{{ provider = \"counting\", model = \"m-1\" }}]\n",
            self.address
        )
    }

    pub(super) fn requests(&self) -> u64 {
        self.counts.requests.load(Ordering::SeqCst)
    }

    /// Ids of the requests that came and asked for steps, in no order.
    pub(super) fn ids(&self) -> Vec<String> {
        self.counts.ids.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn streaming(&self) -> u64 {
        self.counts.streaming.load(Ordering::SeqCst)
    }
}

/// Serves a connection.
fn serve(mut socket: TcpStream, counts: &Counts) {
    let _ = socket.set_nodelay(true);
    let mut bytes = Vec::new();
    while let Some((head, body)) = request(&mut socket, &mut bytes) {
        counts.requests.fetch_add(1, Ordering::SeqCst);
        let streams = body.windows(13).any(|w| w == b"\"stream\":true");
        if let Some(steps) = number_after(&body, "\"steps\":") {
            let id = head.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap_or_default().to_owned();
            counts.ids.lock().unwrap_or_else(PoisonError::into_inner).push(id);
            if send_steps(&mut socket, steps, streams).is_err() {
                return;
            }
            continue;
        }
        if let Some(cut) = number_after(&body, "\"cut\":") {
            if send_cut(&mut socket, &in_chunks(streams), cut, streams).is_err() {
                return;
            }
            continue;
        }
        if streams {
            counts.streaming.fetch_add(1, Ordering::SeqCst);
            let again = match number_after(&body, "\"events\":") {
                Some(events) => paced(&mut socket, events, number_after(&body, "\"every\":").unwrap_or(0)).is_ok(),
                None => {
                    stream(&mut socket, counts);
                    false
                }
            };
            counts.streaming.fetch_sub(1, Ordering::SeqCst);
            if again {
                continue;
            }
            return;
        }
        let answer =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", ANSWER.len());
        if socket.write_all((answer + ANSWER).as_bytes()).is_err() {
            return;
        }
    }
}

fn number_after(body: &[u8], name: &str) -> Option<usize> {
    let text = std::str::from_utf8(body).ok()?;
    let digits = &text[text.find(name)? + name.len()..];
    digits[..digits.find(|c: char| !c.is_ascii_digit())?].parse().ok()
}

/// What an answer that is cut carries: a stream of three events, or the JSON answer.
pub(super) fn whole(streams: bool) -> String {
    let end = r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    if streams { format!("{EVENT}\n\n{end}\n\ndata: [DONE]\n\n") } else { ANSWER.to_owned() }
}

/// The body of such an answer as it is framed, every 29 bytes a chunk.
pub(super) fn in_chunks(streams: bool) -> Vec<u8> {
    let mut framed = String::new();
    for part in whole(streams).as_bytes().chunks(29) {
        framed += &format!("{:x}\r\n{}\r\n", part.len(), String::from_utf8_lossy(part));
    }
    (framed + "0\r\n\r\n").into_bytes()
}

fn send_cut(socket: &mut TcpStream, framed: &[u8], cut: usize, streams: bool) -> std::io::Result<()> {
    let kind = if streams { "text/event-stream" } else { "application/json" };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n");
    let (first, second) = framed.split_at(cut.min(framed.len()));
    socket.write_all(&[head.as_bytes(), first].concat())?;
    pause(Duration::from_millis(15));
    socket.write_all(second)
}

/// Between two events of an answer in steps.
const STEP: Duration = Duration::from_millis(3);

fn send_steps(socket: &mut TcpStream, steps: usize, streams: bool) -> std::io::Result<()> {
    if !streams {
        pause(STEP * steps as u32);
        let answer = ANSWER.replace("\"completion_tokens\":1", &format!("\"completion_tokens\":{steps}"));
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
        return socket.write_all(format!("{head}{}\r\n\r\n{answer}", answer.len()).as_bytes());
    }
    socket.write_all(STREAM_HEAD.as_bytes())?;
    let mut send = |text: &str| socket.write_all(format!("{:x}\r\n{text}\n\n\r\n", text.len() + 2).as_bytes());
    for _ in 0..steps {
        send(EVENT)?;
        pause(STEP);
    }
    send(r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#)?;
    send(&format!(r#"data: {{"choices":[],"usage":{{"prompt_tokens":3,"completion_tokens":{steps}}}}}"#))?;
    send("data: [DONE]")?;
    socket.write_all(b"0\r\n\r\n")
}

/// Reads a request with its length; its head in lower case, and its body.
pub(super) fn request(socket: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    let mut buffer = [0; 16 << 10];
    loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            let whole = end + 4 + length.unwrap_or(0);
            if bytes.len() >= whole {
                let rest = bytes.split_off(whole);
                let request = std::mem::replace(bytes, rest);
                return Some((head, request[end + 4..].to_vec()));
            }
        }
        match socket.read(&mut buffer) {
            Ok(n) if n > 0 => bytes.extend_from_slice(&buffer[..n]),
            _ => return None,
        }
    }
}

const STREAM_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// A stream of so many events and its proper end.
fn paced(socket: &mut TcpStream, events: usize, every: usize) -> std::io::Result<()> {
    socket.write_all(STREAM_HEAD.as_bytes())?;
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    for _ in 0..events {
        socket.write_all(chunk(&format!("{EVENT}\n\n")).as_bytes())?;
        pause(Duration::from_millis(every as u64));
    }
    let end = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    socket.write_all((chunk(end) + "0\r\n\r\n").as_bytes())
}

fn stream(socket: &mut TcpStream, counts: &Counts) {
    if socket.write_all(STREAM_HEAD.as_bytes()).is_err() {
        return;
    }
    let event = format!("{EVENT}\n\n");
    let chunk = format!("{:x}\r\n{event}\r\n", event.len()).repeat(16);
    while socket.write_all(chunk.as_bytes()).is_ok() {
        counts.streamed.fetch_add(chunk.len() as u64, Ordering::Relaxed);
    }
}
