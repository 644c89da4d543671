//! One choice of a chat's answer, before it is put into either form.
//!
//! In: the request, and which choice it is. Out: text or calls, cut where the caller wants it cut, as a message or as
//! deltas. Choices differ in their wording, and so do seeds.

use tollgate_tokens::Vocabulary;

use super::{
    request::Request,
    wire::{Delta, Logprobs, Message},
};
use crate::sandbox::{
    Ask,
    digest::{Digest, mix},
    format::Format,
    logprobs,
    staged::{REFUSED, Staged},
    text::{Ending, Written, filtered, lengthened, pieces, written},
    tools::{Call, Kind},
};

/// Digits of the id after `call_`.
const CALL_DIGITS: usize = 24;
/// Wordings among which a seed chooses.
const WORDINGS: u64 = 16;
/// Ids that one choice may need for its calls.
const CALLS: u64 = 256;

/// What one choice says or does.
pub(super) enum Said {
    /// It says something.
    Text(Written),
    /// It refuses to.
    Refusal(Written),
    /// It calls tools, each under an id.
    Calls {
        calls: Vec<(String, Call)>,
        ending: Ending,
        /// The caller knows `function_call` only.
        legacy: bool,
    },
}

impl Said {
    /// The choice `index` of a request.
    pub(super) fn of(ask: &Ask<'_>, request: &Request<'_>, digest: Digest, index: u32) -> Self {
        // The remainder is small.
        let wording = request.seed.map_or(0, |seed| (mix(seed) % WORDINGS) as usize);
        let variant = wording + index as usize;
        if request.staged == Staged::Refusal {
            return Self::Refusal(written(Vocabulary::O200k, REFUSED, &request.stops, request.max_tokens));
        }
        let calls = request.toolbox.calls(&request.conversation, variant);
        if !calls.is_empty() {
            return Self::calling(request, digest, index, calls);
        }
        let content = request.format.content(&request.conversation, variant);
        if request.staged == Staged::ContentFilter {
            return Self::Text(filtered(Vocabulary::O200k, &content));
        }
        Self::Text(match ask.wishes.tokens.filter(|_| request.format == Format::Text) {
            Some(wished) => lengthened(&content, &request.stops, request.max_tokens, wished),
            None => written(Vocabulary::O200k, &content, &request.stops, request.max_tokens),
        })
    }

    fn calling(request: &Request<'_>, digest: Digest, index: u32, wanted: Vec<Call>) -> Self {
        let mut left = request.max_tokens.unwrap_or(u32::MAX);
        let mut ending = Ending::Stop;
        let mut calls = Vec::with_capacity(wanted.len());
        for (nth, call) in (0..CALLS).zip(wanted) {
            if ending == Ending::Length {
                break;
            }
            let (call, whole) = call.limited(left);
            left = left.saturating_sub(call.tokens());
            if !whole {
                ending = Ending::Length;
            }
            calls.push((format!("call_{}", digest.hex(1 + u64::from(index) * CALLS + nth, CALL_DIGITS)), call));
        }
        Self::Calls { calls, ending, legacy: request.toolbox.legacy }
    }

    /// How many tokens it is.
    pub(super) fn tokens(&self) -> u32 {
        match self {
            Self::Text(text) | Self::Refusal(text) => text.tokens(),
            Self::Calls { calls, .. } => calls.iter().map(|(_, call)| call.tokens()).fold(0, u32::saturating_add),
        }
    }

    /// The word for why it ends.
    pub(super) fn finish_reason(&self) -> &'static str {
        match self {
            Self::Text(text) | Self::Refusal(text) => text.ending.finish_reason(),
            Self::Calls { ending: Ending::Length, .. } => Ending::Length.finish_reason(),
            Self::Calls { legacy: true, .. } => "function_call",
            Self::Calls { .. } => "tool_calls",
        }
    }

    /// The whole of it.
    pub(super) fn message(&self) -> Message<'_> {
        match self {
            Self::Text(text) => Message::text(&text.text),
            Self::Refusal(text) => Message::refusal(&text.text),
            Self::Calls { calls, legacy: true, .. } => Message::function_call(calls.first().map(|(_, call)| call)),
            Self::Calls { calls, .. } => Message::calls(calls),
        }
    }

    /// Log probabilities of all of it, each with the `top` likeliest tokens.
    pub(super) fn logprobs(&self, top: u8) -> Logprobs {
        match self {
            Self::Text(text) => Logprobs { content: Some(entries(&text.ids, 0, top)), refusal: None },
            Self::Refusal(text) => Logprobs { content: None, refusal: Some(entries(&text.ids, 0, top)) },
            Self::Calls { .. } => Logprobs { content: None, refusal: None },
        }
    }

    /// It in parts of `size` tokens, with log probabilities if they are asked for.
    pub(super) fn deltas(&self, size: usize, top: Option<u8>) -> Vec<(Delta<'_>, Option<Logprobs>)> {
        match self {
            Self::Text(text) => {
                let logprobs = |content| Logprobs { content: Some(content), refusal: None };
                spoken(text, size, top, (Delta::begin(), Delta::content, logprobs))
            }
            Self::Refusal(text) => {
                let logprobs = |refusal| Logprobs { content: None, refusal: Some(refusal) };
                spoken(text, size, top, (Delta::begin_refusal(), Delta::refusal, logprobs))
            }
            Self::Calls { calls, legacy, .. } => {
                let mut deltas = Vec::new();
                for (index, (id, call)) in (0_u32..).zip(calls) {
                    let begin = Delta::begin_call(index, (!legacy).then_some(id.as_str()), call);
                    deltas.push(if index == 0 { begin.beginning() } else { begin });
                    let custom = call.kind == Kind::Custom;
                    deltas.extend(grouped(&call.arguments, size).map(|part| match custom {
                        true => Delta::input(index, part),
                        false => Delta::arguments(index, *legacy, part),
                    }));
                }
                deltas.into_iter().map(|delta| (delta, None)).collect()
            }
        }
    }
}

/// How a choice begins, what a piece of its text adds, and where log probabilities go.
type Ways<'a> = (Delta<'a>, fn(&'a str) -> Delta<'a>, fn(Vec<logprobs::Entry>) -> Logprobs);

fn spoken<'a>(
    text: &'a Written,
    size: usize,
    top: Option<u8>,
    (begin, more, logprobs): Ways<'a>,
) -> Vec<(Delta<'a>, Option<Logprobs>)> {
    let mut deltas = vec![(begin, top.map(|_| logprobs(Vec::new())))];
    let mut at = 0;
    for piece in text.pieces(size) {
        deltas.push((more(piece.text), top.map(|top| logprobs(entries(piece.ids, at, top)))));
        at += piece.ids.len();
    }
    deltas
}

fn entries(ids: &[u32], from: usize, top: u8) -> Vec<logprobs::Entry> {
    let entry = |(at, id): (usize, &u32)| logprobs::entry(Vocabulary::O200k, *id, at, usize::from(top));
    (from..).zip(ids).map(entry).collect()
}

/// A text in parts of so many of its pieces.
fn grouped(text: &str, size: usize) -> impl Iterator<Item = &str> {
    let pieces = pieces(text);
    let lengths: Vec<usize> = pieces.chunks(size).map(|group| group.iter().map(|piece| piece.len()).sum()).collect();
    lengths.into_iter().scan(0, |start, length| {
        let part = &text[*start..*start + length];
        *start += length;
        Some(part)
    })
}
