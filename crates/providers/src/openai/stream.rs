//! A stream of server-sent events, read as it passes.
//!
//! In: the bytes of an event stream, in pieces of any size. Out: which bytes may go on to the caller, and the facts
//! of the stream: usage, how it ended. Whole events go on, untouched; the tail of an unfinished event waits, so that
//! a stream that breaks off can still end in an event of ours that the caller's parser reads. (An event above
//! [`HOLD_MAX`] goes on in parts.) An event that reports an error does not go on, nor does anything behind it: it may say
//! what its caller is not to read, and whoever passes the stream on tells it.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use tollgate_core::usage::Usage;
use tollgate_errors::is_error;

use super::usage;

/// How much of an unfinished event is held back.
pub const HOLD_MAX: usize = 64 << 10;

static DATA_LINE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"data:"));
static FINISH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"finish_reason\""));
static CHOICES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"choices\""));
static DELTA: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"delta\""));
static SEQUENCE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"sequence_number\""));
static MODEL: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"model\""));

/// Which API the stream belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// Chat completions and legacy completions: ends in `data: [DONE]`.
    Completions,
    /// Responses: ends in `response.completed`, `.incomplete` or `.failed`.
    Responses,
}

/// Reads one stream.
#[derive(Debug)]
pub struct StreamReader {
    api: Api,
    /// Take out the chunk that holds usage only: we asked for it, the caller did not.
    withhold_usage: bool,
    /// How far the held bytes are searched for line ends, and whether the last line end closed an event.
    searched: usize,
    line_start: usize,
    /// In the middle of an event whose start has gone on already.
    oversized: bool,
    facts: StreamFacts,
    /// The start of the data of the event that reported an error.
    error: Option<Box<[u8]>>,
}

/// What was learnt of a stream so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamFacts {
    /// The last usage object.
    pub usage: Option<Usage>,
    /// Events seen, keep-alive comments included.
    pub events: u64,
    /// Of these, with data other than `[DONE]`: chunks of an answer, one token or a few each.
    pub chunks: u64,
    /// An event whose data is no JSON object has come. It and what follows it do not go on.
    pub garbled: bool,
    /// A choice has finished, or the response has ended.
    pub finished: bool,
    /// `[DONE]`, or the last event of a response, has come.
    pub done: bool,
    /// An event that reports an error has come. It and what follows it do not go on.
    pub failed: bool,
    /// The `sequence_number` that a further event would have.
    pub next_sequence: u64,
}

impl StreamReader {
    /// A reader at the start of a stream.
    #[must_use]
    pub fn new(api: Api, withhold_usage: bool) -> Self {
        let facts = StreamFacts::default();
        Self { api, withhold_usage, searched: 0, line_start: 0, oversized: false, facts, error: None }
    }

    /// Which API the stream belongs to.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api
    }

    /// What was learnt so far.
    #[must_use]
    pub fn facts(&self) -> &StreamFacts {
        &self.facts
    }

    /// The data of the event that reported an error, on one line; the first [`HOLD_MAX`] bytes where it is longer.
    #[must_use]
    pub fn error(&self) -> Option<&[u8]> {
        self.error.as_deref()
    }

    /// Whether bytes of an unfinished event have gone on to the caller.
    #[must_use]
    pub fn inside_event(&self) -> bool {
        self.oversized
    }

    /// Reads on in `held`, to which the caller has appended what came since; returns how many of its first bytes may
    /// go on, which must be taken off before the next call. Withheld events are cut out of `held`.
    /// Behind an event that is garbled or reports an error nothing is read and nothing goes on.
    pub fn pass(&mut self, held: &mut Vec<u8>) -> usize {
        if self.is_over() {
            return 0;
        }
        let mut event_start = 0;
        let mut withheld: Vec<Range<usize>> = Vec::new();
        while let Some(found) = memchr::memchr(b'\n', &held[self.searched..]) {
            let end = self.searched + found;
            let line = &held[self.line_start..end];
            self.searched = end + 1;
            self.line_start = self.searched;
            if !(line.is_empty() || line == b"\r") {
                continue;
            }
            let event = event_start..self.searched;
            event_start = self.searched;
            if std::mem::take(&mut self.oversized) {
                continue;
            }
            let withhold = self.note(&held[event.clone()]);
            if self.is_over() {
                event_start = event.start;
                break;
            }
            if withhold {
                withheld.push(event);
            }
        }
        if event_start == 0 && held.len() > HOLD_MAX && !self.is_over() && !self.note_long_error(held) {
            self.oversized = true;
            event_start = held.len();
            self.line_start = event_start.min(self.line_start);
        }
        for cut in withheld.into_iter().rev() {
            // Mostly one chunk of a stream is withheld: moving the few bytes behind it costs nothing that counts.
            let len = cut.len();
            held.drain(cut);
            event_start -= len;
            self.searched -= len;
            self.line_start -= len;
        }
        self.searched = held.len() - event_start;
        self.line_start = self.line_start.saturating_sub(event_start);
        event_start
    }

    fn is_over(&self) -> bool {
        self.facts.garbled || self.facts.failed
    }

    /// Whether an event that is too long to be held, and whose end has not come, reports an error: its start shows it.
    fn note_long_error(&mut self, held: &[u8]) -> bool {
        let Some(start) = data(held).filter(|_| !self.oversized) else { return false };
        if begins_as_error(held, start) || event_name(held) == Some(b"response.failed") {
            self.facts.chunks += 1;
            self.note_error(start);
        }
        self.facts.failed
    }

    /// Learns from one event; true where it is to be withheld.
    fn note(&mut self, event: &[u8]) -> bool {
        self.facts.events += 1;
        match self.api {
            Api::Completions => self.note_chunk(event),
            Api::Responses => {
                self.note_response_event(event);
                false
            }
        }
    }

    fn note_chunk(&mut self, event: &[u8]) -> bool {
        let Some(data) = data(event) else {
            return false;
        };
        if data == b"[DONE]" {
            self.facts.done = true;
            return false;
        }
        if !self.is_chunk(event, data) {
            return false;
        }
        let finished_before = self.facts.finished;
        let finish = if finished_before { None } else { value_after(&FINISH, data) };
        let failed = match finish {
            Some(reason) if reason.starts_with(b"\"") => {
                self.facts.finished = true;
                // OpenRouter's: the error stands beside the choices.
                reason.starts_with(b"\"error\"") || begins_as_error(event, data)
            }
            Some(_) => begins_as_error(event, data),
            // Chunks mostly say that nothing has finished: the others are looked at more closely.
            None => begins_as_error(event, data) || is_error(data) || is_bare_message(data),
        };
        if failed {
            self.note_error(data);
        } else if finish.is_none() && data.ends_with(b"{") {
            self.note_error_on_lines(event);
        }
        let Some(usage) = usage::in_event(data) else {
            return false;
        };
        self.facts.usage = Some(usage);
        self.withhold_usage && (no_choices(data) || (finished_before && empty_delta(data)))
    }

    /// Counts a chunk. Whether it is one is told by its ends, for a look at all of it would cost a stream 3 %: what is
    /// cut off or mixed up has no brace at one of them.
    fn is_chunk(&mut self, event: &[u8], data: &[u8]) -> bool {
        let whole = data.starts_with(b"{") && data.ends_with(b"}") && std::str::from_utf8(data).is_ok();
        // Data may stand on several lines, although no provider is known that writes so.
        let whole = whole || DATA_LINE.find_iter(event).nth(1).is_some();
        self.facts.garbled |= !whole;
        self.facts.chunks += u64::from(whole);
        whole
    }

    fn note_error(&mut self, data: &[u8]) {
        self.facts.failed = true;
        self.error = Some(data[..data.len().min(HOLD_MAX)].into());
    }

    /// An error that was written for people, on several lines of data.
    fn note_error_on_lines(&mut self, event: &[u8]) {
        let lines = event.split(|b| *b == b'\n').filter_map(|line| line.strip_prefix(b"data:"));
        let whole = lines.map(<[u8]>::trim_ascii).collect::<Vec<_>>().join(&b' ');
        if is_error(&whole) {
            self.note_error(&whole);
        }
    }

    fn note_response_event(&mut self, event: &[u8]) {
        if let Some(data) = data(event)
            && data != b"[DONE]"
            && !self.is_chunk(event, data)
        {
            return;
        }
        let (name, data) = (event_name(event), data(event).unwrap_or_default());
        if matches!(name, Some(b"response.failed" | b"error")) || (name.is_none() && begins_as_error(event, data)) {
            self.facts.usage = usage::last(event).or(self.facts.usage);
            self.note_error(data);
            self.facts.done = true;
            return;
        }
        if let Some(number) = value_after(&SEQUENCE, event) {
            let digits = number.iter().take_while(|b| b.is_ascii_digit()).count();
            let number: Option<u64> = std::str::from_utf8(&number[..digits]).ok().and_then(|n| n.parse().ok());
            self.facts.next_sequence = number.map_or(self.facts.next_sequence, |n| n.saturating_add(1));
        }
        if matches!(name, Some(b"response.completed" | b"response.incomplete")) {
            self.facts.usage = usage::last(event).or(self.facts.usage);
            self.facts.finished = true;
            self.facts.done = true;
        }
    }
}

/// Whether an event begins as those do that report an error: OpenAI's, and Anthropic's of servers that speak both dialects.
fn begins_as_error(event: &[u8], data: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 5] =
        [b"{\"error\"", b"{ \"error\"", b"{\"type\":\"error\"", b"{\"type\": \"error\"", b"{\"object\":\"error\""];
    event.starts_with(b"event: error") || BEGINNINGS.iter().any(|beginning| data.starts_with(beginning))
}

/// Whether it says something instead of having choices: FastAPI, and gateways of clouds.
fn is_bare_message(data: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 3] = [b"{\"detail\"", b"{\"message\"", b"{\"code\""];
    BEGINNINGS.iter().any(|beginning| data.starts_with(beginning)) && CHOICES.find(data).is_none()
}

/// Whether a chunk's `choices` is an empty array: how OpenAI sends usage.
fn no_choices(data: &[u8]) -> bool {
    value_after(&CHOICES, data)
        .is_some_and(|v| v.strip_prefix(b"[").is_some_and(|v| v.trim_ascii_start().starts_with(b"]")))
}

/// Whether a chunk says nothing: behind a finished choice, LiteLLM sends usage with such a one.
fn empty_delta(data: &[u8]) -> bool {
    value_after(&DELTA, data)
        .is_some_and(|v| v.strip_prefix(b"{").is_some_and(|v| v.trim_ascii_start().starts_with(b"}")))
}

/// The `model` that an answer or an event names, where it is a plain string.
#[must_use]
pub fn model_named(bytes: &[u8]) -> Option<&str> {
    let value = value_after(&MODEL, &bytes[..bytes.len().min(4096)])?.strip_prefix(b"\"")?;
    let end = memchr::memchr2(b'"', b'\\', value)?;
    (value[end] == b'"').then(|| std::str::from_utf8(&value[..end]).ok()).flatten()
}

/// What follows a member's name and its colon.
fn value_after<'a>(name: &Finder<'_>, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let at = name.find(bytes)? + name.needle().len();
    Some(bytes[at..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start())
}

/// The data of the first event in `events` that has some.
#[must_use]
pub fn event_data(events: &[u8]) -> Option<&[u8]> {
    data(events)
}

/// The text of the first `data:` line of an event.
fn data(event: &[u8]) -> Option<&[u8]> {
    field(event, b"data:")
}

fn event_name(event: &[u8]) -> Option<&[u8]> {
    field(event, b"event:")
}

fn field<'a>(event: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = event;
    loop {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        if let Some(value) = line.strip_prefix(name) {
            return Some(value.trim_ascii());
        }
        rest = rest.get(end + 1..)?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CHAT: &str = "data: {\"id\":\"1\",\"model\":\"gpt-x\",\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}],\"usage\":null}\n\n\
        : keep-alive\n\n\
        data: {\"id\":\"1\",\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\r\n\r\n\
        data: {\"id\":\"1\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n\
        data: [DONE]\n\n";

    fn run(text: &[u8], cuts: &[usize], withhold: bool) -> (Vec<u8>, StreamFacts, Vec<u8>) {
        let mut reader = StreamReader::new(Api::Completions, withhold);
        let (mut held, mut out, mut from) = (Vec::new(), Vec::new(), 0);
        let mut cuts: Vec<_> = cuts.iter().map(|c| c % (text.len() + 1)).collect();
        cuts.push(text.len());
        cuts.sort_unstable();
        for cut in cuts {
            held.extend_from_slice(&text[from..cut]);
            from = cut;
            let n = reader.pass(&mut held);
            out.extend(held.drain(..n));
        }
        (out, *reader.facts(), held)
    }

    proptest! {
        #[test]
        fn a_stream_cut_anywhere_reads_alike(cuts in proptest::collection::vec(0usize..4000, 0..12), withhold in any::<bool>()) {
            let whole = run(CHAT.as_bytes(), &[], withhold);

            prop_assert_eq!(run(CHAT.as_bytes(), &cuts, withhold), whole);
        }

        #[test]
        fn any_bytes_pass_in_order(text in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..400), cuts in proptest::collection::vec(0usize..400, 0..8)) {
            let (mut out, _, held) = run(&text, &cuts, false);
            out.extend(held);

            prop_assert_eq!(out, text);
        }
    }

    #[test]
    fn usage_is_read_and_withheld_only_if_asked() {
        let (out, facts, held) = run(CHAT.as_bytes(), &[], true);
        assert_eq!(facts.usage.map(|u| (u.input, u.output)), Some((3, 4)));
        assert!(facts.finished && facts.done && !facts.failed);
        assert!(held.is_empty());
        assert_eq!(
            String::from_utf8(out).unwrap(),
            CHAT.replace(
                "data: {\"id\":\"1\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n",
                ""
            )
        );

        let (out, _, _) = run(CHAT.as_bytes(), &[], false);
        assert_eq!(out, CHAT.as_bytes());
    }

    #[test]
    fn usage_behind_the_end_with_an_empty_delta_is_withheld_too() {
        let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n";
        let usage = "data: {\"choices\":[{\"index\":0,\"delta\":{}}],\"usage\":{\"prompt_tokens\":1}}\n\n";

        let (out, facts, _) = run(format!("{end}{usage}").as_bytes(), &[], true);
        assert_eq!(out, end.as_bytes());
        assert_eq!(facts.usage.map(|u| u.input), Some(1));
        // In the chunk that finishes it stays: the caller needs that chunk.
        let both =
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1}}\n\n";
        assert_eq!(run(both.as_bytes(), &[], true).0, both.as_bytes());
    }

    #[test]
    fn behind_a_garbled_event_nothing_is_read_however_it_comes() {
        let text = b"data: ~~~~\n\ndata: [DONE]\n\n";

        let every_byte: Vec<usize> = (0..text.len()).collect();
        let (out, facts, held) = run(text, &every_byte, true);

        assert_eq!((out, facts, held), run(text, &[], true));
        assert!(facts.garbled && !facts.done && facts.events == 1);
    }

    #[test]
    fn an_error_does_not_go_on_in_whatever_form_it_comes() {
        let chunk = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
        for error in [
            "data: {\"error\":{\"message\":\"m\"}}\n\n".to_owned(),
            "data: {\"id\":\"1\",\"error\":{\"message\":\"m\"}}\n\n".to_owned(),
            "data: {\"id\":\"1\",\"choices\":[{\"finish_reason\":\"error\"}],\"error\":{\"code\":502}}\n\n".to_owned(),
            "data: {\"code\":\"no\",\"error\":\"m\"}\n\n".to_owned(),
            "data: {\"object\":\"error\",\"message\":\"m\"}\n\n".to_owned(),
            "data: {\"detail\":\"m\"}\n\n".to_owned(),
            "event: error\ndata: {\"m\":1}\n\n".to_owned(),
            "data: {\ndata:  \"error\": {\ndata:  \"message\": \"m\" } }\n\n".to_owned(),
            format!("data: {{\"error\":{{\"message\":\"{}\"}}}}\n\n", "m".repeat(HOLD_MAX * 2)),
        ] {
            let text = format!("{chunk}{error}{chunk}data: [DONE]\n\n");
            for cuts in [vec![], (0..text.len()).step_by(997).collect()] {
                let (out, facts, _) = run(text.as_bytes(), &cuts, false);

                assert_eq!(String::from_utf8_lossy(&out), chunk, "{}", &error[..error.len().min(80)]);
                assert!(facts.failed && !facts.done && facts.chunks == 2, "{facts:?}");
            }
        }
        let word = "data: {\"choices\":[{\"delta\":{\"content\":\"{\\\"error\\\":1}\"}}],\"x\":{\"error\":{}}}\n\n";
        assert!(!run(word.as_bytes(), &[], false).1.failed, "it has choices");
    }

    #[test]
    fn a_giant_event_goes_on_in_parts() {
        let text = format!("data: {}\n\ndata: [DONE]\n\n", "x".repeat(HOLD_MAX * 3));
        let cuts: Vec<usize> = (0..40).map(|i| i * 5000).collect();

        let (out, facts, held) = run(text.as_bytes(), &cuts, true);

        assert_eq!(out, text.as_bytes());
        assert!(facts.done && held.is_empty());
    }

    #[test]
    fn a_responses_stream_is_followed_to_its_end() {
        let mut reader = StreamReader::new(Api::Responses, false);
        let mut held = b"event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0}\n\nevent: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":5,\"output_tokens\":6}},\"sequence_number\":7}\n\n".to_vec();

        let n = reader.pass(&mut held);

        assert_eq!(n, held.len());
        assert_eq!(reader.facts().usage.map(|u| (u.input, u.output)), Some((5, 6)));
        assert!(reader.facts().done);
        assert_eq!(reader.facts().next_sequence, 8);
    }

    #[test]
    fn the_model_is_read_where_it_is_plain() {
        assert_eq!(model_named(br#"{"id":"x","model": "gpt-4o-mini-2024-07-18"}"#), Some("gpt-4o-mini-2024-07-18"));
        assert_eq!(model_named(br#"{"id":"x","model":null}"#), None);
    }
}
