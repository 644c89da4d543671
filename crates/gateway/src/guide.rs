//! The error guide as plain text, so that the link in every failure leads somewhere from a terminal too.
//!
//! In: a slug. Out: the cause's reasons, checks and remedies, from the same catalogue as the answer.

use std::fmt::Write as _;

use tollgate_errors::{Cause, catalog};

use crate::answer::{Answer, Lines};
use crate::request::Request;

/// The list of all causes, or one of them; `None` where there is no such cause.
pub(crate) fn page(request: &Request, slug: &str) -> Option<Answer> {
    let text = if slug.is_empty() { list() } else { cause(catalog::by_slug(slug)?) };
    let mut lines = Lines::new();
    lines
        .request_id(request.id)
        .add("content-type", "text/plain; charset=utf-8")
        .add("x-content-type-options", "nosniff");
    Some(Answer::whole(200, lines.done(), text.into_bytes()))
}

fn list() -> String {
    let mut out = String::from("Causes of failed requests. Each has a page of its own: /errors/SLUG\n\n");
    for cause in catalog::all() {
        let _ = writeln!(out, "{:<32} {} {}", cause.slug, cause.wire.status, cause.title);
    }
    out
}

fn cause(cause: &Cause) -> String {
    let mut out = format!("{}\n{}\n\n", cause.title, "=".repeat(cause.title.chars().count()));
    let retry = match cause.retry.answer() {
        Some(true) => "yes, after a while",
        Some(false) => "no, not before something was changed",
        None => "it depends",
    };
    let _ = writeln!(
        out,
        "slug {}, status {}, party {}\nWorth repeating: {retry}",
        cause.slug,
        cause.wire.status,
        cause.party.name()
    );
    for (title, items) in [("Reasons", cause.reasons), ("Checks", cause.checks), ("Remedies", cause.remedies)] {
        let _ = writeln!(out, "\n{title}");
        for item in items {
            let _ = writeln!(out, "  - {item}");
        }
    }
    if !cause.related.is_empty() {
        let _ = writeln!(out, "\nRelated: {}", cause.related.join(", "));
    }
    out
}
