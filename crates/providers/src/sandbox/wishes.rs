//! What a caller wants of the sandbox besides OpenAI's parameters: how slow, how large, in what pieces.
//!
//! In: headers by name, or what a configuration says. Out: [`Wishes`], or the refusal of a value that is none. All are
//! bounded, so that nobody can hold a connection or fill the memory with one request; who asks for more than a bound is
//! told which.

use std::time::Duration;

use super::refusal::Refusal;

/// Milliseconds before the first byte.
const LATENCY: &str = "x-sandbox-latency-ms";
/// Milliseconds between two events of a stream.
const CHUNK: &str = "x-sandbox-chunk-ms";
/// Tokens of one event of a stream.
const CHUNK_TOKENS: &str = "x-sandbox-chunk-tokens";
/// Tokens of an answer in prose.
const TOKENS: &str = "x-sandbox-tokens";

/// The headers, and the most that each can ask for.
const MOST: [(&str, u32); 4] = [(LATENCY, 120_000), (CHUNK, 10_000), (CHUNK_TOKENS, 1000), (TOKENS, 16_384)];

/// What a caller wants. Nothing is what most want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wishes {
    /// How long to wait before the first byte, instead of the model's own time.
    pub before: Option<Duration>,
    /// How long to wait between two events of a stream, instead of the model's own time.
    pub between: Option<Duration>,
    /// Tokens of one event of a stream.
    pub chunk_tokens: Option<u32>,
    /// Tokens of an answer in prose.
    pub tokens: Option<u32>,
    /// The usage at the end of a stream is not the caller's wish but the gateway's, so that events before do not speak of it.
    pub usage_is_ours: bool,
}

/// A header of the sandbox that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadWish {
    /// Its value is not what it may be.
    Value {
        /// Its name.
        name: &'static str,
        /// Its value, cut.
        got: String,
        /// The least it may be.
        least: u32,
        /// The most.
        most: u32,
    },
    /// There is no such header.
    Unknown {
        /// Its name in lower case, cut.
        name: String,
    },
}

impl Wishes {
    /// The names of the headers, in lower case.
    pub const HEADERS: [&'static str; 4] = [LATENCY, CHUNK, CHUNK_TOKENS, TOKENS];

    /// The wishes of a request, whose headers `value` finds by their names in lower case.
    ///
    /// # Errors
    ///
    /// The first header that is not an integer within its bounds.
    pub fn read<'a>(value: impl Fn(&str) -> Option<&'a [u8]>) -> Result<Self, BadWish> {
        let mut wishes = Self::default();
        for (name, most) in MOST {
            let Some(bytes) = value(name) else { continue };
            let number = std::str::from_utf8(bytes).ok().and_then(|text| text.trim().parse::<u32>().ok());
            let least = u32::from(name == CHUNK_TOKENS || name == TOKENS);
            let Some(number) = number.filter(|number| (least..=most).contains(number)) else {
                let got = String::from_utf8_lossy(bytes).chars().take(40).collect();
                return Err(BadWish::Value { name, got, least, most });
            };
            let time = Duration::from_millis(u64::from(number));
            match name {
                LATENCY => wishes.before = Some(time),
                CHUNK => wishes.between = Some(time),
                CHUNK_TOKENS => wishes.chunk_tokens = Some(number),
                _ => wishes.tokens = Some(number),
            }
        }
        Ok(wishes)
    }

    /// These, and `others` where there are none.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            before: self.before.or(others.before),
            between: self.between.or(others.between),
            chunk_tokens: self.chunk_tokens.or(others.chunk_tokens),
            tokens: self.tokens.or(others.tokens),
            usage_is_ours: self.usage_is_ours || others.usage_is_ours,
        }
    }

    /// Tokens of one event of a stream.
    pub(super) fn piece(&self) -> usize {
        self.chunk_tokens.map_or(1, |tokens| tokens as usize)
    }
}

impl BadWish {
    /// A header that begins like the sandbox's, and is none of them.
    #[must_use]
    pub fn unknown(name: &[u8]) -> Self {
        let name: String = String::from_utf8_lossy(name).chars().take(60).collect();
        Self::Unknown { name: name.to_ascii_lowercase() }
    }

    /// The answer to it: status and JSON.
    #[must_use]
    pub fn refusal(&self) -> (u16, Vec<u8>) {
        let refusal = match self {
            Self::Value { name, got, least, most } => Refusal::new(format!(
                "Invalid header '{name}': expected an integer from {least} to {most}, but got '{got}' instead."
            ))
            .about(*name)
            .code("invalid_value"),
            Self::Unknown { name } => {
                let known: Vec<_> =
                    Wishes::HEADERS.into_iter().chain(super::errors::HEADERS).map(|name| format!("`{name}`")).collect();
                Refusal::new(format!("Unknown header '{name}'. The sandbox knows {}.", known.join(", ")))
                    .about(name.as_str())
                    .code("unknown_parameter")
            }
        };
        (refusal.status, refusal.body())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<Wishes, String> {
        let wishes = Wishes::read(|asked| (asked == name).then_some(value.as_bytes()));
        wishes.map_err(|bad| String::from_utf8(bad.refusal().1).expect("JSON is UTF-8"))
    }

    #[test]
    fn headers_are_numbers_within_bounds() {
        assert_eq!(read("x-sandbox-chunk-ms", "20").map(|w| w.between), Ok(Some(Duration::from_millis(20))));
        assert_eq!(read("x-sandbox-tokens", "500").map(|w| w.tokens), Ok(Some(500)));
        assert_eq!(read("x-other", "x"), Ok(Wishes::default()));
        for (name, value) in
            [("x-sandbox-tokens", "0"), ("x-sandbox-latency-ms", "120001"), ("x-sandbox-chunk-ms", "-1")]
        {
            assert!(read(name, value).is_err_and(|body| body.contains(name)), "{name}: {value}");
        }
        assert!(read("x-sandbox-tokens", "0").is_err_and(|body| body.contains("an integer from 1 to 16384")));
    }

    #[test]
    fn a_header_that_does_not_exist_is_refused_with_those_that_do() {
        let (status, body) = BadWish::unknown(b"X-Sandbox-Delay").refusal();
        let body = String::from_utf8(body).expect("JSON is UTF-8");

        assert_eq!(status, 400);
        for name in ["'x-sandbox-delay'", "`x-sandbox-latency-ms`", "`x-sandbox-error`"] {
            assert!(body.contains(name), "{body}");
        }
    }
}
