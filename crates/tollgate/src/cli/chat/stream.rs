//! An answer of the chat API: a stream read event by event, or a whole document.
//!
//! In: bytes. Out: the text on standard output while it comes, and [`Said`] at the end; an error event, and an end
//! without `[DONE]`, is a failure, told after what had come.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value as Json;

use crate::cli::failure::{Failure, beginning};
use crate::cli::output::Refused;

/// What a model said.
#[derive(Debug, Default, Serialize)]
pub(super) struct Said {
    request_id: String,
    model: String,
    pub(super) content: String,
    finish_reason: Option<String>,
    usage: Option<Tokens>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Tokens {
    input: u64,
    output: u64,
}

impl Said {
    /// Of a whole answer.
    pub(super) fn whole(body: &[u8]) -> anyhow::Result<Self> {
        let json: Json = serde_json::from_slice(body).map_err(|_| not_chat(body))?;
        let message = &json["choices"][0]["message"];
        if !message.is_object() {
            return Err(not_chat(body).into());
        }
        let mut said = Self::default();
        said.note(&json);
        said.content = text_of(message);
        Ok(said)
    }

    /// The same, with the id of its request.
    pub(super) fn of_request(self, request_id: String) -> Self {
        Self { request_id, ..self }
    }

    /// One line about it.
    pub(super) fn summary(&self) -> String {
        let finish = self.finish_reason.as_deref().unwrap_or("unknown");
        let tokens = self.usage.map_or_else(String::new, |u| format!(" in={} out={}", u.input, u.output));
        format!("model={} finish={finish}{tokens}", self.model)
    }

    /// Takes what any event, or the document, says beside the text.
    fn note(&mut self, json: &Json) {
        if let Some(model) = json["model"].as_str() {
            self.model = model.to_owned();
        }
        if let Some(reason) = json["choices"][0]["finish_reason"].as_str() {
            self.finish_reason = Some(reason.to_owned());
        }
        let tokens = |name: &str| json["usage"][name].as_u64();
        if let (Some(input), Some(output)) = (tokens("prompt_tokens"), tokens("completion_tokens")) {
            self.usage = Some(Tokens { input, output });
        }
    }
}

fn not_chat(body: &[u8]) -> Refused {
    Refused::failed("the answer is not a chat completion")
        .cause(format!("its body is {:?}", beginning(body)))
        .help("--url has to name the base URL of an API such as OpenAI's, which mostly ends in /v1")
}

/// The text of a message or of a piece of one; a refusal is one too.
fn text_of(message: &Json) -> String {
    ["content", "refusal"].iter().filter_map(|name| message[name].as_str()).collect()
}

/// Reads a stream of events.
#[derive(Debug, Default)]
pub(super) struct Sink {
    prints: bool,
    /// Of a line that has not ended.
    rest: Vec<u8>,
    said: Said,
    failure: Option<Failure>,
    /// Whether any event was one of the chat API.
    is_chat: bool,
    is_done: bool,
}

impl Sink {
    /// `prints`: what comes goes to standard output at once.
    pub(super) fn new(prints: bool) -> Self {
        Self { prints, ..Self::default() }
    }

    /// Takes the next bytes, wherever they are cut.
    pub(super) fn take(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            self.line(line.trim_ascii_end())?;
        }
        Ok(())
    }

    /// What was said, once the stream has ended.
    pub(super) fn end(self) -> anyhow::Result<Said> {
        self.end_line()?;
        if let Some(failure) = self.failure {
            return Err(failure.refused().into());
        }
        if !self.is_done {
            return Err(Refused::failed("the answer was cut off")
                .cause("the stream ended without data: [DONE]")
                .help("what had come of it is above; ask again")
                .into());
        }
        if !self.is_chat {
            return Err(Refused::failed("the answer is not a chat completion")
                .cause("no event of the stream has choices")
                .help("--url has to name the base URL of an API such as OpenAI's, which mostly ends in /v1")
                .into());
        }
        Ok(self.said)
    }

    /// What comes next stands on a line of its own.
    pub(super) fn end_line(&self) -> anyhow::Result<()> {
        if self.prints && !self.said.content.is_empty() {
            writeln!(io::stdout())?;
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> anyhow::Result<()> {
        let Some(data) = line.strip_prefix(b"data:").map(<[u8]>::trim_ascii) else { return Ok(()) };
        if data == b"[DONE]" {
            self.is_done = true;
            return Ok(());
        }
        let Ok(event) = serde_json::from_slice::<Json>(data) else { return Ok(()) };
        if let Some(failure) = Failure::of_event(&event) {
            self.failure = Some(failure);
            return Ok(());
        }
        self.is_chat |= event["choices"].is_array();
        self.said.note(&event);
        let text = text_of(&event["choices"][0]["delta"]);
        self.said.content.push_str(&text);
        if self.prints && !text.is_empty() {
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: &str = "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"Gr\"}}]}\r\n\r\n: a comment\n\
        data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"üße\"},\"finish_reason\":\"stop\"}]}\n\n\
        data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";

    #[test]
    fn a_stream_is_read_wherever_it_is_cut() {
        for size in [1, 2, 7, EVENTS.len()] {
            let mut sink = Sink::new(false);

            EVENTS.as_bytes().chunks(size).for_each(|piece| sink.take(piece).unwrap());

            let said = sink.end().unwrap();
            assert_eq!((said.content.as_str(), said.summary().as_str()), ("Grüße", "model=m finish=stop in=3 out=2"));
        }
    }

    #[test]
    fn an_error_event_and_an_end_that_is_none_are_failures() {
        let ended = |text: &str| {
            let mut sink = Sink::new(false);
            sink.take(text.as_bytes()).unwrap();
            sink.end().unwrap_err().to_string()
        };

        assert_eq!(ended("data: {\"error\":{\"message\":\"It broke.\"}}\n\n"), "the stream failed: It broke.");
        assert_eq!(ended("data: {\"choices\":[]}\n\n"), "the answer was cut off");
        assert_eq!(ended("data: {\"hello\":1}\n\ndata: [DONE]\n\n"), "the answer is not a chat completion");
    }

    #[test]
    fn a_document_without_a_message_is_not_an_answer() {
        for body in ["{\"hello\":1}", "[]", "<html>", r#"{"choices":[]}"#] {
            let refused = Said::whole(body.as_bytes()).unwrap_err();
            assert_eq!(refused.to_string(), "the answer is not a chat completion", "{body}");
        }
    }
}
