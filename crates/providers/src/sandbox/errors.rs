//! Failures on demand: what a request asks the sandbox to fail with.
//!
//! In: the headers `x-sandbox-error`, `x-sandbox-error-at`, `x-sandbox-fault`, and the model's name. Out: a [`Demand`], or
//! why it cannot be met. The failures themselves are data of `tollgate_errors::trigger`; making them is the gateway's work,
//! which has the connections.

use tollgate_errors::trigger::{self, Trigger};

/// A model of this beginning fails with what follows.
pub const ERROR_MODEL_PREFIX: &str = "sandbox-error-";

/// The model that stands behind every name of that beginning.
pub const ERROR_MODEL: &str = "sandbox-error";

/// The headers that ask for a failure.
pub const HEADERS: [&str; 3] = ["x-sandbox-error", "x-sandbox-error-at", "x-sandbox-fault"];

/// Events of a stream that come before a failure in its middle.
const EVENTS_BEFORE: usize = 6;

/// A failure that was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Demand {
    /// Which.
    pub trigger: &'static Trigger,
    /// In the middle of a stream, after some of its events.
    pub in_the_middle: bool,
    /// It is to be treated as a provider's failure: repeated, failed over, counted, translated. Else it is what the
    /// caller sees.
    pub as_providers: bool,
}

/// Why a demand cannot be met.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DemandError {
    /// There is no failure of this name.
    #[error("there is no failure of that name")]
    Unknown {
        /// Where it was asked for: the header, or `model`.
        place: &'static str,
        /// As it was asked for, cut.
        name: String,
        /// Names that resemble it.
        nearest: Vec<&'static str>,
    },
    /// It has no answer that could be sent.
    #[error("no answer tells of it")]
    Untellable {
        /// Where it was asked for.
        place: &'static str,
        /// The name.
        name: String,
    },
    /// A header has a value that it does not know.
    #[error("`{header}` is {allowed}, and `{found}` came")]
    Value {
        /// Which header.
        header: &'static str,
        /// As it came, cut.
        found: String,
        /// What it may be.
        allowed: &'static str,
    },
}

/// The headers of a request that ask for a failure, as they came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// `x-sandbox-error`
    pub error: Option<&'a [u8]>,
    /// `x-sandbox-error-at`
    pub at: Option<&'a [u8]>,
    /// `x-sandbox-fault`
    pub fault: Option<&'a [u8]>,
}

impl Demand {
    /// What `asked` and `model` ask for; the header counts before the model's name.
    ///
    /// # Errors
    /// See [`DemandError`].
    pub fn read(asked: Asked<'_>, model: &str) -> Result<Option<Self>, DemandError> {
        let by_header = asked.error.map(|name| (text(name), "x-sandbox-error"));
        let by_model = || model.strip_prefix(ERROR_MODEL_PREFIX).map(|name| (name.to_owned(), "model"));
        let Some((name, place)) = by_header.or_else(by_model) else {
            return Ok(None);
        };
        let Some(trigger) = trigger::by_name(&name) else {
            let nearest = trigger::nearest(&name);
            return Err(DemandError::Unknown { place, name, nearest });
        };
        if !trigger.can_be_asked() {
            return Err(DemandError::Untellable { place, name });
        }
        let in_the_middle = one_of("x-sandbox-error-at", asked.at, "start", "middle", "`start` or `middle`")?;
        let as_providers = one_of("x-sandbox-fault", asked.fault, "asked", "upstream", "`asked` or `upstream`")?;
        Ok(Some(Self { trigger, in_the_middle, as_providers }))
    }

    /// How many events of a stream of `events` come before a failure in its middle: at least one, never all.
    #[must_use]
    pub fn events_before(events: usize) -> usize {
        (events / 2).clamp(1, EVENTS_BEFORE)
    }
}

/// Whether a header that may be `no` or `yes` is the latter.
fn one_of(
    header: &'static str,
    value: Option<&[u8]>,
    no: &str,
    yes: &str,
    allowed: &'static str,
) -> Result<bool, DemandError> {
    match value.map(text) {
        None => Ok(false),
        Some(word) if word.eq_ignore_ascii_case(no) => Ok(false),
        Some(word) if word.eq_ignore_ascii_case(yes) => Ok(true),
        Some(found) => Err(DemandError::Value { header, found, allowed }),
    }
}

fn text(value: &[u8]) -> String {
    let value = value.trim_ascii();
    String::from_utf8_lossy(&value[..value.len().min(100)]).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(error: &str, at: &str, fault: &str, model: &str) -> Result<Option<Demand>, DemandError> {
        let given = |text: &'static str| (!text.is_empty()).then_some(text.as_bytes());
        let leak = |text: &str| -> &'static str { text.to_owned().leak() };
        let asked = Asked { error: given(leak(error)), at: given(leak(at)), fault: given(leak(fault)) };
        Demand::read(asked, model)
    }

    #[test]
    fn a_header_or_a_model_asks_for_a_failure() {
        let name = |demand: Result<Option<Demand>, DemandError>| demand.unwrap().map(|d| d.trigger.name);

        assert_eq!(name(read("rate_limit_rpm", "", "", "sandbox")), Some("rate_limit_rpm"));
        assert_eq!(name(read("", "", "", "sandbox-error-server_error")), Some("server_error"));
        assert_eq!(name(read("Rate-Limit-RPM", "", "", "sandbox")), Some("rate_limit_rpm"));
        assert_eq!(name(read("slow_down", "", "", "sandbox-error-server_error")), Some("slow_down"));
        assert_eq!(name(read("", "middle", "upstream", "sandbox")), None);
    }

    #[test]
    fn the_moment_and_the_treatment_are_words() {
        let demand = read("server_error", "Middle", "UPSTREAM", "").unwrap().unwrap();

        assert!(demand.in_the_middle && demand.as_providers);
        assert!(matches!(read("server_error", "end", "", ""), Err(DemandError::Value { .. })));
        assert!(matches!(read("server_error", "", "yes", ""), Err(DemandError::Value { .. })));
    }

    #[test]
    fn what_cannot_be_met_is_told() {
        let unknown = read("server_eror", "", "", "").unwrap_err();

        let DemandError::Unknown { nearest, .. } = unknown else { panic!("{unknown:?}") };
        assert_eq!(nearest[0], "server_error");
        assert!(matches!(read("unknown", "", "", ""), Err(DemandError::Untellable { .. })));
    }

    #[test]
    fn a_failure_in_the_middle_comes_after_the_first_event_and_before_the_last() {
        for events in 2..200 {
            assert!((1..events).contains(&Demand::events_before(events)), "{events}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(error: Vec<u8>, at: Vec<u8>, model in ".{0,40}") {
            let asked = Asked { error: Some(&error), at: Some(&at), fault: Some(&at) };
            let _ = Demand::read(asked, &model);
        }
    }
}
