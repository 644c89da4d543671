//! Reads a paste into a case: unwraps it, then notes its features.
//!
//! In: the text and its context. Out: the [`Case`]. Bounded and without recursion beyond a constant: of a text longer
//! than 128 KB the two ends and the places of failures in between are read.
//!
//! The way of a text: `bound` chooses what is read, `clean` drops what terminals and pages put in, `layers` takes
//! objects out and peels the texts in them, `prose` reads the lines that are left. What they find goes to `notes`;
//! `signs` says in the end whom all this is about, `elsewhere` whether it is the error of another system, and `mention`
//! whether an error is reported at all.

mod addresses;
mod arrivals;
mod bound;
mod clean;
mod codes;
mod elsewhere;
mod escapes;
mod exceptions;
mod har;
mod http;
mod keys;
mod layers;
mod lines;
mod logfmt;
mod members;
mod mention;
mod models;
mod notes;
mod numbers;
mod object;
mod os_errors;
mod page;
mod pairs;
mod params;
mod prefix;
mod prose;
mod provider_words;
mod signs;
mod statuses;
mod trace;
mod vendor_words;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::Context;
use super::case::{Case, EchoedKey};
use notes::{CONTEXT, Notes};

/// The parameters that the APIs know.
pub(super) fn parameters() -> &'static [&'static str] {
    &params::KNOWN
}

/// Whether this is the word for a provider or a server.
pub(super) fn is_provider(word: &str) -> bool {
    provider_words::PROVIDERS.iter().any(|(_, provider, _)| *provider == word)
}

/// The features of `text`, and whether it reports an error of an API of models at all.
pub(crate) fn case(text: &str, context: &Context) -> Case {
    let parts = bound::parts(text);
    let mut case = features(&parts, context);
    let whole = if let [whole] = parts[..] { Cow::Borrowed(whole) } else { Cow::Owned(parts.join("\n")) };
    let unsaid = case.api_signs == 0;
    let others = [elsewhere::library, elsewhere::named, elsewhere::variable];
    let otherwise = || if unsaid { others.iter().find_map(|sign| sign(&whole)) } else { None };
    case.other_system = elsewhere::sign(&whole, context).or_else(otherwise);
    let broken_off = crate::mask::broken_off(&whole).into_iter();
    case.keys.extend(broken_off.map(|rest| EchoedKey { shown: rest.to_owned(), shape: None }));
    case.came_at_once = arrivals::came_at_once(&whole);
    case.is_mention = context.status.is_none() && mention::is_mention(&whole);
    let says_more = !(case.keys.is_empty() && case.exceptions.is_empty() && case.os_errors.is_empty());
    case.is_mute = context.status.is_some() && !says_more && case.codes.is_empty() && signs::is_mute(text);
    case
}

/// The features of a text in `parts`, of which it is known that it reports an error.
pub(crate) fn features(parts: &[&str], context: &Context) -> Case {
    let mut notes = Notes::default();
    beside(context, &mut notes);
    for part in parts {
        let plain = clean::plain(part);
        layers::read(&plain, 0, &mut notes);
        if let Some(glued) = lines::glued(&plain) {
            layers::read(&glued, 0, &mut notes);
        }
        // A symbol may stand in a form that no layer knows: `%Mint.TransportError{reason: :nxdomain}`.
        if notes.case.os_errors.is_empty() {
            os_errors::in_text(&plain, &mut notes);
        }
        signs::read(&plain, &mut notes);
    }
    numbers::in_messages(&mut notes);
    signs::settle(&mut notes);
    keys::settle(&mut notes);
    notes.into_case()
}

/// The provider that owns a host, as a word; `None` for one that is not known.
pub(crate) fn provider_of(host: &str) -> Option<&'static str> {
    let host = host.to_ascii_lowercase();
    signs::hosts().find(|(owned, _)| host.contains(owned)).map(|(_, provider)| provider)
}

/// Notes what is known beside the text.
fn beside(context: &Context, notes: &mut Notes) {
    if let Some(status) = context.status {
        notes.status(CONTEXT, status);
    }
    if let Some(provider) = &context.provider {
        notes.provider(provider);
        notes.case.api_signs += 1;
    }
    if let Some(url) = &context.url {
        addresses::url(url, true, notes);
        keys::in_text(url, notes);
        signs::read(url, notes);
    }
    for (name, value) in &context.headers {
        http::answer_header(name, value, notes);
    }
    for (name, value) in &context.request_headers {
        http::request_header(name, value, notes);
    }
    if let Some(body) = &context.request_body {
        http::request_body(body, notes);
        signs::read(&clean::plain(&body[..body.floor_char_boundary(16 * 1024)]), notes);
    }
}
