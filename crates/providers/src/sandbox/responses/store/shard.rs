//! The projects of one lock.
//!
//! In: responses with their numbers, which rise with the time. Out: look-ups, and the oldest first where something has to
//! go. What is gone leaves a note of its id for a while, so that a caller can be told why.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::sandbox::responses::items::Item;

use super::{Gone, Kept, Limits};

/// Notes of what is gone.
const NOTES: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Shard {
    projects: HashMap<Arc<str>, Project>,
    /// Of all projects, oldest first.
    order: BTreeMap<u64, (Arc<str>, Arc<str>)>,
    gone: VecDeque<(Arc<str>, Arc<str>, Gone)>,
}

#[derive(Debug, Default)]
struct Project {
    /// `None`: the id is taken, and its response is being made.
    responses: HashMap<Arc<str>, Option<(u64, Arc<Kept>)>>,
    /// Oldest first.
    order: BTreeMap<u64, Arc<str>>,
    bytes: Arc<AtomicUsize>,
}

impl Shard {
    /// How many responses it has.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// The number of its oldest.
    pub(super) fn oldest(&self) -> u64 {
        self.order.first_key_value().map_or(u64::MAX, |(number, _)| *number)
    }

    /// Takes an id; false where it is taken.
    pub(super) fn reserve(&mut self, project: &str, id: &str) -> bool {
        let responses = &mut self.project(project).responses;
        let free = !responses.contains_key(id);
        if free {
            responses.insert(id.into(), None);
        }
        free
    }

    /// The count of a project's bytes.
    pub(super) fn bytes_of(&mut self, project: &str) -> Arc<AtomicUsize> {
        self.project(project).bytes.clone()
    }

    pub(super) fn insert(&mut self, project: &str, id: &str, number: u64, kept: Arc<Kept>) {
        let (name, id): (Arc<str>, Arc<str>) = (project.into(), id.into());
        let of = self.project(project);
        let before = of.responses.insert(id.clone(), Some((number, kept)));
        of.order.insert(number, id.clone());
        if let Some(Some((old, _))) = before {
            of.order.remove(&old);
            self.order.remove(&old);
        }
        self.gone.retain(|(owner, gone, _)| (owner, gone) != (&name, &id));
        self.order.insert(number, (name, id));
    }

    pub(super) fn get(&self, project: &str, id: &str) -> Result<Arc<Kept>, Gone> {
        let found = self.projects.get(project).and_then(|of| of.responses.get(id)).and_then(Option::as_ref);
        found.map(|(_, kept)| kept.clone()).ok_or_else(|| self.why_gone(project, id))
    }

    /// Removes a response and notes why.
    pub(super) fn remove(&mut self, project: &str, id: &str, why: Gone) -> Result<(), Gone> {
        self.get(project, id)?;
        if let Some(of) = self.projects.get_mut(project) {
            if let Some(Some((number, _))) = of.responses.remove(id) {
                of.order.remove(&number);
                self.order.remove(&number);
            }
            if of.responses.is_empty() {
                self.projects.remove(project);
            }
        }
        self.note(project, id, why);
        Ok(())
    }

    /// Gives back an id whose response is not to be kept, and notes why.
    pub(super) fn discard(&mut self, project: &str, id: &str, why: Gone) {
        if let Some(of) = self.projects.get_mut(project) {
            if matches!(of.responses.get(id), Some(None)) {
                of.responses.remove(id);
            }
            if of.responses.is_empty() {
                self.projects.remove(project);
            }
        }
        self.note(project, id, why);
    }

    /// Whether a project has more than it may.
    pub(super) fn exceeds(&self, project: &str, limits: &Limits) -> bool {
        self.projects.get(project).is_some_and(|of| {
            of.order.len() > limits.project_responses
                || (!of.order.is_empty() && of.bytes.load(Ordering::Relaxed) > limits.project_bytes)
        })
    }

    /// Pushes out a project's oldest response.
    pub(super) fn push_out_of(&mut self, project: &str) {
        let oldest = self.projects.get(project).and_then(|of| of.order.first_key_value());
        if let Some(id) = oldest.map(|(_, id)| id.clone()) {
            // It was there a moment ago, under the same lock.
            let _ = self.remove(project, &id, Gone::PushedOut);
        }
    }

    /// Pushes out the oldest response of all.
    pub(super) fn push_out(&mut self) {
        self.remove_oldest(Gone::PushedOut);
    }

    /// Removes what was made before `since_ms`.
    pub(super) fn expire(&mut self, since_ms: u64) {
        while let Some((_, (project, id))) = self.order.first_key_value()
            && self.get(project, id).is_ok_and(|kept| kept.created_ms < since_ms)
        {
            self.remove_oldest(Gone::Expired);
        }
    }

    /// The newest item of an id.
    pub(super) fn item(&self, project: &str, id: &str) -> Option<Item> {
        let of = self.projects.get(project)?;
        let newest_first = of.order.values().rev().filter_map(|id| of.responses.get(id)?.as_ref());
        let turns = newest_first.filter_map(|(_, kept)| kept.turns.last());
        let mut items = turns.flat_map(|turn| turn.output.iter().chain(&turn.input));
        items.find(|item| item.id == id).cloned()
    }

    /// Notes why there is no response of an id.
    pub(super) fn note(&mut self, project: &str, id: &str, why: Gone) {
        if self.gone.len() >= NOTES {
            self.gone.pop_front();
        }
        self.gone.push_back((project.into(), id.into(), why));
    }

    fn remove_oldest(&mut self, why: Gone) {
        if let Some((project, id)) = self.order.first_key_value().map(|(_, entry)| entry.clone()) {
            let _ = self.remove(&project, &id, why);
        }
    }

    fn why_gone(&self, project: &str, id: &str) -> Gone {
        let notes = self.gone.iter().rev();
        let mut same = notes.filter(|(owner, gone, _)| (&**owner, &**gone) == (project, id));
        same.next().map_or(Gone::Unknown, |(_, _, why)| *why)
    }

    fn project(&mut self, name: &str) -> &mut Project {
        if !self.projects.contains_key(name) {
            self.projects.insert(name.into(), Project::default());
        }
        self.projects.get_mut(name).expect("it was there, or was put there a line before")
    }
}
