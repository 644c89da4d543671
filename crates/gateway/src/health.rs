//! Pages about this process. None calls a provider or needs a key.

mod verbose;

use std::sync::atomic::Ordering;
use std::time::Instant;

use crate::answer::{Answer, Lines};
use crate::metrics::Moment;
use crate::paths::Health;
use crate::request::Request;
use crate::stage::Stage;
use crate::worker::{Shared, Worker};

/// From here on the journal is called nearly full, in thousandths of its bound.
const NEARLY_FULL: u32 = 900;

/// The page.
pub(crate) fn page(worker: &Worker, request: &Request, page: Health) -> Answer {
    let mut answer = answer_of(worker, page, verbose::is_asked(request.query()));
    let mut lines = Lines(answer.headers);
    lines.request_id(request.id);
    answer.headers = lines.done();
    answer
}

fn answer_of(worker: &Worker, page: Health, verbose: bool) -> Answer {
    let shared = &worker.shared;
    match page {
        Health::Live => text(200, "ok\n"),
        Health::Ready | Health::Healthy => {
            let unready = unready(shared, page);
            let word = unready.unwrap_or("ok");
            let body = if verbose { verbose::page(shared, word) } else { format!("{word}\n") };
            text(if unready.is_some() { 503 } else { 200 }, &body)
        }
        Health::Version => {
            let body = serde_json::json!({ "name": "tollgate", "version": shared.version }).to_string();
            answer(200, "application/json", body)
        }
        Health::Metrics => {
            let (now, live) = (Instant::now(), shared.live.load());
            let breakers = live.catalog.breakers.iter().map(|(id, b)| (id.as_str(), b.state(now).number())).collect();
            let moment = Moment {
                breakers,
                journal_permille: shared.health.fill_permille(),
                connections: shared.connections.load(Ordering::Relaxed),
                in_flight: shared.in_flight.load(Ordering::Relaxed),
                responses: shared.responses.size(),
                body_bytes: shared.body_bytes.load(Ordering::Relaxed),
                keys: shared.keys.len(),
            };
            let body = shared.metrics.text(&moment);
            answer(200, "application/openmetrics-text; version=1.0.0; charset=utf-8", body)
        }
    }
}

/// Why no request should be sent here, if none should. Neither breakers nor ingestion count: the one is about
/// providers, of which others may serve, and the other is made up for once it works again.
fn unready(shared: &Shared, page: Health) -> Option<&'static str> {
    match (shared.stages.now(), shared.health.fill_permille()) {
        (Stage::Unready | Stage::Draining | Stage::Over, _) if page == Health::Ready => Some("stopping"),
        (_, None) => Some("the journal cannot be written"),
        (_, Some(n)) if n >= NEARLY_FULL => Some("the journal is nearly full"),
        _ => None,
    }
}

fn text(status: u16, body: &str) -> Answer {
    answer(status, "text/plain; charset=utf-8", body.to_owned())
}

fn answer(status: u16, content_type: &str, body: String) -> Answer {
    let headers = Lines::new().add("content-type", content_type).add("cache-control", "no-store").done();
    Answer::whole(status, headers, body.into_bytes())
}
