//! One completion, as small as the model takes it.

use tollgate_errors::catalog;

use super::authenticate::provider;
use super::http;
use super::model::Asked;
use crate::answer;
use crate::call::{Call, Heard};
use crate::check::Check;
use crate::dialect::Wanted;
use crate::examine::{Api, Examination, Sight, Stop};
use crate::question::Task;

/// What became of it.
pub(crate) struct Completion {
    /// The answer; `None` where nothing was to be spent.
    pub(crate) heard: Option<Heard>,
    /// The model takes `max_completion_tokens` alone.
    pub(crate) reasons: bool,
    /// It is of a message; embeddings have neither parameters nor streams.
    pub(crate) is_chat: bool,
}

/// Asks for one.
pub(crate) async fn look(ex: &mut Examination<'_>, api: &Api, asked: &Asked) -> Result<Completion, Stop> {
    if !ex.question.spends {
        for check in [Check::Completion, Check::Quota, Check::Streaming] {
            ex.put(Sight::passed_over(check, "it would spend tokens (--no-spend)"));
        }
        return Ok(Completion { heard: None, reasons: false, is_chat: false });
    }
    match asked.task {
        Task::Chat => {}
        Task::Embed => return embed(ex, api, asked).await,
        Task::Nothing => {
            for check in [Check::Completion, Check::Quota, Check::Parameters, Check::Streaming] {
                ex.put(Sight::passed_over(check, format!("{} answers no messages, and is not asked", asked.name)));
            }
            return Ok(Completion { heard: None, reasons: false, is_chat: false });
        }
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
    if answer::ran_out(&heard) {
        ex.put(Sight::fine(Check::Completion, "answered: its thoughts took the few tokens that were allowed"));
        ex.put(Sight::fine(Check::Quota, "the account may spend"));
        return Ok(Completion { heard: Some(heard), reasons: wanted.reasons, is_chat: true });
    }
    if answer::is_not_for_chat(&heard)
        && let Some(found) = embeds(ex, api, asked).await
    {
        return Ok(found);
    }
    if !heard.is_success() || answer::holds_an_error(&heard) {
        return Err(refused(ex, api, asked, &call, &heard));
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
    Ok(Completion { heard: Some(heard), reasons: wanted.reasons, is_chat: true })
}

/// One embedding, of a model that makes these.
async fn embed(ex: &mut Examination<'_>, api: &Api, asked: &Asked) -> Result<Completion, Stop> {
    ex.begin(Check::Completion);
    let resolved = &api.resolved;
    let Some(call) = resolved.dialect.embedding(&api.base().url, &resolved.api_version, &asked.name) else {
        let what = format!("{} makes embeddings, for which this API has no endpoint", asked.name);
        return Err(ex.stop(Sight::finding(Check::Model, &catalog::MODEL_WRONG_PROVIDER, what)));
    };
    ex.spends(&format!("one embedding of {}, of one word", asked.name));
    let heard = match ex.ask(&api.way, &api.with_key(call.clone())).await {
        Ok(heard) => heard,
        Err(error) => {
            let what = format!("no answer to an embedding, while the list of models was answered: {error}");
            return Err(ex.stop(Sight::finding(Check::Completion, error.cause(), what)));
        }
    };
    if !heard.is_success() || answer::holds_an_error(&heard) {
        return Err(refused(ex, api, asked, &call, &heard));
    }
    if !heard.json().is_some_and(|json| resolved.dialect.is_embedding(&json)) {
        let sight =
            Sight::finding(Check::Completion, &catalog::RESPONSE_SHAPE_UNEXPECTED, "what came is not an embedding");
        return Err(ex.stop(sight.evidence(heard.shown(&call))));
    }
    Ok(embedded(ex, api, asked, heard))
}

/// The same of a model that is not known to make them and does not chat; `None` where it makes none either.
async fn embeds(ex: &mut Examination<'_>, api: &Api, asked: &Asked) -> Option<Completion> {
    let resolved = &api.resolved;
    let call = resolved.dialect.embedding(&api.base().url, &resolved.api_version, &asked.name)?;
    ex.spends(&format!("one embedding of {}, which does not chat", asked.name));
    let heard = ex.ask(&api.way, &api.with_key(call)).await.ok()?;
    let is_one = heard.is_success() && heard.json().is_some_and(|json| resolved.dialect.is_embedding(&json));
    is_one.then(|| embedded(ex, api, asked, heard))
}

fn embedded(ex: &mut Examination<'_>, api: &Api, asked: &Asked, heard: Heard) -> Completion {
    count(ex, api, &heard);
    if !asked.is_listed {
        ex.put(Sight::note(Check::Model, format!("{} is not in the list, and answers", asked.name)));
    }
    ex.put(Sight::fine(Check::Completion, format!("{} makes embeddings, and made one", asked.name)));
    ex.put(Sight::fine(Check::Quota, "the account may spend"));
    ex.put(Sight::passed_over(Check::Parameters, "these are of models that chat"));
    ex.put(Sight::passed_over(Check::Streaming, "embeddings do not come in pieces"));
    Completion { heard: Some(heard), reasons: false, is_chat: false }
}

async fn ask(ex: &mut Examination<'_>, api: &Api, asked: &Asked, wanted: Wanted) -> Result<Heard, Stop> {
    let resolved = &api.resolved;
    let call = resolved.dialect.completion(&api.base().url, &resolved.api_version, &asked.name, wanted);
    let call = api.with_key(call);
    match ex.ask(&api.way, &call).await {
        Ok(heard) => Ok(heard),
        Err(error) => {
            let what = format!("no answer to a completion, while the list of models was answered: {error}");
            Err(ex.stop(Sight::finding(Check::Completion, error.cause(), what)))
        }
    }
}

/// A refusal, at the check that it is about. One that names the model, of a model that the list lacks, is the model's.
fn refused(ex: &mut Examination<'_>, api: &Api, asked: &Asked, call: &Call, heard: &Heard) -> Stop {
    let told = answer::told(call, heard, provider(api));
    let place = answer::place(told.cause, Check::Completion);
    // A server of one's own is asked for a name that it does not have: the list says which it has.
    let by_name = [&catalog::MODEL_NOT_FOUND, &catalog::MODEL_NAME_MISMATCH_LOCAL, &catalog::MODEL_WRONG_PROVIDER];
    let is_unknown = by_name.contains(&told.cause);
    let is_told_finer = place == Check::Model && !is_unknown;
    let is_about_the_model = !is_told_finer && (place == Check::Model || matches!(heard.status, 400 | 403 | 404));
    if let (Some(unlisted), true) = (&asked.unlisted, told.cause == &catalog::MODEL_NOT_PULLED) {
        return ex.stop(unlisted.not_pulled(&asked.name).evidence(heard.shown(call)));
    }
    if let Some(unlisted) = asked.unlisted.as_ref().filter(|_| is_about_the_model) {
        return ex.stop(unlisted.finding().evidence(heard.shown(call)));
    }
    if let Some(sight) = upstreams(api, &told) {
        return ex.stop(sight.evidence(heard.shown(call)));
    }
    if place != Check::Completion {
        // The model's own entry says that it is listed, which the refusal does not contradict.
        let sight = answer::finding(Check::Completion, call, heard, provider(api));
        return ex.stop(sight);
    }
    ex.stop(Sight::finding(Check::Completion, told.cause, answer::titled(told.cause)).evidences(told.evidence))
}

/// A key that the list of models took and nobody else's would have been given: what is refused now is the gateway's own
/// credential towards the provider behind it.
fn upstreams(api: &Api, told: &answer::Told) -> Option<Sight> {
    let was_needed = api.resolved.key.is_some() && matches!(api.unasked.status, 401 | 403);
    if !was_needed || api.resolved.hosted().is_some() || told.cause != &catalog::KEY_INVALID {
        return None;
    }
    let what = "the gateway takes the key, and the provider behind it refuses the gateway's own";
    let sight = Sight::finding(Check::Completion, &catalog::UPSTREAM_CREDENTIAL_REJECTED, what);
    Some(sight.evidence("with the same key the list of models is given, without it not"))
}

/// What the provider says that it cost.
pub(super) fn count(ex: &mut Examination<'_>, api: &Api, heard: &Heard) {
    let tokens = heard.json().map_or((0, 0), |json| api.resolved.dialect.tokens(&json));
    let spent = &mut ex.report.spent;
    spent.completions += 1;
    spent.input_tokens += tokens.0;
    spent.output_tokens += tokens.1;
}
