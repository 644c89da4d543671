//! What is acceptable in a request about keys.
//!
//! In: words as they were given. Out: the value that is stored, or the exact reason why not.

use std::time::Duration;

use tollgate_core::id::KEY_ID_LEN;
use tollgate_core::key::{Digest, redact};
use tollgate_core::network::Network;
use tollgate_core::policy::{TIER_MAX, is_region_pattern};
use tollgate_store::admin::organizations::{self, Organization};
use tollgate_store::admin::projects::{self, Project};
use tollgate_store::database::Database;
use tollgate_store::keys::Metadata;

use super::{
    Expiry, KeyError, METADATA_ENTRIES_MAX, METADATA_NAME_MAX, METADATA_VALUE_MAX, NAME_MAX, NewKey, PATTERN_MAX,
    PATTERNS_MAX, whole_seconds,
};
use crate::api::shape::TIME_MAX;
use crate::use_cases::bootstrap::DEFAULT_PROJECT;

/// The name without white space around it.
pub(super) fn name(given: &str) -> Result<String, KeyError> {
    let name = given.trim();
    let length = name.chars().count();
    match name.chars().find(|c| c.is_control()) {
        _ if length == 0 => Err(KeyError::NameEmpty),
        _ if length > NAME_MAX => Err(KeyError::NameTooLong(length)),
        Some(control) => Err(KeyError::NameControl(control)),
        None => Ok(name.to_owned()),
    }
}

/// The digits of an id or of the beginning of one; perhaps none.
///
/// # Errors
/// It cannot be one; what may be a whole key is redacted.
pub fn id_digits(given: &str) -> Result<&str, KeyError> {
    let digits = given.strip_prefix("key_").unwrap_or(given);
    if digits.len() <= KEY_ID_LEN && digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(digits);
    }
    // What is too long for an id may be a whole key that somebody pasted: it must not reach a log.
    let shown = if digits.len() > KEY_ID_LEN { redact(given) } else { given.to_owned() };
    Err(KeyError::NoId(shown))
}

/// Unix seconds from which a key is refused.
pub(super) fn expiry(expiry: Expiry, now: i64) -> Result<Option<i64>, KeyError> {
    let at = match expiry {
        Expiry::Never => return Ok(None),
        Expiry::In(time) => after(now, time),
        Expiry::At(at) => at,
    };
    match at {
        at if at <= now => Err(KeyError::ExpiryInPast { at, now }),
        at if at > TIME_MAX => Err(KeyError::ExpiryTooFar(at)),
        at => Ok(Some(at)),
    }
}

/// The moment `time` after `now`, in whole seconds, rounded up.
pub(super) fn after(now: i64, time: Duration) -> i64 {
    now.saturating_add_unsigned(whole_seconds(time))
}

/// The project of an id, wherever it is, or of a name in one organization; of no text, the one that is taken unless another
/// is named. Ids come first: whoever owns another organization may call a project of his own by one.
pub(super) fn project(database: &Database, organization: Option<&str>, given: &str) -> Result<Project, KeyError> {
    let unknown = || KeyError::UnknownProject(given.to_owned());
    let place = self::organization(database, organization)?;
    let of = projects::organization_of(database, given)?;
    if let Some(row) = of.filter(|row| place.as_ref().is_none_or(|place| place.row == *row)) {
        return projects::get(database, row, given)?.ok_or_else(unknown);
    }
    let place = place.map_or_else(|| organizations::oldest(database), |place| Ok(Some(place)))?;
    let place = place.ok_or_else(unknown)?.row;
    match given.is_empty() {
        true => projects::usual(database, place, DEFAULT_PROJECT)?.ok_or(KeyError::NoProject),
        false => projects::named(database, place, given)?.ok_or_else(unknown),
    }
}

/// The id of the project that a new key is to belong to.
pub(super) fn project_for_key(database: &Database, new: &NewKey) -> Result<String, KeyError> {
    let project = project(database, new.organization.as_deref(), &new.project)?;
    match project.archived_at {
        Some(_) => Err(KeyError::Archived(project.id)),
        None => Ok(project.id),
    }
}

/// The organization of an id, where one is named.
pub(super) fn organization(database: &Database, id: Option<&str>) -> Result<Option<Organization>, KeyError> {
    let Some(id) = id else { return Ok(None) };
    let found = organizations::by_id(database, id)?;
    found.map(Some).ok_or_else(|| KeyError::UnknownOrganization(id.to_owned()))
}

pub(super) fn patterns(patterns: &[String]) -> Result<(), KeyError> {
    if patterns.len() > PATTERNS_MAX {
        return Err(KeyError::TooManyPatterns(patterns.len()));
    }
    let fits = |p: &str| {
        (1..=PATTERN_MAX).contains(&p.chars().count()) && !p.chars().any(|c| c.is_whitespace() || c.is_control())
    };
    match patterns.iter().find(|p| !fits(p)) {
        Some(pattern) => Err(KeyError::ModelPattern(pattern.chars().take(PATTERN_MAX).collect())),
        None => Ok(()),
    }
}

pub(super) fn regions(patterns: &[String]) -> Result<(), KeyError> {
    if patterns.len() > PATTERNS_MAX {
        return Err(KeyError::TooManyPatterns(patterns.len()));
    }
    match patterns.iter().find(|p| !is_region_pattern(p)) {
        Some(pattern) => Err(KeyError::RegionPattern(pattern.chars().take(PATTERN_MAX).collect())),
        None => Ok(()),
    }
}

pub(super) fn addresses(networks: &[String]) -> Result<Vec<Network>, KeyError> {
    if networks.len() > PATTERNS_MAX {
        return Err(KeyError::TooManyPatterns(networks.len()));
    }
    let read = |text: &String| {
        let shown = || text.chars().take(PATTERN_MAX).collect();
        text.parse().map_err(|why| KeyError::Address { given: shown(), why })
    };
    networks.iter().map(read).collect()
}

pub(super) fn tier(tier: u8) -> Result<(), KeyError> {
    if tier <= TIER_MAX { Ok(()) } else { Err(KeyError::Tier(tier)) }
}

pub(super) fn metadata(metadata: &Metadata) -> Result<(), KeyError> {
    if metadata.len() > METADATA_ENTRIES_MAX {
        return Err(KeyError::MetadataEntries(metadata.len()));
    }
    for (name, value) in metadata {
        if !(1..=METADATA_NAME_MAX).contains(&name.chars().count()) {
            return Err(KeyError::MetadataName(name.chars().take(METADATA_NAME_MAX).collect()));
        }
        let length = value.chars().count();
        if length > METADATA_VALUE_MAX {
            return Err(KeyError::MetadataValue { name: name.clone(), length });
        }
    }
    Ok(())
}

/// The 32 bytes of 64 hexadecimal digits.
pub(super) fn digest(text: &str) -> Result<[u8; 32], KeyError> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(KeyError::Digest);
    }
    let mut bytes = [0; 32];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|_| KeyError::Digest)?;
    }
    // What a system writes that has lost a key, or a query over a column that is empty.
    if bytes == Digest::sha256(b"").bytes { Err(KeyError::DigestOfNothing) } else { Ok(bytes) }
}

/// The last four characters as they are kept; stars where they are not known.
pub(super) fn last_four(given: Option<&str>) -> Result<[u8; 4], KeyError> {
    let bytes = given.unwrap_or("****").as_bytes();
    let four: [u8; 4] = bytes.try_into().map_err(|_| KeyError::LastFour)?;
    if four.iter().all(u8::is_ascii_graphic) { Ok(four) } else { Err(KeyError::LastFour) }
}
