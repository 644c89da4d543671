//! The ids of a response and its items: drawn from the call, so that the same call gets the same.

use crate::sandbox::digest::Digest;

/// Digits of the ids after `resp_`, `msg_` and the like, and after `call_`.
const DIGITS: usize = 48;
const CALL_DIGITS: usize = 24;
/// What is drawn for the items of the input, and for the seal, is beyond what is drawn for those of the output.
const INPUT: u64 = 1 << 24;
const SEAL: u64 = 1 << 25;

/// Where ids come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids {
    digest: Digest,
    /// How often the project has a response of the same call already.
    attempt: u64,
}

impl Ids {
    /// Of a call that is made again for the `attempt`-th time, 0 being the first.
    pub(super) fn new(digest: Digest, attempt: u64) -> Self {
        Self { digest, attempt }
    }

    /// The response's.
    pub(super) fn response(self) -> String {
        format!("resp_{}", self.draw(0, DIGITS))
    }

    /// Of an item of the output.
    pub(super) fn item(self, prefix: &str, index: usize) -> String {
        format!("{prefix}_{}", self.draw(1 + 2 * index as u64, DIGITS))
    }

    /// Of the call in an item of the output.
    pub(super) fn call(self, index: usize) -> String {
        format!("call_{}", self.draw(2 + 2 * index as u64, CALL_DIGITS))
    }

    /// The digits for an item of the input.
    pub(super) fn input(self, index: usize) -> String {
        self.draw(INPUT + index as u64, DIGITS)
    }

    /// In place of what only a provider can read.
    pub(super) fn seal(self) -> String {
        self.draw(SEAL, DIGITS)
    }

    fn draw(self, purpose: u64, digits: usize) -> String {
        self.digest.hex(self.attempt << 32 | purpose, digits)
    }
}
