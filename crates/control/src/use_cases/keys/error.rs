//! Why a use case on keys was refused: facts for whoever asked, times in RFC 3339.

use tollgate_core::id::{KEY_ID_LEN, KeyId};
use tollgate_core::network::NotANetwork;
use tollgate_core::policy::{TIER_MAX, UnknownScope};
use tollgate_store::database::StoreError;

use super::{METADATA_ENTRIES_MAX, METADATA_NAME_MAX, METADATA_VALUE_MAX, NAME_MAX, PATTERN_MAX, PATTERNS_MAX};

/// Keys named by [`KeyError::AmbiguousPrefix`] at most.
pub const CANDIDATES_MAX: usize = 5;

/// Why a use case on keys was refused.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No key has this id.
    #[error("there is no key {0:?}")]
    UnknownKey(String),
    /// No key has an id that begins with this.
    #[error("no key has an id that begins with {0:?}")]
    UnknownPrefix(String),
    /// Neither an id nor the beginning of one.
    #[error("{0:?} is no id of a key: that is key_ and {KEY_ID_LEN} letters and digits, or the beginning of one")]
    NoId(String),
    /// Several keys have this prefix.
    #[error("{given:?} is ambiguous, it begins the ids of {}{}", list(candidates), if *more { " and others" } else { "" })]
    AmbiguousPrefix {
        /// What was given.
        given: String,
        /// The keys and their names, at most [`CANDIDATES_MAX`].
        candidates: Vec<(KeyId, String)>,
        /// Whether there are more than those.
        more: bool,
    },
    /// A prefix that every id has, where there is but one key: too little to say which key is meant.
    #[error("{given:?} has no character of an id; the only key is {only}")]
    EmptyPrefix {
        /// What was given.
        given: String,
        /// The only key.
        only: KeyId,
    },
    /// A revoked key stays revoked.
    #[error("{0} is revoked, for good")]
    AlreadyRevoked(KeyId),
    /// The overlap of an earlier rotation runs: another one would end that rotation's old secret at once.
    #[error("{key} was rotated before, and the secret from before that still works, until {}", time(*until))]
    OverlapRuns {
        /// Which key.
        key: KeyId,
        /// Unix seconds from which the old secret is refused.
        until: i64,
    },
    /// A new secret would not work either.
    #[error("{key} expired at {}", time(*at))]
    Expired {
        /// Which key.
        key: KeyId,
        /// Unix seconds.
        at: i64,
    },
    /// An imported key cannot get a secret of ours while its old one goes on working.
    #[error("{0} was imported, so there is no secret of ours to rotate")]
    Imported(KeyId),
    /// The expiry is not in the future.
    #[error("the expiry {} is not after now, {}", time(*at), time(*now))]
    ExpiryInPast {
        /// What was asked for, in Unix seconds.
        at: i64,
        /// The time, in Unix seconds.
        now: i64,
    },
    /// The expiry lies behind [`TIME_MAX`](crate::api::shape::TIME_MAX).
    #[error(
        "the expiry {0} is after the year 9998; it is in Unix seconds, not milliseconds; without an end there is never"
    )]
    ExpiryTooFar(i64),
    /// A name of nothing but white space.
    #[error("the name is empty")]
    NameEmpty,
    /// Longer than [`NAME_MAX`].
    #[error("the name has {0} characters; at most {NAME_MAX} are allowed")]
    NameTooLong(usize),
    /// A name must be one line of printable text.
    #[error("the name holds the control character {0:?}")]
    NameControl(char),
    /// No project has this id or name.
    #[error("there is no project {0:?}")]
    UnknownProject(String),
    /// No project is named, and there is none that is not archived.
    #[error("there is no project that is not archived")]
    NoProject,
    /// Keys are not made in an archived project.
    #[error("the project {0} is archived")]
    Archived(String),
    /// No organization has this id.
    #[error("there is no organization {0:?}")]
    UnknownOrganization(String),
    /// A permission is no scope.
    #[error(transparent)]
    UnknownScope(#[from] UnknownScope),
    /// A model pattern that can match nothing.
    #[error("{0:?} is no model pattern: take 1 to {PATTERN_MAX} characters without white space, '*' for any run")]
    ModelPattern(String),
    /// A region pattern that can match nothing.
    #[error("{0:?} cannot name a region: take 1 to 64 lower-case letters, digits and dashes, '*' for any run")]
    RegionPattern(String),
    /// Not a network.
    #[error("{given:?} is not a network: {why}")]
    Address {
        /// What was given.
        given: String,
        /// What is wrong with it.
        why: NotANetwork,
    },
    /// Above [`TIER_MAX`].
    #[error("tier {0} is above the highest, {TIER_MAX}")]
    Tier(u8),
    /// More than [`PATTERNS_MAX`] patterns.
    #[error("{0} patterns in one list; at most {PATTERNS_MAX} are allowed")]
    TooManyPatterns(usize),
    /// More than [`METADATA_ENTRIES_MAX`] entries.
    #[error("the metadata has {0} entries; at most {METADATA_ENTRIES_MAX} are allowed")]
    MetadataEntries(usize),
    /// An entry whose name is empty or too long.
    #[error("{0:?} cannot name an entry of the metadata: take 1 to {METADATA_NAME_MAX} characters")]
    MetadataName(String),
    /// An entry whose value is too long.
    #[error("{name:?} in the metadata has {length} characters; at most {METADATA_VALUE_MAX} are allowed")]
    MetadataValue {
        /// Name of the entry.
        name: String,
        /// Characters of its value.
        length: usize,
    },
    /// Not 64 hexadecimal digits.
    #[error("the digest is not 64 hexadecimal digits, the SHA-256 of the key's text")]
    Digest,
    /// The digest of an empty text.
    #[error("this is the SHA-256 of an empty text, and no key is empty")]
    DigestOfNothing,
    /// Not four printable ASCII characters.
    #[error("the last four characters of a key are four printable ASCII characters")]
    LastFour,
    /// The digest was imported before.
    #[error("this digest was imported before, as {0}")]
    DigestTaken(KeyId),
    /// The database refuses.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DigestTaken(id) => Self::DigestTaken(id),
            other => Self::Store(other),
        }
    }
}

fn list(candidates: &[(KeyId, String)]) -> String {
    let named: Vec<_> = candidates.iter().map(|(id, name)| format!("{id} ({name})")).collect();
    named.join(", ")
}

/// RFC 3339 in UTC; the number itself where it is beyond the years that has.
fn time(unix: i64) -> String {
    jiff::Timestamp::from_second(unix).map_or_else(|_| unix.to_string(), |time| time.to_string())
}
