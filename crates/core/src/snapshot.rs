//! The keys in memory, sharded so that a change copies one shard and never the whole.
//!
//! In: keys from the database, all at the start and changed ones afterwards. Out: a presented text's key. Reading
//! takes no lock. It neither reads the database nor decides what a caller may do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use hashbrown::HashTable;

use crate::id::KeyId;
use crate::key::{Digest, DigestKind, Key, Pepper, Presented, Refusal};

/// Shards: at a million keys each holds about a thousand, so that a change copies some 10 KiB of pointers.
const SHARDS: usize = 1024;

type Shard = HashTable<Arc<Key>>;

/// All keys of this server.
pub struct KeySnapshot {
    shards: Box<[ArcSwap<Shard>]>,
    pepper: ArcSwap<Pepper>,
    /// How many keys are plain SHA-256: while there are none, a foreign text is refused without hashing it.
    imported: AtomicUsize,
    len: AtomicUsize,
    behind: AtomicBool,
}

/// What a presented text turned out to be.
#[derive(Debug)]
pub enum Found {
    /// A key that may be used.
    Key(Arc<Key>),
    /// A key of ours that may not be used, with the whole secret presented.
    Refused(Arc<Key>, Refusal),
    /// Our form with a wrong checksum, length or character.
    Damaged,
    /// Nothing that we know. `ours`: it has the form of our keys, checksum right.
    Unknown {
        /// Whether the text has the form of our keys.
        ours: bool,
    },
}

impl KeySnapshot {
    /// An empty snapshot for keys digested under `pepper`.
    #[must_use]
    pub fn new(pepper: Pepper) -> Self {
        let empty = Arc::new(Shard::new());
        let shards = (0..SHARDS).map(|_| ArcSwap::new(empty.clone())).collect();
        Self {
            shards,
            pepper: ArcSwap::from_pointee(pepper),
            imported: AtomicUsize::new(0),
            len: AtomicUsize::new(0),
            behind: AtomicBool::new(false),
        }
    }

    /// The pepper was rotated. Keys that are here already are found under it still, those from after the rotation from
    /// now on.
    pub fn set_pepper(&self, pepper: Pepper) {
        self.pepper.store(Arc::new(pepper));
    }

    /// Whether the database did not answer when it was last looked at: a key that is not here may be new.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Relaxed)
    }

    /// Says so; returns what was said before.
    pub fn set_behind(&self, behind: bool) -> bool {
        self.behind.swap(behind, Ordering::Relaxed)
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Whether there is no key at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The key of a presented text at `now` (Unix seconds).
    #[must_use]
    pub fn find(&self, text: &[u8], now: i64) -> Found {
        match Presented::read(text) {
            Presented::Damaged => Found::Damaged,
            Presented::Ours(id) => {
                // The digest is computed whether or not the id is known: the time must not tell.
                let digests = self.pepper.load().digests(text);
                let shard = self.shard(id.index()).load();
                match shard.find(id.index(), |k| k.id == id && k.digest.kind == DigestKind::HmacSha256) {
                    Some(key) => match verdict(key, &digests.current, now, true) {
                        Found::Unknown { .. } => digests
                            .before
                            .map_or(Found::Unknown { ours: true }, |before| verdict(key, &before, now, true)),
                        found => found,
                    },
                    None => Found::Unknown { ours: true },
                }
            }
            Presented::Foreign if self.imported.load(Ordering::Relaxed) == 0 => Found::Unknown { ours: false },
            Presented::Foreign => {
                let digest = Digest::sha256(text);
                let shard = self.shard(digest.index()).load();
                match shard.find(digest.index(), |k| k.digest.matches(&digest)) {
                    Some(key) => verdict(key, &digest, now, false),
                    None => Found::Unknown { ours: false },
                }
            }
        }
    }

    /// The key of this id, imported ones too. It looks through all keys: for a person who asks, not for a request.
    #[must_use]
    pub fn by_id(&self, id: KeyId) -> Option<Arc<Key>> {
        self.shards.iter().find_map(|shard| shard.load().iter().find(|key| key.id == id).cloned())
    }

    /// Puts many keys in, replacing those of the same id: the load at the start.
    pub fn load(&self, keys: impl IntoIterator<Item = Key>) {
        let mut groups: Vec<Vec<Arc<Key>>> = (0..SHARDS).map(|_| Vec::new()).collect();
        for key in keys {
            groups[shard_of(index_of(&key))].push(Arc::new(key));
        }
        for (shard, group) in self.shards.iter().zip(groups) {
            if !group.is_empty() {
                self.change(shard, group);
            }
        }
    }

    /// Puts one key in, replacing the one of the same id. Copies one shard's pointers.
    pub fn put(&self, key: Key) {
        let shard = self.shard(index_of(&key));
        self.change(shard, vec![Arc::new(key)]);
    }

    fn change(&self, shard: &ArcSwap<Shard>, keys: Vec<Arc<Key>>) {
        let mut table = Shard::clone(&shard.load());
        table.reserve(keys.len(), |k| index_of(k));
        for key in keys {
            let index = index_of(&key);
            match table.find_mut(index, |k| k.id == key.id) {
                Some(old) => *old = key,
                None => {
                    if key.digest.kind == DigestKind::Sha256 {
                        self.imported.fetch_add(1, Ordering::Relaxed);
                    }
                    self.len.fetch_add(1, Ordering::Relaxed);
                    table.insert_unique(index, key, |k| index_of(k));
                }
            }
        }
        shard.store(Arc::new(table));
    }

    fn shard(&self, index: u64) -> &ArcSwap<Shard> {
        &self.shards[shard_of(index)]
    }
}

impl std::fmt::Debug for KeySnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeySnapshot({} keys)", self.len())
    }
}

fn verdict(key: &Arc<Key>, digest: &Digest, now: i64, ours: bool) -> Found {
    match key.check(digest, now) {
        None => Found::Unknown { ours },
        Some(Ok(())) => Found::Key(key.clone()),
        Some(Err(refusal)) => Found::Refused(key.clone(), refusal),
    }
}

/// Our keys are found by their id, imported ones by their digest.
fn index_of(key: &Key) -> u64 {
    match key.digest.kind {
        DigestKind::HmacSha256 => key.id.index(),
        DigestKind::Sha256 => key.digest.index(),
    }
}

/// The table takes its bucket from the low bits of the index and its tag from the top seven, so the shard is chosen
/// by bits between: with shared bits all keys of a shard would crowd into few buckets.
fn shard_of(index: u64) -> usize {
    (index >> 40) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{Secret, Status};
    use crate::project::{Project, ProjectRules};

    fn random(seed: u64) -> impl FnMut() -> u8 {
        let mut state = seed * 2 + 1;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        }
    }

    fn key(pepper: &Pepper, secret: &Secret, status: Status) -> Key {
        Key {
            id: secret.id(),
            digest: pepper.digest(secret.reveal().as_bytes()),
            last_four: secret.last_four(),
            status,
            owner_has_access: true,
            expires_at: 0,
            replaced: None,
            policy: Arc::default(),
            project: Arc::new(Project::new("proj_a".into(), "org-a".into(), ProjectRules::default())),
            last_use_noted: 0.into(),
        }
    }

    #[test]
    fn every_loaded_key_is_found_and_a_change_is_seen() {
        let pepper = Pepper::new(&[1; 32]).unwrap();
        let snapshot = KeySnapshot::new(pepper.clone());
        let secrets: Vec<_> = (0..5000).map(|i| Secret::generate(random(i))).collect();
        snapshot.load(secrets.iter().map(|s| key(&pepper, s, Status::Active)));

        assert_eq!(snapshot.len(), 5000);
        for secret in &secrets {
            assert!(matches!(snapshot.find(secret.reveal().as_bytes(), 1), Found::Key(k) if k.id == secret.id()));
        }
        assert!(snapshot.by_id(secrets[7].id()).is_some_and(|k| k.id == secrets[7].id()));
        assert!(snapshot.by_id(Secret::generate(random(9999)).id()).is_none());
        snapshot.put(key(&pepper, &secrets[7], Status::Revoked));
        assert!(matches!(snapshot.find(secrets[7].reveal().as_bytes(), 1), Found::Refused(_, Refusal::Revoked)));
        assert_eq!(snapshot.len(), 5000);
    }

    #[test]
    fn a_revoked_key_is_called_so_only_with_the_whole_secret() {
        let pepper = Pepper::new(&[1; 32]).unwrap();
        let snapshot = KeySnapshot::new(pepper.clone());
        let secret = Secret::generate(random(1));
        snapshot.put(key(&pepper, &secret, Status::Revoked));
        let other = Secret::generate_for(secret.id(), random(2));

        assert!(matches!(snapshot.find(other.reveal().as_bytes(), 1), Found::Unknown { ours: true }));
    }

    #[test]
    fn keys_of_before_and_after_a_rotation_of_the_pepper_are_found() {
        let pepper = Pepper::new(&[1; 32]).unwrap();
        let snapshot = KeySnapshot::new(pepper.clone());
        let (old, new) = (Secret::generate(random(1)), Secret::generate(random(2)));
        snapshot.put(key(&pepper, &old, Status::Active));
        let found = |secret: &Secret| matches!(snapshot.find(secret.reveal().as_bytes(), 1), Found::Key(_));

        let rotated = pepper.clone().rotated(&[2; 32]).unwrap();
        snapshot.set_pepper(rotated.clone());
        let meanwhile = found(&old);
        let mut brought_up = key(&pepper, &old, Status::Active);
        brought_up.digest = rotated.bring_up(&brought_up.digest);
        snapshot.put(brought_up);
        snapshot.put(key(&rotated, &new, Status::Active));

        assert!(meanwhile, "before its row is read again");
        assert!(found(&old) && found(&new));
        assert_ne!(rotated.digest(b"x"), pepper.digest(b"x"));
        assert_eq!(rotated.bring_up(&pepper.digest(b"x")), rotated.digest(b"x"));
    }

    #[test]
    fn an_imported_key_is_found_by_its_plain_digest() {
        let pepper = Pepper::new(&[1; 32]).unwrap();
        let snapshot = KeySnapshot::new(pepper.clone());
        assert!(matches!(snapshot.find(b"sk-1234", 1), Found::Unknown { ours: false }));
        let mut imported = key(&pepper, &Secret::generate(random(3)), Status::Active);
        imported.digest = Digest::sha256(b"sk-1234");
        snapshot.put(imported);

        assert!(matches!(snapshot.find(b"sk-1234", 1), Found::Key(_)));
        assert!(matches!(snapshot.find(b"sk-12345", 1), Found::Unknown { ours: false }));
    }
}
