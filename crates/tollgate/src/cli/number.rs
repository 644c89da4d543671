//! Numbers among the arguments, refused in words: the parser's own are those of its types.

/// A whole number from 1 to `MAX`.
pub(super) fn count<const MAX: u32>(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=MAX).contains(number));
    number.ok_or_else(|| format!("expected a whole number from 1 to {MAX}"))
}

/// A status of HTTP, or 0 for none.
pub(super) fn status(text: &str) -> Result<u16, String> {
    let status = text.parse().ok().filter(|status| matches!(status, 0 | 100..=599));
    status.ok_or_else(|| "expected an HTTP status from 100 to 599, or 0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_within_their_bounds_are_taken() {
        assert_eq!((count::<500>("500"), status("0"), status("429")), (Ok(500), Ok(0), Ok(429)));
        for wrong in ["0", "501", "x", "-1", "1.5", ""] {
            assert_eq!(count::<500>(wrong).unwrap_err(), "expected a whole number from 1 to 500");
        }
        assert!(status("99").is_err() && status("9999").is_err());
    }
}
