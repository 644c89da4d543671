//! A provider that does with each request what a proof tells it.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use super::upstream::request;

/// A provider on a free port. Its threads end with the process, or with their connections.
pub(super) struct Provider {
    pub(super) address: SocketAddr,
}

/// What becomes of a connection behind an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// The next request may come on it.
    Next,
    Close,
    Reset,
}

/// Memory of a thread that serves a connection: thousands of them are open at once.
const STACK: usize = 128 << 10;

impl Provider {
    /// Each request's body is given to `answer`, with the connection to answer on.
    pub(super) fn start(
        answer: impl Fn(&str, &mut TcpStream) -> io::Result<After> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let answer = answer.clone();
                // A connection without a thread is closed, as a provider does that has no room.
                let _ = std::thread::Builder::new().stack_size(STACK).spawn(move || serve(socket, &*answer));
            }
        });
        Ok(Self { address })
    }
}

fn serve(mut socket: TcpStream, answer: &(impl Fn(&str, &mut TcpStream) -> io::Result<After> + ?Sized)) {
    let _ = socket.set_nodelay(true);
    let mut bytes = Vec::new();
    while let Some((_, body)) = request(&mut socket, &mut bytes) {
        match answer(&String::from_utf8_lossy(&body), &mut socket) {
            Ok(After::Next) => {}
            Ok(After::Close) | Err(_) => return,
            Ok(After::Reset) => {
                let _ = rustix::net::sockopt::set_socket_linger(&socket, Some(std::time::Duration::ZERO));
                return;
            }
        }
    }
}

/// The text of a string member, where it has no escapes.
pub(super) fn member<'b>(body: &'b str, name: &str) -> Option<&'b str> {
    let name = format!("\"{name}\":\"");
    let value = &body[body.find(&name)? + name.len()..];
    value.split('"').next()
}

/// A chat completion that says `text`, as the provider's whole answer.
pub(super) fn completion(text: &str) -> String {
    let body = format!(
        r#"{{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m-1","choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}}}"#
    );
    json(200, &body)
}

/// JSON of known length.
pub(super) fn json(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Whatever\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The head of an event stream in chunks.
pub(super) const STREAM: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// A chunk.
pub(super) fn chunk(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}

/// An event that says `text`, as a chunk.
pub(super) fn says(text: &str) -> String {
    chunk(&format!(
        "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m-1\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}]}}\n\n"
    ))
}

/// The end of a stream: its last event, the mark, and the last chunk.
pub(super) fn stream_end() -> String {
    chunk("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n")
        + &chunk("data: [DONE]\n\n")
        + "0\r\n\r\n"
}

/// A whole stream that says `text`.
pub(super) fn stream(text: &str) -> String {
    format!("{STREAM}{}{}", says(text), stream_end())
}
