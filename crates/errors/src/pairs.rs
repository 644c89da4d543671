//! By two bytes, whether something that is looked for may begin at a place of a text: at most places nothing does.

/// The pairs of bytes that some texts begin with, as bits.
pub(crate) struct Pairs(Box<[u64]>);

impl Pairs {
    /// Those of these texts.
    pub(crate) fn of<'t>(texts: impl Iterator<Item = &'t [u8]>) -> Self {
        let mut bits = vec![0u64; 1024].into_boxed_slice();
        let mut set = |first: u8, second: u8| bits[Self::place(first, second)] |= 1 << (second % 64);
        for text in texts {
            match *text {
                [] => {}
                [only] => (0..=u8::MAX).for_each(|second| set(only, second)),
                [first, second, ..] => set(first, second),
            }
        }
        Self(bits)
    }

    fn place(first: u8, second: u8) -> usize {
        usize::from(first) * 4 + usize::from(second / 64)
    }

    /// Whether one of the texts may stand where `text` begins. Where it has one byte only, that is not told.
    #[inline]
    pub(crate) fn may_begin(&self, text: &[u8]) -> bool {
        match *text {
            [first, second, ..] => self.has(first, second),
            _ => true,
        }
    }

    /// Whether one of the texts begins with these two.
    #[inline]
    pub(crate) fn has(&self, first: u8, second: u8) -> bool {
        self.0[Self::place(first, second)] & (1 << (second % 64)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_begin_is_told_by_two_bytes() {
        let pairs = Pairs::of(["sk-", "é", "x", ""].iter().map(|text| text.as_bytes()));

        for text in ["sk", "skip", "é", "x!", "x", ""] {
            assert!(pairs.may_begin(text.as_bytes()), "{text}");
        }
        for text in ["s-", "kk", "è", "yx"] {
            assert!(!pairs.may_begin(text.as_bytes()), "{text}");
        }
    }
}
