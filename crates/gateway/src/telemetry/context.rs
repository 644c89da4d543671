//! W3C Trace Context (the recommendation of 2021, level 1): who called whom, in a header of 55 characters.
//!
//! In: a caller's `traceparent`. Out: its place in a trace, and the same text for whom we call.

/// Length of a `traceparent` of version 00.
const LEN: usize = 55;

/// A span's place in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpanContext {
    /// Never 0.
    pub(crate) trace: u128,
    /// Never 0.
    pub(crate) span: u64,
    pub(crate) sampled: bool,
}

impl SpanContext {
    /// Reads a `traceparent`; `None` for anything that the recommendation calls invalid. Of a later version the part
    /// that this one knows counts.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let (known, rest) = text.split_first_chunk::<LEN>()?;
        let version = hex(&known[..2])?;
        let ends = if version == 0 { rest.is_empty() } else { rest.first().is_none_or(|b| *b == b'-') };
        if version == 0xff || !ends || [2, 35, 52].iter().any(|at| known[*at] != b'-') {
            return None;
        }
        let (trace, span, flags) = (hex(&known[3..35])?, hex(&known[36..52])?, hex(&known[53..])?);
        let span = u64::try_from(span).ok()?;
        (trace != 0 && span != 0).then_some(Self { trace, span, sampled: flags & 1 != 0 })
    }

    /// The text for whom we call.
    pub(crate) fn header(self) -> [u8; LEN] {
        let mut out = *b"00-00000000000000000000000000000000-0000000000000000-00";
        digits(&mut out[3..35], self.trace);
        digits(&mut out[36..52], self.span.into());
        out[LEN - 1] = if self.sampled { b'1' } else { b'0' };
        out
    }
}

/// Lower case only, as the recommendation wants it.
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(value))
    })
}

fn digits(out: &mut [u8], mut number: u128) {
    for digit in out.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(number & 15) as usize];
        number >>= 4;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const USUAL: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_is_read_and_written_alike() {
        let context = SpanContext::read(USUAL.as_bytes()).unwrap();

        assert_eq!(context.trace, 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
        assert_eq!((context.span, context.sampled), (0xb7ad_6b71_6920_3331, true));
        assert_eq!(context.header(), USUAL.as_bytes());
    }

    #[test]
    fn what_is_invalid_is_no_parent() {
        for text in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
        ] {
            assert_eq!(SpanContext::read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_later_version_counts_as_far_as_it_is_known() {
        let text = USUAL.replacen("00-", "cc-", 1) + "-what-comes-later";

        assert_eq!(SpanContext::read(text.as_bytes()), SpanContext::read(USUAL.as_bytes()));
    }

    proptest! {
        #[test]
        fn any_place_survives_the_header(trace in 1u128.., span in 1u64.., sampled: bool) {
            let context = SpanContext { trace, span, sampled };
            prop_assert_eq!(SpanContext::read(&context.header()), Some(context));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text: Vec<u8>) {
            let _ = SpanContext::read(&text);
        }
    }
}
