//! Passwords: hashed with Argon2id, and compared with a hash.
//!
//! In: a password. Out: a hash in PHC form, which holds its own parameters, so that they can be raised later. One hash takes
//! 19 MiB and about 0.1 s in an unoptimised build, on purpose; how many are made at once is bounded in [`crate::sign_ins`].

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tollgate_store::random::Random;

/// Characters of a password at least: NIST SP 800-63B asks for 8, and for 15 where there is no second factor; what is shorter
/// than a short sentence is guessed.
pub const LEAST: usize = 12;
/// Characters at most: a longer one makes nobody safer.
pub const MOST: usize = 256;

/// OWASP, Password Storage Cheat Sheet (2024): Argon2id with 19 MiB, two passes and one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// The hash of a password, to be kept.
#[must_use]
pub fn hash(password: &str) -> String {
    let mut random = Random::new();
    let salt: [u8; SALT_BYTES] = std::array::from_fn(|_| random.byte());
    let hash = hasher().hash_password_with_salt(password.as_bytes(), &salt);
    hash.expect("parameters and lengths are ours, and within what Argon2 takes").to_string()
}

/// Whether a password is the one of a hash. Without a hash it takes as long, and is never right: how long an answer takes does
/// not tell whether there is such a user.
#[must_use]
pub fn is_right(password: &str, hash: Option<&str>) -> bool {
    match hash.and_then(|hash| PasswordHash::new(hash).ok()) {
        Some(hash) => hasher().verify_password(password.as_bytes(), &hash).is_ok(),
        None => {
            let nobody = hasher().hash_password_with_salt(password.as_bytes(), &[0; SALT_BYTES]);
            drop(nobody);
            false
        }
    }
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_right_for_its_own_hash_alone() {
        let kept = hash("correct horse battery staple");

        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_right("correct horse battery staple", Some(&kept)));
        assert!(!is_right("correct horse battery stapl", Some(&kept)));
        assert_ne!(kept, hash("correct horse battery staple"), "each has a salt of its own");
        assert!(!is_right("anything", None) && !is_right("", Some("not a hash")));
    }
}
