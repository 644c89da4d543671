//! Asking a provider whether it answers again, while it is left alone.
//!
//! In: the providers that are to be asked so, each with a path and an interval. Out: breakers that let the next request
//! find out at once. Off unless set. Nothing is asked while no breaker of the provider is open, and what is asked is
//! ours: it holds nothing of a caller's, and costs no tokens.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::breaker::Breaker;
use crate::catalog::{Provider, Reach};
use crate::executor::spawn;
use crate::live::Live;
use crate::settings::{Check, UpstreamTimeouts};
use crate::upstream::{self, UpstreamError};
use crate::watch::Phase;
use crate::worker::Worker;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Begins to look after every provider that is to be checked. One worker does it for the whole process.
pub(crate) async fn start(worker: Rc<Worker>) {
    let mut changes = worker.shared.changes.subscribe();
    let mut known: Vec<Arc<Provider>> = Vec::new();
    loop {
        let live = worker.shared.live.load_full();
        let providers = live.catalog.providers();
        for provider in providers.iter().filter(|p| !is_among(&known, p)) {
            if let Some(check) = provider.check.clone() {
                spawn(run(worker.clone(), provider.clone(), check));
            }
        }
        known = providers.to_vec();
        if changes.changed().await.is_err() {
            return;
        }
    }
}

fn is_among(providers: &[Arc<Provider>], provider: &Arc<Provider>) -> bool {
    providers.iter().any(|p| Arc::ptr_eq(p, provider))
}

async fn run(worker: Rc<Worker>, provider: Arc<Provider>, check: Check) {
    loop {
        tokio::time::sleep(check.interval).await;
        let live = worker.shared.live.load_full();
        if !is_among(live.catalog.providers(), &provider) {
            return;
        }
        let open: Vec<_> = open_breakers(&live, &provider).collect();
        let fails_still = || worker.shared.incidents.check_failed(open.iter().map(|(id, _)| *id));
        if open.is_empty() {
            continue;
        }
        match ask(&worker, &provider, &check).await {
            Ok(status) if speaks_for_it(status) => {
                tracing::info!(provider = provider.name, status, "a provider that was left alone answers again");
                open.iter().for_each(|(_, breaker)| breaker.answers_again(Instant::now()));
            }
            Ok(status) => {
                fails_still();
                tracing::debug!(provider = provider.name, status, "a provider is left alone still");
            }
            Err(error) => {
                fails_still();
                tracing::debug!(provider = provider.name, %error, "a provider is left alone still");
            }
        }
    }
}

fn open_breakers<'l>(live: &'l Live, provider: &'l Provider) -> impl Iterator<Item = (&'l str, &'l Arc<Breaker>)> {
    let of_it = |id: &str| id.strip_prefix(&provider.name).is_some_and(|rest| rest.starts_with('/'));
    let breakers = live.catalog.breakers.iter().filter(move |(id, _)| of_it(id));
    breakers
        .map(|(id, breaker)| (id.as_str(), breaker))
        .filter(|(_, breaker)| !breaker.open_for(Instant::now()).is_zero())
}

/// Whether a provider that answers so may be in order: it need not have the path, but it must take our credential.
fn speaks_for_it(status: u16) -> bool {
    status < 500 && ![401, 403, 429].contains(&status)
}

async fn ask(worker: &Worker, provider: &Provider, check: &Check) -> Result<u16, UpstreamError> {
    let Reach::Upstream(upstream) = &provider.reach else {
        return Ok(200);
    };
    let timeouts = UpstreamTimeouts { connect: PATIENCE, first_byte: PATIENCE, ..UpstreamTimeouts::default() };
    let watch = worker.wheel.watch(Phase::Connect, PATIENCE);
    upstream::get(worker, &watch, provider, upstream, &timeouts, &check.path).await
}

#[cfg(test)]
mod tests {
    use super::speaks_for_it;

    #[test]
    fn a_provider_need_not_have_the_path_but_must_take_our_credential() {
        let speaks = [200, 204, 400, 404, 405].into_iter().all(speaks_for_it);
        let does_not = [401, 403, 429, 500, 502, 503, 529].into_iter().any(speaks_for_it);

        assert!(speaks && !does_not);
    }
}
