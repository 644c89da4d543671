//! One examination, from the environment to the last token.
//!
//! In: a [`Question`]. Out: a [`Report`]. Each step is in the file of its name below `steps/`; it puts what it saw and hands
//! on what the next one needs, so that a wrong order does not compile. A step that finds a fault on which the rest hangs
//! ends the line with [`Stop`].

use std::time::{Duration, Instant};

use tollgate_errors::Cause;

use crate::address::Base;
use crate::call::{Call, CallError, Heard, Way};
use crate::check::Check;
use crate::environment;
use crate::question::Question;
use crate::report::{Entry, Report, Spent, Verdict};
use crate::secrets::Secrets;
use crate::steps;

/// Bytes of an answer that a support case gets to see.
const SHOWN: usize = 2048;

/// What somebody who watches is told.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// A check begins.
    Begins(Check),
    /// A check has ended.
    Ended(&'a Entry),
    /// Tokens are about to be spent: what for.
    Spends(String),
}

/// The finding that ends the line has been put.
#[derive(Debug)]
pub(crate) struct Stop;

/// An examination in progress.
pub(crate) struct Examination<'a> {
    pub(crate) question: &'a Question,
    pub(crate) secrets: Secrets,
    pub(crate) report: Report,
    watch: &'a mut dyn FnMut(Event<'_>),
    begun: Instant,
    /// A request that costs has been announced.
    has_spent: bool,
}

/// What a check came to, as a step tells it.
pub(crate) struct Sight {
    entry: Entry,
    /// Its remedy is in words of our own, whose examples of keys and passwords are to be seen.
    is_own: bool,
}

/// Looks at everything.
pub async fn examine(question: &Question, watch: &mut dyn FnMut(Event<'_>)) -> Report {
    let report = Report {
        base_url: String::new(),
        dialect: "openai",
        model: question.model.clone(),
        entries: Vec::new(),
        spent: Spent::default(),
        latency: None,
        exchanges: Vec::new(),
        ended_by: None,
    };
    let mut ex =
        Examination { question, secrets: Secrets::default(), report, watch, begun: Instant::now(), has_spent: false };
    // A step that ends the line has put its finding.
    let _ = line(&mut ex).await;
    ex.report.complete();
    ex.report
}

async fn line(ex: &mut Examination<'_>) -> Result<(), Stop> {
    let resolved = environment::resolve(ex.question);
    steps::environment::look(ex, &resolved);
    let base = steps::address::look(ex, &resolved)?;
    steps::key::look(ex, &resolved, &base);
    let way = steps::reach::look(ex, &resolved, base).await?;
    let way = steps::tls::look(ex, way).await?;
    let api = steps::http::look(ex, resolved, way).await?;
    let list = steps::authenticate::look(ex, &api).await?;
    let asked = steps::model::look(ex, &api, &list).await?;
    let completion = steps::completion::look(ex, &api, &asked).await?;
    steps::parameters::look(ex, &api, &asked, &completion).await;
    let first_token = steps::streaming::look(ex, &api, &asked, &completion).await;
    steps::limits::look(ex, &api, &completion, first_token);
    Ok(())
}

impl Examination<'_> {
    /// A check begins.
    pub(crate) fn begin(&mut self, check: Check) {
        self.begun = Instant::now();
        (self.watch)(Event::Begins(check));
    }

    /// Tokens are about to be spent.
    pub(crate) fn spends(&mut self, what: &str) {
        self.has_spent = true;
        (self.watch)(Event::Spends(what.to_owned()));
    }

    /// What a check came to. The first word about a check counts, unless a later call shows a fault.
    pub(crate) fn put(&mut self, sight: Sight) {
        let Sight { mut entry, is_own } = sight;
        if self.report.entry(entry.check).is_some_and(|_| entry.verdict != Verdict::Finding) {
            return;
        }
        self.report.entries.retain(|known| known.check != entry.check || known.verdict == Verdict::Finding);
        if self.has_failed(entry.check) {
            return;
        }
        entry.what = self.secrets.mask(&entry.what);
        let secrets = &self.secrets;
        entry.remedy = entry.remedy.map(|remedy| if is_own { secrets.hide(&remedy) } else { secrets.mask(&remedy) });
        entry.evidence = entry.evidence.iter().map(|line| self.secrets.mask(line)).collect();
        entry.has_cost = self.has_spent;
        entry.took = (entry.verdict != Verdict::NotLookedAt).then(|| self.begun.elapsed());
        (self.watch)(Event::Ended(&entry));
        self.report.entries.push(entry);
    }

    /// The same of a fault that ends the line.
    pub(crate) fn stop(&mut self, sight: Sight) -> Stop {
        self.report.ended_by = Some(sight.entry.check);
        self.put(sight);
        Stop
    }

    /// Whether a check has found a fault.
    pub(crate) fn has_failed(&self, check: Check) -> bool {
        self.report.entry(check).is_some_and(|entry| entry.verdict == Verdict::Finding)
    }

    /// How long each part of a call may take.
    pub(crate) fn patience(&self) -> Duration {
        self.question.patience
    }

    /// Sends a call, and notes it for a support case.
    pub(crate) async fn ask(&mut self, way: &Way, call: &Call) -> Result<Heard, CallError> {
        self.report.spent.requests += 1;
        let heard = way.ask(call).await;
        self.note(call, heard.as_ref());
        heard
    }

    /// The same of a call with nothing secret in it, to whoever answers.
    pub(crate) async fn ask_anybody(&mut self, way: &Way, call: &Call) -> Result<Heard, CallError> {
        self.report.spent.requests += 1;
        let heard = way.ask_anybody(call).await;
        self.note(call, heard.as_ref());
        heard
    }

    fn note(&mut self, call: &Call, heard: Result<&Heard, &CallError>) {
        let mut text = format!("{} {}\n", call.method, call.url);
        for (name, value) in &call.headers {
            text += &format!("{name}: {value}\n");
        }
        text += call.body.as_deref().unwrap_or("");
        text += "\n\n";
        match heard {
            Ok(heard) => {
                text += &format!("{}\n", heard.status);
                for (name, value) in &heard.headers {
                    text += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
                }
                let shown = &heard.body[..heard.body.len().min(SHOWN)];
                text += &format!("\n{}", String::from_utf8_lossy(shown));
            }
            Err(error) => text += &error.to_string(),
        }
        self.report.exchanges.push(self.secrets.mask(&text));
    }
}

impl Sight {
    fn of(check: Check, verdict: Verdict, what: String) -> Self {
        let entry = Entry {
            check,
            verdict,
            what,
            evidence: Vec::new(),
            cause: None,
            remedy: None,
            took: None,
            has_cost: false,
            is_carried: false,
        };
        Self { entry, is_own: false }
    }

    /// As it should be.
    pub(crate) fn fine(check: Check, what: impl Into<String>) -> Self {
        Self::of(check, Verdict::Fine, what.into())
    }

    /// Works, and something is worth knowing.
    pub(crate) fn note(check: Check, what: impl Into<String>) -> Self {
        Self::of(check, Verdict::Note, what.into())
    }

    /// Does not apply, and why.
    pub(crate) fn passed_over(check: Check, why: impl Into<String>) -> Self {
        Self::of(check, Verdict::NotLookedAt, why.into())
    }

    /// A fault, and what the catalogue advises.
    pub(crate) fn finding(check: Check, cause: &'static Cause, what: impl Into<String>) -> Self {
        let mut sight = Self::of(check, Verdict::Finding, what.into());
        sight.entry.cause = Some(cause);
        sight.entry.remedy = cause.remedies.first().map(|remedy| (*remedy).to_owned());
        sight.is_own = true;
        sight
    }

    /// The same, about another check.
    pub(crate) fn at(mut self, check: Check) -> Self {
        self.entry.check = check;
        self
    }

    /// Its sentence.
    pub(crate) fn what(&self) -> &str {
        &self.entry.what
    }

    /// With what was seen.
    pub(crate) fn evidence(mut self, line: impl Into<String>) -> Self {
        self.entry.evidence.push(line.into());
        self
    }

    /// With more of it.
    pub(crate) fn evidences(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.entry.evidence.extend(lines);
        self
    }

    /// With what to do, better than the catalogue knows.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.entry.remedy = Some(remedy.into());
        self.is_own = false;
        self
    }

    /// The same in words of our own alone, with nothing in them that a server or a setting says.
    pub(crate) fn advice(mut self, remedy: impl Into<String>) -> Self {
        self.entry.remedy = Some(remedy.into());
        self.is_own = true;
        self
    }
}

/// What the steps after the connection share.
pub(crate) struct Api {
    pub(crate) resolved: environment::Resolved,
    pub(crate) way: Way,
    /// What the unauthenticated question for the list of models said.
    pub(crate) unasked: Heard,
    /// The list of models is at its address with a slash at the end.
    pub(crate) list_has_slash: bool,
}

impl Api {
    pub(crate) fn base(&self) -> &Base {
        &self.way.base
    }

    /// A call with the key in the header of its dialect, and with organization and project.
    pub(crate) fn with_key(&self, call: Call) -> Call {
        let call = self.with_owner(call);
        match &self.resolved.key {
            Some(key) => {
                let (name, value) = self.resolved.carrier.header(key.value.trim());
                call.header(name, value)
            }
            None => call,
        }
    }

    fn with_owner(&self, mut call: Call) -> Call {
        for (name, setting) in
            [("openai-organization", &self.resolved.organization), ("openai-project", &self.resolved.project)]
        {
            if let Some(setting) = setting {
                call = call.header(name, setting.value.as_str());
            }
        }
        call
    }

    /// The list of models, without a key.
    pub(crate) fn models(&self) -> Call {
        let mut call = self.resolved.dialect.models(&self.base().url, &self.resolved.api_version);
        if self.list_has_slash {
            call.url.set_path(&format!("{}/", call.url.path()));
        }
        call
    }
}
