//! One completion, as small as the model takes it.

use tollgate_errors::catalog;

use super::authenticate::provider;
use super::http;
use super::model::Asked;
use crate::answer;
use crate::call::{CallError, Heard};
use crate::check::Check;
use crate::dialect::Wanted;
use crate::examine::{Api, Examination, Sight, Stop};

/// What became of it.
pub(crate) struct Completion {
    /// The answer; `None` where nothing was to be spent.
    pub(crate) heard: Option<Heard>,
    /// The model takes `max_completion_tokens` alone.
    pub(crate) reasons: bool,
}

/// Asks for one.
pub(crate) async fn look(ex: &mut Examination<'_>, api: &Api, asked: &Asked) -> Result<Completion, Stop> {
    if !ex.question.spends {
        for check in [Check::Completion, Check::Quota, Check::Streaming] {
            ex.put(Sight::passed_over(check, "it would spend tokens (--no-spend)"));
        }
        return Ok(Completion { heard: None, reasons: false });
    }
    ex.begin(Check::Completion);
    ex.spends(&format!("one completion of {} with 1 token of answer", asked.name));
    let mut wanted = Wanted::default();
    let mut heard = ask(ex, api, asked, wanted).await?;
    let call = api.resolved.dialect.completion(&api.base().url, &api.resolved.api_version, &asked.name, wanted);
    if let Some(sight) = http::redirected(api.base(), &call, &heard) {
        return Err(ex.stop(sight.evidence("the list of models is not redirected")));
    }
    let refusal = (!heard.is_success()).then(|| answer::told(&call, &heard, provider(api)).cause.slug);
    if refusal == Some("max_completion_tokens_required") {
        wanted.reasons = true;
        heard = ask(ex, api, asked, wanted).await?;
    }
    if !heard.is_success() {
        return Err(refused(ex, api, asked, wanted, &heard));
    }
    count(ex, api, &heard);
    let Some(json) = heard.json().filter(|json| api.resolved.dialect.is_completion(json)) else {
        let cause = if heard.is_page() { &catalog::HTML_INSTEAD_OF_JSON } else { &catalog::RESPONSE_SHAPE_UNEXPECTED };
        let sight =
            Sight::finding(Check::Completion, cause, "what came is not a completion").evidence(heard.shown(&call));
        return Err(ex.stop(sight));
    };
    if !asked.is_listed {
        ex.put(Sight::note(Check::Model, format!("{} is not in the list, and answers", asked.name)));
    }
    let (input, output) = api.resolved.dialect.tokens(&json);
    ex.put(Sight::fine(Check::Completion, format!("answered, for {input} + {output} tokens")));
    ex.put(Sight::fine(Check::Quota, "the account may spend"));
    Ok(Completion { heard: Some(heard), reasons: wanted.reasons })
}

async fn ask(ex: &mut Examination<'_>, api: &Api, asked: &Asked, wanted: Wanted) -> Result<Heard, Stop> {
    let resolved = &api.resolved;
    let call = resolved.dialect.completion(&api.base().url, &resolved.api_version, &asked.name, wanted);
    let call = api.with_key(call);
    match ex.ask(&api.way, &call).await {
        Ok(heard) => Ok(heard),
        Err(error) => {
            let cause = match error {
                CallError::Late { .. } => &catalog::TIMEOUT,
                CallError::Closed => &catalog::CONNECTION_RESET,
                _ => &catalog::CONNECTION_ERROR_GENERIC,
            };
            let what = format!("no answer to a completion, while the list of models was answered: {error}");
            Err(ex.stop(Sight::finding(Check::Completion, cause, what)))
        }
    }
}

/// A refusal, at the check that it is about. One that names the model, of a model that the list lacks, is the model's.
fn refused(ex: &mut Examination<'_>, api: &Api, asked: &Asked, wanted: Wanted, heard: &Heard) -> Stop {
    let resolved = &api.resolved;
    let call = resolved.dialect.completion(&api.base().url, &resolved.api_version, &asked.name, wanted);
    let told = answer::told(&call, heard, provider(api));
    let place = answer::place(told.cause, Check::Completion);
    // A server of one's own is asked for a name that it does not have: the list says which it has.
    let is_unknown = [&catalog::MODEL_NOT_FOUND, &catalog::MODEL_NAME_MISMATCH_LOCAL].contains(&told.cause);
    let is_told_finer = place == Check::Model && !is_unknown;
    let is_about_the_model = !is_told_finer && (place == Check::Model || matches!(heard.status, 400 | 403 | 404));
    if let Some(unlisted) = asked.unlisted.as_ref().filter(|_| is_about_the_model) {
        return ex.stop(unlisted.finding().evidence(heard.shown(&call)));
    }
    if place != Check::Completion {
        // The model's own entry says that it is listed, which the refusal does not contradict.
        let sight = answer::finding(Check::Completion, &call, heard, provider(api));
        return ex.stop(sight);
    }
    ex.stop(Sight::finding(Check::Completion, told.cause, answer::titled(told.cause)).evidences(told.evidence))
}

/// What the provider says that it cost.
pub(super) fn count(ex: &mut Examination<'_>, api: &Api, heard: &Heard) {
    let tokens = heard.json().map_or((0, 0), |json| api.resolved.dialect.tokens(&json));
    let spent = &mut ex.report.spent;
    spent.completions += 1;
    spent.input_tokens += tokens.0;
    spent.output_tokens += tokens.1;
}
