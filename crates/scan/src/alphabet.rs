//! Which bytes a key may be made of.
//!
//! In: a byte. Out: whether an alphabet has it, in one look at a table, for extending a candidate is done at every hit.

/// The bytes that the body of a key may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// `A-Z a-z 0-9 _ -`
    Token,
    /// `A-Z a-z 0-9`
    Alphanumeric,
    /// `a-z 0-9`
    Lower,
    /// `0-9 a-f`, in one case or the other
    Hex,
    /// `0-9 a-f -`, of which UUIDs are made
    Uuid,
    /// `A-Z a-z 0-9 + / =`
    Base64,
    /// `A-Z a-z 0-9 _ - .`
    Dotted,
}

const DIGIT: u8 = 1;
const HEX_LETTER: u8 = 2;
const LOWER: u8 = 4;
const UPPER: u8 = 8;
const DASH: u8 = 16;
const UNDERSCORE: u8 = 32;
const BASE64: u8 = 64;
const DOT: u8 = 128;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        classes[at] = match byte {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' => LOWER | HEX_LETTER,
            b'A'..=b'F' => UPPER | HEX_LETTER,
            b'g'..=b'z' => LOWER,
            b'G'..=b'Z' => UPPER,
            b'-' => DASH,
            b'_' => UNDERSCORE,
            b'+' | b'/' | b'=' => BASE64,
            b'.' => DOT,
            _ => 0,
        };
        at += 1;
    }
    classes
};

impl Alphabet {
    const fn mask(self) -> u8 {
        match self {
            Self::Token => DIGIT | LOWER | UPPER | DASH | UNDERSCORE,
            Self::Alphanumeric => DIGIT | LOWER | UPPER,
            Self::Lower => DIGIT | LOWER,
            Self::Hex => DIGIT | HEX_LETTER,
            Self::Uuid => DIGIT | HEX_LETTER | DASH,
            Self::Base64 => DIGIT | LOWER | UPPER | BASE64,
            Self::Dotted => DIGIT | LOWER | UPPER | DASH | UNDERSCORE | DOT,
        }
    }

    /// Whether a key of this alphabet may have `byte`.
    #[must_use]
    pub(crate) const fn has(self, byte: u8) -> bool {
        CLASSES[byte as usize] & self.mask() != 0
    }

    /// How many bytes at the start of `bytes` are of it, at most `most`.
    pub(crate) fn run(self, bytes: &[u8], most: usize) -> usize {
        bytes.iter().take(most).take_while(|byte| self.has(**byte)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alphabet_has_what_its_name_says_and_nothing_else() {
        let all =
            |alphabet: Alphabet| -> String { (0..=255u8).filter(|byte| alphabet.has(*byte)).map(char::from).collect() };

        assert_eq!(all(Alphabet::Hex), "0123456789ABCDEFabcdef");
        assert_eq!(all(Alphabet::Uuid), "-0123456789ABCDEFabcdef");
        assert_eq!(all(Alphabet::Token).len(), 64);
        assert_eq!(all(Alphabet::Base64).len(), 65);
        assert_eq!(Alphabet::Lower.run(b"ab9-c", 10), 3);
        assert_eq!(Alphabet::Lower.run(b"ab9-c", 2), 2);
    }
}
