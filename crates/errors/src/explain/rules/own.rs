//! Messages that a Tollgate wrote itself, recognised by the catalogue that writes them.
//!
//! In: a case. Out: the cause that such a message was written for, and where in the text that shows. Every message has the
//! explanation and the remedy of its cause behind the provider's sentence; what stands in them between the facts of one
//! request is fixed, so the templates of the catalogue are what is looked for. The link to a cause's page names it too.
//! A message that a log has cut is known by what is left of it.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::catalog;
use crate::cause::Cause;
use crate::explain::case::Case;
use crate::explain::terms::normal;
use crate::template;

/// Fewer words in a row are said by others too.
const WORDS_LEAST: usize = 3;
/// Bytes by which a piece is looked up, its first ones: a piece is longer.
const KEY_BYTES: usize = 12;
/// Bytes of our texts that a message must have to be one of ours: a sentence.
const MET_LEAST: usize = 36;
/// Of a piece that is cut off, the bytes that must be left.
const LEFT_LEAST: usize = 24;

/// The cause that a message of a Tollgate is about.
pub(in crate::explain) struct Own<'c> {
    pub(in crate::explain) cause: &'static Cause,
    /// What shows it: a sentence, or the path of a page.
    pub(in crate::explain) seen: &'c str,
    /// It is a page's.
    pub(in crate::explain) is_link: bool,
}

/// The cause of the message of ours that this is; `None` where it is not one.
pub(in crate::explain) fn own(case: &Case) -> Option<Own<'_>> {
    let mut found = Found::default();
    for sentence in &case.sentences {
        found.look_through(&sentence.normal, &sentence.text);
    }
    let linked = || {
        let linked = |path: &str| page(path).and_then(catalog::by_slug);
        case.addresses.iter().find_map(|a| linked(&a.path).map(|cause| Own { cause, seen: &a.path, is_link: true }))
    };
    found.best().or_else(linked)
}

/// The slug of the page at this path. A word alone may be the page of anything.
fn page(path: &str) -> Option<&str> {
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    path.rsplit_once("/errors/").map(|(_, slug)| slug).filter(|slug| slug.contains('_'))
}

/// A fixed piece of a text of the catalogue.
struct Piece {
    cause: &'static Cause,
    /// In normal form, with a blank at its start and none at its end.
    words: String,
}

/// All pieces by their first bytes.
static PIECES: LazyLock<HashMap<Vec<u8>, Vec<Piece>>> = LazyLock::new(|| {
    let mut pieces: HashMap<Vec<u8>, Vec<Piece>> = HashMap::new();
    for cause in catalog::all() {
        for text in [cause.explanation, cause.remedy] {
            for words in template::fixed(text).into_iter().map(|piece| normal(piece).trim_end().to_owned()) {
                if words.split_whitespace().count() >= WORDS_LEAST && words.len() > KEY_BYTES {
                    let key = words.as_bytes()[..KEY_BYTES].to_vec();
                    pieces.entry(key).or_default().push(Piece { cause, words });
                }
            }
        }
    }
    pieces
});

/// How much of a cause's texts stands in a text.
struct Match<'c> {
    cause: &'static Cause,
    bytes: usize,
    seen: &'c str,
    known: Vec<&'static str>,
}

#[derive(Default)]
struct Found<'c>(Vec<Match<'c>>);

impl<'c> Found<'c> {
    fn look_through(&mut self, normal: &str, text: &'c str) {
        let normal = normal.trim_end();
        for (at, _) in normal.match_indices(' ') {
            let rest = &normal[at..];
            let candidates = rest.as_bytes().get(..KEY_BYTES).and_then(|key| PIECES.get(key));
            for piece in candidates.into_iter().flatten() {
                if let Some(bytes) = met(&piece.words, rest) {
                    self.add(piece, bytes, text);
                }
            }
        }
    }

    fn add(&mut self, piece: &'static Piece, bytes: usize, text: &'c str) {
        let at = self.0.iter().position(|m| m.cause == piece.cause).unwrap_or_else(|| {
            self.0.push(Match { cause: piece.cause, bytes: 0, seen: text, known: Vec::new() });
            self.0.len() - 1
        });
        let found = &mut self.0[at];
        // The same sentence is often said twice, by what wraps it and by what is wrapped.
        if !found.known.contains(&piece.words.as_str()) {
            found.known.push(&piece.words);
            found.bytes += bytes;
        }
    }

    /// The cause of which most was met; of those that are level, the first that was.
    fn best(self) -> Option<Own<'c>> {
        let enough = self.0.into_iter().filter(|m| m.bytes >= MET_LEAST);
        let best = enough.reduce(|best, next| if next.bytes > best.bytes { next } else { best })?;
        Some(Own { cause: best.cause, seen: best.seen, is_link: false })
    }
}

/// How many bytes of a piece stand at the start of `rest`: all, or what is left where the text was cut.
fn met(words: &str, rest: &str) -> Option<usize> {
    if let Some(behind) = rest.strip_prefix(words) {
        return (behind.is_empty() || behind.starts_with(' ')).then_some(words.len());
    }
    (rest.len() >= LEFT_LEAST && words.starts_with(rest)).then_some(rest.len())
}

#[cfg(test)]
mod tests;
