//! Images and files that a request names by their addresses: looked at before the call, put into the request, or looked at
//! once a provider has refused them.
//!
//! In: a request, and what its model's setting `images` says. Out: by `off` nothing; by `check` a refusal as the provider
//! would word it, before it is asked; by `inline` the contents in place of the addresses; by `diagnose`, the usual one,
//! nothing before the call and the exact reason behind a refusal. The sandbox is a provider that downloads. What is
//! fetched goes through [`tollgate_outbound`] alone, on a thread of its own ([`apart`]).

mod apart;
mod cache;
pub mod finding;
pub mod look;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tollgate_core::key::Key as ApiKey;
use tollgate_core::operation::Operation;
use tollgate_errors::catalog as causes;
use tollgate_errors::{Cause, Diagnosis};
use tollgate_providers::openai::links::{Link, links};
use tollgate_providers::openai::members::Edit;

use self::cache::{Cache, Key};
use self::finding::Finding;
use self::look::{Keep, Looker, Seen};
use crate::catalog::{Deployment, Reach};
use crate::fit::Adapted;
use crate::live::Live;
use crate::record::Trace;
use crate::request::Request;
use crate::settings::{self, Images};
use crate::tls::TlsError;
use crate::worker::{Share, Worker};

/// Addresses of a request that are looked at before the call.
const MOST: usize = 100;
/// Those that are looked at behind a refusal.
const MOST_BEHIND: usize = 10;
/// For so long a refusal waits at most for its reason.
const BEHIND_MAX: Duration = Duration::from_secs(5);

/// Refusals that may have an address of the request as their reason.
const ABOUT_IMAGES: [&Cause; 5] = [
    &causes::IMAGE_URL_UNREACHABLE,
    &causes::IMAGE_INVALID,
    &causes::IMAGE_TOO_LARGE,
    &causes::IMAGE_BASE64_INVALID,
    &causes::IMAGE_URL_NOT_SUPPORTED,
];

/// What looks, and what it has seen lately.
pub(crate) struct Downloads {
    looker: Arc<Looker>,
    time: Duration,
    cache: Mutex<Cache>,
}

impl Downloads {
    pub(crate) fn new(settings: &settings::Downloads) -> Result<Self, TlsError> {
        let looker = Arc::new(Looker::new(settings)?);
        Ok(Self { looker, time: settings.time, cache: Mutex::default() })
    }

    /// What lies at an address: as it was seen lately, or looked at now. Nothing where nobody can look.
    async fn seen(&self, tenant: &str, link: &Link<'_>, keep: Keep, time: Duration) -> Option<Arc<Seen>> {
        // What came along is looked at again for less than it takes to keep it.
        let key = (!link.is_inline()).then(|| Key::new(tenant, &link.url, link.what));
        if let Some(known) = key.as_ref().and_then(|key| self.cache().get(key, keep, Instant::now())) {
            return Some(known);
        }
        let (looker, url, what) = (self.looker.clone(), link.url.clone().into_owned(), link.what);
        let seen = apart::run(time, async move { looker.look(&url, what, keep, time).await }).await;
        let seen = Arc::new(seen?);
        if let Some(key) = key {
            self.cache().put(key, seen.clone(), Instant::now());
        }
        Some(seen)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a request is sent with.
pub(crate) struct Ready<'w> {
    /// What was changed: nothing, what fits it to the model, contents in place of addresses.
    pub(crate) adapted: Option<Adapted>,
    /// The contents' part of the memory that all bodies may take.
    _room: Option<Share<'w>>,
}

/// A request on its way to a deployment.
pub(crate) struct About<'a, 'w> {
    pub(crate) worker: &'w Worker,
    pub(crate) live: &'a Live,
    pub(crate) deployment: &'a Deployment,
    pub(crate) operation: Operation,
    pub(crate) body: &'a [u8],
    pub(crate) caller: Option<&'a ApiKey>,
}

/// What is done with addresses before a deployment is asked.
#[derive(Clone, Copy)]
struct Before {
    /// Contents take their place.
    inline: bool,
    /// What came along is looked at too, and what cannot be an address at all.
    all: bool,
    /// The answer says what was put in.
    noted: bool,
}

impl Before {
    fn of(deployment: &Deployment) -> Option<Self> {
        let inside = matches!(deployment.provider.reach, Reach::Sandbox);
        match deployment.images {
            Images::Off => None,
            // As a provider does that downloads.
            Images::Diagnose => inside.then_some(Self { inline: true, all: false, noted: false }),
            Images::Check => Some(Self { inline: inside, all: true, noted: false }),
            Images::Inline => Some(Self { inline: true, all: true, noted: true }),
        }
    }
}

/// Looks at what the request names, where that is done before the call, and puts it in where that is to be.
pub(crate) async fn ready<'w>(about: &About<'_, 'w>, adapted: Option<Adapted>) -> Result<Ready<'w>, Box<Diagnosis>> {
    let untouched = |adapted| Ok(Ready { adapted, _room: None });
    let Some(before) = Before::of(about.deployment) else { return untouched(adapted) };
    let mut named = links(about.operation, about.body, MOST);
    if !before.all {
        // What is wrong in itself, the sandbox refuses in its own words.
        named.retain(|link| ["http://", "https://", "data:"].iter().any(|scheme| link.url.starts_with(scheme)));
    }
    if named.is_empty() {
        return untouched(adapted);
    }
    // Rare, and its state is larger than what every request waits for.
    Box::pin(prepared(about, before, adapted, &named)).await
}

async fn prepared<'w>(
    about: &About<'_, 'w>,
    before: Before,
    adapted: Option<Adapted>,
    named: &[Link<'_>],
) -> Result<Ready<'w>, Box<Diagnosis>> {
    let downloads = &about.live.downloads;
    let keep = if before.inline { Keep::Contents } else { Keep::Nothing };
    let all = look_at_all(downloads, tenant(about.caller), named, keep, downloads.time).await;
    let mut edits = Vec::new();
    for (link, seen) in named.iter().zip(&all) {
        let Some(seen) = seen else { continue };
        let barred = seen.inside.as_ref().filter(|_| is_outside(about.deployment));
        if let Some(problem) = seen.problem.as_ref().or(barred) {
            // Of what came along the sandbox's own words do not tell whether it was cut off.
            if !before.all && link.is_inline() && !problem.is_damage() {
                continue;
            }
            return Err(Box::new(problem.refusal(link, about.operation)));
        }
        if let Some(contents) = seen.contents.as_deref().filter(|_| before.inline) {
            edits.push(link.replaced_by(contents));
        }
    }
    if edits.is_empty() {
        return Ok(Ready { adapted, _room: None });
    }
    let limits = &about.live.settings.limits;
    let added: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let whole = about.body.len() + added;
    if whole > limits.body_bytes {
        return Err(Box::new(finding::too_large_together(&named[0], whole, limits.body_bytes)));
    }
    let room = Share::take(&about.worker.shared.body_bytes, added, limits.all_bodies_bytes)
        .ok_or_else(|| Box::new(finding::no_room()))?;
    Ok(Ready { adapted: Some(joined(adapted, edits, before.noted)), _room: Some(room) })
}

/// Both kinds of changes. They do not overlap: those that fit a request to its model are about other members.
fn joined(adapted: Option<Adapted>, edits: Vec<Edit>, noted: bool) -> Adapted {
    let mut all = adapted.unwrap_or(Adapted { edits: Vec::new(), note: String::new() });
    if noted {
        let noun = if edits.len() == 1 { "download" } else { "downloads" };
        let separator = if all.note.is_empty() { "" } else { ", " };
        all.note.push_str(&format!("{separator}{} {noun} inlined", edits.len()));
    }
    all.edits.extend(edits);
    all
}

/// All of them at once, each address once.
async fn look_at_all(
    downloads: &Downloads,
    tenant: &str,
    named: &[Link<'_>],
    keep: Keep,
    time: Duration,
) -> Vec<Option<Arc<Seen>>> {
    let same = |link: &Link<'_>| named.iter().position(|other| (&other.url, other.what) == (&link.url, link.what));
    let looks = named.iter().enumerate().map(|(at, link)| async move {
        match same(link) {
            Some(first) if first == at => downloads.seen(tenant, link, keep, time).await,
            _ => None,
        }
    });
    let all = apart::all(looks.collect()).await;
    named.iter().map(|link| same(link).and_then(|first| all[first].clone())).collect()
}

/// A request that a provider refused.
pub(crate) struct Refused<'a> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) request: &'a Request,
    pub(crate) trace: &'a Trace,
    /// The provider's words.
    pub(crate) words: &'a [u8],
}

/// `d`, a provider's refusal, with the exact reason where the request's images are it.
pub(crate) async fn explain(d: Diagnosis, refused: &Refused<'_>) -> Diagnosis {
    let Refused { deployment, request, trace, words } = refused;
    let Some(operation) = trace.operation else { return d };
    if deployment.images == Images::Off || !ABOUT_IMAGES.contains(&d.cause) {
        return d;
    }
    let mut named = links(operation, request.body(), MOST);
    // The one that the provider names comes first.
    named.sort_by_key(|link| !names(words, link));
    named.truncate(MOST_BEHIND);
    if named.is_empty() {
        return d;
    }
    let outside = is_outside(deployment);
    Box::pin(explained(&trace.live, d, &named, tenant(trace.caller.as_deref()), outside)).await
}

/// Whether a vendor, who is on no network of ours, fetches addresses itself. A server of one's own may reach them.
fn is_outside(deployment: &Deployment) -> bool {
    let fetches = !matches!(deployment.provider.reach, Reach::Sandbox) && deployment.images != Images::Inline;
    fetches && deployment.vendor().is_some()
}

/// Whose requests share what was seen.
fn tenant(caller: Option<&ApiKey>) -> &str {
    caller.map_or("", |caller| &caller.project.id)
}

async fn explained(live: &Live, d: Diagnosis, named: &[Link<'_>], tenant: &str, outside: bool) -> Diagnosis {
    let time = live.downloads.time.min(BEHIND_MAX);
    let all = look_at_all(&live.downloads, tenant, named, Keep::Nothing, time).await;
    let seen: Vec<_> = named.iter().zip(&all).filter_map(|(link, seen)| Some((link, seen.as_deref()?))).collect();
    let first = |of: fn(&Seen) -> Option<&Finding>| seen.iter().find_map(|(link, seen)| Some((*link, of(seen)?)));
    let barred = || first(|seen| seen.inside.as_ref()).filter(|_| outside);
    let found = first(|seen| seen.problem.as_ref()).or_else(barred).or_else(|| first(|seen| seen.hint.as_ref()));
    match (found, seen.first()) {
        (Some((link, finding)), _) => finding.beside(d, link),
        (None, Some((link, seen))) => d.evidence(format!("{}: from here it is {}", link.param, seen.summary())),
        (None, None) => d,
    }
}

/// Whether the provider's words have this address in them, at least its beginning: long ones are cut.
fn names(words: &[u8], link: &Link<'_>) -> bool {
    let start = link.url.char_indices().nth(60).map_or(&*link.url, |(end, _)| &link.url[..end]);
    !link.is_inline() && memchr::memmem::find(words, start.as_bytes()).is_some()
}
