//! Identifiers that depend on nothing but the call, so that the same input gives the same output.
//!
//! In: what was asked. Out: hexadecimal digits for ids, and positions for feature hashing. Not for secrets: FNV-1a and
//! SplitMix64 are fast and the same on every machine and release, and anybody can make two inputs meet.

use super::Ask;

/// A number made of a call, from which ids are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digest(u64);

impl Digest {
    /// The digest of operation, model and body. The time takes no part.
    pub(super) fn of(ask: &Ask<'_>) -> Self {
        let start = mix(u64::from(ask.operation as u8));
        Self(fnv(fnv(start, ask.model.as_bytes()), ask.body))
    }

    /// `digits` hexadecimal digits; another `purpose` gives others.
    pub(super) fn hex(self, purpose: u64, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        let mut state = mix(self.0 ^ mix(purpose));
        while text.len() < digits {
            state = mix(state);
            text.push_str(&format!("{state:016x}"));
        }
        text.truncate(digits);
        text
    }
}

/// FNV-1a over `bytes`, from a start of one's choice.
pub(super) fn fnv(start: u64, bytes: &[u8]) -> u64 {
    let mut hash = start ^ 0xcbf2_9ce4_8422_2325;
    for byte in bytes {
        hash ^= u64::from(*byte);
        hash = hash.wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}

/// The output step of SplitMix64: spreads every bit of `state` over all.
pub(super) fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use tollgate_core::operation::Operation;

    use super::*;

    #[test]
    fn ids_depend_on_body_and_purpose_and_not_on_the_time() {
        let ask = Ask {
            operation: Operation::Responses,
            model: "sandbox",
            body: b"{}",
            created: 1,
            memory: None,
            wishes: crate::sandbox::Wishes::default(),
        };
        let digest = Digest::of(&ask);

        assert_eq!(digest.hex(0, 48).len(), 48);
        assert_eq!(digest, Digest::of(&Ask { created: 2, ..ask }));
        assert_ne!(digest, Digest::of(&Ask { body: b"{ }", ..ask }));
        assert_ne!(digest.hex(0, 24), digest.hex(1, 24));
    }
}
