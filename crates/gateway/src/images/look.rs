//! Looking at one address: what lies there, or exactly why a model cannot have it.
//!
//! In: the address of an image or a file. Out: a [`Seen`]. Where the contents came along as a data: URL nothing is
//! fetched; else it is one guarded download.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use tollgate_media::picture;
use tollgate_media::{DataUrl, Format, Picture};
use tollgate_outbound::{Fetched, Fetcher, Limits, Target};

pub use tollgate_providers::openai::links::What;

use super::finding::{self, Finding};
use crate::catalog::USER_AGENT;
use crate::settings::Downloads;
use crate::tls::{TlsError, client_tls};

/// Whether the contents are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Only what they are.
    Nothing,
    /// As a data: URL.
    Contents,
}

/// What lies at an address.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Why a model cannot have it.
    pub problem: Option<Finding>,
    /// What some providers refuse, where nothing worse was found.
    pub hint: Option<Finding>,
    /// Why nobody outside can have it, where only the list of allowed hosts let it through.
    pub inside: Option<Finding>,
    /// The picture.
    pub picture: Option<Picture>,
    /// What the answer or the data: URL says that it is.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: usize,
    /// The addresses that redirected, and the last one.
    pub way: Vec<String>,
    /// How long the steps took; nothing of what came along.
    pub took: Option<Took>,
    /// As a data: URL, where that was wanted.
    pub contents: Option<Arc<str>>,
}

/// How long the steps of a download took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Took {
    /// Until the last host's name was resolved.
    pub dns: Duration,
    /// Until the connection stood.
    pub connect: Duration,
    /// Until TLS was agreed.
    pub tls: Duration,
    /// From the beginning to the answer's head, redirects included.
    pub head: Duration,
    /// From the beginning to the last byte.
    pub whole: Duration,
}

/// Looks at addresses.
#[derive(Debug)]
pub struct Looker {
    fetcher: Fetcher,
    bytes: usize,
    side: Option<u32>,
}

impl Looker {
    /// One that holds to these settings.
    ///
    /// # Errors
    /// The trusted roots cannot be read.
    pub fn new(settings: &Downloads) -> Result<Self, TlsError> {
        let fetcher =
            Fetcher::new(settings.allowed.clone(), client_tls(&settings.roots)?, HeaderValue::from_static(USER_AGENT));
        Ok(Self { fetcher, bytes: settings.bytes, side: settings.side })
    }

    /// Looks at an address within `time`.
    pub async fn look(&self, url: &str, what: What, keep: Keep, time: Duration) -> Seen {
        if url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")) {
            return self.along(url, what);
        }
        let target = match Target::read(url) {
            Ok(target) => target,
            Err(error) => return Seen::wrong(finding::of_address(&error)),
        };
        let limits = Limits { bytes: self.bytes, time, ..Limits::default() };
        match self.fetcher.get(target, limits).await {
            Ok(fetched) => self.there(&fetched, what, keep),
            Err(error) => Seen::wrong(finding::of_fetch(&error)),
        }
    }

    /// What came along.
    fn along(&self, url: &str, what: What) -> Seen {
        let read = DataUrl::read(url).and_then(|data| Ok((data.media_type.to_ascii_lowercase(), data.decode()?)));
        let (media_type, bytes) = match read {
            Ok(read) => read,
            Err(error) => return Seen::wrong(finding::of_data_url(&error)),
        };
        let mut seen = Seen { media_type, bytes: bytes.len(), ..Seen::default() };
        if bytes.len() > self.bytes {
            seen.problem = Some(finding::large(bytes.len() as u64, self.bytes));
        } else if what == What::Image {
            self.judge(&mut seen, &bytes, None);
            // Of what came along the type is the caller's own word, which strict providers hold against the bytes.
            seen.problem = seen.problem.take().or_else(|| seen.hint.take_if(|hint| hint.is_about_type()));
        }
        seen
    }

    /// What an answer brought.
    fn there(&self, fetched: &Fetched, what: What, keep: Keep) -> Seen {
        let way = fetched.hops.iter().map(|hop| &hop.target).chain([&fetched.target]);
        let mut seen = Seen {
            media_type: fetched.content_type().unwrap_or_default(),
            bytes: fetched.body.len(),
            way: way.map(|target| target.url().to_string()).collect(),
            inside: fetched.reached.inside.map(finding::inside),
            took: Some(Took {
                dns: fetched.reached.dns,
                connect: fetched.reached.connect,
                tls: fetched.reached.tls,
                head: fetched.head,
                whole: fetched.whole,
            }),
            ..Seen::default()
        };
        if !fetched.status.is_success() {
            seen.problem = Some(finding::of_status(fetched.status));
            return seen;
        }
        match what {
            What::Image => self.judge(&mut seen, &fetched.body, Some(&fetched.target)),
            What::File if fetched.body.is_empty() => seen.problem = Some(finding::empty()),
            What::File => {}
        }
        if keep == Keep::Contents && seen.problem.is_none() {
            seen.contents = Some(data_url(&seen, &fetched.body));
        }
        seen
    }

    /// Holds the bytes against what models read.
    fn judge(&self, seen: &mut Seen, bytes: &[u8], from: Option<&Target>) {
        let picture = match picture::read(bytes) {
            Ok(picture) => picture,
            Err(error) => {
                seen.problem = Some(finding::of_bytes(&error, &seen.media_type, from));
                return;
            }
        };
        seen.picture = Some(picture);
        let longest = picture.width.max(picture.height);
        seen.problem = match self.side {
            Some(most) if longest > most => Some(finding::dimensions(picture, most)),
            _ if picture.animated && picture.format == Format::Gif => Some(finding::animated(picture)),
            _ => None,
        };
        seen.hint = match () {
            () if longest > finding::SIDE_OF_STRICT => Some(finding::dimensions(picture, finding::SIDE_OF_STRICT)),
            () if picture.animated => Some(finding::animated(picture)),
            () if is_another(&seen.media_type, picture.format) => {
                Some(finding::type_mismatch(&seen.media_type, picture))
            }
            () if picture.unmarked => Some(finding::unmarked(picture)),
            () => None,
        };
    }
}

/// Whether a type is given and is not the picture's. Storage services say octet-stream of everything.
fn is_another(media_type: &str, format: Format) -> bool {
    !matches!(media_type, "" | "application/octet-stream" | "binary/octet-stream" | "image/*")
        && !format.is_called(media_type)
}

fn data_url(seen: &Seen, bytes: &[u8]) -> Arc<str> {
    let media_type = match seen.picture {
        Some(picture) => picture.format.media_type(),
        // It goes into JSON as it is: nothing but a plain name will do.
        None if is_plain(&seen.media_type) => &seen.media_type,
        None => "application/octet-stream",
    };
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4 + 64);
    text.push_str("data:");
    text.push_str(media_type);
    text.push_str(";base64,");
    STANDARD.encode_string(bytes, &mut text);
    text.into()
}

fn is_plain(media_type: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/.+-_".contains(&b);
    !media_type.is_empty() && media_type.len() <= 100 && media_type.bytes().all(plain)
}

impl Seen {
    fn wrong(problem: Finding) -> Self {
        Self { problem: Some(problem), ..Self::default() }
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn summary(&self) -> String {
        let what = match self.picture {
            Some(Picture { format, width, height, .. }) => format!("a {format} of {width} × {height} pixels"),
            None if self.media_type.is_empty() => "a file".to_owned(),
            None => format!("a file of type {}", self.media_type),
        };
        let took = self.took.map(|took| format!(", fetched in {} ms", took.whole.as_millis())).unwrap_or_default();
        format!("{what}, {} bytes{took}", self.bytes)
    }
}
