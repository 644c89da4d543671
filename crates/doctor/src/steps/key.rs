//! The form of the key, before anybody is asked.
//!
//! A form that no header can carry, or that is certainly a mistake, is a finding at once. What merely does not look like
//! a key is one only at a vendor whose keys have a known form: a server of one's own may have any word for a key.

use tollgate_core::key::{KEY_LEN, PREFIX, Presented};
use tollgate_errors::{Cause, Shape, catalog, character_name, shape_of, vendor_of};

use crate::address::Base;
use crate::check::Check;
use crate::environment::{Resolved, astray};
use crate::examine::{Examination, Sight};

/// Looks at it. Nothing ends here: the way to the host does not hang on it.
pub(crate) fn look(ex: &mut Examination<'_>, resolved: &Resolved, base: &Base) {
    ex.begin(Check::Key);
    let hosted = resolved.hosted();
    let Some(key) = &resolved.key else {
        let sight = match hosted {
            Some(_) => missing(ex, resolved),
            None => Sight::fine(Check::Key, "none is set; not every server wants one"),
        };
        return ex.put(sight);
    };
    let from = format!("from {}", key.origin);
    // Clients take white space at the end as a part of the key, and a file's last line break is easily read along.
    let sight = match shape_of(key.value.as_bytes()) {
        Some(shape) => shaped(&shape, resolved, base),
        None => unshaped(&key.value, resolved),
    };
    ex.put(sight.evidence(from));
}

/// No key for a vendor that wants one.
pub(crate) fn missing(ex: &Examination<'_>, resolved: &Resolved) -> Sight {
    let names = resolved.key_variables.join(" or ");
    let empty = resolved.key_variables.iter().find(|name| ex.question.is_set(name));
    if let Some(name) = empty {
        return Sight::finding(Check::Key, &catalog::KEY_EMPTY, format!("{name} is set, and empty"));
    }
    let sight = Sight::finding(Check::Key, &catalog::KEY_NOT_CONFIGURED, "no key is configured");
    match astray(ex.question, resolved) {
        Some((seen, remedy)) => sight.evidence(seen).remedy(remedy),
        None => sight.evidence(format!("not set: {names}")).remedy(format!("set {names}, or give --key")),
    }
}

fn shaped(shape: &Shape, resolved: &Resolved, base: &Base) -> Sight {
    let hosted = resolved.hosted();
    let finding = |cause: &'static Cause, what: String| Sight::finding(Check::Key, cause, what);
    let soft = |cause: &'static Cause, what: String| match hosted {
        Some(_) => finding(cause, what),
        None => Sight::note(Check::Key, format!("{what}; {} may take it all the same", base.host)),
    };
    match shape {
        Shape::Empty => finding(&catalog::KEY_EMPTY, "the key is empty".to_owned()),
        Shape::Undefined(word) => finding(&catalog::KEY_UNDEFINED, format!("the key is the word `{word}`")),
        Shape::Object(what) => finding(&catalog::KEY_NOT_A_KEY, format!("the key is {what}")),
        Shape::Variable(text) => {
            finding(&catalog::KEY_PLACEHOLDER, format!("the key is `{text}`: a variable that nothing was put in for"))
        }
        Shape::Placeholder(text) if text.is_empty() => {
            soft(&catalog::KEY_PLACEHOLDER, "the key is a sample value from some documentation".to_owned())
        }
        Shape::Placeholder(text) => soft(&catalog::KEY_PLACEHOLDER, format!("the key is the sample value `{text}`")),
        Shape::DoubleBearer => finding(
            &catalog::KEY_DOUBLE_BEARER,
            "the key begins with the word Bearer, which clients put before it".to_owned(),
        ),
        Shape::Quoted(mark) => {
            finding(&catalog::KEY_QUOTED, format!("the key has a quotation mark ({mark}) at its start or end"))
        }
        Shape::Whitespace { what, place } => finding(&catalog::KEY_WHITESPACE, format!("the key has {what} {place}")),
        Shape::NonAscii { character, position } => {
            let name = character_name(*character);
            finding(
                &catalog::KEY_NON_ASCII,
                format!("character {position} of the key is {name}, which no header can carry"),
            )
        }
        Shape::NotUtf8 { position, .. } => {
            finding(&catalog::KEY_NON_ASCII, format!("byte {position} of the key is not text"))
        }
        Shape::NotAKey(what) => soft(&catalog::KEY_NOT_A_KEY, format!("the key is {what}")),
        Shape::OtherVendor(of) => match hosted {
            Some(vendor) if !vendor.key_ids.is_empty() && !vendor.key_ids.contains(&of.id) => finding(
                &catalog::KEY_WRONG_PROVIDER,
                format!("the key has the form of {}'s, and the host is {}'s", of.name, vendor.title),
            ),
            _ => Sight::fine(Check::Key, format!("has the form of {}'s keys", of.name)),
        },
    }
}

/// What carries nobody's name.
fn unshaped(key: &str, resolved: &Resolved) -> Sight {
    if key.starts_with(PREFIX) {
        return match Presented::read(key.as_bytes()) {
            Presented::Damaged => {
                Sight::finding(Check::Key, &catalog::KEY_TYPO, "the key is a Tollgate key, and its checksum is wrong")
                    .evidence(match key.len() {
                        KEY_LEN => "its length is right: a character was mistyped, or two are swapped".to_owned(),
                        length => format!("it has {length} characters; such keys have {KEY_LEN}"),
                    })
                    .remedy("copy the whole key again; only its owner has it, the server does not")
            }
            _ => tollgates(resolved),
        };
    }
    let expected = resolved.hosted().filter(|vendor| !vendor.key_ids.is_empty());
    match expected {
        Some(vendor) if vendor_of(key).is_none() => {
            let what = format!("has {} characters and not the form of {}'s keys", key.len(), vendor.title);
            Sight::note(Check::Key, what)
        }
        _ => Sight::fine(Check::Key, format!("has {} characters that a header can carry", key.len())),
    }
}

fn tollgates(resolved: &Resolved) -> Sight {
    match resolved.hosted() {
        Some(vendor) => {
            let what = format!("the key is one of a Tollgate gateway, and the host is {}'s", vendor.title);
            Sight::finding(Check::Key, &catalog::KEY_WRONG_PROVIDER, what)
                .remedy("set the base URL to the gateway's, which ends with /v1")
        }
        None => Sight::fine(Check::Key, "a Tollgate key, its checksum right"),
    }
}
