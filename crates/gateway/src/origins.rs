//! Which provider has stored which response: noted as answers go by, so that what is asked about a response, or builds
//! on one, goes where it is.
//!
//! In: a project, the id that a provider gave a response, and the deployment that made it. Out: that deployment, for the
//! same project only: an id is as good as unknown to any other. Bounded for each project and in all, the oldest forgotten
//! first; lost with the process. What a provider keeps, and for how long, it alone knows.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::catalog::Deployment;

/// Ids of one project.
const PROJECT_MAX: usize = 4096;
/// Ids of all projects; about 15 MB.
const ALL_MAX: usize = 65_536;
const SHARDS: usize = 16;
/// A longer id is not noted.
const ID_MAX: usize = 128;

/// Where responses are stored.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    shards: [Mutex<HashMap<String, Project>>; SHARDS],
    ids: AtomicUsize,
}

#[derive(Debug, Default)]
struct Project {
    origins: HashMap<Arc<str>, Origin>,
    /// Oldest first.
    order: VecDeque<Arc<str>>,
}

/// Who has stored a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The provider's name.
    pub(crate) provider: Arc<str>,
    /// The id of the deployment.
    pub(crate) deployment: Arc<str>,
}

impl Origins {
    /// Notes that `deployment` has made a response of this id for the project.
    pub(crate) fn note(&self, project: &str, id: &str, deployment: &Deployment) {
        let origin =
            Origin { provider: deployment.provider.name.as_str().into(), deployment: deployment.id.as_str().into() };
        self.insert(project, id, origin);
    }

    /// Who has made it.
    pub(crate) fn find(&self, project: &str, id: &str) -> Option<Origin> {
        self.lock(project).get(project)?.origins.get(id).cloned()
    }

    /// It is deleted.
    pub(crate) fn forget(&self, project: &str, id: &str) {
        if let Some(of) = self.lock(project).get_mut(project)
            && of.origins.remove(id).is_some()
        {
            of.order.retain(|known| &**known != id);
            self.ids.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn insert(&self, project: &str, id: &str, origin: Origin) {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if id.is_empty() || id.len() > ID_MAX || !id.bytes().all(plain) {
            return;
        }
        let mut shard = self.lock(project);
        if !shard.contains_key(project) {
            shard.insert(project.to_owned(), Project::default());
        }
        let Some(of) = shard.get_mut(project) else { return };
        let id: Arc<str> = id.into();
        if of.origins.insert(id.clone(), origin).is_some() {
            return;
        }
        of.order.push_back(id);
        let all = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        if (of.order.len() > PROJECT_MAX || (all > ALL_MAX && of.order.len() > 1))
            && let Some(oldest) = of.order.pop_front()
        {
            of.origins.remove(&oldest);
            self.ids.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn lock(&self, project: &str) -> MutexGuard<'_, HashMap<String, Project>> {
        let spread = project.bytes().fold(0usize, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
        // A panic inside left tables that are whole.
        self.shards[spread % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(name: &str) -> Origin {
        Origin { provider: name.into(), deployment: format!("{name}/model").into() }
    }

    #[test]
    fn an_id_is_known_to_its_project_alone() {
        let origins = Origins::default();
        origins.insert("a", "resp_1", origin("one"));
        origins.insert("b", "resp_1", origin("two"));

        assert_eq!(origins.find("a", "resp_1"), Some(origin("one")));
        assert_eq!(origins.find("b", "resp_1"), Some(origin("two")));
        assert_eq!(origins.find("c", "resp_1"), None);
        origins.forget("a", "resp_1");
        assert_eq!((origins.find("a", "resp_1"), origins.find("b", "resp_1").is_some()), (None, true));
    }

    #[test]
    fn a_project_s_oldest_are_forgotten_first() {
        let origins = Origins::default();
        for n in 0..PROJECT_MAX + 10 {
            origins.insert("a", &format!("resp_{n}"), origin("one"));
        }

        assert_eq!(origins.find("a", "resp_9"), None);
        assert!(origins.find("a", "resp_10").is_some());
        assert_eq!(origins.ids.load(Ordering::Relaxed), PROJECT_MAX);
    }

    #[test]
    fn what_could_be_more_than_an_id_in_a_path_is_not_noted() {
        let origins = Origins::default();
        for id in ["", "a/b", "a?b", "a b", "..%2f", &"x".repeat(ID_MAX + 1)] {
            origins.insert("a", id, origin("one"));
            assert_eq!(origins.find("a", id), None, "{id}");
        }
    }
}
