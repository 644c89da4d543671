//! Incidents: when a deployment began to fail, by what, and when it answered again.
//!
//! In: how attempts ended. Out: a list for operators. An incident begins where a breaker opens, or at once where one failure is enough
//! to know: our credential is refused, the account there is spent, the provider's name or certificate is not in order. It ends
//! with the next attempt that is answered. Kept in memory: those under way, as many as there are deployments at most, and the
//! last that have ended. An attempt that is answered takes no lock: its breaker knows whether there is anything to end. What
//! callers ask the sandbox to do is none.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tollgate_errors::Diagnosis;

use crate::breaker::{Breaker, Watched};
use crate::catalog::{Breakers, Deployment};
use crate::respond;
use crate::retry;
use crate::send::SendError;

/// Ended incidents that are kept.
const KEPT: usize = 1000;

/// A period in which a deployment failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// `inc_` and digits: no other has it, of this process or of one before.
    pub id: String,
    /// `provider/model`.
    pub deployment: String,
    /// The provider's name.
    pub provider: String,
    /// What the model is called there.
    pub model: String,
    /// The last failure's cause.
    pub cause: &'static str,
    /// Whose fault that is.
    pub party: &'static str,
    /// What was seen of it.
    pub evidence: Vec<String>,
    /// What of it is for operators alone, masked; may be empty.
    pub words: String,
    /// What to do.
    pub remedy: String,
    /// The page of the cause.
    pub docs: String,
    /// Unix seconds.
    pub began_at: i64,
    /// Unix seconds, and why; `None` while it is under way.
    pub ended: Option<(i64, Ended)>,
    /// Unix seconds.
    pub last_failure_at: i64,
    /// Attempts at the deployment that failed.
    pub failed_attempts: u64,
    /// Requests that were refused because the deployment was left alone, and with it every other of their model.
    pub turned_away: u64,
    /// How often the check of its provider has found it failing still.
    pub failed_checks: u64,
}

/// Why an incident ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// An attempt was answered.
    Answered,
    /// The settings know the deployment no longer, or ask its provider elsewhere or with another credential.
    Settings,
}

/// All incidents of this process.
#[derive(Default)]
pub struct Incidents(Mutex<Book>);

#[derive(Default)]
struct Book {
    /// By the ids of their deployments.
    under_way: HashMap<String, (u64, Incident)>,
    /// Those that ended first come first.
    ended: VecDeque<(u64, Incident)>,
    begun: u64,
}

impl Incidents {
    /// Those under way and those that have ended, the newest first.
    #[must_use]
    pub fn list(&self) -> Vec<Incident> {
        let book = self.book();
        let mut all: Vec<&(u64, Incident)> = book.under_way.values().chain(&book.ended).collect();
        all.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
        all.into_iter().map(|(_, incident)| incident.clone()).collect()
    }

    /// An attempt at a deployment has failed, and it was the deployment's fault. `opened`: its breaker has opened by it.
    pub(crate) fn failed(&self, deployment: &Deployment, error: &SendError, opened: bool, docs_base: &str) {
        let breaker = &deployment.breaker;
        let is_enough = opened || retry::is_enough(error);
        if breaker.watched() == Watched::No || breaker.watched() == Watched::InOrder && !is_enough {
            return;
        }
        let (diagnosis, words, now) = (respond::send(error), respond::for_operators(error), unix_seconds());
        let mut book = self.book();
        match breaker.watched() {
            Watched::No => return,
            Watched::InOrder => breaker.watch_as(Watched::Failing),
            Watched::Failing => {}
        }
        book.note(deployment, &Failed { diagnosis: &diagnosis, words, now, docs_base });
    }

    /// An attempt at a deployment was answered.
    pub(crate) fn answered(&self, deployment: &Deployment) {
        if deployment.breaker.watched() != Watched::Failing {
            return;
        }
        let mut book = self.book();
        // Another thread may have been quicker.
        if deployment.breaker.watched() == Watched::Failing {
            deployment.breaker.watch_as(Watched::InOrder);
            book.end(&deployment.id, Ended::Answered);
        }
    }

    /// A request was refused because all these deployments are left alone.
    pub(crate) fn turned_away<'d>(&self, deployments: impl Iterator<Item = &'d Arc<Deployment>>) {
        let mut book = self.book();
        for deployment in deployments.filter(|deployment| deployment.breaker.watched() == Watched::Failing) {
            if let Some((_, incident)) = book.under_way.get_mut(&deployment.id) {
                incident.turned_away = incident.turned_away.saturating_add(1);
            }
        }
    }

    /// The check of a provider has found that these deployments of it fail still.
    pub(crate) fn check_failed<'d>(&self, deployments: impl Iterator<Item = &'d str>) {
        let (mut book, now) = (self.book(), unix_seconds());
        for id in deployments {
            if let Some((_, incident)) = book.under_way.get_mut(id) {
                incident.failed_checks = incident.failed_checks.saturating_add(1);
                incident.last_failure_at = now;
            }
        }
    }

    /// Other settings hold: what is known of a deployment whose breaker is gone is over.
    pub(crate) fn settings_changed(&self, before: &Breakers, after: &Breakers) {
        let mut book = self.book();
        let is_there = |id: &str, breaker: &Arc<Breaker>| after.get(id).is_some_and(|now| Arc::ptr_eq(now, breaker));
        for (id, breaker) in before.iter().filter(|(id, breaker)| !is_there(id, breaker)) {
            // Requests that began with the old settings may fail still.
            breaker.watch_as(Watched::No);
            book.end(id, Ended::Settings);
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Incidents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let book = self.book();
        write!(f, "Incidents({} under way, {} ended)", book.under_way.len(), book.ended.len())
    }
}

/// A failure, as an incident keeps it.
struct Failed<'f> {
    diagnosis: &'f Diagnosis,
    words: String,
    now: i64,
    docs_base: &'f str,
}

impl Book {
    fn note(&mut self, deployment: &Deployment, failed: &Failed<'_>) {
        let Self { under_way, begun, .. } = self;
        let (_, incident) = under_way.entry(deployment.id.clone()).or_insert_with(|| {
            *begun += 1;
            tracing::warn!(deployment = deployment.id, cause = failed.diagnosis.cause.slug, "an incident has begun");
            (*begun, begin(deployment, *begun, failed.now))
        });
        let Failed { diagnosis, words, now, docs_base } = failed;
        incident.cause = diagnosis.cause.slug;
        incident.party = diagnosis.cause.party.name();
        incident.evidence = diagnosis.evidence_lines().to_vec();
        incident.words.clone_from(words);
        incident.remedy = diagnosis.remedy(docs_base);
        incident.docs = diagnosis.docs(docs_base);
        incident.last_failure_at = *now;
        incident.failed_attempts = incident.failed_attempts.saturating_add(1);
    }

    fn end(&mut self, id: &str, why: Ended) {
        let Some((number, mut incident)) = self.under_way.remove(id) else { return };
        let now = unix_seconds();
        incident.ended = Some((now.max(incident.began_at), why));
        tracing::info!(deployment = id, incident = incident.id, "an incident has ended");
        if self.ended.len() >= KEPT {
            self.ended.pop_front();
        }
        self.ended.push_back((number, incident));
    }
}

/// An incident whose first failure has yet to be noted. Those before it that led a breaker to open are counted.
fn begin(deployment: &Deployment, number: u64, now: i64) -> Incident {
    Incident {
        // The second tells one process from the one before it.
        id: format!("inc_{now:010x}{number:06x}"),
        deployment: deployment.id.clone(),
        provider: deployment.provider.name.clone(),
        model: deployment.model.clone(),
        cause: "",
        party: "",
        evidence: Vec::new(),
        words: String::new(),
        remedy: String::new(),
        docs: String::new(),
        began_at: now,
        ended: None,
        last_failure_at: now,
        failed_attempts: u64::from(deployment.breaker.failures_in_a_row()).saturating_sub(1),
        turned_away: 0,
        failed_checks: 0,
    }
}

fn unix_seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident(number: u64) -> Incident {
        Incident {
            id: format!("inc_{number}"),
            deployment: "one/m".to_owned(),
            provider: "one".to_owned(),
            model: "m".to_owned(),
            cause: "dns_failure",
            party: "network",
            evidence: Vec::new(),
            words: String::new(),
            remedy: String::new(),
            docs: String::new(),
            began_at: 0,
            ended: None,
            last_failure_at: 0,
            failed_attempts: 1,
            turned_away: 0,
            failed_checks: 0,
        }
    }

    #[test]
    fn the_last_thousand_that_have_ended_are_kept_and_the_newest_comes_first() {
        let incidents = Incidents::default();
        let last = KEPT as u64 + 50;
        for number in 1..=last {
            let mut book = incidents.book();
            book.under_way.insert("one/m".to_owned(), (number, incident(number)));
            book.end("one/m", Ended::Answered);
        }
        incidents.book().under_way.insert("one/m".to_owned(), (last + 1, incident(last + 1)));

        let all = incidents.list();

        assert_eq!(all.len(), KEPT + 1);
        assert_eq!((all[0].id.clone(), all[0].ended), (format!("inc_{}", last + 1), None));
        assert_eq!(all[KEPT].id, "inc_51");
    }
}
