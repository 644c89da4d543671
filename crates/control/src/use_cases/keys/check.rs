//! What is acceptable in a request about keys.
//!
//! In: words as they were given. Out: the value that is stored, or the exact reason why not.

use std::time::Duration;

use tollgate_core::id::KEY_ID_LEN;
use tollgate_core::key::{Digest, redact};
use tollgate_core::network::Network;
use tollgate_core::policy::{TIER_MAX, is_region_pattern};
use tollgate_store::database::Database;
use tollgate_store::keys::Metadata;
use tollgate_store::projects;

use super::{
    Expiry, KeyError, METADATA_ENTRIES_MAX, METADATA_NAME_MAX, METADATA_VALUE_MAX, NAME_MAX, PATTERN_MAX, PATTERNS_MAX,
};

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
pub(super) fn id_digits(given: &str) -> Result<&str, KeyError> {
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
    if at <= now { Err(KeyError::ExpiryInPast { at, now }) } else { Ok(Some(at)) }
}

/// The moment `time` after `now`, in whole seconds, rounded up.
pub(super) fn after(now: i64, time: Duration) -> i64 {
    let seconds = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
    now.saturating_add_unsigned(seconds)
}

/// The id of the project of an id or a name.
pub(super) fn project(database: &Database, given: &str) -> Result<String, KeyError> {
    let mut found = projects::find(database, given)?;
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(KeyError::UnknownProject(given.to_owned())),
        (Some(only), true) => Ok(only.id),
        (Some(_), false) => Err(KeyError::AmbiguousProject(given.to_owned())),
    }
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
