//! The model: whether it is listed, which one may have been meant, whether it is about to go.

use tollgate_errors::{Cause, catalog, nearest};
use tollgate_models::{How, Mode, Vendor as Maker, find, of, sellers};

use super::authenticate::List;
use crate::check::Check;
use crate::dialect::Dialect;
use crate::examine::{Api, Examination, Sight, Stop};
use crate::question::Task;

/// Models to try where none is named: by their whole names, the cheapest of their makers.
const USUAL: [&str; 8] = [
    "gpt-4o-mini",
    "gpt-4.1-nano",
    "gpt-5-nano",
    "claude-haiku-4-5",
    "claude-3-5-haiku-latest",
    "gemini-2.5-flash-lite",
    "gemini-2.0-flash-lite",
    "gemini-2.5-flash",
];
/// Else by parts of their names: small ones first.
const SMALL: [&str; 12] = [
    "gpt-4o-mini",
    "gpt-4.1-nano",
    "gpt-5-nano",
    "haiku",
    "flash-lite",
    "flash",
    "-8b",
    "mini",
    "small",
    "nano",
    "lite",
    "instant",
];
/// Parts of the names of models that do not chat, or do so at another price and with other parameters.
const ODD: [&str; 19] = [
    "embed",
    "whisper",
    "tts",
    "audio",
    "image",
    "moderation",
    "rerank",
    "guard",
    "realtime",
    "transcribe",
    "error",
    "live",
    "veo",
    "aqa",
    "search",
    "codex",
    "research",
    "computer-use",
    "sora",
];

/// The model that is asked.
pub(crate) struct Asked {
    pub(crate) name: String,
    /// What it is asked to do.
    pub(crate) task: Task,
    /// It is in the list, or there is none.
    pub(crate) is_listed: bool,
    /// Of a model that is not: what a refusal means.
    pub(crate) unlisted: Option<Unlisted>,
}

/// What speaks for a reason why a model is not in the list.
pub(crate) struct Unlisted {
    cause: &'static Cause,
    what: String,
    remedy: Option<String>,
    evidence: Vec<String>,
}

impl Unlisted {
    /// The same where the server says that it would have to be downloaded: this one, not that of an example.
    pub(crate) fn not_pulled(&self, name: &str) -> Sight {
        let near = self.remedy.as_deref().filter(|remedy| remedy.starts_with("did you mean"));
        let near = near.map_or_else(String::new, |near| format!(", or {near}"));
        Sight::finding(Check::Model, &catalog::MODEL_NOT_PULLED, format!("{name} has not been downloaded there"))
            .evidences(self.evidence.iter().cloned())
            .remedy(format!("`ollama pull {name}`{near}"))
    }

    pub(crate) fn finding(&self) -> Sight {
        let sight =
            Sight::finding(Check::Model, self.cause, self.what.as_str()).evidences(self.evidence.iter().cloned());
        match &self.remedy {
            Some(remedy) => sight.remedy(remedy.as_str()),
            None => sight,
        }
    }
}

/// Chooses and judges it.
pub(crate) async fn look(ex: &mut Examination<'_>, api: &Api, list: &List) -> Result<Asked, Stop> {
    ex.begin(Check::Model);
    let names = list.names.as_deref().unwrap_or_default();
    // Azure lists what could be deployed; what is, is known by trying.
    let lists_what_is_served = api.resolved.dialect != Dialect::Azure;
    let chosen = if lists_what_is_served { choose(names) } else { None };
    let Some(name) = ex.question.model.clone().or(chosen) else {
        let why = match lists_what_is_served {
            true => "none is named, and the list has none: give --model",
            false => "none is named: give the name of a deployment as --model",
        };
        ex.put(Sight::passed_over(Check::Model, why));
        ex.report.ended_by = Some(Check::Model);
        return Err(Stop);
    };
    ex.report.model = Some(name.clone());
    let task = ex.question.task.unwrap_or_else(|| task(api, &name));
    let is_complete = !names.is_empty() && lists_what_is_served;
    let is_listed = !is_complete || names.iter().any(|known| is_same(known, &name));
    if is_listed {
        put_known(ex, api, &name, !is_complete);
        return Ok(Asked { name, task, is_listed, unlisted: None });
    }
    let unlisted = why(api, &name, names);
    // A name that is an alias is in no list and still answers: asking decides, and a refusal costs nothing.
    if !ex.question.spends {
        if is_known(ex, api, &name).await {
            ex.put(Sight::note(Check::Model, format!("{name} is not in the list, and the server knows it")));
            return Ok(Asked { name, task, is_listed: false, unlisted: None });
        }
        if list.goes_on {
            ex.put(Sight::note(Check::Model, format!("{name} is not in the first part of the list, which goes on")));
            return Ok(Asked { name, task, is_listed: false, unlisted: None });
        }
        return Err(ex.stop(unlisted.finding()));
    }
    Ok(Asked { name, task, is_listed, unlisted: Some(unlisted) })
}

/// What a model is there for, by the table of models; what is not in it is taken to chat.
fn task(api: &Api, name: &str) -> Task {
    match of(maker(api), name).map(|known| known.mode) {
        None | Some(Mode::Chat | Mode::Responses | Mode::Completion) => Task::Chat,
        Some(Mode::Embedding) => Task::Embed,
        Some(Mode::Moderation | Mode::Image | Mode::Audio | Mode::Realtime | Mode::Rerank | Mode::Video) => {
            Task::Nothing
        }
    }
}

/// Whether the server knows a model that it does not list: an alias.
async fn is_known(ex: &mut Examination<'_>, api: &Api, name: &str) -> bool {
    let resolved = &api.resolved;
    let Some(call) = resolved.dialect.model(&api.base().url, &resolved.api_version, name) else { return false };
    ex.ask(&api.way, &api.with_key(call)).await.is_ok_and(|heard| {
        let is_one = |json: serde_json::Value| json["id"].is_string() || json["name"].is_string();
        heard.is_success() && heard.json().is_some_and(is_one)
    })
}

/// `llama3` is `llama3:latest`, and `models/x` is `x`.
fn is_same(known: &str, name: &str) -> bool {
    let bare = name.strip_prefix("models/").unwrap_or(name);
    known == bare || known.strip_suffix(":latest") == Some(bare)
}

fn choose(names: &[String]) -> Option<String> {
    let is_chat = |name: &&String| of(None, name).is_none_or(|c| c.mode == Mode::Chat);
    let usual: Vec<&String> =
        names.iter().filter(is_chat).filter(|name| !ODD.iter().any(|word| name.contains(word))).collect();
    let exact = USUAL.iter().find_map(|known| usual.iter().find(|name| name.as_str() == *known));
    let small = || SMALL.iter().find_map(|part| usual.iter().find(|name| name.contains(part)));
    let cheap = || usual.iter().find(|name| !name.contains("-pro"));
    exact.or_else(small).or_else(cheap).or(usual.first()).map(|name| (*name).clone())
}

fn put_known(ex: &mut Examination<'_>, api: &Api, name: &str, is_unlisted: bool) {
    let how = match (&ex.question.model, is_unlisted) {
        (Some(_), false) => "listed",
        (Some(_), true) => "there is no list to look in",
        (None, _) => "chosen, as none was named",
    };
    let sight = match shutdown(api, name) {
        Some((day, true)) => {
            Sight::note(Check::Model, format!("{name} was to be switched off on {day}, and is still listed"))
        }
        Some((day, false)) => Sight::note(Check::Model, format!("{name} will be switched off on {day}")),
        None => Sight::fine(Check::Model, format!("{name}: {how}")),
    };
    ex.put(sight);
}

/// The day on which the vendor switches it off, and whether that is past.
fn shutdown(api: &Api, name: &str) -> Option<(&'static str, bool)> {
    let maker = maker(api)?;
    let found = find(Some(maker), name).filter(|found| found.how == How::Exact)?;
    let day = found.model.shutdown?;
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    Some((day, day <= today.as_str()))
}

pub(super) fn maker(api: &Api) -> Option<Maker> {
    api.resolved.vendor.and_then(crate::vendors::Vendor::maker)
}

fn why(api: &Api, name: &str, names: &[String]) -> Unlisted {
    let near = near(name, names);
    let shown = names.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = if names.len() > 8 { format!(" and {} more", names.len() - 8) } else { String::new() };
    let evidence = vec![format!("the list has {shown}{more}")];
    if let Some((day, true)) = shutdown(api, name) {
        let what = format!("{name} was switched off on {day}");
        let remedy = near.map(|near| format!("use {near}, or another one of the list"));
        return Unlisted { cause: &catalog::MODEL_DEPRECATED, what, remedy, evidence };
    }
    let sold_by = sellers(name);
    let is_elsewhere = maker(api).is_some_and(|maker| !sold_by.is_empty() && !sold_by.contains(&maker));
    if let (true, Some(first), None) = (is_elsewhere, sold_by.first(), &near) {
        let what = format!("{name} is a model of {}, and the host is another vendor's", first.name());
        let remedy = Some(format!("set base URL and key to {}'s", first.name()));
        return Unlisted { cause: &catalog::MODEL_WRONG_PROVIDER, what, remedy, evidence };
    }
    let remedy = match near {
        Some(near) => format!("did you mean {near}?"),
        None => "use one of the list".to_owned(),
    };
    let what = format!("{name} is not among the models that this key can use");
    Unlisted { cause: &catalog::MODEL_NOT_FOUND, what, remedy: Some(remedy), evidence }
}

fn near(name: &str, names: &[String]) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let begins = names.iter().filter(|known| known.starts_with(&lower) || lower.starts_with(known.as_str()));
    let close = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
    close.or_else(|| begins.min_by_key(|known| known.len()).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_model_that_chats_is_chosen_whatever_stands_before_it() {
        let choose = |names: &[&str]| choose(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());

        let openai = choose(&["o1-pro", "gpt-4o-mini-search-preview-2025-03-11", "gpt-4o-mini-tts", "gpt-4o-mini"]);
        let dated = choose(&["gpt-4.1", "codex-mini-latest", "gpt-4o-mini-2024-07-18"]);
        let odd = choose(&["text-embedding-3-small", "o4-mini-deep-research"]);

        assert_eq!(openai.as_deref(), Some("gpt-4o-mini"));
        assert_eq!(dated.as_deref(), Some("gpt-4o-mini-2024-07-18"));
        assert_eq!(odd, None);
    }
}
