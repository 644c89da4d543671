//! Whether a stream comes in pieces, or a proxy on the way keeps it until it is whole, and whether it ends well.

use std::time::Duration;

use serde_json::Value as Json;
use tollgate_errors::catalog;

use super::authenticate::provider;
use super::completion::Completion;
use super::model::Asked;
use crate::answer;
use crate::call::{Call, Heard};
use crate::check::Check;
use crate::connect::short;
use crate::dialect::{Dialect, Wanted};
use crate::examine::{Api, Examination, Sight};

/// Sooner than this, a whole answer is no sign of anything.
const QUICK: Duration = Duration::from_millis(400);
/// Fewer events say nothing about pieces.
const LEAST_EVENTS: usize = 4;
/// What arrives within less of each other has lain in one buffer.
const TOGETHER: Duration = Duration::from_micros(400);
/// So many arrivals apart are no burst of a buffer that was let go, however short the pauses.
const APART: usize = 4;

/// Asks for a short stream; the time to its first event.
pub(crate) async fn look(
    ex: &mut Examination<'_>,
    api: &Api,
    asked: &Asked,
    completion: &Completion,
) -> Option<Duration> {
    completion.heard.as_ref().filter(|_| completion.is_chat)?;
    ex.begin(Check::Streaming);
    ex.spends(&format!("one stream of {} with at most 24 tokens of answer", asked.name));
    let resolved = &api.resolved;
    let wanted = Wanted { streamed: true, reasons: completion.reasons, need: None };
    let call = resolved.dialect.completion(&api.base().url, &resolved.api_version, &asked.name, wanted);
    let call = api.with_key(call);
    let heard = match ex.ask(&api.way, &call).await {
        Ok(heard) => heard,
        Err(error) => {
            let what = format!("no answer to a stream, while a plain completion was answered: {error}");
            ex.put(Sight::finding(Check::Streaming, &catalog::STREAM_INTERRUPTED, what));
            return None;
        }
    };
    if answer::ran_out(&heard) {
        ex.put(Sight::passed_over(Check::Streaming, "its thoughts took the few tokens that were allowed"));
        return None;
    }
    if !heard.is_success() {
        let told = answer::told(&call, &heard, provider(api));
        let what = format!("a stream is refused, a plain completion is not: {}", answer::titled(told.cause));
        ex.put(Sight::finding(Check::Streaming, told.cause, what).evidences(told.evidence));
        return None;
    }
    let events = events(&heard);
    count_tokens(ex, api, &events);
    let failed = events.iter().find(|event| event["error"].is_object() || event["type"] == "error");
    let sight = match failed {
        Some(event) => broken_off(api, &call, &heard, event),
        None if ends_early(api, &heard, &events) => {
            let what = "the stream ends without saying that it ends: neither a finish_reason nor [DONE] came";
            Sight::finding(Check::Streaming, &catalog::STREAM_INTERRUPTED, what)
                .evidence(format!("{} came, and the connection was closed in order", counted(events.len())))
        }
        None => judge(&heard, events.len()),
    };
    ex.put(sight);
    heard.pieces.first().map(|(at, _)| *at)
}

/// The data of its events; what is not JSON counts, and says nothing.
fn events(heard: &Heard) -> Vec<Json> {
    let text = String::from_utf8_lossy(&heard.body);
    let data = text.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
    data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap_or_default()).collect()
}

/// What the provider says that it cost. OpenAI's says nothing unless asked: there, a piece of text is about a token, and
/// the prompt about as long as that of the plain completion.
fn count_tokens(ex: &mut Examination<'_>, api: &Api, events: &[Json]) {
    let told = events.iter().map(|event| api.resolved.dialect.tokens(event));
    let (input, output) = told.fold((0, 0), |most, now| (now.0.max(most.0), now.1.max(most.1)));
    let has_text =
        |event: &&Json| event["choices"][0]["delta"]["content"].as_str().is_some_and(|text| !text.is_empty());
    let spent = &mut ex.report.spent;
    let known = spent.input_tokens;
    spent.completions += 1;
    spent.is_estimate |= output == 0;
    spent.input_tokens += if output > 0 { input } else { known };
    spent.output_tokens += if output > 0 { output } else { events.iter().filter(has_text).count() as u64 };
}

/// What cuts streams off on the way may do so in order. Only OpenAI's dialect says so plainly how a stream ends.
fn ends_early(api: &Api, heard: &Heard, events: &[Json]) -> bool {
    let is_openais = matches!(api.resolved.dialect, Dialect::OpenAi | Dialect::Azure);
    let is_done = heard.body.windows(6).any(|bytes| bytes == b"[DONE]");
    let says_why = events.iter().any(|event| event["choices"][0]["finish_reason"].is_string());
    let is_stream = events.iter().any(|event| event["choices"].is_array());
    is_openais && is_stream && !heard.is_cut && !is_done && !says_why
}

fn counted(events: usize) -> String {
    if events == 1 { "1 event".to_owned() } else { format!("{events} events") }
}

/// An error in the middle of a stream, after the head has said that all is well.
fn broken_off(api: &Api, call: &Call, heard: &Heard, event: &Json) -> Sight {
    let alone = Heard { body: event.to_string().into_bytes(), ..heard.clone() };
    let told = answer::told(call, &alone, provider(api));
    let is_told = told.cause.slug != catalog::RESPONSE_SHAPE_UNEXPECTED.slug;
    let cause = if is_told { told.cause } else { &catalog::STREAM_INTERRUPTED };
    let what = format!("the stream ends with an error: {}", answer::titled(cause));
    Sight::finding(Check::Streaming, cause, what).evidence(alone.excerpt())
}

fn judge(heard: &Heard, count: usize) -> Sight {
    let first = heard.pieces.first().map_or(heard.times.answer, |(at, _)| *at);
    let last = heard.pieces.last().map_or(heard.times.answer, |(at, _)| *at);
    let spread = last.saturating_sub(first);
    let pieces = heard.pieces.len();
    let events = counted(count);
    let seen = match pieces {
        1 => format!("{events} in one piece after {}", short(first)),
        _ => format!("{events} in {pieces} pieces, the first after {}, the last {} later", short(first), short(spread)),
    };
    if heard.is_cut {
        return Sight::finding(Check::Streaming, &catalog::STREAM_INTERRUPTED, "the stream breaks off").evidence(seen);
    }
    if count == 0 {
        let what = "stream: true is not heeded: the answer is no stream of events";
        return Sight::finding(Check::Streaming, &catalog::RESPONSE_SHAPE_UNEXPECTED, what)
            .evidence(format!("content-type: {}", heard.header("content-type").unwrap_or("none")))
            .evidence(heard.excerpt());
    }
    if is_kept_back(heard, count, first, spread) {
        return Sight::finding(
            Check::Streaming,
            &catalog::STREAM_BUFFERED,
            "the stream is kept back until it is whole",
        )
        .evidence(seen)
        .evidences(
            heard
                .header("content-length")
                .map(|length| format!("content-length: {length}, which only a whole answer has")),
        )
        .evidences(
            ["via", "server", "x-cache"].iter().filter_map(|name| Some(format!("{name}: {}", heard.header(name)?))),
        );
    }
    Sight::fine(Check::Streaming, seen)
}

/// All at once, after a while in which the model was at work; or with a length, which nobody knows of a stream.
fn is_kept_back(heard: &Heard, count: usize, first: Duration, spread: Duration) -> bool {
    let is_whole = heard.header("content-length").is_some();
    let arrivals = arrivals(&heard.pieces);
    count >= LEAST_EVENTS && first > QUICK && arrivals < APART && (is_whole || spread < first / 20)
}

/// How often something came after a pause: a model that thinks for a second and then writes a word each millisecond
/// streams, and a buffer that is let go comes in one go or two.
fn arrivals(pieces: &[(Duration, usize)]) -> usize {
    let pauses = pieces.windows(2).filter(|two| two[1].0.saturating_sub(two[0].0) >= TOGETHER).count();
    pauses + usize::from(!pieces.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: impl IntoIterator<Item = u64>) -> Vec<(Duration, usize)> {
        micros.into_iter().map(|at| (Duration::from_micros(at), 80)).collect()
    }

    #[test]
    fn pieces_that_lay_in_one_buffer_are_one_arrival() {
        assert_eq!(arrivals(&at([])), 0);
        assert_eq!(arrivals(&at((0..24).map(|piece| 1_500_000 + piece * 20))), 1);
        assert_eq!(arrivals(&at((0..24).map(|piece| 1_500_000 + piece * 1_000))), 24);
    }
}
