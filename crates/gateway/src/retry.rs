//! When and how often a failed attempt may be followed by another: the share of traffic that may be repetition, the
//! pause between two rounds, and what may be repeated at all.
//!
//! In: an attempt's error. Out: [`Again`], a pause, a leave from the [`Budget`]. The attempts are made by `send`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tollgate_errors::{By, Cause, catalog as causes};

use crate::send::SendError;
use crate::settings::{self, Condition};
use crate::upstream::{Limit, UpstreamError};

/// Repetitions that are allowed within [`SECONDS`] whatever the traffic is, so that a lonely request, or the first
/// ones after a start, can be saved too.
const ALWAYS: u64 = 100;
/// How far back the budget looks.
const SECONDS: usize = 10;

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
        // What the sandbox was asked for is what the caller wants to see.
        SendError::Record(_) | SendError::Open { .. } | SendError::Asked(_) => Again::No,
        SendError::Upstream { error, .. } => match error {
            UpstreamError::Tls { .. }
            | UpstreamError::Late(
                Limit::Connect | Limit::FirstByte | Limit::FirstToken | Limit::Idle | Limit::Attempt,
            ) => Again::Elsewhere,
            UpstreamError::Late(Limit::Total | Limit::Drain) => Again::No,
            UpstreamError::Dns { .. }
            | UpstreamError::Refused { .. }
            | UpstreamError::Unreachable { .. }
            | UpstreamError::ClosedBeforeAnswer { .. }
            | UpstreamError::ClosedInsideAnswer { .. }
            | UpstreamError::Protocol(_)
            | UpstreamError::Garbled { .. } => Again::Anywhere,
        },
        SendError::CredentialRejected { .. } | SendError::Redirect { .. } => Again::Elsewhere,
        // Another deployment may serve another model.
        SendError::Unfit { .. } => Again::Elsewhere,
        SendError::Shape { lasts: true, .. } => Again::Elsewhere,
        SendError::Shape { lasts: false, .. } => Again::Anywhere,
        // What the sandbox answers was asked of it.
        SendError::Provider { asked: true, .. } => Again::No,
        SendError::Provider { status, found, .. } => provider(*status, found.cause),
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
    const LASTING: [&Cause; 9] = [
        &causes::UPSTREAM_MODEL_NOT_FOUND,
        &causes::UPSTREAM_MODEL_RETIRED,
        &causes::UPSTREAM_ENDPOINT_NOT_FOUND,
        &causes::UPSTREAM_QUOTA_EXHAUSTED,
        &causes::UPSTREAM_DAILY_LIMIT,
        &causes::ORG_VERIFICATION_REQUIRED,
        &causes::GCP_API_DISABLED,
        &causes::HTML_INSTEAD_OF_JSON,
        &causes::WAF_BLOCKED,
    ];
    LASTING.contains(&cause)
}

/// Causes that lie with the account, of those that last.
fn is_of_account(cause: &'static Cause) -> bool {
    const OF_ACCOUNT: [&Cause; 4] = [
        &causes::UPSTREAM_MODEL_NOT_FOUND,
        &causes::UPSTREAM_QUOTA_EXHAUSTED,
        &causes::UPSTREAM_DAILY_LIMIT,
        &causes::ORG_VERIFICATION_REQUIRED,
    ];
    OF_ACCOUNT.contains(&cause)
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
        SendError::Record(_) | SendError::Open { .. } | SendError::Asked(_) | SendError::Unfit { .. } => {
            Verdict::Unknown
        }
        SendError::Upstream { error: UpstreamError::Late(Limit::Total | Limit::Drain), .. } => Verdict::Unknown,
        // Its breaker is its own, and the one who can mend it is told why each time, not that a breaker is open.
        SendError::CredentialRejected { on_own_account: true, .. } => Verdict::Works,
        SendError::Provider { on_own_account: true, found, .. } if is_of_account(found.cause) => Verdict::Works,
        // Servers repeat what they refuse: a caller could write words that open the breaker for everybody.
        SendError::CredentialRejected { by: By::Words, .. } => Verdict::Works,
        SendError::Upstream { .. }
        | SendError::CredentialRejected { .. }
        | SendError::Redirect { .. }
        | SendError::Shape { .. } => Verdict::Fails,
        SendError::Provider { asked: true, .. } => Verdict::Works,
        SendError::Provider { found, .. } if lasts(found.cause) && found.by == By::Code => Verdict::Fails,
        SendError::Provider { status, .. } if *status >= 500 && *status != 501 => Verdict::Fails,
        SendError::Provider { .. } => Verdict::Works,
    }
}

/// Whether one failure is enough to know that the deployment fails whoever asks, until somebody sees to it.
pub(crate) fn is_enough(error: &SendError) -> bool {
    match error {
        SendError::Upstream { error, .. } => matches!(error, UpstreamError::Dns { .. } | UpstreamError::Tls { .. }),
        SendError::CredentialRejected { by, .. } => *by != By::Words,
        SendError::Provider { found, asked: false, .. } => lasts(found.cause) && found.by == By::Code,
        _ => false,
    }
}

/// Which kind of fallback an error calls for.
pub(crate) fn condition(error: &SendError) -> Option<Condition> {
    match error {
        SendError::Record(_) | SendError::Asked(_) | SendError::Provider { asked: true, .. } => None,
        SendError::Unfit { diagnosis, .. } => {
            (diagnosis.cause == &causes::CONTEXT_LENGTH_EXCEEDED).then_some(Condition::ContextLength)
        }
        SendError::Upstream { error: UpstreamError::Late(limit), .. } => match limit {
            Limit::Total | Limit::Drain => None,
            _ => Some(Condition::Timeout),
        },
        SendError::Upstream { .. }
        | SendError::CredentialRejected { .. }
        | SendError::Redirect { .. }
        | SendError::Shape { .. }
        | SendError::Open { .. } => Some(Condition::Error),
        SendError::Provider { status, found, .. } => match found.cause {
            c if c == &causes::CONTEXT_LENGTH_EXCEEDED => Some(Condition::ContextLength),
            c if c == &causes::CONTENT_POLICY => Some(Condition::Content),
            c if *status == 429 || c == &causes::UPSTREAM_QUOTA_EXHAUSTED => Some(Condition::RateLimit),
            c if provider(*status, c) == Again::No => None,
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
        SendError::Provider { status: 429, retry_after: None, found, .. }
            if found.cause != &causes::UPSTREAM_REQUEST_EXCEEDS_TPM =>
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
/// much more than callers ask. It looks at the last [`SECONDS`] seconds, so that a crowd that fails at once may be saved
/// by what it brings itself, and an hour of quiet allows no storm after it.
pub(crate) struct Budget {
    /// Requests sent for the first time, and repetitions: all that ever were, and up to the time looked at.
    asked: AtomicU64,
    spent: AtomicU64,
    asked_before: AtomicU64,
    spent_before: AtomicU64,
}

/// What the budget was at the last few seconds. It is kept by whoever tells the budget that a second has passed.
#[derive(Default)]
pub(crate) struct Seconds(VecDeque<(u64, u64)>);

impl Budget {
    pub(crate) fn new() -> Self {
        Self { asked: 0.into(), spent: 0.into(), asked_before: 0.into(), spent_before: 0.into() }
    }

    /// A request has been sent for the first time.
    pub(crate) fn earn(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes the leave for one repetition; false where there is none left.
    pub(crate) fn spend(&self, settings: &settings::Retry) -> bool {
        let share_permille = u64::from(settings.budget_permille);
        if share_permille == 0 {
            return false;
        }
        let asked = self.asked.load(Ordering::Relaxed).saturating_sub(self.asked_before.load(Ordering::Relaxed));
        let most = ALWAYS + asked.saturating_mul(share_permille) / 1000;
        let before = self.spent_before.load(Ordering::Relaxed);
        let take = |spent: u64| (spent.saturating_sub(before) < most).then_some(spent + 1);
        self.spent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// A second has passed.
    pub(crate) fn second(&self, seconds: &mut Seconds) {
        seconds.0.push_back((self.asked.load(Ordering::Relaxed), self.spent.load(Ordering::Relaxed)));
        if seconds.0.len() > SECONDS
            && let Some((asked, spent)) = seconds.0.pop_front()
        {
            self.asked_before.store(asked, Ordering::Relaxed);
            self.spent_before.store(spent, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use tollgate_errors::Found;

    use super::*;

    fn settings(budget_permille: u32) -> settings::Retry {
        settings::Retry { budget_permille, ..settings::Retry::default() }
    }

    fn spend_all(budget: &Budget) -> u64 {
        (0..).take_while(|_| budget.spend(&settings(200))).count() as u64
    }

    #[test]
    fn what_only_the_account_s_owner_can_mend_is_asked_of_another_deployment_and_speaks_against_this_one() {
        let refused = |cause, by| SendError::Provider {
            deployment: "a/m".to_owned(),
            provider: "a".to_owned(),
            on_own_account: false,
            answered: 400,
            status: 400,
            found: Box::new(Found { by, ..Found::new(cause) }),
            content_type: "application/json".to_owned(),
            retry_after: None,
            body: Vec::new(),
            asked: false,
        };

        let lasting = refused(&causes::ORG_VERIFICATION_REQUIRED, By::Code);
        let in_words = refused(&causes::UPSTREAM_MODEL_NOT_FOUND, By::Words);
        let plain = refused(&causes::PROVIDER_REFUSED, By::Code);

        assert_eq!((again(&lasting), verdict(&lasting)), (Again::Elsewhere, Verdict::Fails));
        assert_eq!(
            (again(&in_words), verdict(&in_words)),
            (Again::Elsewhere, Verdict::Works),
            "they may be a caller's"
        );
        assert_eq!((again(&plain), verdict(&plain)), (Again::No, Verdict::Works));
    }

    #[test]
    fn repetitions_are_a_share_of_the_traffic_beside_what_is_always_allowed() {
        let budget = Budget::new();
        (0..1000).for_each(|_| budget.earn());

        assert_eq!(spend_all(&budget), ALWAYS + 200);
    }

    #[test]
    fn what_was_long_ago_counts_no_more() {
        let (budget, mut seconds) = (Budget::new(), Seconds::default());
        (0..100_000).for_each(|_| budget.earn());
        let passed = |seconds: &mut Seconds, n: usize| (0..n).for_each(|_| budget.second(seconds));
        passed(&mut seconds, SECONDS + 1);

        assert_eq!(spend_all(&budget), ALWAYS);
        passed(&mut seconds, SECONDS);
        assert_eq!(spend_all(&budget), 0, "within the time it is spent");
        passed(&mut seconds, 1);
        assert_eq!(spend_all(&budget), ALWAYS);
    }

    #[test]
    fn a_share_of_nothing_allows_nothing() {
        let budget = Budget::new();
        (0..1000).for_each(|_| budget.earn());

        assert!(!budget.spend(&settings(0)));
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
