//! What a provider is told to answer.

use std::time::Duration;

use tokio::sync::watch;

/// Something that is closed until a test opens it.
#[derive(Debug, Clone)]
pub struct Gate(watch::Sender<bool>);

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A closed one.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Lets everything pass.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn pass(&self) {
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) framing: Framing,
    pub(super) steps: Vec<Step>,
    pub(super) echoes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// The length of all pieces is announced.
    Length,
    /// This length is announced, whatever comes.
    Announced(usize),
    Chunked,
    UntilClose,
    /// The pieces are all there is: no head.
    Raw,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Piece(Vec<u8>),
    Wait(Gate),
    /// Takes its time, as a provider does that computes.
    Think(Duration),
    /// Ends the connection, in the middle of whatever.
    Cut,
    Reset,
}

impl Answer {
    fn new(status: u16, content_type: &str, framing: Framing) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, framing, steps: Vec::new(), echoes: false }
    }

    /// What is answered where nothing was told: a short chat completion.
    #[must_use]
    pub fn usual() -> Self {
        Self::json(
            200,
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}"#,
        )
    }

    /// JSON of known length.
    #[must_use]
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "application/json", Framing::Length).piece(body)
    }

    /// A text of another type.
    #[must_use]
    pub fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, content_type, Framing::Length).piece(body)
    }

    /// An event stream in chunks; [`Self::event`] and [`Self::piece`] fill it.
    #[must_use]
    pub fn stream() -> Self {
        Self::new(200, "text/event-stream; charset=utf-8", Framing::Chunked)
    }

    /// What was asked, sent back.
    #[must_use]
    pub fn echo() -> Self {
        Self { echoes: true, ..Self::new(200, "application/json", Framing::Length) }
    }

    /// JSON whose length nobody says, in chunks.
    #[must_use]
    pub fn chunked() -> Self {
        Self::new(200, "application/json", Framing::Chunked)
    }

    /// JSON that ends with the connection.
    #[must_use]
    pub fn until_close() -> Self {
        Self::new(200, "application/json", Framing::UntilClose)
    }

    /// JSON of which `length` bytes are announced, whatever comes.
    #[must_use]
    pub fn announced(length: usize) -> Self {
        Self::new(200, "application/json", Framing::Announced(length))
    }

    /// These bytes instead of an answer.
    #[must_use]
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(0, "", Framing::Raw).piece(bytes)
    }

    /// Nothing: the connection ends instead.
    #[must_use]
    pub fn nothing() -> Self {
        Self::new(0, "", Framing::Raw).cut()
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Then these bytes: a chunk of their own in a stream.
    #[must_use]
    pub fn piece(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.steps.push(Step::Piece(bytes.into()));
        self
    }

    /// Then an event with this data.
    #[must_use]
    pub fn event(self, data: &str) -> Self {
        self.piece(format!("data: {data}\n\n"))
    }

    /// Then nothing until the gate opens.
    #[must_use]
    pub fn wait(mut self, gate: &Gate) -> Self {
        self.steps.push(Step::Wait(gate.clone()));
        self
    }

    /// Then nothing for so long: the provider's pace, where it is what is tested.
    #[must_use]
    pub fn think(mut self, time: Duration) -> Self {
        self.steps.push(Step::Think(time));
        self
    }

    /// Nothing, not even the head, for so long.
    #[must_use]
    pub fn late(mut self, time: Duration) -> Self {
        self.steps.insert(0, Step::Think(time));
        self
    }

    /// Nothing, not even the head, until the gate opens.
    #[must_use]
    pub fn held(mut self, gate: &Gate) -> Self {
        self.steps.insert(0, Step::Wait(gate.clone()));
        self
    }

    /// Then the connection ends, in the middle.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.steps.push(Step::Cut);
        self
    }

    /// Then the connection is reset.
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.steps.push(Step::Reset);
        self
    }

    /// Head of HTTP/1.1.
    pub(super) fn head(&self) -> Vec<u8> {
        if self.framing == Framing::Raw {
            return Vec::new();
        }
        let mut head = format!("HTTP/1.1 {} Whatever\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let length: usize =
            self.steps.iter().map(|step| if let Step::Piece(bytes) = step { bytes.len() } else { 0 }).sum();
        head += &match self.framing {
            Framing::Length => format!("content-length: {length}\r\n"),
            Framing::Announced(length) => format!("content-length: {length}\r\n"),
            Framing::Chunked => "transfer-encoding: chunked\r\n".to_owned(),
            Framing::UntilClose => "connection: close\r\n".to_owned(),
            Framing::Raw => String::new(),
        };
        (head + "\r\n").into_bytes()
    }
}
