//! What stands in an invite: its token, and the server that its link names.
//!
//! In: a token, or a link as the answer to an invite's making has it, from a file, a terminal or standard input. Out: an [`Invite`],
//! whose form is right. A slip of the hand is told before anything is sent; what the server alone knows, it tells.

use std::io::Read as _;

use tollgate_core::token::{self, Kind, Read};

use crate::cli::failure::Failure;
use crate::cli::hidden::Answers;
use crate::cli::http::Base;
use crate::cli::output::{self, Label, Refused};
use crate::cli::target::{Given, Target};

/// What stands before the token in a link.
const BEFORE: &str = "/tollgate/invites/";
/// Longer than any link.
const LINK_BYTES_MAX: u64 = 8 * 1024;

/// An invite, as whoever was invited has it. It prints nothing of its token.
pub(super) struct Invite {
    pub(super) token: String,
    /// The server, where a whole link names it.
    pub(super) base: Option<Base>,
}

impl std::fmt::Debug for Invite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Invite({:?}, …)", self.base)
    }
}

/// The invite that is meant.
pub(super) fn read(given: &Given, answers: &mut Answers) -> anyhow::Result<Invite> {
    let text = match given {
        Given::Text(text) => {
            let message =
                "the invite is in the list of processes, where other users see it; --invite alone asks for it";
            output::say(Label::Warning, message);
            text.reveal().to_owned()
        }
        Given::StandardInput => answers
            .secret("Token or link of the invite")?
            .ok_or_else(|| Refused::usage("there is no invite on standard input"))?,
        Given::File(file) => {
            let unreadable = |error: std::io::Error| {
                Refused::usage(format!("the invite cannot be read from {}: {error}", file.display()))
                    .help("--invite @FILE takes the first line of FILE")
            };
            let mut text = String::new();
            let opened = std::fs::File::open(file).map_err(unreadable)?;
            opened.take(LINK_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
            text.lines().next().unwrap_or_default().to_owned()
        }
    };
    Ok(parsed(&text)?)
}

/// Why the server lets nobody in by it.
pub(super) fn refused(failure: &Failure, target: &Target) -> Refused {
    let refused = failure.refused();
    match (failure.status, failure.cause.as_str()) {
        (Some(404), "admin_object_not_found") => refused.help(format!(
            "it was withdrawn, or is one of another server than {}: ask whoever has invited for another link",
            target.base
        )),
        _ => refused,
    }
}

/// A token, a path with one, or a whole link.
fn parsed(text: &str) -> Result<Invite, Refused> {
    let text = text.trim();
    let (before, rest) = match text.split_once(BEFORE) {
        Some((before, rest)) => (before, rest),
        None => ("", text),
    };
    let token = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let other = match token::read(token.as_bytes()) {
        Read::Token(Kind::Invite, _) => {
            let base = match before.contains("://") {
                true => Some(Base::read(before).map_err(|error| Refused::usage(error.to_string()))?),
                false => None,
            };
            return Ok(Invite { token: token.to_owned(), base });
        }
        Read::Damaged(Kind::Invite) => {
            let refused = Refused::usage("the invite is damaged: a character of it is missing or wrong");
            return Err(refused.help("copy the whole link again"));
        }
        Read::Token(Kind::AdminKey, _) | Read::Damaged(Kind::AdminKey) => "an admin key",
        Read::Token(Kind::Session, _) | Read::Damaged(Kind::Session) => "the token of a session",
        Read::Other if token.starts_with("invite-") => "the id of an invite",
        Read::Other if token.is_empty() => "nothing",
        Read::Other => "something else",
    };
    Err(Refused::usage(format!("an invite is expected, and that is {other}"))
        .help("take the link that whoever has invited was shown, or the token in it, which begins with tg-invite-"))
}

#[cfg(test)]
mod tests {
    use tollgate_core::token::Token;

    use super::*;

    fn token(kind: Kind) -> String {
        let mut state = 7_u8;
        let random = || {
            state = state.wrapping_mul(5).wrapping_add(3);
            state
        };
        Token::generate(kind, random).reveal().to_owned()
    }

    #[test]
    fn a_token_is_read_alone_in_its_path_and_in_a_link_that_names_the_server() {
        let token = token(Kind::Invite);

        for (text, base) in [
            (format!(" {token}\n"), None),
            (format!("/v1/tollgate/invites/{token}/accept"), None),
            (format!("https://a.example/v1/tollgate/invites/{token}/accept"), Some("https://a.example/v1")),
            (format!("http://a:1/gate/v1/tollgate/invites/{token}/accept?x=1"), Some("http://a:1/gate/v1")),
        ] {
            let invite = parsed(&text).unwrap();
            assert_eq!((&invite.token, invite.base.as_ref().map(Base::to_string).as_deref()), (&token, base), "{text}");
            assert!(!format!("{invite:?}").contains(&token));
        }
    }

    #[test]
    fn what_is_no_invite_is_told_as_what_it_is_and_shown_to_nobody() {
        let invite = token(Kind::Invite);
        for (text, said) in [
            (invite[..invite.len() - 1].to_owned(), "damaged"),
            (token(Kind::AdminKey), "an admin key"),
            (token(Kind::Session), "the token of a session"),
            ("invite-abc".to_owned(), "the id of an invite"),
            (String::new(), "nothing"),
            ("https://a.example/".to_owned(), "something else"),
            (format!("https://me:secret@a/v1/tollgate/invites/{invite}/accept"), "user and password"),
        ] {
            let refused = parsed(&text).unwrap_err().to_string();
            assert!(refused.contains(said), "{refused}");
            assert!(text.len() < 20 || !refused.contains(&text), "{refused}");
        }
    }
}
