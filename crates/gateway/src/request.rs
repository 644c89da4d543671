//! A request as the stages see it: its bytes, and where in them the interesting parts stand. Whether it came by
//! HTTP/1.1 or h2 no longer shows.

use std::net::IpAddr;
use std::ops::Range;
use std::time::Instant;

use tollgate_core::id::RequestId;

/// The headers that a stage reads; all others are neither kept nor passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Name {
    Authorization,
    ApiKey,
    XApiKey,
    XGoogApiKey,
    ContentType,
    ContentEncoding,
    UserAgent,
    Accept,
    Organization,
    Project,
    Diagnosis,
    IfNoneMatch,
    IdempotencyKey,
    Traceparent,
    Tracestate,
    Origin,
    RequestMethod,
    StainlessLang,
    StainlessVersion,
    SandboxError,
    SandboxErrorAt,
    SandboxFault,
    SandboxLatency,
    SandboxChunk,
    SandboxChunkTokens,
    SandboxTokens,
    /// Any other that begins with `x-sandbox-`; what is kept is its name.
    SandboxOther,
}

const NAMES: usize = Name::SandboxOther as usize + 1;

impl Name {
    /// The interesting header of this name, in any letter case.
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        let candidate = match name.len() {
            6 => match name[0] | 0x20 {
                b'a' => (Self::Accept, "accept"),
                _ => (Self::Origin, "origin"),
            },
            7 => (Self::ApiKey, "api-key"),
            9 => (Self::XApiKey, "x-api-key"),
            10 => match name[0] | 0x20 {
                b'u' => (Self::UserAgent, "user-agent"),
                _ => (Self::Tracestate, "tracestate"),
            },
            11 => (Self::Traceparent, "traceparent"),
            12 => (Self::ContentType, "content-type"),
            13 => match name[0] | 0x20 {
                b'a' => (Self::Authorization, "authorization"),
                _ => (Self::IfNoneMatch, "if-none-match"),
            },
            14 => match name[0] | 0x20 {
                b'o' => (Self::Project, "openai-project"),
                _ => (Self::XGoogApiKey, "x-goog-api-key"),
            },
            15 => match name[10] | 0x20 {
                b'e' => (Self::SandboxError, "x-sandbox-error"),
                b'y' => (Self::IdempotencyKey, "idempotency-key"),
                _ => (Self::SandboxFault, "x-sandbox-fault"),
            },
            16 => match name[0] | 0x20 {
                b'c' => (Self::ContentEncoding, "content-encoding"),
                _ if name[3] | 0x20 == b'a' => (Self::SandboxTokens, "x-sandbox-tokens"),
                _ => (Self::StainlessLang, "x-stainless-lang"),
            },
            18 => match name[10] | 0x20 {
                b'c' => (Self::SandboxChunk, "x-sandbox-chunk-ms"),
                _ => (Self::SandboxErrorAt, "x-sandbox-error-at"),
            },
            19 => (Self::Organization, "openai-organization"),
            20 => match name[2] | 0x20 {
                b's' => (Self::SandboxLatency, "x-sandbox-latency-ms"),
                _ => (Self::Diagnosis, "x-tollgate-diagnosis"),
            },
            22 => (Self::SandboxChunkTokens, "x-sandbox-chunk-tokens"),
            27 => (Self::StainlessVersion, "x-stainless-package-version"),
            29 => (Self::RequestMethod, "access-control-request-method"),
            _ => return Self::of_sandbox(name),
        };
        if name.eq_ignore_ascii_case(candidate.1.as_bytes()) { Some(candidate.0) } else { Self::of_sandbox(name) }
    }

    fn of_sandbox(name: &[u8]) -> Option<Self> {
        const BEGINNING: &[u8] = b"x-sandbox-";
        let begins = name.get(..BEGINNING.len()).is_some_and(|start| start.eq_ignore_ascii_case(BEGINNING));
        begins.then_some(Self::SandboxOther)
    }

    /// What of a header is kept.
    pub(crate) fn telling<'h>(self, name: &'h [u8], value: &'h [u8]) -> &'h [u8] {
        if self == Self::SandboxOther { name } else { value }
    }
}

/// A stretch of the request's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    const ABSENT: Self = Self { start: 0, len: u32::MAX };

    pub(crate) fn new(start: usize, len: usize) -> Self {
        // A head is at most a few megabytes, by its own ceiling.
        Self { start: start as u32, len: len as u32 }
    }

    fn range(self) -> Option<Range<usize>> {
        (self.len != u32::MAX).then(|| self.start as usize..self.start as usize + self.len as usize)
    }
}

/// Where the interesting headers stand. Of a repeated one the first counts, and that it is repeated is known.
#[derive(Debug, Clone)]
pub(crate) struct Headers {
    spans: [Span; NAMES],
    repeated: u32,
}

impl Headers {
    pub(crate) fn new() -> Self {
        Self { spans: [Span::ABSENT; NAMES], repeated: 0 }
    }

    pub(crate) fn note(&mut self, name: Name, span: Span) {
        let slot = &mut self.spans[name as usize];
        if *slot == Span::ABSENT {
            *slot = span;
        } else {
            self.repeated |= 1 << name as u8;
        }
    }

    pub(crate) fn is_repeated(&self, name: Name) -> bool {
        self.repeated & (1 << name as u8) != 0
    }
}

/// A request's method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
    Post,
    Delete,
    Options,
    Other,
}

impl Method {
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "DELETE" => Self::Delete,
            "OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }
}

/// One request.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) id: RequestId,
    pub(crate) accepted: Instant,
    /// Unix seconds of the acceptance.
    pub(crate) now: i64,
    pub(crate) peer: IpAddr,
    pub(crate) method: Method,
    /// The method's word, the target's path (origin form) and its query.
    pub(crate) method_word: Span,
    pub(crate) path: Span,
    pub(crate) query: Span,
    pub(crate) headers: Headers,
    /// Head and body; behind the body perhaps the next request.
    pub(crate) bytes: Vec<u8>,
    pub(crate) body: Range<usize>,
}

impl Request {
    fn at(&self, span: Span) -> &[u8] {
        span.range().map_or(&[], |r| &self.bytes[r])
    }

    /// A header's value, without white space around it.
    pub(crate) fn header(&self, name: Name) -> Option<&[u8]> {
        self.headers.spans[name as usize].range().map(|r| self.bytes[r].trim_ascii())
    }

    /// A header's value as text; `None` also where it is not ASCII.
    pub(crate) fn header_text(&self, name: Name) -> Option<&str> {
        self.header(name).and_then(|v| std::str::from_utf8(v).ok())
    }

    pub(crate) fn path(&self) -> &str {
        std::str::from_utf8(self.at(self.path)).unwrap_or("")
    }

    pub(crate) fn query(&self) -> &str {
        std::str::from_utf8(self.at(self.query)).unwrap_or("")
    }

    pub(crate) fn method_word(&self) -> &str {
        std::str::from_utf8(self.at(self.method_word)).unwrap_or("")
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[self.body.clone()]
    }

    /// Name and version of the client, from the SDK's own headers or the `User-Agent`; at most 64 characters.
    pub(crate) fn client(&self) -> String {
        let agent = self.header_text(Name::UserAgent).unwrap_or("");
        let text = match (self.header_text(Name::StainlessLang), self.header_text(Name::StainlessVersion)) {
            (Some(lang), Some(version)) => format!("openai-{lang} {version}"),
            _ => agent.to_owned(),
        };
        text.chars().filter(|c| !c.is_control()).take(64).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_finds_its_header_in_any_case() {
        for name in [
            "authorization",
            "api-key",
            "x-api-key",
            "x-goog-api-key",
            "content-type",
            "content-encoding",
            "user-agent",
            "accept",
            "openai-organization",
            "openai-project",
            "x-tollgate-diagnosis",
            "if-none-match",
            "traceparent",
            "tracestate",
            "origin",
            "access-control-request-method",
            "x-stainless-lang",
            "x-stainless-package-version",
            "x-sandbox-error",
            "x-sandbox-error-at",
            "x-sandbox-fault",
            "x-sandbox-latency-ms",
            "x-sandbox-chunk-ms",
            "x-sandbox-chunk-tokens",
            "x-sandbox-tokens",
        ] {
            assert!(Name::of(name.as_bytes()).is_some(), "{name}");
            assert_eq!(Name::of(name.to_ascii_uppercase().as_bytes()), Name::of(name.as_bytes()));
        }
        assert_eq!(Name::of(b"cookie"), None);
        assert_eq!(Name::of(b""), None);
    }
}
