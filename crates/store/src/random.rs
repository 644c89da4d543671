//! Bytes from the system's cryptographic generator, drawn in blocks.
//!
//! In: nothing. Out: uniform bytes for ids, secrets and nonces. It is the edge where randomness enters; the domain
//! takes it as an argument.

use aws_lc_rs::rand;
use tollgate_core::id;

/// Bytes per block: a key takes about 50.
const BLOCK: usize = 64;

/// A source of uniform bytes.
pub struct Random {
    block: [u8; BLOCK],
    used: usize,
}

impl Random {
    /// A source; nothing is drawn yet.
    #[must_use]
    pub fn new() -> Self {
        Self { block: [0; BLOCK], used: BLOCK }
    }

    /// A new id: the prefix and 24 base-62 digits, 142 bits.
    #[must_use]
    pub fn id(prefix: &str) -> String {
        const DIGITS: usize = 24;
        let mut random = Self::new();
        format!("{prefix}{}", id::digits(DIGITS, || random.byte()))
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        if self.used == BLOCK {
            self.block = array();
            self.used = 0;
        }
        self.used += 1;
        std::mem::take(&mut self.block[self.used - 1])
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random(…)")
    }
}

/// `N` uniform bytes.
pub(crate) fn array<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("AWS-LC's generator ends the process rather than fail");
    bytes
}
