//! Whether a stream comes in pieces, or a proxy on the way keeps it until it is whole.

use std::time::Duration;

use tollgate_errors::catalog;

use super::authenticate::provider;
use super::completion::Completion;
use super::model::Asked;
use crate::answer;
use crate::call::Heard;
use crate::check::Check;
use crate::connect::short;
use crate::dialect::Wanted;
use crate::examine::{Api, Examination, Sight};

/// Sooner than this, a whole answer is no sign of anything.
const QUICK: Duration = Duration::from_millis(400);
/// Fewer events say nothing about pieces.
const LEAST_EVENTS: usize = 4;

/// Asks for a short stream; the time to its first event.
pub(crate) async fn look(
    ex: &mut Examination<'_>,
    api: &Api,
    asked: &Asked,
    completion: &Completion,
) -> Option<Duration> {
    completion.heard.as_ref()?;
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
    if !heard.is_success() {
        let told = answer::told(&call, &heard, provider(api));
        let what = format!("a stream is refused, a plain completion is not: {}", told.cause.title);
        ex.put(Sight::finding(Check::Streaming, told.cause, what).evidences(told.evidence));
        return None;
    }
    ex.report.spent.completions += 1;
    ex.report.spent.output_tokens += events(&heard) as u64;
    ex.put(judge(&heard));
    heard.pieces.first().map(|(at, _)| *at)
}

fn events(heard: &Heard) -> usize {
    let text = String::from_utf8_lossy(&heard.body);
    text.lines().filter(|line| line.starts_with("data:") && !line.contains("[DONE]")).count()
}

fn judge(heard: &Heard) -> Sight {
    let count = events(heard);
    let first = heard.pieces.first().map_or(heard.times.answer, |(at, _)| *at);
    let last = heard.pieces.last().map_or(heard.times.answer, |(at, _)| *at);
    let spread = last.saturating_sub(first);
    let pieces = heard.pieces.len();
    let seen = format!(
        "{count} events in {pieces} {}, the first after {}, the last {} later",
        if pieces == 1 { "piece" } else { "pieces" },
        short(first),
        short(spread)
    );
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
    count >= LEAST_EVENTS && first > QUICK && (is_whole || spread < first / 20)
}
