//! Byte-pair merging within one piece.
//!
//! In: bytes that are not one token, and the ranks of a vocabulary. Out: their tokens. The pair of lowest rank is
//! merged first, the leftmost of equals; a heap finds it, so that a megabyte without a space takes n log n and not n².

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A position at which no part begins any more.
const MERGED: u32 = u32::MAX;

/// The working memory of merging, to be used again for the next piece.
#[derive(Default)]
pub(crate) struct Merger {
    /// By the position at which a part begins: where it ends. [`MERGED`] where none begins.
    ends: Vec<u32>,
    /// By the position at which a part begins: where the one before it begins.
    before: Vec<u32>,
    /// Rank, beginning and end of two neighbours that are a token together.
    pairs: BinaryHeap<Reverse<(u32, u32, u32)>>,
}

impl Merger {
    /// Gives `each` token of `piece`, of which `rank` knows the ids. Every single byte is a token.
    pub(crate) fn merge(&mut self, piece: &[u8], rank: impl Fn(&[u8]) -> Option<u32>, each: &mut impl FnMut(u32)) {
        let length = u32::try_from(piece.len()).expect("no text of 4 GB is in memory");
        self.ends.clear();
        self.ends.extend(1..=length);
        self.before.clear();
        self.before.extend((0..length).map(|at| at.wrapping_sub(1)));
        self.pairs.clear();
        for from in 0..length.saturating_sub(1) {
            self.offer(piece, from, from + 2, &rank);
        }
        while let Some(Reverse((_, from, to))) = self.pairs.pop() {
            self.join(piece, from, to, &rank);
        }
        let mut from = 0;
        while from < length {
            let to = self.ends[from as usize];
            each(rank(&piece[from as usize..to as usize]).expect("a part is a byte or was found to be a token"));
            from = to;
        }
    }

    fn offer(&mut self, piece: &[u8], from: u32, to: u32, rank: &impl Fn(&[u8]) -> Option<u32>) {
        if let Some(rank) = rank(&piece[from as usize..to as usize]) {
            self.pairs.push(Reverse((rank, from, to)));
        }
    }

    /// Joins the two parts between `from` and `to`, unless one of them has gone into another since.
    fn join(&mut self, piece: &[u8], from: u32, to: u32, rank: &impl Fn(&[u8]) -> Option<u32>) {
        let middle = self.ends[from as usize];
        if middle == MERGED || middle >= to || self.ends[middle as usize] != to {
            return;
        }
        self.ends[from as usize] = to;
        self.ends[middle as usize] = MERGED;
        if (to as usize) < piece.len() {
            self.before[to as usize] = from;
            self.offer(piece, from, self.ends[to as usize], rank);
        }
        if from > 0 {
            self.offer(piece, self.before[from as usize], to, rank);
        }
    }
}
