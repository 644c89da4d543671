//! What was seen: an entry per check, the findings among them, times and tokens.
//!
//! In: entries, as the steps make them. Out: a [`Report`], whole: checks without an entry were not looked at, and say why.
//! All texts are masked on entry.

mod json;

use std::time::Duration;

use tollgate_errors::Cause;

use crate::check::Check;

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// Works, and something about it is worth knowing.
    Note,
    /// A fault.
    Finding,
    /// Not looked at.
    NotLookedAt,
}

impl Verdict {
    /// All of them.
    const ALL: [Self; 4] = [Self::Fine, Self::Note, Self::Finding, Self::NotLookedAt];

    /// Its word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Note => "note",
            Self::Finding => "finding",
            Self::NotLookedAt => "not_looked_at",
        }
    }
}

/// One check and what it came to.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Which one.
    pub check: Check,
    /// What it came to.
    pub verdict: Verdict,
    /// The same in a sentence.
    pub what: String,
    /// What was seen, secrets masked.
    pub evidence: Vec<String>,
    /// The cause of a finding.
    pub cause: Option<&'static Cause>,
    /// What to do about it.
    pub remedy: Option<String>,
    /// How long it took.
    pub took: Option<Duration>,
    /// Only a request that costs shows it.
    pub has_cost: bool,
    /// It is an earlier look's, and was not asked about again.
    pub is_carried: bool,
}

/// What the examination cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests that were sent.
    pub requests: u32,
    /// Those among them that a model answered.
    pub completions: u32,
    /// Tokens of their prompts, as the provider counts.
    pub input_tokens: u64,
    /// Tokens of their answers.
    pub output_tokens: u64,
    /// A part of the tokens is an estimate: of a stream that does not say.
    pub is_estimate: bool,
}

/// How long the parts of one completion took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// The name.
    pub dns: Duration,
    /// TCP, and the proxy's tunnel where there is one.
    pub connect: Duration,
    /// The handshake.
    pub tls: Duration,
    /// From the request to the first byte of its answer.
    pub first_byte: Duration,
    /// From the request to the first event of a stream; `None` where none was asked for.
    pub first_token: Option<Duration>,
    /// From the first step to the last byte.
    pub whole: Duration,
}

/// All that was seen.
#[derive(Debug, Clone)]
pub struct Report {
    /// The address, without credentials.
    pub base_url: String,
    /// How it is spoken to: `openai`, `azure`, `anthropic`, `gemini`.
    pub dialect: &'static str,
    /// The model that was asked.
    pub model: Option<String>,
    /// An entry per check, in order.
    pub entries: Vec<Entry>,
    /// What it cost.
    pub spent: Spent,
    /// Times of the completion.
    pub latency: Option<Latency>,
    /// Requests and answers, masked, for a support case.
    pub exchanges: Vec<String>,
    /// The finding on which all the rest hangs.
    pub(crate) ended_by: Option<Check>,
}

impl Report {
    /// The faults, the one that others may rest on first.
    pub fn findings(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.verdict == Verdict::Finding)
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.findings().next().is_none()
    }

    /// Why nothing was asked of a model, where nothing else is wrong.
    #[must_use]
    pub fn unasked(&self) -> Option<&str> {
        let is_passed_over = |check| self.entry(check).filter(|entry| entry.verdict == Verdict::NotLookedAt);
        is_passed_over(Check::Model)
            .or_else(|| is_passed_over(Check::Completion))
            .filter(|_| self.spent.completions == 0)
            .map(|entry| entry.what.as_str())
    }

    /// The faults that only requests which cost show.
    pub fn paid_findings(&self) -> impl Iterator<Item = &Entry> {
        self.findings().filter(|entry| entry.has_cost && !entry.is_carried)
    }

    /// Takes over what an earlier look found by requests that this one has not made.
    pub fn carry(&mut self, earlier: &[Entry]) {
        for entry in earlier {
            if self.entry(entry.check).is_some_and(|now| now.verdict == Verdict::Finding) {
                continue;
            }
            self.entries.retain(|known| known.check != entry.check);
            self.entries.push(Entry { is_carried: true, took: None, ..entry.clone() });
        }
        self.entries.sort_by_key(|entry| entry.check);
    }

    /// The entry of a check.
    #[must_use]
    pub fn entry(&self, check: Check) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.check == check)
    }

    /// Puts the entries in order, and says of every check without one why it was not looked at.
    pub(crate) fn complete(&mut self) {
        for check in Check::ALL {
            if self.entry(check).is_none() {
                let what = match self.stopper(check).or(self.ended_by) {
                    Some(stopper) => format!("not looked at: {} comes first", stopper.title()),
                    None => "not looked at".to_owned(),
                };
                self.entries.push(Entry {
                    check,
                    verdict: Verdict::NotLookedAt,
                    what,
                    evidence: Vec::new(),
                    cause: None,
                    remedy: None,
                    took: None,
                    has_cost: false,
                    is_carried: false,
                });
            }
        }
        self.entries.sort_by_key(|entry| entry.check);
    }

    /// The check with a finding that stands in the way of another, the nearest one.
    fn stopper(&self, check: Check) -> Option<Check> {
        let failed = |c: Check| self.entry(c).is_some_and(|entry| entry.verdict == Verdict::Finding);
        check
            .needs()
            .iter()
            .rev()
            .find_map(|needed| if failed(*needed) { Some(*needed) } else { self.stopper(*needed) })
    }
}
