//! Secrets of administration: admin keys, sessions, invitations. None of them calls a model.
//!
//! In: randomness, or a presented text. Out: a [`Token`], shown once, or which one a text names ([`read`]). The form is that
//! of API keys: a prefix, a public id, a secret and a checksum, so that a slip of the hand is told from what was withdrawn.

use std::fmt;

use crate::base62;
use crate::id::{KEY_ID_LEN, KeyId};
use crate::key::{CHECKSUM_LEN, SECRET_LEN, checksum};

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The key of a program that administers.
    AdminKey,
    /// Somebody who has signed in.
    Session,
    /// A link by which somebody joins an organization.
    Invite,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::AdminKey, Self::Session, Self::Invite];

    /// What its texts begin with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::AdminKey => "sk-tg-admin-",
            Self::Session => "tg-session-",
            Self::Invite => "tg-invite-",
        }
    }

    /// Characters of a whole token.
    #[must_use]
    pub fn characters(self) -> usize {
        self.prefix().len() + KEY_ID_LEN + SECRET_LEN + CHECKSUM_LEN
    }
}

/// A whole token in clear. It has no `Display`, and `Debug` prints no digit of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    kind: Kind,
    text: String,
}

impl Token {
    /// A new token, its digits drawn from `random`, which must yield uniform bytes from a cryptographic source.
    pub fn generate(kind: Kind, mut random: impl FnMut() -> u8) -> Self {
        let mut text = String::with_capacity(kind.characters());
        text.push_str(kind.prefix());
        while text.len() < kind.characters() - CHECKSUM_LEN {
            if let Some(digit) = base62::digit_of(random()) {
                text.push(char::from(digit));
            }
        }
        let sum = checksum(text.as_bytes());
        text.extend(sum.map(char::from));
        Self { kind, text }
    }

    /// The token in clear. Call it only to show it to whom it is for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The public id inside.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let at = self.kind.prefix().len();
        KeyId::from_digits(&self.text.as_bytes()[at..at + KEY_ID_LEN]).expect("generate writes digits there")
    }

    /// The last four characters, which lists show.
    #[must_use]
    pub fn last_four(&self) -> &str {
        &self.text[self.text.len() - 4..]
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:?}, …)", self.kind)
    }
}

/// What a presented text is, before any look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// The form of a token, checksum right.
    Token(Kind, KeyId),
    /// The prefix of one, but the length, a character or the checksum is wrong.
    Damaged(Kind),
    /// Anything else.
    Other,
}

/// Reads a presented text.
#[must_use]
pub fn read(text: &[u8]) -> Read {
    let Some(kind) = Kind::ALL.into_iter().find(|kind| text.starts_with(kind.prefix().as_bytes())) else {
        return Read::Other;
    };
    let digits = &text[kind.prefix().len()..];
    if text.len() != kind.characters() || !digits.iter().all(|&b| base62::is_digit(b)) {
        return Read::Damaged(kind);
    }
    let (signed, sum) = text.split_at(text.len() - CHECKSUM_LEN);
    match KeyId::from_digits(&digits[..KEY_ID_LEN]) {
        Some(id) if checksum(signed) == sum => Read::Token(kind, id),
        _ => Read::Damaged(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random() -> impl FnMut() -> u8 {
        let mut state = 7_u64;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        }
    }

    #[test]
    fn a_token_is_read_as_itself_and_with_a_slip_as_damaged() {
        for kind in Kind::ALL {
            let token = Token::generate(kind, random());
            let text = token.reveal();

            assert_eq!(read(text.as_bytes()), Read::Token(kind, token.id()));
            assert_eq!(read(&text.as_bytes()[..text.len() - 1]), Read::Damaged(kind));
            let slip = text.replacen(&text[20..21], if &text[20..21] == "a" { "b" } else { "a" }, 1);
            assert_ne!(read(slip.as_bytes()), Read::Token(kind, token.id()));
            assert_eq!(format!("{token:?}"), format!("Token({kind:?}, …)"));
        }
    }

    #[test]
    fn a_serving_key_is_none() {
        assert_eq!(read(b"sk-tg-abcdefghijkl"), Read::Other);
    }
}
