//! The layers as they are told: a document with a verdict for the call, and one for each layer.
//!
//! In: steps, in the order in which a request takes them. Out: JSON. docs/models.md describes every member.

use serde_json::{Value as Json, json};
use tollgate_core::operation::Operation;
use tollgate_errors::Diagnosis;

use super::Question;

/// What is said of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It lets the call pass.
    Passes,
    /// It refuses the call.
    Refuses,
    /// It cannot be told from here.
    Unknown,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Passes => "ok",
            Self::Refuses => "refused",
            Self::Unknown => "not_known",
        }
    }
}

/// One layer.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) layer: &'static str,
    pub(super) verdict: Verdict,
    /// In words.
    pub(super) what: String,
    /// The setting that decides.
    pub(super) setting: Option<String>,
    /// What a caller would be told of a refusal.
    pub(super) diagnosis: Option<Diagnosis>,
    /// What to do about a refusal, where the cause's own advice does not fit.
    pub(super) remedy: Option<String>,
    /// It lets the call pass, and the provider may refuse it for that all the same.
    pub(super) is_doubt: bool,
    /// It is one of several ways, which do not refuse the call each by itself.
    pub(super) is_one_of_several: bool,
}

impl Step {
    pub(super) fn new(layer: &'static str, verdict: Verdict, what: impl Into<String>) -> Self {
        Self {
            layer,
            verdict,
            what: what.into(),
            setting: None,
            diagnosis: None,
            remedy: None,
            is_doubt: false,
            is_one_of_several: false,
        }
    }

    pub(super) fn passes(layer: &'static str, what: impl Into<String>) -> Self {
        Self::new(layer, Verdict::Passes, what)
    }

    pub(super) fn unknown(layer: &'static str, what: impl Into<String>) -> Self {
        Self::new(layer, Verdict::Unknown, what)
    }

    /// A refusal, in the words of its explanation.
    pub(super) fn refuses(layer: &'static str, diagnosis: Diagnosis) -> Self {
        let what = diagnosis.explanation("").trim_end_matches('.').to_owned();
        Self { diagnosis: Some(diagnosis), ..Self::new(layer, Verdict::Refuses, what) }
    }

    pub(super) fn setting(self, setting: impl Into<String>) -> Self {
        Self { setting: Some(setting.into()), ..self }
    }

    /// What passes here, and is refused by the provider as far as is known.
    pub(super) fn doubts(layer: &'static str, what: impl Into<String>) -> Self {
        Self { is_doubt: true, ..Self::unknown(layer, what) }
    }

    pub(super) fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    pub(super) fn one_of_several(self) -> Self {
        Self { is_one_of_several: true, ..self }
    }

    fn advice(&self) -> Option<String> {
        self.remedy.clone().or_else(|| self.diagnosis.as_ref().map(|d| d.remedy("")))
    }

    fn json(&self) -> Json {
        json!({
            "layer": self.layer,
            "verdict": self.verdict.word(),
            "what": self.what,
            "setting": self.setting,
            "cause": self.diagnosis.as_ref().map(|d| d.cause.slug),
        })
    }
}

/// What is found out about a call.
#[derive(Debug)]
pub(super) struct Report {
    model: String,
    pub(super) endpoint: Option<Operation>,
    pub(super) key: Option<String>,
    pub(super) project: Option<String>,
    steps: Vec<Step>,
}

impl Report {
    pub(super) fn new(question: &Question) -> Self {
        let model = tollgate_errors::mask(&question.model.chars().take(200).collect::<String>());
        Self { model, endpoint: question.endpoint, key: None, project: None, steps: Vec::new() }
    }

    pub(super) fn add(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// The first refusal is the one that a request would end with.
    pub(super) fn json(&self) -> Json {
        let refused = self.steps.iter().find(|s| s.verdict == Verdict::Refuses && !s.is_one_of_several);
        let diagnosis = refused.and_then(|step| step.diagnosis.as_ref());
        json!({
            "object": "tollgate.model_check",
            "version": 1,
            "model": self.model,
            "endpoint": self.endpoint.map(Operation::name),
            "key": self.key,
            "project": self.project,
            "allowed": refused.is_none(),
            "status": diagnosis.map(|d| d.wire().status),
            "cause": diagnosis.map(|d| d.cause.slug),
            "remedy": refused.and_then(Step::advice),
            "doubts": self.steps.iter().filter(|step| step.is_doubt).map(|step| &step.what).collect::<Vec<_>>(),
            "layers": self.steps.iter().map(Step::json).collect::<Vec<_>>(),
        })
    }
}
