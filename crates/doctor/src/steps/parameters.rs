//! What the model can be asked for: by the table of models, and where it must, by asking.

use tollgate_errors::{Cause, catalog};
use tollgate_models::{Capabilities, Support, of};

use super::authenticate::provider;
use super::completion::{Completion, count};
use super::model::{Asked, maker};
use crate::answer;
use crate::check::Check;
use crate::dialect::Wanted;
use crate::examine::{Api, Examination, Sight};
use crate::question::Need;

/// Looks at each need.
pub(crate) async fn look(ex: &mut Examination<'_>, api: &Api, asked: &Asked, completion: &Completion) {
    if completion.heard.is_some() && !completion.is_chat {
        return;
    }
    ex.begin(Check::Parameters);
    let known = of(maker(api), &asked.name);
    for need in ex.question.needs.clone() {
        if let Some(sight) = lacking(ex, api, asked, completion, known.as_ref(), need).await {
            return ex.put(sight);
        }
    }
    if completion.heard.is_none() {
        let why = match ex.question.needs.is_empty() {
            true => "it would spend tokens (--no-spend)",
            false => "the table of models lacks nothing that is needed; nobody was asked (--no-spend)",
        };
        return ex.put(Sight::passed_over(Check::Parameters, why).evidences(known.as_ref().map(told)));
    }
    let needs: Vec<&str> = ex.question.needs.iter().map(|need| need.name()).collect();
    let sight = match (completion.reasons, needs.as_slice()) {
        (true, _) => Sight::note(Check::Parameters, "the model refuses max_tokens, and takes max_completion_tokens"),
        (false, []) => Sight::fine(Check::Parameters, "the usual ones are taken"),
        (false, needs) => Sight::fine(Check::Parameters, format!("{} can be asked for", needs.join(", "))),
    };
    ex.put(sight.evidences(known.as_ref().map(told)));
}

fn support(known: &Capabilities, need: Need) -> Support {
    match need {
        Need::Vision => known.vision,
        Need::Tools => known.tools,
        Need::JsonSchema => known.json_schema,
    }
}

fn cause(need: Need) -> &'static Cause {
    match need {
        Need::Vision => &catalog::MODEL_NO_VISION,
        Need::Tools => &catalog::MODEL_NO_TOOLS,
        Need::JsonSchema => &catalog::RESPONSE_FORMAT_UNSUPPORTED,
    }
}

/// The finding, where the model cannot do it.
async fn lacking(
    ex: &mut Examination<'_>,
    api: &Api,
    asked: &Asked,
    completion: &Completion,
    known: Option<&Capabilities>,
    need: Need,
) -> Option<Sight> {
    let what = format!("{} cannot do what is needed: {}", asked.name, need.name());
    if completion.heard.is_none() {
        let is_known = known.is_some_and(|known| support(known, need) == Support::No);
        return is_known.then(|| {
            Sight::finding(Check::Parameters, cause(need), what)
                .evidence("the table of models says so; nobody was asked")
        });
    }
    ex.spends(&format!("one completion of {} to see whether it takes {}", asked.name, need.name()));
    let resolved = &api.resolved;
    let wanted = Wanted { reasons: completion.reasons, need: Some(need), ..Wanted::default() };
    let call = resolved.dialect.completion(&api.base().url, &resolved.api_version, &asked.name, wanted);
    let call = api.with_key(call);
    match ex.ask(&api.way, &call).await {
        Ok(heard) if heard.is_success() => {
            count(ex, api, &heard);
            None
        }
        Ok(heard) => {
            let told = answer::told(&call, &heard, provider(api));
            let is_waiting = heard.status == 429 || heard.status >= 500;
            let cause = if is_waiting { told.cause } else { cause(need) };
            let what = if is_waiting { answer::titled(told.cause) } else { what };
            Some(Sight::finding(Check::Parameters, cause, what).evidences(told.evidence))
        }
        Err(error) => Some(Sight::finding(Check::Parameters, error.cause(), format!("no answer: {error}"))),
    }
}

fn told(known: &Capabilities) -> String {
    let word = |support| match support {
        Support::Yes => "yes",
        Support::No => "no",
        Support::Unlisted => "not known",
    };
    format!(
        "by the table of models: images {}, tools {}, JSON schema {}, reasoning {}, max_tokens {}",
        word(known.vision),
        word(known.tools),
        word(known.json_schema),
        word(known.reasoning),
        word(known.max_tokens),
    )
}
