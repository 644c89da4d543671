//! Judging a request by what is known of a model, one parameter after the other.
//!
//! In: what is known, and a body. Out: a refusal in OpenAI's own form with its evidence; or changes, where the setting
//! is `adapt` and the request means the same without what the model refuses. A parameter that is null, or has the
//! value that the model takes for granted, is not refused.

use memchr::memmem;
use serde_json::Value;
use tollgate_core::operation::Operation;
use tollgate_errors::catalog::{self as causes, wires};
use tollgate_errors::{Cause, Diagnosis, nearest};
use tollgate_models::{Dimensions, Sampling, Support};
use tollgate_providers::openai::members::{Changes, Members};
use tollgate_providers::openai::parameters;

use super::known::Known;
use super::{Adapted, ranges};
use crate::settings::Parameters;

/// Parameters without which a request means the same to a model that has one way of sampling.
const HINTS: [&str; 4] = ["temperature", "top_p", "presence_penalty", "frequency_penalty"];

type Verdict = Result<(), Box<Diagnosis>>;

struct Judge<'a> {
    known: &'a Known,
    operation: Operation,
    members: Members<'a>,
    adapts: bool,
    changes: Changes,
    notes: Vec<String>,
}

/// The first refusal, or the changes that make the request fit; nothing where it fits as it is.
pub(super) fn judge(
    known: &Known,
    operation: Operation,
    body: &[u8],
    parameters: Parameters,
) -> Result<Option<Adapted>, Box<Diagnosis>> {
    let Some(mut judge) = Judge::new(known, operation, body, parameters == Parameters::Adapt) else { return Ok(None) };
    for check in Judge::CHECKS {
        check(&mut judge)?;
    }
    if judge.notes.is_empty() {
        return Ok(None);
    }
    let edits = judge.members.edits(&judge.changes);
    Ok(Some(Adapted { edits, note: judge.notes.join(", ") }))
}

/// Every refusal, for a request that was refused already.
pub(super) fn refusals(known: &Known, operation: Operation, body: &[u8]) -> Vec<Diagnosis> {
    let Some(mut judge) = Judge::new(known, operation, body, false) else { return Vec::new() };
    Judge::CHECKS.into_iter().filter_map(|check| check(&mut judge).err()).map(|refusal| *refusal).collect()
}

impl<'a> Judge<'a> {
    /// What is looked at, in order.
    const CHECKS: [fn(&mut Self) -> Verdict; 13] = [
        Self::names,
        Self::name_of_output,
        Self::temperature,
        Self::others_refused,
        Self::effort,
        Self::tools,
        Self::parallel_tools,
        Self::format,
        Self::roles,
        Self::images,
        Self::dimensions,
        Self::length_of_output,
        Self::ranges,
    ];

    fn new(known: &'a Known, operation: Operation, body: &'a [u8], adapts: bool) -> Option<Self> {
        let members = Members::read(body).filter(|_| operation.asks_a_model())?;
        Some(Self { known, operation, members, adapts, changes: Changes::default(), notes: Vec::new() })
    }

    fn chats(&self) -> bool {
        self.operation == Operation::ChatCompletions
    }

    fn responds(&self) -> bool {
        self.operation == Operation::Responses
    }

    /// A refusal of the parameter `name`, which the request has with some value.
    fn refusal(&self, cause: &'static Cause, name: &str, why: &str) -> Diagnosis {
        let value = self.members.text(name).unwrap_or("");
        let sent = if value.len() <= 40 && !value.is_empty() { format!("{name} {value}") } else { name.to_owned() };
        let d = Diagnosis::new(cause).evidence(format!("{} {why}; the request had {sent}", self.known.name));
        if value.len() <= 40 { d.fact("got", value) } else { d }
    }

    /// Leaves `name` out, or refuses.
    fn leave_out(&mut self, name: &'static str, refusal: Diagnosis) -> Verdict {
        if !self.adapts {
            return Err(Box::new(refusal));
        }
        self.changes.remove(name);
        self.notes.push(format!("{name} dropped"));
        Ok(())
    }

    /// Names that OpenAI does not know there.
    fn names(&mut self) -> Verdict {
        if !self.known.can.strict_names {
            return Ok(());
        }
        let known = parameters::parameters(self.operation);
        let Some(name) = self.members.names().find(|name| !known.contains(name)) else { return Ok(()) };
        let shown: String = name.chars().take(100).collect();
        let d = Diagnosis::new(&causes::PARAM_UNKNOWN).evidence(format!("unknown parameter: {shown}"));
        let origin = parameters::origin(name);
        let d = origin.map_or(d.clone(), |origin| d.fact("origin", origin).evidence(origin));
        let d = match parameters::likely(self.operation, name) {
            Some(likely) if origin.is_none() || nearest(name, [likely]).is_none() => {
                d.fact("likely", likely).evidence(format!("perhaps {likely} is meant"))
            }
            _ => d,
        };
        Err(Box::new(match self.responds() {
            true => d.param(shown),
            false => unrecognized(d, &shown),
        }))
    }

    /// `max_tokens`, where the newer name is needed.
    fn name_of_output(&mut self) -> Verdict {
        if !self.chats() || self.known.can.max_tokens != Support::No || self.members.get("max_tokens").is_none() {
            return Ok(());
        }
        let why = match self.known.can.reasoning {
            Support::Yes => "is a reasoning model and takes max_completion_tokens",
            _ => "takes max_completion_tokens instead of max_tokens",
        };
        let refusal = self.refusal(&causes::MAX_COMPLETION_TOKENS_REQUIRED, "max_tokens", why);
        if !self.adapts || self.members.get("max_completion_tokens").is_some() {
            return self.leave_out("max_tokens", refusal);
        }
        // One that is null would be left beside it.
        self.changes.remove("max_completion_tokens");
        self.changes.rename("max_tokens", "max_completion_tokens");
        self.notes.push("max_tokens->max_completion_tokens".to_owned());
        Ok(())
    }

    /// Whether the model holds to the defaults for this request.
    fn samples_one_way(&self) -> bool {
        match self.known.can.sampling {
            Sampling::Fixed => true,
            Sampling::WithoutReasoning => self.effort_asked().is_some_and(|effort| effort != "none"),
            Sampling::Free | Sampling::Unlisted => false,
        }
    }

    fn effort_asked(&self) -> Option<String> {
        let effort = match self.responds() {
            true => self.members.value("reasoning")?["effort"].clone(),
            false => self.members.value("reasoning_effort")?,
        };
        effort.as_str().map(str::to_owned)
    }

    fn temperature(&mut self) -> Verdict {
        let given = self.members.get("temperature").is_some();
        if !given || !self.samples_one_way() || self.is_usual("temperature") {
            return Ok(());
        }
        let refusal = self.refusal(&causes::TEMPERATURE_UNSUPPORTED, "temperature", self.why_one_way());
        let refusal = if self.responds() { refusal.with_wire(causes::PARAM_UNSUPPORTED.wire) } else { refusal };
        self.leave_out("temperature", refusal.param("temperature"))
    }

    fn why_one_way(&self) -> &'static str {
        match self.known.can.sampling {
            Sampling::WithoutReasoning => "takes it only while reasoning_effort is none",
            _ if self.known.can.reasoning == Support::Yes => "is a reasoning model and samples in one way only",
            _ => "takes its default alone",
        }
    }

    /// What else the model refuses, by its own list.
    fn others_refused(&mut self) -> Verdict {
        let own = self.known.can.refused;
        let reasons_now = self.known.can.sampling != Sampling::WithoutReasoning || self.samples_one_way();
        let known = parameters::parameters(self.operation);
        for name in known.iter().copied().filter(|name| *name != "temperature") {
            let listed = self.known.refused.iter().any(|refused| refused == name);
            if !listed
                || (own.contains(&name) && !reasons_now)
                || self.members.get(name).is_none()
                || self.is_usual(name)
            {
                continue;
            }
            let why =
                if own.contains(&name) { self.why_one_way_of(name) } else { "refuses it, says the configuration" };
            let refusal = self.refusal(&causes::PARAM_UNSUPPORTED, name, why).param(name);
            match HINTS.contains(&name) {
                true => self.leave_out(name, refusal)?,
                // The answer would not be what was asked for.
                false => return Err(Box::new(refusal)),
            }
        }
        Ok(())
    }

    fn why_one_way_of(&self, name: &str) -> &'static str {
        if HINTS.contains(&name) && self.known.can.reasoning == Support::Yes {
            self.why_one_way()
        } else {
            "does not take it"
        }
    }

    /// Whether a value is what the model would take without it.
    fn is_usual(&self, name: &str) -> bool {
        let text = self.members.text(name).unwrap_or("");
        match name {
            "temperature" | "top_p" => self.members.number(name) == Some(1.0),
            "presence_penalty" | "frequency_penalty" | "top_logprobs" => self.members.number(name) == Some(0.0),
            "logprobs" => text == "false",
            "logit_bias" => text.bytes().all(|b| b.is_ascii_whitespace() || b == b'{' || b == b'}'),
            "stop" => text == "[]",
            _ => false,
        }
    }

    /// `reasoning_effort` for a model that does not reason.
    fn effort(&mut self) -> Verdict {
        if self.known.can.reasoning != Support::No {
            return Ok(());
        }
        const WHY: &str = "is not a reasoning model";
        if self.chats() && self.members.get("reasoning_effort").is_some() {
            let d = self.refusal(&causes::PARAM_UNSUPPORTED, "reasoning_effort", WHY);
            return self.leave_out("reasoning_effort", unrecognized(d, "reasoning_effort"));
        }
        if self.responds() && self.effort_asked().is_some() {
            let d = self.refusal(&causes::PARAM_UNSUPPORTED, "reasoning", WHY);
            return self.leave_out("reasoning", d.param("reasoning.effort"));
        }
        Ok(())
    }

    fn tools(&mut self) -> Verdict {
        if self.known.can.tools != Support::No {
            return Ok(());
        }
        for name in ["tools", "functions"] {
            let Some(Value::Array(tools)) = self.members.value(name) else { continue };
            // What is hosted by the provider is another matter than functions.
            let own = tools.iter().filter(|tool| name == "functions" || tool["type"] == "function").count();
            if own > 0 {
                let d = Diagnosis::new(&causes::MODEL_NO_TOOLS)
                    .evidence(format!("{} calls no functions; the request had {own} in {name}", self.known.name));
                return Err(Box::new(d.param(name)));
            }
        }
        Ok(())
    }

    fn parallel_tools(&mut self) -> Verdict {
        let name = "parallel_tool_calls";
        if self.known.can.parallel_tools != Support::No || self.members.get(name).is_none() {
            return Ok(());
        }
        let d = self.refusal(&causes::PARAM_UNSUPPORTED, name, "calls one tool at a time and does not take it");
        self.leave_out(name, d.param(name))
    }

    fn format(&mut self) -> Verdict {
        if self.known.can.json_schema != Support::No {
            return Ok(());
        }
        let (format, wire) = match self.responds() {
            true => (self.members.value("text").map(|text| text["format"].clone()), wires::TEXT_FORMAT_UNSUPPORTED),
            false => (self.members.value("response_format"), causes::RESPONSE_FORMAT_UNSUPPORTED.wire),
        };
        match format {
            Some(format) if format["type"] == "json_schema" => Err(Box::new(
                Diagnosis::new(&causes::RESPONSE_FORMAT_UNSUPPORTED)
                    .with_wire(wire)
                    .evidence(format!("{} cannot be held to a JSON schema", self.known.name)),
            )),
            _ => Ok(()),
        }
    }

    /// Messages of a role that the model does not take.
    fn roles(&mut self) -> Verdict {
        let name = if self.responds() { "input" } else { "messages" };
        if self.known.can.system != Support::No {
            return Ok(());
        }
        let Some(Value::Array(messages)) = self.members.value(name) else { return Ok(()) };
        let role = |message: &Value| {
            message["role"].as_str().filter(|r| ["system", "developer"].contains(r)).map(str::to_owned)
        };
        match messages.iter().enumerate().find_map(|(at, message)| Some((at, role(message)?))) {
            None => Ok(()),
            Some((at, role)) => Err(Box::new(
                Diagnosis::new(&causes::ROLE_UNSUPPORTED)
                    .with_wire(wires::ROLE_OF_MODEL)
                    .param(format!("{name}[{at}].role"))
                    .evidence(format!("{} takes no messages of role {role}", self.known.name))
                    .fact("got", role),
            )),
        }
    }

    fn images(&mut self) -> Verdict {
        let name = if self.responds() { "input" } else { "messages" };
        if self.known.can.vision != Support::No || !(self.chats() || self.responds()) {
            return Ok(());
        }
        let kind = if self.responds() { "input_image" } else { "image_url" };
        // A search is cheaper than reading, and most requests have no image.
        let found =
            self.members.text(name).is_some_and(|text| memmem::find(text.as_bytes(), kind.as_bytes()).is_some());
        match found.then(|| self.members.part_of_kind(name, kind)).flatten() {
            None => Ok(()),
            Some((at, part)) => Err(Box::new(
                Diagnosis::new(&causes::MODEL_NO_VISION)
                    .param(name)
                    .evidence(format!("{} reads text only; {name}[{at}].content[{part}] is an image", self.known.name)),
            )),
        }
    }

    fn dimensions(&mut self) -> Verdict {
        if self.operation != Operation::Embeddings || self.members.get("dimensions").is_none() {
            return Ok(());
        }
        match self.known.can.dimensions {
            Dimensions::Fixed => {
                let why = "gives vectors of one length";
                Err(Box::new(self.refusal(&causes::DIMENSIONS_UNSUPPORTED, "dimensions", why)))
            }
            Dimensions::UpTo(most) if self.members.number("dimensions").is_some_and(|n| n > f64::from(most)) => {
                let why = format!("gives vectors of at most {most}");
                let d = self.refusal(&causes::PARAM_OUT_OF_RANGE, "dimensions", &why);
                Err(Box::new(d.with_wire(wires::DIMENSIONS_TOO_MANY).fact("maximum", most.to_string())))
            }
            _ => Ok(()),
        }
    }

    /// More output than the model writes.
    fn length_of_output(&mut self) -> Verdict {
        let names: &[&'static str] = match self.operation {
            Operation::ChatCompletions => &["max_completion_tokens", "max_tokens"],
            Operation::Completions => &["max_tokens"],
            Operation::Responses => &["max_output_tokens"],
            _ => &[],
        };
        let Some(most) = self.known.can.max_output else { return Ok(()) };
        let over = |name: &&&str| self.members.number(name).is_some_and(|asked| asked > f64::from(most));
        let Some(name) = names.iter().find(over).copied() else { return Ok(()) };
        let d = self.refusal(&causes::MAX_TOKENS_TOO_LARGE, name, &format!("writes at most {most} tokens"));
        if !self.adapts {
            let wire = if self.responds() { wires::INTEGER_ABOVE_MAX } else { wires::OUTPUT_TOO_LARGE };
            return Err(Box::new(d.with_wire(wire).param(name).fact("maximum", most.to_string())));
        }
        let asked = self.members.text(name).unwrap_or("").to_owned();
        self.changes.replace(name, most.to_string());
        self.notes.push(format!("{name} {asked}->{most}"));
        Ok(())
    }

    /// Values that OpenAI takes for no model. Others have ranges of their own: llama.cpp takes `max_tokens: -1`.
    fn ranges(&mut self) -> Verdict {
        if !self.known.can.strict_names {
            return Ok(());
        }
        match ranges::refused(&self.members, self.operation) {
            Some(refusal) => Err(Box::new(refusal)),
            None => Ok(()),
        }
    }
}

/// As OpenAI says it of a name that the endpoint, or the model, does not know.
fn unrecognized(d: Diagnosis, name: &str) -> Diagnosis {
    // The sentence names it, and OpenAI's `param` is null.
    d.with_wire(wires::UNKNOWN_ARGUMENT).fact("name", name)
}
