//! Pages for people: the manual at `/docs`, and the error guide at `/errors`.
//!
//! In: a request and what of a path names the page. Out: an answer, or nothing where there is no such page. Pages need
//! no key and name nobody; they are made when they are first asked for and kept, of which there are as many as there are
//! documents and causes. The guide is plain text for whoever does not ask for HTML, so that the link in every failure
//! leads somewhere from a terminal too.

mod causes;
mod layout;
mod manual;
mod markdown;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tollgate_errors::{catalog, trigger};

use crate::administration::Administration;
use crate::answer::{Answer, Lines};
use crate::paths::{PathError, Route};
use crate::request::{Name, Request};

/// Nothing but our own style sheet is loaded, and no page may be framed.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const MARKDOWN: &str = "text/markdown; charset=utf-8";

/// A page as it is kept.
struct Page {
    media: &'static str,
    etag: String,
    body: Vec<u8>,
}

/// Media type and path.
type Place = (&'static str, String);

/// The pages that were asked for.
static MADE: LazyLock<Mutex<HashMap<Place, Arc<Page>>>> = LazyLock::new(Mutex::default);

/// A page of the manual; its index for an empty name.
pub(crate) fn manual(request: &Request, name: &str) -> Option<Answer> {
    if name == "style.css" {
        let style = kept("text/css; charset=utf-8", name, || Some(layout::STYLE.to_owned()))?;
        return Some(answer(request, &style));
    }
    let source = name.strip_suffix(".md").or_else(|| accepts(request, "text/markdown").then_some(name));
    let page = match source {
        Some(name) => kept(MARKDOWN, name, || manual::source(name).map(str::to_owned)),
        None => kept(HTML, &format!("docs/{name}"), || manual::page(name)),
    };
    page.map(|page| answer(request, &page))
}

/// What the API of administration looks like, where anybody administers.
pub(crate) fn description(request: &Request, administration: Option<&dyn Administration>) -> Option<Answer> {
    let page = kept(JSON, "openapi.json", || administration.map(Administration::description));
    page.map(|page| answer(request, &page))
}

/// A page of the error guide; its list for an empty slug. The names of failures on demand lead to their causes.
pub(crate) fn guide(request: &Request, slug: &str) -> Option<Answer> {
    let page = match accepts(request, "text/html") {
        true => kept(HTML, &format!("errors/{slug}"), || causes::page(slug)),
        false => kept(TEXT, &format!("errors/{slug}"), || causes::text(slug)),
    };
    page.map(|page| answer(request, &page)).or_else(|| moved(request, slug)).or_else(|| absent(request, slug))
}

/// For a browser a page that says so, with the cause that was likely meant; programs get an error as everywhere.
fn absent(request: &Request, slug: &str) -> Option<Answer> {
    let reads = accepts(request, "text/html") && request.method_word() == "GET";
    reads.then(|| {
        let near = tollgate_errors::nearest(slug, catalog::all().iter().map(|cause| cause.slug));
        let mut lines = Lines::new();
        lines
            .request_id(request.id)
            .add("content-type", HTML)
            .add("x-content-type-options", "nosniff")
            .add("content-security-policy", POLICY)
            .add("referrer-policy", "no-referrer")
            .add("cache-control", "no-store")
            .add("vary", "accept");
        // It is not kept: names that callers invent would fill the memory.
        Answer::whole(404, lines.done(), causes::absent(slug, near).into_bytes())
    })
}

/// The name of one of OpenAI's errors, or another spelling of a cause, leads to the cause.
fn moved(request: &Request, name: &str) -> Option<Answer> {
    let slug = trigger::by_name(name)?.cause.slug;
    let mut lines = Lines::new();
    // As a page beside this one, since a proxy may serve the guide below a path of its own.
    lines.request_id(request.id).add("location", slug).add("content-type", TEXT);
    Some(Answer::whole(302, lines.done(), format!("{name} is {slug}\n").into_bytes()))
}

/// The path of the page that was likely meant where there is none of that name.
pub(crate) fn nearest(resolved: &Result<Route, PathError>) -> Option<String> {
    let Ok(Route::Guide(slug)) = resolved else { return None };
    let slug = tollgate_errors::nearest(slug, catalog::all().iter().map(|cause| cause.slug))?;
    Some(format!("/errors/{slug}"))
}

fn accepts(request: &Request, media: &str) -> bool {
    request.header_text(Name::Accept).is_some_and(|accept| accept.to_ascii_lowercase().contains(media))
}

/// The page of this name, made if nobody has asked for it before. What does not exist is not kept, or names that
/// callers invent would fill the memory.
fn kept(media: &'static str, name: &str, make: impl FnOnce() -> Option<String>) -> Option<Arc<Page>> {
    let place = (media, name.to_owned());
    if let Some(page) = MADE.lock().unwrap_or_else(PoisonError::into_inner).get(&place) {
        return Some(page.clone());
    }
    let body = make()?.into_bytes();
    let page = Arc::new(Page { media, etag: etag(&body), body });
    MADE.lock().unwrap_or_else(PoisonError::into_inner).insert(place, page.clone());
    Some(page)
}

/// Changes with the content; nobody gains by making two pages alike.
fn etag(body: &[u8]) -> String {
    // FNV-1a, 64 bits.
    let hash = body
        .iter()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    format!("\"{hash:016x}\"")
}

fn answer(request: &Request, page: &Page) -> Answer {
    let known = request.header_text(Name::IfNoneMatch);
    let unchanged =
        known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == page.etag));
    let mut lines = Lines::new();
    lines
        .request_id(request.id)
        .add("content-type", page.media)
        .add("x-content-type-options", "nosniff")
        .add("content-security-policy", POLICY)
        .add("referrer-policy", "no-referrer")
        .add("cache-control", "public, max-age=0, must-revalidate")
        .add("etag", &page.etag)
        .add("vary", "accept");
    match unchanged {
        true => Answer::whole(304, lines.done(), Vec::new()),
        false => Answer::whole(200, lines.done(), page.body.clone()),
    }
}
