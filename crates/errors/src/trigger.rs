//! How every error is provoked: the failures on demand of the sandbox and of `tollgate trigger`, as data.
//!
//! In: a name, which is a cause's slug or the name of one of OpenAI's errors. Out: a [`Trigger`] with the cause it leads
//! to, OpenAI's form of it with plausible values, and what makes it happen. A cause that is added to the catalogue has
//! a trigger at once: the sandbox answers as its `wire` says. What is made by a real connection or by the caller's own
//! request is in `faults` and `requests`. Nothing here opens a connection or knows a model.

mod faults;
mod openai;
mod programs;
mod requests;
mod samples;

use std::sync::LazyLock;
use std::time::Duration;

use crate::catalog;
use crate::cause::{Cause, Wire};
use crate::classify::classify_provider;
use crate::diagnosis::Diagnosis;
use crate::nearest::several;
use crate::render::{Show, render};

pub use faults::Fault;
pub use programs::Program;
pub use requests::{KeyState, RawRequest, Way};

/// One failure that can be asked for.
#[derive(Debug)]
pub struct Trigger {
    /// What it is asked for by: a cause's slug, or the name of one of OpenAI's errors.
    pub name: &'static str,
    /// What the diagnosis names.
    pub cause: &'static Cause,
    /// Whether it is one of OpenAI's errors by name; else it is a cause of the catalogue.
    pub is_openais: bool,
    /// What the caller's SDK sees.
    pub wire: Wire,
    /// What makes it happen.
    pub kind: Kind,
    /// Values for the sentence, before those that suit any.
    facts: &'static [(&'static str, &'static str)],
    /// `Retry-After`, where OpenAI sends it with this error.
    wait: Option<Duration>,
    /// `x-ratelimit-…` headers, where OpenAI sends them.
    pub headers: &'static [(&'static str, &'static str)],
}

/// What makes a failure happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The sandbox answers so.
    Wire,
    /// A listener on the loopback interface does something no server should, and the real connection code meets it.
    Socket(Fault),
    /// The caller's own request makes it. Asked of the sandbox, it answers as the server would.
    Client(&'static RawRequest),
    /// The caller's own program makes it, before or after what a server sees.
    Program(&'static Program),
    /// A state of the server makes it, which no request brings about: the sandbox answers as the server would.
    State,
    /// It has no answer, or no one way to come about.
    None,
}

impl Kind {
    /// The word in lists.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wire | Self::State => "wire",
            Self::Socket(_) => "socket",
            Self::Client(_) | Self::Program(_) => "client",
            Self::None => "none",
        }
    }
}

impl Trigger {
    /// The status that the caller sees when it comes at once: that of the answer, which has begun where a stream breaks off
    /// and where the caller leaves.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self.kind {
            Kind::Socket(Fault::Cut) => 200,
            Kind::Socket(Fault::Edge) => 524,
            Kind::Socket(Fault::Firewall) => 403,
            Kind::Client(request) if request.way == Way::Leaves => 200,
            _ => self.wire.status,
        }
    }

    /// Its cause in the middle of a stream; `None` where it cannot come there.
    #[must_use]
    pub fn cause_in_the_middle(&self) -> Option<&'static Cause> {
        match self.kind {
            _ if !self.can_be_asked() => None,
            Kind::Socket(fault) if !fault.can_be_in_the_middle() => None,
            // Whatever cut it, that it was cut is what a stream shows.
            Kind::Socket(fault) if !fault.is_of_time() => Some(&catalog::STREAM_INTERRUPTED),
            _ => Some(self.cause),
        }
    }

    /// Whether the sandbox can answer so when it is asked to.
    #[must_use]
    pub fn can_be_asked(&self) -> bool {
        let unanswered = |request: &RawRequest| request.way == Way::Leaves;
        match self.kind {
            Kind::None => false,
            Kind::Client(request) => !unanswered(request),
            // What no server tells, the sandbox cannot answer.
            _ => self.cause.is_answered(),
        }
    }

    /// The failure as the sandbox tells it: as the real one, with plausible values. `model` is the caller's name of the
    /// model.
    #[must_use]
    pub fn diagnosis(&self, model: &str) -> Diagnosis {
        let d = Diagnosis::new(self.cause).with_wire(self.wire);
        let d =
            self.cause.facts().into_iter().chain(self.sentence_facts()).fold(d, |d, fact| match self.sample(fact) {
                _ if fact == "model" && !model.is_empty() => d.fact(fact, model),
                Some(value) => d.fact(fact, value),
                None => d,
            });
        let d = match samples::param(self.name) {
            Some(param) if self.wire.param.is_none() => d.param(param),
            _ => d,
        };
        match self.wait {
            Some(wait) => d.retry_after(wait),
            None => d,
        }
    }

    fn sentence_facts(&self) -> impl Iterator<Item = &'static str> {
        crate::template::names(self.wire.sentence)
    }

    fn sample(&self, fact: &str) -> Option<&'static str> {
        let own = self.facts.iter().find(|(name, _)| *name == fact).map(|(_, value)| *value);
        // What only the explanation could tell is left out where it would be made up.
        let told = || samples::told(self.cause.slug, fact);
        let said = || self.sentence_facts().any(|name| name == fact).then(|| samples::of(self.name, fact)).flatten();
        own.or_else(told).or_else(said)
    }

    /// Status, JSON and wait with which a provider reports this failure: OpenAI's error object, bare.
    #[must_use]
    pub fn as_provider(&self, model: &str, docs_base: &str) -> (u16, Vec<u8>, Option<Duration>) {
        let said = samples::said_by_provider(self.name).and_then(by_name).unwrap_or(self);
        let wire = render(&said.diagnosis(model), Show::Off, docs_base);
        (wire.status, wire.body, said.wait)
    }

    /// The cause to which this failure comes where it is a provider's, and the whole machinery sees it.
    #[must_use]
    pub fn as_providers_cause(&self) -> &'static Cause {
        match self.kind {
            Kind::Socket(_) => self.cause,
            _ => {
                let (status, body, _) = self.as_provider("sandbox", "");
                classify_provider(status, "application/json", &body)
            }
        }
    }
}

/// All triggers: OpenAI's errors by name, then the causes of the catalogue that have no such name.
#[must_use]
pub fn all() -> &'static [Trigger] {
    static ALL: LazyLock<Vec<Trigger>> = LazyLock::new(|| {
        let mut all = openai::triggers();
        for trigger in &mut all {
            if trigger.name == trigger.cause.slug {
                trigger.kind = kind(trigger.cause);
            }
        }
        for cause in catalog::all() {
            if !all.iter().any(|t| t.name == cause.slug) {
                all.push(of_cause(cause));
            }
        }
        all
    });
    &ALL
}

/// The trigger of this name, in any letter case and with hyphens as well, which writers of headers are used to.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Trigger> {
    let same = |known: &str| {
        let letter = |b: u8| if b == b'-' { b'_' } else { b.to_ascii_lowercase() };
        name.len() == known.len() && name.bytes().map(letter).eq(known.bytes())
    };
    all().iter().find(|trigger| same(trigger.name))
}

/// At most three names that resemble `asked`, nearest first.
#[must_use]
pub fn nearest(asked: &str) -> Vec<&'static str> {
    several(asked, all().iter().filter(|trigger| trigger.can_be_asked()).map(|trigger| trigger.name))
}

fn of_cause(cause: &'static Cause) -> Trigger {
    Trigger {
        name: cause.slug,
        cause,
        is_openais: false,
        wire: samples::wire(cause),
        kind: kind(cause),
        facts: &[],
        wait: samples::wait(cause.slug),
        headers: openai::limit_headers(cause.slug),
    }
}

fn kind(cause: &'static Cause) -> Kind {
    if let Some(fault) = faults::of(cause) {
        return Kind::Socket(fault);
    }
    if let Some(request) = requests::of(cause) {
        return Kind::Client(request);
    }
    if let Some(program) = programs::of(cause) {
        return Kind::Program(program);
    }
    match () {
        () if faults::is_nothing(cause) => Kind::None,
        () if faults::is_state(cause) => Kind::State,
        () => Kind::Wire,
    }
}
