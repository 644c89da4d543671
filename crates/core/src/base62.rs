//! Base 62 digits, the alphabet of ids and secrets: it selects on a double click and survives URLs and shells.
//!
//! In: random bytes or a number. Out: ASCII digits. It does not produce the randomness itself.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// One uniform digit from a random byte, or `None` where the byte would bias the result (8 of 256 values).
pub(crate) fn digit_of(random: u8) -> Option<u8> {
    (random < 248).then(|| DIGITS[usize::from(random % 62)])
}

/// Whether `byte` is one of the 62 digits.
pub(crate) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// `number` as exactly six digits, most significant first; 62^6 is above 2^32, so every value fits.
pub(crate) fn six_digits(mut number: u32) -> [u8; 6] {
    let mut out = [b'0'; 6];
    for slot in out.iter_mut().rev() {
        *slot = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    out
}
