//! The values of settings that TOML has no type for: durations, sizes, and other texts with a form.
//!
//! In: a text such as `30s`, `1MiB`, `127.0.0.1:4000`. Out: the value, or what is allowed in its place. The name of a
//! form ([`FORMS`]) stands as `format` in the JSON Schema, which is how a text is checked before its type is known.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::address;

/// A span of time, written as a whole number and a unit: `10ms`, `30s`, `5m`, `24h`, `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DurationText(pub Duration);

/// A number of bytes, written as a whole number and a unit: `512B`, `64KiB`, `1MiB`, `4GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SizeText(pub u64);

/// When the journal is synchronised to the disk: `strict`, or at the latest after a span such as `10ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SyncText {
    /// Before the caller's last byte leaves.
    Strict,
    /// By another thread, this long after the write at the latest.
    Within(Duration),
}

/// The text has not the form it should have; holds what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct WrongForm(pub &'static str);

/// A form that a text can be asked to have.
pub(crate) struct Form {
    /// Its name, `format` in the JSON Schema.
    pub(crate) name: &'static str,
    /// What is allowed, as a message says it.
    pub(crate) allowed: &'static str,
    /// How far the value is from its smallest one, for ranges; `None` where the text has another form.
    pub(crate) measure: fn(&str) -> Option<u128>,
}

const DURATION: &str = "a whole number and a unit, ms, s, m, h or d, for example \"30s\"";
const SIZE: &str = "a whole number and a unit, B, KiB, MiB, GiB or TiB, for example \"1MiB\"";
const SYNC: &str = "\"strict\", or a time from \"1ms\" to \"1s\", for example \"10ms\"";

/// All forms.
pub(crate) const FORMS: &[Form] = &[
    Form { name: "duration", allowed: DURATION, measure: |t| t.parse::<DurationText>().ok().map(|d| d.0.as_millis()) },
    Form { name: "size", allowed: SIZE, measure: |t| t.parse::<SizeText>().ok().map(|s| s.0.into()) },
    Form { name: "sync", allowed: SYNC, measure: |t| t.parse::<SyncText>().ok().map(|_| 0) },
    Form {
        name: "address",
        allowed: "an IP address and a port, for example \"127.0.0.1:4000\" or \"[::1]:4000\"",
        measure: |t| t.parse::<SocketAddr>().ok().map(|_| 0),
    },
    Form {
        name: "date",
        allowed: "a date as YYYY-MM-DD, for example \"2027-03-31\"",
        measure: |t| address::midnight(t).map(|_| 0),
    },
    Form {
        name: "moment",
        allowed: "a moment in RFC 3339, for example \"2027-03-31T08:00Z\"",
        measure: |t| address::moment(t).map(|_| 0),
    },
];

/// The form of a name.
pub(crate) fn form(name: &str) -> Option<&'static Form> {
    FORMS.iter().find(|f| f.name == name)
}

const DURATION_UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 24 * 3_600_000)];
const SIZE_UNITS: [(&str, u64); 5] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];

fn measured(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// With the largest unit that leaves a whole number.
fn written(number: u64, units: &[(&str, u64)]) -> String {
    let (unit, factor) =
        units.iter().rev().find(|(_, factor)| number >= *factor && number.is_multiple_of(*factor)).unwrap_or(&units[0]);
    format!("{}{unit}", number / factor)
}

impl FromStr for DurationText {
    type Err = WrongForm;

    fn from_str(text: &str) -> Result<Self, WrongForm> {
        measured(text, &DURATION_UNITS).map(|ms| Self(Duration::from_millis(ms))).ok_or(WrongForm(DURATION))
    }
}

impl fmt::Display for DurationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_zero() {
            // Nothing in milliseconds would look like a short time.
            return f.write_str("0s");
        }
        f.write_str(&written(u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX), &DURATION_UNITS))
    }
}

impl FromStr for SizeText {
    type Err = WrongForm;

    fn from_str(text: &str) -> Result<Self, WrongForm> {
        measured(text, &SIZE_UNITS).map(Self).ok_or(WrongForm(SIZE))
    }
}

impl fmt::Display for SizeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self.0, &SIZE_UNITS))
    }
}

impl FromStr for SyncText {
    type Err = WrongForm;

    fn from_str(text: &str) -> Result<Self, WrongForm> {
        if text == "strict" {
            return Ok(Self::Strict);
        }
        let within = text.parse::<DurationText>().map_err(|_| WrongForm(SYNC))?.0;
        let range = Duration::from_millis(1)..=Duration::from_secs(1);
        range.contains(&within).then_some(Self::Within(within)).ok_or(WrongForm(SYNC))
    }
}

impl fmt::Display for SyncText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strict => f.write_str("strict"),
            Self::Within(within) => DurationText(*within).fmt(f),
        }
    }
}

/// A text type for serde (from and into `String`) and for the JSON Schema.
macro_rules! text_type {
    ($type:ty, $form:literal, $pattern:literal) => {
        impl TryFrom<String> for $type {
            type Error = WrongForm;

            fn try_from(text: String) -> Result<Self, WrongForm> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $form.into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $form, "pattern": $pattern })
            }
        }
    };
}

text_type!(DurationText, "duration", "^[0-9]+(ms|s|m|h|d)$");
text_type!(SizeText, "size", "^[0-9]+(B|KiB|MiB|GiB|TiB)$");
text_type!(SyncText, "sync", "^(strict|[0-9]+(ms|s))$");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn durations_and_sizes_read_back_as_written(number in 0u64..1 << 40) {
            let duration = DurationText(Duration::from_millis(number));
            let size = SizeText(number);

            prop_assert_eq!(duration.to_string().parse(), Ok(duration));
            prop_assert_eq!(size.to_string().parse(), Ok(size));
        }

        #[test]
        fn no_text_makes_a_form_panic(text in ".{0,40}") {
            for form in FORMS {
                let _ = (form.measure)(&text);
            }
        }
    }

    #[test]
    fn the_largest_whole_unit_is_written() {
        assert_eq!(DurationText(Duration::from_secs(900)).to_string(), "15m");
        assert_eq!(DurationText(Duration::from_millis(1500)).to_string(), "1500ms");
        assert_eq!(DurationText(Duration::ZERO).to_string(), "0s");
        assert_eq!(SizeText(64 << 10).to_string(), "64KiB");
        assert_eq!(SizeText(0).to_string(), "0B");
    }

    #[test]
    fn what_has_no_unit_or_is_too_large_is_refused() {
        for text in ["", "30", "s", "-1s", "1.5s", "30 s", "30S", "99999999999999999999s", "9999999999999999999d"] {
            assert_eq!(text.parse::<DurationText>(), Err(WrongForm(DURATION)), "{text}");
        }
        for text in ["", "1", "1MB", "1mib", "MiB", "99999999999999TiB"] {
            assert_eq!(text.parse::<SizeText>(), Err(WrongForm(SIZE)), "{text}");
        }
        assert_eq!("2s".parse::<SyncText>(), Err(WrongForm(SYNC)));
    }
}
