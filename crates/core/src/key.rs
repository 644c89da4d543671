//! API keys: the text a caller presents, the digest we keep of it, and the states a key can be in.
//!
//! In: a presented text, or randomness. Out: [`Presented`] (what the text turned out to be), [`Secret`] (a new key,
//! shown once), [`Key`] (what the snapshot holds). Neither stores nor sends anything.
//!
//! The form is `sk-tg-` + public id (12) + secret (32) + checksum (6), all base 62: 56 characters. The public id lets
//! support name a key, the checksum tells a typo from a key that we revoked without a look-up, and 32 digits are
//! 190 bits. (GitHub's tokens carry such a checksum; some OpenAI clients insist on `sk-`.)

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use aws_lc_rs::{constant_time, digest, hmac};

use crate::base62;
use crate::id::{KEY_ID_LEN, KeyId};
use crate::policy::Policy;
use crate::project::{Bounds, Project, ProjectRules};

/// What every key starts with.
pub const PREFIX: &str = "sk-tg-";
/// Characters of the secret part.
pub const SECRET_LEN: usize = 32;
/// Characters of the checksum.
pub const CHECKSUM_LEN: usize = 6;
/// Characters of a whole key.
pub const KEY_LEN: usize = PREFIX.len() + KEY_ID_LEN + SECRET_LEN + CHECKSUM_LEN;

/// A whole key in clear, as it is shown once. It has no `Display`, and `Debug` prints no digit of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new key, its digits drawn from `random`, which must yield uniform bytes from a cryptographic source.
    pub fn generate(random: impl FnMut() -> u8) -> Self {
        Self::complete(PREFIX.to_owned(), random)
    }

    /// A new key that keeps the public id of an older one, for rotation.
    pub fn generate_for(id: KeyId, random: impl FnMut() -> u8) -> Self {
        Self::complete(format!("{PREFIX}{}", id.digits()), random)
    }

    fn complete(mut text: String, mut random: impl FnMut() -> u8) -> Self {
        text.reserve_exact(KEY_LEN - text.len());
        while text.len() < KEY_LEN - CHECKSUM_LEN {
            if let Some(digit) = base62::digit_of(random()) {
                text.push(char::from(digit));
            }
        }
        let sum = checksum(text.as_bytes());
        text.extend(sum.map(char::from));
        Self(text)
    }

    /// The key in clear. Call it only to show a new key to its owner.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The public id inside the key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::from_digits(&self.0.as_bytes()[PREFIX.len()..PREFIX.len() + KEY_ID_LEN])
            .expect("generate writes digits there")
    }

    /// The last four characters, which lists show.
    #[must_use]
    pub fn last_four(&self) -> [u8; 4] {
        self.0.as_bytes()[KEY_LEN - 4..].try_into().expect("a key is longer than four characters")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a presented text is, before any look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// The form of our keys, checksum right.
    Ours(KeyId),
    /// Our prefix, but the length, an alphabet character or the checksum is wrong: a typo or a cut.
    Damaged,
    /// Anything else: perhaps an imported key of another system, perhaps no key at all.
    Foreign,
}

impl Presented {
    /// Reads a presented text. Costs a CRC-32 of 50 bytes and no look-up.
    #[must_use]
    pub fn read(text: &[u8]) -> Self {
        let Some(rest) = text.strip_prefix(PREFIX.as_bytes()) else {
            return Self::Foreign;
        };
        if text.len() != KEY_LEN || !rest.iter().all(|&b| base62::is_digit(b)) {
            return Self::Damaged;
        }
        let (signed, sum) = text.split_at(KEY_LEN - CHECKSUM_LEN);
        match KeyId::from_digits(&rest[..KEY_ID_LEN]) {
            Some(id) if checksum(signed) == sum => Self::Ours(id),
            _ => Self::Damaged,
        }
    }
}

pub(crate) fn checksum(signed: &[u8]) -> [u8; CHECKSUM_LEN] {
    base62::six_digits(crc32fast::hash(signed))
}

/// How a presented text is turned into the digest that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DigestKind {
    /// HMAC-SHA-256 under the server's pepper: our own keys.
    HmacSha256 = 1,
    /// Plain SHA-256: keys imported from a system that kept only that.
    Sha256 = 2,
}

/// What is kept of a key instead of the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest {
    /// How it was made.
    pub kind: DigestKind,
    /// The 32 bytes.
    pub bytes: [u8; 32],
}

impl Digest {
    /// Plain SHA-256 of a text, for imported keys.
    #[must_use]
    pub fn sha256(text: &[u8]) -> Self {
        let bytes = digest::digest(&digest::SHA256, text).as_ref().try_into().expect("SHA-256 gives 32 bytes");
        Self { kind: DigestKind::Sha256, bytes }
    }

    /// Compares in constant time; different kinds never match.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.kind == other.kind && constant_time::verify_slices_are_equal(&self.bytes, &other.bytes).is_ok()
    }

    /// A 64-bit index for hash tables: digests are uniform, so eight bytes of them will do.
    #[must_use]
    pub fn index(&self) -> u64 {
        u64::from_le_bytes(self.bytes[..8].try_into().expect("32 bytes hold 8"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({:?}, …)", self.kind)
    }
}

/// The server's secret that keys are digested under, so that a stolen table of digests cannot be tested against
/// guesses. At least 32 bytes.
///
/// It can be rotated, although nobody has the keys any more: each rotation digests the digests once more, under a new
/// pepper, so that a pepper is a chain, and a digest made under all of it.
#[derive(Clone)]
pub struct Pepper {
    first: hmac::Key,
    rotated: Vec<hmac::Key>,
}

/// The digests of a presented text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digests {
    /// As keys are kept.
    pub current: Digest,
    /// As they were before the last rotation of the pepper: a server that is about to read the changed keys still has
    /// them so.
    pub before: Option<Digest>,
}

impl Pepper {
    /// A pepper from its bytes; `None` below 32 bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let first = (bytes.len() >= 32).then(|| hmac::Key::new(hmac::HMAC_SHA256, bytes))?;
        Some(Self { first, rotated: Vec::new() })
    }

    /// This one after a rotation; `None` below 32 bytes.
    #[must_use]
    pub fn rotated(mut self, bytes: &[u8]) -> Option<Self> {
        let next = (bytes.len() >= 32).then(|| hmac::Key::new(hmac::HMAC_SHA256, bytes))?;
        self.rotated.push(next);
        Some(self)
    }

    /// The digest of a key of ours.
    #[must_use]
    pub fn digest(&self, text: &[u8]) -> Digest {
        self.digests(text).current
    }

    /// The digest of a key of ours, and the one before the last rotation.
    #[must_use]
    pub fn digests(&self, text: &[u8]) -> Digests {
        let mut digests = Digests { current: under(&self.first, text), before: None };
        for next in &self.rotated {
            let current = under(next, &digests.current.bytes);
            digests = Digests { current, before: Some(digests.current) };
        }
        digests
    }

    /// A digest from before the last rotation, brought up to it; one of another kind stays as it is.
    #[must_use]
    pub fn bring_up(&self, digest: &Digest) -> Digest {
        match (self.rotated.last(), digest.kind) {
            (Some(last), DigestKind::HmacSha256) => under(last, &digest.bytes),
            _ => *digest,
        }
    }
}

fn under(key: &hmac::Key, text: &[u8]) -> Digest {
    let bytes = hmac::sign(key, text).as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes");
    Digest { kind: DigestKind::HmacSha256, bytes }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(…)")
    }
}

/// Whether a key may be used, as its owner last set it. Expiry is a date beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Status {
    /// In use.
    Active = 1,
    /// Switched off; can be switched on again.
    Disabled = 2,
    /// Withdrawn for good.
    Revoked = 3,
}

impl Status {
    /// The word used in lists and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Revoked => "revoked",
        }
    }

    /// The status of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Disabled, Self::Revoked].into_iter().find(|s| s.as_str() == word)
    }
}

/// The secret that a rotation replaced; it works until the overlap ends, and is then still recognised, so that its
/// holder learns what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaced {
    /// Digest of the old secret.
    pub digest: Digest,
    /// Unix seconds from which the old secret is refused.
    pub works_until: i64,
}

/// One key as the request path needs it. Its name and metadata stay in the database.
#[derive(Debug)]
pub struct Key {
    /// Its public id.
    pub id: KeyId,
    /// Digest of its secret.
    pub digest: Digest,
    /// The last four characters of the key, for evidence.
    pub last_four: [u8; 4],
    /// Active, disabled or revoked.
    pub status: Status,
    /// Whether its owner may use its project; always true of a key that nobody owns.
    pub owner_has_access: bool,
    /// Unix seconds from which it is refused; 0 means never.
    pub expires_at: i64,
    /// The secret before the last rotation, if any.
    pub replaced: Option<Box<Replaced>>,
    /// What it may do; keys with equal rules share one.
    pub policy: Arc<Policy>,
    /// Where it belongs; shared by the project's keys.
    pub project: Arc<Project>,
    /// Unix seconds of the last use that was handed on to be written down; see [`Key::note_use`].
    pub last_use_noted: AtomicU32,
}

/// Why a presented secret, although known, is refused. Told only to a caller who presents the whole secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Switched off by its owner.
    Disabled,
    /// Withdrawn.
    Revoked,
    /// Its date has passed: Unix seconds.
    Expired(i64),
    /// A rotation replaced this secret, and the overlap ended: Unix seconds.
    Rotated(i64),
    /// The project was archived: Unix seconds.
    Archived(i64),
    /// Its owner may no longer use the project.
    OwnerWithoutAccess,
}

impl Key {
    /// Whether `presented` is this key's secret, and may be used at `now` (Unix seconds). `None`: it is another text.
    #[must_use]
    pub fn check(&self, presented: &Digest, now: i64) -> Option<Result<(), Refusal>> {
        let current = self.digest.matches(presented);
        let replaced = self.replaced.as_deref().filter(|r| !current && r.digest.matches(presented));
        if !current && replaced.is_none() {
            return None;
        }
        let rotated_out = replaced.filter(|r| now >= r.works_until);
        Some(match (self.status, rotated_out) {
            (Status::Revoked, _) => Err(Refusal::Revoked),
            (_, Some(r)) => Err(Refusal::Rotated(r.works_until)),
            (Status::Disabled, _) => Err(Refusal::Disabled),
            (Status::Active, None) if self.expires_at != 0 && now >= self.expires_at => {
                Err(Refusal::Expired(self.expires_at))
            }
            (Status::Active, None) => match self.project.rules.load().archived_at {
                Some(at) => Err(Refusal::Archived(at)),
                None if !self.owner_has_access => Err(Refusal::OwnerWithoutAccess),
                None => Ok(()),
            },
        })
    }

    /// What limits its calls, with the rules of its project as they are at this moment.
    #[must_use]
    pub fn bounds<'a>(&'a self, project: &'a ProjectRules) -> Bounds<'a> {
        Bounds { policy: &self.policy, project }
    }

    /// Whether a use at `now` (Unix seconds) should be written down: at most one in ten seconds per key is, so that
    /// a busy key costs one load.
    #[must_use]
    pub fn note_use(&self, now: u32) -> bool {
        use std::sync::atomic::Ordering::Relaxed;
        let last = self.last_use_noted.load(Relaxed);
        now.saturating_sub(last) >= 10 && self.last_use_noted.compare_exchange(last, now, Relaxed, Relaxed).is_ok()
    }
}

/// When, from where and by which client a key was last used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// Which key.
    pub key: KeyId,
    /// Unix seconds.
    pub at: u32,
    /// The caller's address.
    pub address: IpAddr,
    /// Name and version of the client's SDK from its `User-Agent`, at most 64 characters; empty where none came.
    pub client: String,
}

/// The port through which last uses are handed on, to be written down later. It never blocks; where its bound is
/// reached a use is dropped, for the next one will tell the same.
pub trait KeyUses: Send + Sync {
    /// Hands a use on.
    fn note(&self, key_use: KeyUse);
}

/// A key as it may be printed: the first 8 characters, stars, the last 4, the length kept; all stars below 20
/// characters (contract.md §4, redaction as OpenAI does it).
#[must_use]
pub fn redact(text: &str) -> String {
    let chars: Vec<char> = text.chars().take(256).collect();
    let hidden = |_: &char| '*';
    if chars.len() < 20 {
        return chars.iter().map(hidden).collect();
    }
    let (head, rest) = chars.split_at(8);
    let (middle, tail) = rest.split_at(rest.len() - 4);
    head.iter().copied().chain(middle.iter().map(hidden)).chain(tail.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counting() -> impl FnMut() -> u8 {
        let mut next = 0u8;
        move || {
            next = next.wrapping_mul(73).wrapping_add(41);
            next
        }
    }

    proptest! {
        #[test]
        fn a_new_key_reads_back_as_itself(seed in proptest::collection::vec(any::<u8>(), 64..512)) {
            let mut bytes = seed.iter().copied().cycle().enumerate().map(|(i, b)| b ^ (i as u8));

            let secret = Secret::generate(|| bytes.next().unwrap());

            prop_assert_eq!(secret.reveal().len(), KEY_LEN);
            prop_assert_eq!(Presented::read(secret.reveal().as_bytes()), Presented::Ours(secret.id()));
        }

        #[test]
        fn one_wrong_character_is_seen_as_damage(at in PREFIX.len()..KEY_LEN, new in "[0-9A-Za-z]") {
            let secret = Secret::generate(counting());
            let mut text = secret.reveal().as_bytes().to_vec();
            prop_assume!(text[at] != new.as_bytes()[0]);
            text[at] = new.as_bytes()[0];

            prop_assert_eq!(Presented::read(&text), Presented::Damaged);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Presented::read(&text);
            let _ = redact(&String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn a_rotated_secret_works_until_its_overlap_ends() {
        let pepper = Pepper::new(&[7; 32]).unwrap();
        let old = Secret::generate(counting());
        let new = Secret::generate_for(old.id(), rotated(counting()));
        let key = Key {
            id: old.id(),
            digest: pepper.digest(new.reveal().as_bytes()),
            last_four: new.last_four(),
            status: Status::Active,
            owner_has_access: true,
            expires_at: 0,
            replaced: Some(Box::new(Replaced { digest: pepper.digest(old.reveal().as_bytes()), works_until: 100 })),
            policy: Arc::default(),
            project: Arc::new(Project::new("proj_a".into(), "org-a".into(), ProjectRules::default())),
            last_use_noted: AtomicU32::new(0),
        };
        let digest = pepper.digest(old.reveal().as_bytes());

        assert_eq!(key.check(&digest, 99), Some(Ok(())));
        assert_eq!(key.check(&digest, 100), Some(Err(Refusal::Rotated(100))));
        assert_eq!(key.check(&key.digest, 100), Some(Ok(())));
        assert_eq!(key.check(&pepper.digest(b"other"), 1), None);
    }

    fn rotated(mut next: impl FnMut() -> u8) -> impl FnMut() -> u8 {
        move || next() ^ 0x15
    }

    #[test]
    fn a_key_is_redacted_as_openai_does() {
        assert_eq!(redact("key_8TjwABCDEFGHrtUb"), "key_8Tjw********rtUb");
        assert_eq!(redact("sk-short"), "********");
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::generate(counting());

        assert!(!format!("{secret:?}").contains(&secret.reveal()[6..12]));
    }
}
