//! Keys over a server's management API.
//!
//! In: a server with an admin key, and what is asked for. Out: keys, or what the server says. A key is named here as on the data
//! directory, by a beginning of its id; the server tells which project it is in.

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use tollgate_control::use_cases::bootstrap::DEFAULT_PROJECT;
use tollgate_control::use_cases::holder::requested;
use tollgate_control::use_cases::keys::{KeyChanges, NewKey, Rotation, RunningOverlap, id_digits, whole_seconds};
use tollgate_store::keys::State;

use super::desk::Change;
use super::show::KeyView;
use crate::cli::admin::{encoded, there};
use crate::cli::http::{Call, Client, block_on};
use crate::cli::output::Refused;
use crate::cli::target::Target;

/// Objects of a page, and pages that are asked for at most.
const PAGE: usize = 100;
const PAGES_MAX: usize = 10_000;

/// A server, with an admin key.
pub(super) struct Remote {
    target: Target,
    client: Client,
}

/// What is needed to know of a project.
#[derive(Deserialize)]
struct Project {
    id: String,
    name: String,
}

impl Remote {
    pub(super) fn of(target: Target) -> anyhow::Result<Self> {
        let client = target.client()?;
        Ok(Self { target, client })
    }

    pub(super) fn create(&self, new: &NewKey) -> anyhow::Result<KeyView> {
        let project = match new.project.as_str() {
            "" => self.usual_project()?,
            given => self.project(given)?,
        };
        let given = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
        let mut body = requested(&KeyChanges {
            name: Some(new.name.clone()),
            permissions: given(&new.permissions),
            models_allow: given(&new.models_allow),
            models_deny: given(&new.models_deny),
            regions: given(&new.regions),
            tier: (new.tier > 0).then_some(new.tier),
            addresses: given(&new.addresses),
            expiry: Some(new.expiry),
            is_disabled: None,
            metadata: (!new.metadata.is_empty()).then(|| new.metadata.clone()),
        });
        if let Some(members) = body.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        self.key(Method::POST, &format!("{}/api_keys", of_project(&project)), &body)
    }

    pub(super) fn rotate(&self, given: &str, rotation: Rotation) -> anyhow::Result<KeyView> {
        let body = json!({
            "overlap_seconds": whole_seconds(rotation.overlap),
            "end_overlap": rotation.running == RunningOverlap::End,
        });
        self.key(Method::POST, &format!("{}/rotate", self.path_of(given)?), &body)
    }

    pub(super) fn change(&self, given: &str, change: &Change) -> anyhow::Result<KeyView> {
        let path = self.path_of(given)?;
        let body = match change {
            Change::Revoke => return self.key(Method::POST, &format!("{path}/revoke"), &Json::Null),
            Change::Disable => json!({ "disabled": true }),
            Change::Enable => json!({ "disabled": false }),
            Change::Expire(when) => requested(&KeyChanges { expiry: Some(*when), ..KeyChanges::default() }),
            Change::Update(changes) => requested(changes),
        };
        self.key(Method::POST, &path, &body)
    }

    /// The key of an id, or of a beginning of one that only it has.
    pub(super) fn find(&self, given: &str) -> anyhow::Result<KeyView> {
        // A whole key that somebody pasted must not stand in an address.
        let digits = id_digits(given).map_err(|error| Refused::usage(error.to_string()))?;
        if digits.is_empty() {
            return Err(Refused::usage(format!("{given:?} has no character of an id"))
                .help("tollgate keys list shows the ids of all keys")
                .into());
        }
        self.key(Method::GET, &format!("tollgate/keys/key_{digits}"), &Json::Null)
    }

    /// The newest keys of a project, or of all of them.
    pub(super) fn list(
        &self,
        project: Option<&str>,
        state: Option<State>,
        limit: usize,
    ) -> anyhow::Result<(Vec<KeyView>, bool)> {
        let projects = match project {
            Some(given) => vec![self.project(given)?],
            None => self.projects("include_archived=true")?.into_iter().map(|project| project.id).collect(),
        };
        let mut keys = Vec::new();
        for project in projects {
            keys.extend(self.keys_of(&project, state, limit)?);
        }
        keys.sort_by_key(|key: &KeyView| std::cmp::Reverse(key.created_at));
        let more = keys.len() > limit;
        keys.truncate(limit);
        Ok((keys, more))
    }

    /// The newest keys of a project in a state, and one more than are wanted where there is one.
    fn keys_of(&self, project: &str, state: Option<State>, limit: usize) -> anyhow::Result<Vec<KeyView>> {
        let path = format!("{}/api_keys", of_project(project));
        let is_meant = |key: &KeyView| state.is_none_or(|state| key.status == state.as_str());
        let mut found = Vec::new();
        self.pages(&path, "order=desc", |page: Vec<KeyView>| {
            found.extend(page.into_iter().filter(is_meant));
            found.len() <= limit
        })?;
        found.truncate(limit + 1);
        Ok(found)
    }

    /// The id of a project, of what it is called. An id may be that of a project which whoever asks sees alone.
    fn project(&self, given: &str) -> anyhow::Result<String> {
        if given.starts_with("proj_") {
            return Ok(given.to_owned());
        }
        let found = self.projects("include_archived=true")?.into_iter().find(|project| project.name == given);
        found.map(|project| project.id).ok_or_else(|| {
            Refused::failed(format!("there is no project {given:?}"))
                .help(format!("tollgate projects list --url {} shows the names and ids of all", self.target.base))
                .into()
        })
    }

    /// The project that keys belong to unless another is named.
    fn usual_project(&self) -> anyhow::Result<String> {
        let mut projects = self.projects("include_archived=false")?;
        let at = projects.iter().position(|project| project.name == DEFAULT_PROJECT).unwrap_or(0);
        if projects.is_empty() {
            let refused = Refused::failed("there is no project that is not archived");
            return Err(refused.help("create a project: tollgate projects create --name NAME").into());
        }
        Ok(projects.swap_remove(at).id)
    }

    fn projects(&self, query: &str) -> anyhow::Result<Vec<Project>> {
        let mut all = Vec::new();
        self.pages("organization/projects", query, |page: Vec<Project>| {
            all.extend(page);
            true
        })?;
        Ok(all)
    }

    /// The path of a key, below its project.
    fn path_of(&self, given: &str) -> anyhow::Result<String> {
        let key = self.find(given)?;
        Ok(format!("{}/api_keys/{}", of_project(&key.project), encoded(&key.id)))
    }

    /// Each page of a list, as long as more is wanted.
    fn pages<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        query: &str,
        mut take: impl FnMut(Vec<T>) -> bool,
    ) -> anyhow::Result<()> {
        let mut after = String::new();
        for _ in 0..PAGES_MAX {
            let mut page = self.ask(Method::GET, &format!("{path}?{query}&limit={PAGE}{after}"), &Json::Null)?;
            let last = page["last_id"].as_str().map(encoded);
            let goes_on = take(self.read(page["data"].take())?) && page["has_more"] == true;
            let Some(last) = last.filter(|_| goes_on) else { break };
            after = format!("&after={last}");
        }
        Ok(())
    }

    fn key(&self, method: Method, path: &str, body: &Json) -> anyhow::Result<KeyView> {
        self.read(self.ask(method, path, body)?)
    }

    fn ask(&self, method: Method, path: &str, body: &Json) -> anyhow::Result<Json> {
        let body = if body.is_null() && method == Method::POST { &Json::Object(Map::new()) } else { body };
        let call = match body.is_null() {
            true => Call { method, ..Call::get(path.to_owned()) },
            false => Call { method, ..Call::post_json(path.to_owned(), body.to_string()) },
        };
        block_on(there(&self.target, &self.client, call))
    }

    fn read<T: for<'de> Deserialize<'de>>(&self, json: Json) -> anyhow::Result<T> {
        serde_json::from_value(json).map_err(|error| {
            Refused::failed(format!("{} answers something else than a server of this version", self.target.base))
                .cause(error.to_string())
                .help("this command and the server have to be of one version")
                .into()
        })
    }
}

fn of_project(id: &str) -> String {
    format!("organization/projects/{}", encoded(id))
}
