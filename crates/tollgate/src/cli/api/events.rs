//! The events of a stream that is passed on as it is: whether one of them is a failure.
//!
//! In: bytes, wherever they are cut. Out: the last error event. A stream has answered 200 by then, so nothing else tells.

use serde_json::Value as Json;

use crate::cli::failure::Failure;

/// Error events are shorter; a longer line is passed over.
const LINE_MAX: usize = 256 << 10;

/// Looks into a stream.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    failure: Option<Failure>,
}

impl Events {
    /// Takes the next bytes.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.line.len() + part.len() <= LINE_MAX {
                self.line.extend_from_slice(part);
            }
            if part.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    /// The error with which it ended, if it did.
    pub(super) fn failure(mut self) -> Option<Failure> {
        self.end_line();
        self.failure
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let Some(data) = line.strip_prefix(b"data:") else { return };
        if let Some(failure) = serde_json::from_slice::<Json>(data).ok().as_ref().and_then(Failure::of_event) {
            self.failure = Some(failure);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(stream: &str, size: usize) -> Option<String> {
        let mut events = Events::default();
        stream.as_bytes().chunks(size).for_each(|piece| events.take(piece));
        events.failure().map(|failure| failure.message)
    }

    #[test]
    fn an_error_event_of_either_api_is_found_wherever_it_is_cut() {
        let chat = "data: {\"choices\":[]}\n\ndata: {\"error\":{\"message\":\"chat\"}}\n\n";
        let event = "event: error\ndata: {\"type\":\"error\",\"message\":\"event\"}\n\n";
        let failed = "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"message\":\"failed\"}}}";

        for size in [1, 3, 1000] {
            for (stream, told) in [(chat, "chat"), (event, "event"), (failed, "failed")] {
                assert_eq!(message(stream, size).as_deref(), Some(told));
            }
            assert_eq!(message("data: {\"choices\":[]}\n\ndata: [DONE]\n\n", size), None);
        }
    }

    #[test]
    fn a_line_without_an_end_does_not_fill_the_memory() {
        let long = format!("data: {}\ndata: {{\"error\":{{\"message\":\"told\"}}}}\n", "x".repeat(LINE_MAX));

        assert_eq!(message(&long, 1000).as_deref(), Some("told"));
    }
}
