//! Who does what is asked for a key: this process on the data directory, or a server.
//!
//! In: a key as it is called, and what is to be different. Out: the key as it is then, told alike for both. On the data directory
//! each act is in the audit log, as a server's are.

use tollgate_control::use_cases::holder;
use tollgate_control::use_cases::keys::{self as use_cases, Expiry, KeyChanges, KeyError, NewKey, Rotation};
use tollgate_store::database::Database;
use tollgate_store::keys::{Filter, State, StoredKey};
use tollgate_store::secrets::Secrets;

use super::Common;
use super::refused::refused;
use super::remote::Remote;
use super::show::KeyView;
use crate::cli::admin::refuse_organization;
use crate::handover::keys_changed;
use crate::wiring::now;

/// Where keys are made and changed.
pub(super) enum Desk {
    /// On the data directory, by its holder.
    Here(Database, Box<Secrets>),
    /// By a server, with an admin key.
    There(Remote),
}

/// What is done to a key that keeps its secret.
#[derive(Debug)]
pub(super) enum Change {
    /// Switched off.
    Disable,
    /// Switched on.
    Enable,
    /// Withdrawn for good.
    Revoke,
    /// Given another end.
    Expire(Expiry),
    /// Given other rules.
    Update(Box<KeyChanges>),
}

impl Desk {
    /// The one that the arguments name.
    pub(super) fn of(common: &Common, organization: Option<&str>) -> anyhow::Result<Self> {
        let Some(target) = common.admin.resolve_here(&common.data_dir)? else {
            let (database, secrets) = common.data_dir.open()?;
            return Ok(Self::Here(database, Box::new(secrets)));
        };
        refuse_organization(&target, organization)?;
        Ok(Self::There(Remote::of(target)?))
    }

    pub(super) fn is_here(&self) -> bool {
        matches!(self, Self::Here(..))
    }

    /// Makes a key, with its secret.
    pub(super) fn create(&self, new: &NewKey) -> anyhow::Result<KeyView> {
        let (database, secrets) = match self {
            Self::Here(database, secrets) => (database, secrets),
            Self::There(remote) => return remote.create(new),
        };
        let issued = holder::create_key(database, &secrets.pepper, new, now())
            .map_err(|error| refused(database, Some("the key was not created"), error))?;
        keys_changed(database.data_dir());
        Ok(KeyView::of(&issued.key, now()).with_secret(&issued.secret))
    }

    /// Gives a key another secret.
    pub(super) fn rotate(&self, given: &str, rotation: Rotation) -> anyhow::Result<KeyView> {
        let (database, secrets) = match self {
            Self::Here(database, secrets) => (database, secrets),
            Self::There(remote) => return remote.rotate(given, rotation),
        };
        let issued = holder::rotate_key(database, &secrets.pepper, given, rotation, now())
            .map_err(|error| refused(database, Some("the key was not rotated"), error))?;
        keys_changed(database.data_dir());
        Ok(KeyView::of(&issued.key, now()).with_secret(&issued.secret))
    }

    /// Changes a key; `not_done` is what a refusal says first.
    pub(super) fn change(&self, given: &str, change: &Change, not_done: &str) -> anyhow::Result<KeyView> {
        let database = match self {
            Self::Here(database, _) => database,
            Self::There(remote) => return remote.change(given, change),
        };
        let key = here(database, given, change).map_err(|error| refused(database, Some(not_done), error))?;
        keys_changed(database.data_dir());
        Ok(KeyView::of(&key, now()))
    }

    /// A key as it is.
    pub(super) fn show(&self, given: &str) -> anyhow::Result<KeyView> {
        match self {
            Self::Here(database, _) => {
                let key = use_cases::show_key(database, given).map_err(|error| refused(database, None, error))?;
                Ok(KeyView::of(&key, now()))
            }
            Self::There(remote) => remote.find(given),
        }
    }

    /// The newest keys, at most `limit` of them, and whether there are more.
    pub(super) fn list(
        &self,
        organization: Option<&str>,
        project: Option<&str>,
        state: Option<State>,
        limit: usize,
    ) -> anyhow::Result<(Vec<KeyView>, bool)> {
        let database = match self {
            Self::Here(database, _) => database,
            Self::There(remote) => return remote.list(project, state, limit),
        };
        let now = now();
        let mut filter = Filter {
            organization: organization.map(str::to_owned),
            project: project.map(str::to_owned),
            state: state.map(|state| (state, now)),
            after: None,
        };
        let mut keys: Vec<StoredKey> = Vec::new();
        let more = loop {
            let page = use_cases::list_keys(database, &filter, limit - keys.len())
                .map_err(|error| refused(database, None, error))?;
            keys.extend(page.keys);
            filter.after = keys.last().map(|key| key.id);
            if !page.has_more || keys.len() >= limit {
                break page.has_more;
            }
        };
        Ok((keys.iter().map(|key| KeyView::of(key, now)).collect(), more))
    }
}

fn here(database: &Database, given: &str, change: &Change) -> Result<StoredKey, KeyError> {
    match change {
        Change::Disable => holder::disable_key(database, given, now()),
        Change::Enable => holder::enable_key(database, given, now()),
        Change::Revoke => holder::revoke_key(database, given, now()),
        Change::Expire(when) => holder::set_key_expiry(database, given, *when, now()),
        Change::Update(changes) => holder::update_key(database, given, changes, now()),
    }
}
