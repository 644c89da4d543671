//! The two vocabularies that OpenAI's current models use, and what is done with them.
//!
//! In: text or token ids. Out: ids, counts, text. The tokens are OpenAI's (published with `tiktoken`, under the MIT
//! licence), in their order, each behind its length; built into the binary, and indexed on first use.

use std::sync::OnceLock;

use crate::classes::CLASSES;
use crate::merge::Merger;
use crate::split::{Manner, Pieces};

/// A vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vocabulary {
    /// `cl100k_base`: GPT-3.5, GPT-4, and embeddings.
    Cl100k,
    /// `o200k_base`: GPT-4o, GPT-4.1, the o series, GPT-5.
    O200k,
}

/// Families whose vocabulary is the older one, by the beginning of their names (`tiktoken`, `model.py`).
const OLDER: [&str; 7] =
    ["gpt-3.5", "gpt-35", "text-embedding-", "davinci-002", "babbage-002", "ft:gpt-3.5", "sandbox-embedding"];

static CL100K: OnceLock<Table> = OnceLock::new();
static O200K: OnceLock<Table> = OnceLock::new();

impl Vocabulary {
    /// The vocabulary of a model; of one that nobody knows, the newer.
    #[must_use]
    pub fn of_model(model: &str) -> Self {
        // GPT-4 itself and its turbo have the older one, and every GPT-4 with a letter or a point behind the 4 has not.
        let gpt_4 = model.strip_prefix("ft:").unwrap_or(model).strip_prefix("gpt-4");
        let older = gpt_4.is_some_and(|rest| rest.is_empty() || rest.starts_with('-') || rest.starts_with(':'));
        if older || OLDER.iter().any(|family| model.starts_with(family)) { Self::Cl100k } else { Self::O200k }
    }

    /// Whether it is in memory; if not, the first use takes some milliseconds.
    #[must_use]
    pub fn is_loaded(self) -> bool {
        self.cell().get().is_some()
    }

    /// How many tokens `text` is. What looks like a special token is text here, as it is in a request.
    #[must_use]
    pub fn count(self, text: &str) -> usize {
        let mut count = 0;
        self.each(text, &mut |_| count += 1);
        count
    }

    /// The tokens of `text`.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u32> {
        let mut ids = Vec::with_capacity(text.len() / 4 + 1);
        self.each(text, &mut |id| ids.push(id));
        ids
    }

    /// The bytes of a token; several may share a character.
    #[must_use]
    pub fn bytes(self, id: u32) -> Option<&'static [u8]> {
        self.table().bytes(id).or_else(|| {
            let special = self.special().iter().find(|(special, _)| *special == id);
            special.map(|(_, name)| name.as_bytes())
        })
    }

    /// The highest id, which is that of a special token.
    #[must_use]
    pub fn last(self) -> u32 {
        self.special().iter().map(|(id, _)| *id).max().unwrap_or(0)
    }

    fn each(self, text: &str, each: &mut impl FnMut(u32)) {
        let table = self.table();
        let mut merger = Merger::default();
        for piece in Pieces::new(text, self.manner()) {
            match table.id(piece.as_bytes()) {
                Some(id) => each(id),
                None => merger.merge(piece.as_bytes(), |bytes| table.id(bytes), each),
            }
        }
    }

    fn manner(self) -> Manner {
        match self {
            Self::Cl100k => Manner::Cl100k,
            Self::O200k => Manner::O200k,
        }
    }

    fn special(self) -> &'static [(u32, &'static str)] {
        match self {
            Self::Cl100k => &[
                (100_257, "<|endoftext|>"),
                (100_258, "<|fim_prefix|>"),
                (100_259, "<|fim_middle|>"),
                (100_260, "<|fim_suffix|>"),
                (100_276, "<|endofprompt|>"),
            ],
            Self::O200k => &[(199_999, "<|endoftext|>"), (200_018, "<|endofprompt|>")],
        }
    }

    fn cell(self) -> &'static OnceLock<Table> {
        match self {
            Self::Cl100k => &CL100K,
            Self::O200k => &O200K,
        }
    }

    fn table(self) -> &'static Table {
        self.cell().get_or_init(|| {
            // The splitter's table as well: after this nothing more is built.
            CLASSES.of(' ');
            match self {
                Self::Cl100k => Table::index(include_bytes!("../vocabularies/cl100k_base.bin"), 100_256),
                Self::O200k => Table::index(include_bytes!("../vocabularies/o200k_base.bin"), 199_998),
            }
        })
    }
}

/// The longest token of either vocabulary, in bytes.
const LONGEST: usize = 128;

/// Tokens by id and by bytes.
struct Table {
    /// All tokens, each behind a byte that is its length.
    packed: &'static [u8],
    /// Where each token's length stands.
    starts: Box<[u32]>,
    /// Ids plus one by hash, with linear probing; 0 is empty. A power of two, at most half full.
    slots: Box<[u32]>,
}

impl Table {
    fn index(packed: &'static [u8], tokens: usize) -> Self {
        let slots = (tokens * 2).next_power_of_two();
        let mut table = Self { packed, starts: Box::default(), slots: vec![0; slots].into_boxed_slice() };
        let mut starts = Vec::with_capacity(tokens);
        let mut at = 0;
        for id in 0..tokens as u32 {
            starts.push(at as u32);
            let end = at + 1 + usize::from(packed[at]);
            let slot = table.free_slot(&packed[at + 1..end]);
            table.slots[slot] = id + 1;
            at = end;
        }
        assert_eq!(at, packed.len(), "a vocabulary has as many tokens as it is said to have");
        table.starts = starts.into_boxed_slice();
        table
    }

    fn free_slot(&self, token: &[u8]) -> usize {
        let mut slot = self.home(token);
        while self.slots[slot] != 0 {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        slot
    }

    fn bytes(&self, id: u32) -> Option<&'static [u8]> {
        let start = *self.starts.get(id as usize)? as usize;
        Some(&self.packed[start + 1..][..usize::from(self.packed[start])])
    }

    fn id(&self, token: &[u8]) -> Option<u32> {
        if token.len() > LONGEST {
            return None;
        }
        let mut slot = self.home(token);
        loop {
            let id = self.slots[slot].checked_sub(1)?;
            if self.bytes(id) == Some(token) {
                return Some(id);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    /// Where a token would stand if nothing stood there. The table is the same for all, so that who chooses the text
    /// can make it probe, but never farther than the tokens lie.
    fn home(&self, token: &[u8]) -> usize {
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut hash = token.len() as u64;
        for chunk in token.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            hash = (hash.rotate_left(23) ^ u64::from_le_bytes(word)).wrapping_mul(SPREAD);
        }
        // The upper bits are the well mixed ones; the shift leaves fewer than the table has slots.
        (hash >> (64 - self.slots.len().trailing_zeros())) as usize
    }
}

#[cfg(test)]
mod tests;
