//! Sets of small numbers, as bits: groups of words that stand in a text, rules that are worth a test.

/// A set of numbers below a bound that was told when it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bits(Box<[u64]>);

impl Bits {
    /// None of the numbers below `count`.
    pub(crate) fn below(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)].into_boxed_slice())
    }

    /// Adds one of them.
    pub(crate) fn insert(&mut self, number: u16) {
        self.0[usize::from(number) / 64] |= 1 << (number % 64);
    }

    /// Whether a number is in it.
    pub(crate) fn has(&self, number: u16) -> bool {
        self.0.get(usize::from(number) / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// Adds all of another set of the same bound.
    pub(crate) fn add(&mut self, other: &Self) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// The numbers in it, in their order.
    pub(crate) fn each(&self) -> impl Iterator<Item = u16> {
        (0u16..).step_by(64).zip(&self.0).flat_map(|(first, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = u16::try_from(left.trailing_zeros()).expect("a word has 64 bits");
                left &= left.wrapping_sub(1);
                (bit < 64).then(|| first + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_comes_out_in_order() {
        let mut bits = Bits::below(200);
        let mut more = Bits::default();
        [199, 0, 64, 63, 64].into_iter().for_each(|number| bits.insert(number));

        more.add(&bits);

        assert_eq!(more.each().collect::<Vec<_>>(), [0, 63, 64, 199]);
        assert!(more.has(63) && !more.has(62) && !more.has(5_000));
    }
}
