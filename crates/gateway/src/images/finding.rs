//! What is wrong with an address or with what lies there, as a caller is told it.
//!
//! In: what stood in the way. Out: a [`Finding`]: a cause of the catalogue and a few words. The words never have an
//! address that the caller did not write: a host behind a redirect is not named, nor the address that a name leads to.

use http::StatusCode;
use tollgate_core::operation::Operation;
use tollgate_errors::catalog::{self as causes, wires};
use tollgate_errors::{Cause, Diagnosis};
use tollgate_media::{DataUrlError, NotAPicture, Picture};
use tollgate_outbound::address::Kind;
use tollgate_outbound::fetch::{FetchError, FetchFault};
use tollgate_outbound::{ReachError, Target, TargetError};
use tollgate_providers::openai::links::Link;

/// The longest side that the strictest provider takes, in pixels (Anthropic's published limit).
pub(crate) const SIDE_OF_STRICT: u32 = 8000;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which cause it is.
    pub cause: &'static Cause,
    /// What was seen, in words that a caller may read.
    pub what: String,
}

impl Finding {
    fn new(cause: &'static Cause, what: impl Into<String>) -> Self {
        Self { cause, what: what.into() }
    }

    /// The same, told again so many seconds after it was seen.
    pub(crate) fn seen_before(&self, seconds: u64) -> Self {
        Self { cause: self.cause, what: format!("{} (seen {seconds} s ago)", self.what) }
    }

    pub(crate) fn is_damage(&self) -> bool {
        self.cause == &causes::IMAGE_DAMAGED
    }

    pub(crate) fn is_about_type(&self) -> bool {
        self.cause == &causes::IMAGE_TYPE_MISMATCH
    }

    /// A refusal of the request before the call, as OpenAI would word it.
    pub(crate) fn refusal(&self, link: &Link<'_>, operation: Operation) -> Diagnosis {
        let d = Diagnosis::new(self.cause)
            .fact("what", self.what.as_str())
            .fact("url", if link.is_inline() { "the data: URL" } else { &*link.url })
            .evidence(format!("{}: {}", link.param, self.what));
        if d.wire().code == Some("invalid_image_url") && operation != Operation::ChatCompletions {
            // The Responses API has another code, and `url` as its `param`.
            let late = self.cause == &causes::IMAGE_DOWNLOAD_TIMEOUT;
            return d.with_wire(if late { wires::IMAGE_TIMEOUT_RESPONSES } else { wires::IMAGE_DOWNLOAD_RESPONSES });
        }
        let names_it = d.wire().sentence.contains("{param}") || self.cause == &causes::IMAGE_BASE64_INVALID;
        if names_it { d.param(link.param.as_str()) } else { d }
    }

    /// A provider's refusal with this as its reason. Its own words stay.
    pub(crate) fn beside(&self, mut d: Diagnosis, link: &Link<'_>) -> Diagnosis {
        d.cause = self.cause;
        d.fact("what", self.what.as_str()).evidence(format!("{}: {}", link.param, self.what))
    }
}

/// The request would grow too large.
pub(crate) fn too_large_together(link: &Link<'_>, whole: usize, limit: usize) -> Diagnosis {
    let what = format!("with the contents of its addresses the request has {whole} bytes, and {limit} are taken");
    let d = Diagnosis::new(&causes::IMAGE_TOO_LARGE).fact("what", what.as_str()).evidence(what);
    d.fact("url", &*link.url)
}

/// There is no memory for the contents.
pub(crate) fn no_room() -> Diagnosis {
    Diagnosis::new(&causes::GATEWAY_BODIES_FULL)
        .evidence("the contents of the request's addresses found no room beside all other bodies")
}

/// An address that cannot be fetched.
pub(crate) fn of_address(error: &TargetError) -> Finding {
    let cause = match error {
        TargetError::Scheme(_) => &causes::IMAGE_URL_SCHEME,
        _ => &causes::IMAGE_URL_MALFORMED,
    };
    Finding::new(cause, error.to_string())
}

/// A download that failed.
pub(crate) fn of_fetch(error: &FetchError) -> Finding {
    let redirected = !error.hops.is_empty();
    let behind = if redirected { "behind a redirect, " } else { "" };
    match &error.fault {
        FetchFault::Reach(fault) => of_reach(fault, redirected),
        FetchFault::RedirectTarget(target) => {
            Finding::new(&causes::IMAGE_REDIRECTS, format!("it redirects to what cannot be fetched: {target}"))
        }
        fault @ (FetchFault::RedirectNowhere(_) | FetchFault::Redirects(_)) => {
            Finding::new(&causes::IMAGE_REDIRECTS, fault.to_string())
        }
        fault @ (FetchFault::Http(_) | FetchFault::Cut { .. }) => {
            Finding::new(&causes::IMAGE_HOST_UNREACHABLE, format!("{behind}{fault}"))
        }
        FetchFault::Large { limit, said: Some(said) } => large(*said, *limit),
        FetchFault::Large { limit, said: None } => {
            Finding::new(&causes::IMAGE_TOO_LARGE, format!("it has more than {limit} bytes"))
        }
        fault @ FetchFault::Slow { .. } => Finding::new(&causes::IMAGE_DOWNLOAD_TIMEOUT, format!("{behind}{fault}")),
    }
}

/// No connection. The hosts that errors name are those of the address, unless it redirected.
fn of_reach(error: &ReachError, redirected: bool) -> Finding {
    let name = |host: &str| if redirected { "the place that it redirects to".to_owned() } else { host.to_owned() };
    match error {
        ReachError::NotPublic { host, kind, .. } => {
            Finding::new(&causes::IMAGE_URL_NOT_PUBLIC, format!("{} leads to {kind}", name(host)))
        }
        ReachError::Dns { host, reason } => {
            Finding::new(&causes::IMAGE_HOST_NOT_FOUND, format!("{} cannot be resolved: {reason}", name(host)))
        }
        ReachError::DnsTimeout { host, after } => Finding::new(
            &causes::IMAGE_HOST_NOT_FOUND,
            format!("{} was not resolved within {} ms", name(host), after.as_millis()),
        ),
        ReachError::Refused { host, port } => Finding::new(
            &causes::IMAGE_HOST_UNREACHABLE,
            match redirected {
                true => "the place that it redirects to refused the connection".to_owned(),
                false => format!("nothing listens at port {port} of {host}: the connection was refused"),
            },
        ),
        ReachError::Unreachable { host, reason } => {
            Finding::new(&causes::IMAGE_HOST_UNREACHABLE, format!("{} cannot be reached: {reason}", name(host)))
        }
        ReachError::ConnectTimeout { host, after } => Finding::new(
            &causes::IMAGE_DOWNLOAD_TIMEOUT,
            format!("{} did not accept a connection within {} ms", name(host), after.as_millis()),
        ),
        ReachError::Tls { host, fault } => {
            Finding::new(&causes::IMAGE_HOST_TLS, format!("{}: {}", name(host), fault.words))
        }
        ReachError::TlsTimeout { host, after } => Finding::new(
            &causes::IMAGE_DOWNLOAD_TIMEOUT,
            format!("{} did not agree on TLS within {} ms", name(host), after.as_millis()),
        ),
    }
}

/// A host of the own network, which the gateway may fetch from.
pub(crate) fn inside(kind: Kind) -> Finding {
    let what = format!(
        "it leads to {kind}: this gateway may fetch it from there and the provider cannot; images = \"inline\" sends its contents"
    );
    Finding::new(&causes::IMAGE_URL_NOT_PUBLIC, what)
}

/// An answer that is not a success.
pub(crate) fn of_status(status: StatusCode) -> Finding {
    let cause = match status.as_u16() {
        401 | 403 | 407 => &causes::IMAGE_NEEDS_LOGIN,
        _ => &causes::IMAGE_HOST_ANSWERED,
    };
    Finding::new(cause, format!("the host answered {status}"))
}

/// A data: URL that is wrong.
pub(crate) fn of_data_url(error: &DataUrlError) -> Finding {
    Finding::new(&causes::IMAGE_BASE64_INVALID, error.to_string())
}

/// Bytes that are not a picture.
pub(crate) fn of_bytes(error: &NotAPicture, media_type: &str, from: Option<&Target>) -> Finding {
    let said = if media_type.is_empty() { String::new() } else { format!(", sent as {}", shortened(media_type)) };
    let what = format!("it is {error}{said}");
    match error {
        NotAPicture::Empty => empty(),
        NotAPicture::Damaged(_) => Finding::new(&causes::IMAGE_DAMAGED, what),
        NotAPicture::CutOff { .. } => Finding::new(&causes::IMAGE_DAMAGED, format!("it is {error}")),
        NotAPicture::Page if from.is_some_and(is_for_signing_in) => {
            Finding::new(&causes::IMAGE_NEEDS_LOGIN, "it redirects to a page for signing in")
        }
        NotAPicture::Page if from.is_some() => Finding::new(&causes::IMAGE_IS_PAGE, what),
        _ => Finding::new(&causes::IMAGE_INVALID, format!("{error}{said}; png, jpeg, gif and webp are read")),
    }
}

fn is_for_signing_in(target: &Target) -> bool {
    let path = target.url().path().to_ascii_lowercase();
    ["login", "signin", "sign-in", "sign_in", "/auth", "oauth", "/sso"].iter().any(|word| path.contains(word))
}

pub(crate) fn empty() -> Finding {
    Finding::new(&causes::IMAGE_DAMAGED, "it is empty: there is not one byte")
}

pub(crate) fn large(bytes: u64, limit: usize) -> Finding {
    Finding::new(&causes::IMAGE_TOO_LARGE, format!("it has {bytes} bytes, and {limit} are taken"))
}

pub(crate) fn dimensions(picture: Picture, most: u32) -> Finding {
    let Picture { width, height, .. } = picture;
    Finding::new(&causes::IMAGE_DIMENSIONS, format!("it has {width} × {height} pixels, and {most} are taken on a side"))
}

pub(crate) fn animated(picture: Picture) -> Finding {
    Finding::new(&causes::IMAGE_ANIMATED, format!("it is a {} with more than one frame", picture.format))
}

pub(crate) fn unmarked(picture: Picture) -> Finding {
    Finding::new(
        &causes::IMAGE_DAMAGED,
        format!("it is a {} without its trailer, though with all pixels", picture.format),
    )
}

pub(crate) fn type_mismatch(media_type: &str, picture: Picture) -> Finding {
    let what = format!("the type given is {}, and the bytes are those of a {}", shortened(media_type), picture.format);
    Finding::new(&causes::IMAGE_TYPE_MISMATCH, what)
}

fn shortened(media_type: &str) -> String {
    media_type.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tollgate_outbound::fetch::Hop;

    use super::*;

    fn told(hops: usize, fault: &ReachError) -> String {
        let hop = Hop { target: Target::read("https://a.example/").unwrap(), status: StatusCode::FOUND };
        of_fetch(&FetchError { hops: vec![hop; hops], fault: fault.clone().into(), after: Duration::ZERO }).what
    }

    #[test]
    fn a_place_that_the_caller_did_not_write_is_not_named() {
        let host = || "db.corp.example".to_owned();
        let (address, after) = ([10, 1, 2, 3].into(), Duration::from_millis(7));
        for fault in [
            ReachError::NotPublic { host: host(), address, kind: Kind::Private },
            ReachError::Dns { host: host(), reason: "no such name".to_owned() },
            ReachError::DnsTimeout { host: host(), after },
            ReachError::Refused { host: host(), port: 5432 },
            ReachError::Unreachable { host: host(), reason: "no route".to_owned() },
            ReachError::ConnectTimeout { host: host(), after },
            ReachError::TlsTimeout { host: host(), after },
        ] {
            let (written, redirected) = (told(0, &fault), told(1, &fault));

            assert!(written.contains("db.corp.example"), "{written}");
            for hidden in ["corp", "10.1", "5432"] {
                assert!(!redirected.contains(hidden), "{redirected}");
            }
            assert!(!written.contains("10.1"), "{written}");
        }
    }

    #[test]
    fn a_page_for_signing_in_is_told_from_other_pages() {
        let page = |url: &str| of_bytes(&NotAPicture::Page, "text/html", Some(&Target::read(url).unwrap())).cause.slug;

        assert_eq!(page("https://a.example/accounts/login?next=/a.png"), "image_needs_login");
        assert_eq!(page("https://a.example/catalogue/a"), "image_is_page");
        assert_eq!(of_bytes(&NotAPicture::Page, "", None).cause.slug, "image_invalid");
    }
}
