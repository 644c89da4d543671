//! When and how often a failed attempt may be followed by another: the share of traffic that may be repetition, the
//! pause between two rounds, and what may be repeated at all.
//!
//! In: an attempt's error. Out: [`Again`], a pause, a leave from the [`Budget`]. The attempts are made by `send`.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tollgate_errors::{Cause, catalog as causes};

use crate::send::SendError;
use crate::settings::{self, Condition};
use crate::upstream::{Limit, UpstreamError};

/// Thousandths of an attempt that the budget can hold at most, and does at the start.
const BUDGET_MAX: i64 = 100_000;
/// What is earned per second without any traffic: two repetitions, so that a lonely request can be saved too.
const EARNED_PER_SECOND: i64 = 2_000;

/// Which further attempts an error leaves sense in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// None of the same request at the same model.
    No,
    /// At another deployment. This one stays silent, has another fault that lasts, or may be at it still.
    Elsewhere,
    /// At any, after a pause at this one too.
    Anywhere,
}

/// Which further attempts an error leaves sense in.
pub(crate) fn again(error: &SendError) -> Again {
    match error {
        SendError::Record(_) | SendError::Open { .. } => Again::No,
        SendError::Upstream { error, .. } => match error {
            UpstreamError::Tls { .. }
            | UpstreamError::Late(
                Limit::Connect | Limit::FirstByte | Limit::FirstToken | Limit::Idle | Limit::Attempt,
            ) => Again::Elsewhere,
            UpstreamError::Late(Limit::Total) => Again::No,
            UpstreamError::Dns { .. }
            | UpstreamError::Refused { .. }
            | UpstreamError::Unreachable { .. }
            | UpstreamError::ClosedBeforeAnswer { .. }
            | UpstreamError::ClosedInsideAnswer { .. }
            | UpstreamError::Protocol(_)
            | UpstreamError::Garbled { .. } => Again::Anywhere,
        },
        SendError::CredentialRejected { .. } | SendError::Redirect { .. } => Again::Elsewhere,
        SendError::Shape { lasts: true, .. } => Again::Elsewhere,
        SendError::Shape { lasts: false, .. } => Again::Anywhere,
        // What the sandbox answers was asked of it.
        SendError::Provider { asked: true, .. } => Again::No,
        SendError::Provider { status, cause, .. } => provider(*status, cause),
    }
}

fn provider(status: u16, cause: &'static Cause) -> Again {
    if [&causes::CONTEXT_LENGTH_EXCEEDED, &causes::CONTENT_POLICY].contains(&cause) {
        return Again::No;
    }
    if lasts(cause) || cause == &causes::UPSTREAM_REQUEST_EXCEEDS_TPM {
        return Again::Elsewhere;
    }
    match status {
        408 | 429 | 500 | 502..=504 | 520..=530 => Again::Anywhere,
        // Its permission, its account: another deployment's may be in order.
        401..=404 => Again::Elsewhere,
        501 | 505..=599 => Again::Elsewhere,
        _ => Again::No,
    }
}

/// Causes that are the deployment's matter, whoever asks, and that do not pass within a request's time.
fn lasts(cause: &'static Cause) -> bool {
    const LASTING: [&Cause; 7] = [
        &causes::UPSTREAM_MODEL_NOT_FOUND,
        &causes::UPSTREAM_MODEL_RETIRED,
        &causes::UPSTREAM_ENDPOINT_NOT_FOUND,
        &causes::UPSTREAM_QUOTA_EXHAUSTED,
        &causes::UPSTREAM_DAILY_LIMIT,
        &causes::HTML_INSTEAD_OF_JSON,
        &causes::WAF_BLOCKED,
    ];
    LASTING.contains(&cause)
}

/// What a failed attempt says of its deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It works, and refuses this request or asks for patience.
    Works,
    /// It does not.
    Fails,
    /// Nothing.
    Unknown,
}

/// What a failed attempt says of its deployment.
pub(crate) fn verdict(error: &SendError) -> Verdict {
    match error {
        SendError::Record(_) | SendError::Open { .. } => Verdict::Unknown,
        SendError::Upstream { error: UpstreamError::Late(Limit::Total), .. } => Verdict::Unknown,
        SendError::Upstream { .. }
        | SendError::CredentialRejected { .. }
        | SendError::Redirect { .. }
        | SendError::Shape { .. } => Verdict::Fails,
        SendError::Provider { asked: true, .. } => Verdict::Works,
        SendError::Provider { status, cause, .. } if lasts(cause) || (*status >= 500 && *status != 501) => {
            Verdict::Fails
        }
        SendError::Provider { .. } => Verdict::Works,
    }
}

/// Which kind of fallback an error calls for.
pub(crate) fn condition(error: &SendError) -> Option<Condition> {
    match error {
        SendError::Record(_) | SendError::Provider { asked: true, .. } => None,
        SendError::Upstream { error: UpstreamError::Late(limit), .. } => match limit {
            Limit::Total => None,
            _ => Some(Condition::Timeout),
        },
        SendError::Upstream { .. }
        | SendError::CredentialRejected { .. }
        | SendError::Redirect { .. }
        | SendError::Shape { .. }
        | SendError::Open { .. } => Some(Condition::Error),
        SendError::Provider { status, cause, .. } => match *cause {
            c if c == &causes::CONTEXT_LENGTH_EXCEEDED => Some(Condition::ContextLength),
            c if c == &causes::CONTENT_POLICY => Some(Condition::Content),
            c if *status == 429 || c == &causes::UPSTREAM_QUOTA_EXHAUSTED => Some(Condition::RateLimit),
            _ if provider(*status, cause) == Again::No => None,
            _ => Some(Condition::Error),
        },
    }
}

/// How long a provider asked to be left alone, where it did.
pub(crate) fn asked_wait(error: &SendError) -> Option<Duration> {
    match error {
        SendError::Provider { retry_after, .. } => *retry_after,
        _ => None,
    }
}

/// For how long others are to be preferred: what the provider asked for, or a moment after a 429 that asks for nothing.
pub(crate) fn rest(error: &SendError) -> Option<Duration> {
    /// A request that is too large for the limit says nothing of others.
    const REST: Duration = Duration::from_secs(1);
    match error {
        SendError::Provider { asked: true, .. } => None,
        SendError::Provider { status: 429, retry_after: None, cause, .. }
            if *cause != &causes::UPSTREAM_REQUEST_EXCEEDS_TPM =>
        {
            Some(REST)
        }
        other => asked_wait(other),
    }
}

/// The pause before the given round (1 for the first repetition): anything up to a bound that doubles each time (full
/// jitter), so that callers who failed together do not come back together. `random` is from 0 to 1.
pub(crate) fn pause(settings: &settings::Retry, round: u32, random: f64) -> Duration {
    let bound = settings.pause.saturating_mul(1 << round.saturating_sub(1).min(16)).min(settings.pause_max);
    bound.mul_f64(random.clamp(0.0, 1.0))
}

/// Which share of attempts may be repetitions, over the whole process: where all providers fail, they see at most so
/// much more than callers ask.
pub(crate) struct Budget {
    share_permille: i64,
    base: Instant,
    /// Thousandths of an attempt; each request earns its share, each repetition costs 1,000.
    held: AtomicI64,
    /// Second, since `base`, whose earnings were counted last.
    second: AtomicU64,
}

impl Budget {
    pub(crate) fn new(settings: &settings::Retry) -> Self {
        Self {
            share_permille: i64::from(settings.budget_permille),
            base: Instant::now(),
            held: AtomicI64::new(if settings.budget_permille == 0 { 0 } else { BUDGET_MAX }),
            second: AtomicU64::new(0),
        }
    }

    /// A request has been sent for the first time.
    pub(crate) fn earn(&self) {
        if self.held.load(Ordering::Relaxed) < BUDGET_MAX {
            self.held.fetch_add(self.share_permille, Ordering::Relaxed);
        }
    }

    /// Takes the leave for one repetition; false where there is none left.
    pub(crate) fn spend(&self, now: Instant) -> bool {
        let second = now.saturating_duration_since(self.base).as_secs();
        let before = self.second.fetch_max(second, Ordering::Relaxed);
        let passed = i64::try_from(second.saturating_sub(before)).unwrap_or(0).min(60);
        let earned = if self.share_permille == 0 { 0 } else { passed * EARNED_PER_SECOND };
        let take = |held: i64| (held + earned).min(BUDGET_MAX).checked_sub(1000).filter(|left| *left >= 0);
        match self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            Ok(_) => true,
            Err(_) => {
                self.held.fetch_add(earned, Ordering::Relaxed);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(budget_permille: u32) -> settings::Retry {
        settings::Retry { budget_permille, ..settings::Retry::default() }
    }

    #[test]
    fn repetitions_are_a_share_of_the_traffic() {
        let budget = Budget::new(&settings(200));
        let now = budget.base;
        while budget.spend(now) {}
        let mut spent = 0;

        for _ in 0..1000 {
            budget.earn();
            spent += i32::from(budget.spend(now));
        }

        assert_eq!(spent, 200);
    }

    #[test]
    fn a_lonely_request_can_be_repeated_after_a_while() {
        let budget = Budget::new(&settings(200));
        while budget.spend(budget.base) {}

        let later = budget.base + Duration::from_secs(1);

        assert!(budget.spend(later) && budget.spend(later) && !budget.spend(later));
    }

    #[test]
    fn what_was_saved_is_bounded() {
        let budget = Budget::new(&settings(1000));
        (0..10_000).for_each(|_| budget.earn());

        let spent = (0..10_000).filter(|_| budget.spend(budget.base)).count();

        assert!((100..=101).contains(&spent), "{spent}");
    }

    #[test]
    fn the_pause_grows_to_its_bound_and_is_full_jitter() {
        let settings =
            settings::Retry { pause: Duration::from_millis(100), pause_max: Duration::from_secs(1), ..settings(200) };

        assert_eq!(pause(&settings, 1, 0.0), Duration::ZERO);
        assert_eq!(pause(&settings, 1, 1.0), Duration::from_millis(100));
        assert_eq!(pause(&settings, 3, 0.5), Duration::from_millis(200));
        assert_eq!(pause(&settings, 40, 1.0), Duration::from_secs(1));
    }
}
