//! What escapes in quoted texts stand for, in every language at once.
//!
//! In: bytes that begin with a backslash. Out: the bytes meant, and the length of the escape.

/// Up to four bytes.
#[derive(Clone, Copy)]
pub(super) struct Few([u8; 4], usize);

impl Few {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0[..self.1]
    }

    fn one(byte: u8) -> Self {
        Self([byte, 0, 0, 0], 1)
    }

    fn character(c: char) -> Self {
        let mut buffer = [0; 4];
        let len = c.encode_utf8(&mut buffer).len();
        Self(buffer, len)
    }
}

/// What the escape at the start of `bytes` stands for, and its length.
pub(super) fn unescaped(bytes: &[u8]) -> (Few, usize) {
    match bytes.get(1) {
        Some(b'n' | b'r') => (Few::one(b'\n'), 2),
        Some(b't') => (Few::one(b' '), 2),
        Some(b'u') => match hex(bytes, 2, 4) {
            Some(high @ 0xd800..=0xdbff) if bytes.get(6..8) == Some(b"\\u") => {
                let low = hex(bytes, 8, 4).unwrap_or(0);
                let code = 0x10000 + ((high - 0xd800) << 10) + low.wrapping_sub(0xdc00);
                (char::from_u32(code).map_or(Few::one(b'?'), Few::character), 12.min(bytes.len()))
            }
            Some(code) => (char::from_u32(code).map_or(Few::one(b'?'), Few::character), 6),
            None => (Few::one(b'u'), 2),
        },
        Some(b'x') => match hex(bytes, 2, 2) {
            Some(code) => (Few::one(code as u8), 4),
            None => (Few::one(b'x'), 2),
        },
        Some(other) if other.is_ascii() => (Few::one(*other), 2),
        _ => (Few::one(b'\\'), 1),
    }
}

fn hex(bytes: &[u8], at: usize, len: usize) -> Option<u32> {
    let digits = std::str::from_utf8(bytes.get(at..at + len)?).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_gives_its_bytes_and_its_length() {
        for (written, meant, len) in [
            ("\\n", "\n", 2),
            ("\\/", "/", 2),
            ("\\u4e2d", "中", 6),
            ("\\ud83d\\ude00", "😀", 12),
            ("\\uzz", "u", 2),
            ("\\ud83d", "?", 6),
            ("\\", "\\", 1),
        ] {
            let (bytes, length) = unescaped(written.as_bytes());
            assert_eq!((bytes.as_slice(), length), (meant.as_bytes(), len), "{written}");
        }
    }
}
