//! What usage is told apart by, what it is kept to, and the results that come of it.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value as Json, json};
use tollgate_core::id::KeyId;
use tollgate_store::admin::usage as rows;
use tollgate_store::records::{Dimension, Label, Total};

use super::super::act::Act;
use super::super::shape::ShapeError;
use super::Of;
use crate::refusal::Refusal;

const BY: [&str; 4] = ["project_id", "user_id", "api_key_id", "model"];

/// What is asked to be told apart.
pub(super) struct Groups {
    by: Vec<&'static str>,
    batch: bool,
    users: Vec<String>,
}

/// What usage is kept to.
pub(super) struct Kept {
    pub(super) projects: Vec<String>,
    pub(super) keys: Option<Vec<KeyId>>,
    pub(super) models: Option<Vec<String>>,
}

impl Groups {
    pub(super) fn asked(act: &Act<'_>, writes: bool) -> Result<Self, Refusal> {
        const NO_TIER: &str = "the tier that a provider served in is not kept with the sums";
        let (mut by, mut batch) = (Vec::new(), false);
        for name in act.query.texts("group_by") {
            match BY.into_iter().find(|known| *known == name) {
                Some(known) => by.push(known),
                None if writes && name == "batch" => batch = true,
                None if writes && name == "service_tier" => {
                    return Err(Refusal::Unsupported { field: "group_by", why: NO_TIER });
                }
                None => {
                    let what = format!("'{}'", name.chars().take(64).collect::<String>());
                    return Err(ShapeError::Value { name: "group_by".to_owned(), what, allowed: BY.join(", ") }.into());
                }
            }
        }
        Ok(Self { by, batch, users: act.query.texts("user_ids") })
    }

    fn has(&self, name: &str) -> bool {
        self.by.contains(&name)
    }

    /// Users are told by their keys.
    fn by_key(&self) -> bool {
        self.has("api_key_id") || self.has("user_id") || !self.users.is_empty()
    }

    pub(super) fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        let of = [
            (self.has("project_id"), Dimension::Project),
            (self.by_key(), Dimension::Key),
            (self.has("model"), Dimension::Model),
        ];
        of.into_iter().filter_map(|(wanted, dimension)| wanted.then_some(dimension))
    }

    /// What the request keeps to; never more than the organization.
    pub(super) fn kept_to(&self, act: &Act<'_>) -> Result<Kept, Refusal> {
        let asked = act.query.texts("project_ids");
        let of_organization = rows::projects(act.database(), act.organization())?;
        let fits = |id: &String| asked.is_empty() || asked.contains(id);
        let keys = act.query.texts("api_key_ids");
        let models = act.query.texts("models");
        Ok(Kept {
            projects: of_organization.into_iter().filter(fits).collect(),
            keys: (!keys.is_empty()).then(|| keys.iter().filter_map(|id| id.parse().ok()).collect()),
            models: (!models.is_empty()).then_some(models),
        })
    }

    /// One result for each bucket and group.
    pub(super) fn results(
        &self,
        sums: Vec<(Vec<Label>, Total)>,
        of: &Of,
        owners: &mut Owners<'_>,
    ) -> Result<Vec<(i64, Json)>, Refusal> {
        let mut merged: BTreeMap<(i64, [Option<String>; 4]), Total> = BTreeMap::new();
        for (labels, total) in sums {
            let mut labels = labels.into_iter();
            let Some(Label::Time(bucket)) = labels.next() else { continue };
            let mut text = |wanted: bool| match wanted.then(|| labels.next()).flatten() {
                Some(Label::Text(text)) => Some(text),
                _ => None,
            };
            let (project, key) = (text(self.has("project_id")), text(self.by_key()));
            let model = text(self.has("model"));
            let mut user = None;
            if self.has("user_id") || !self.users.is_empty() {
                user = owners.of_key(key.as_deref().unwrap_or_default())?;
                if !self.users.is_empty() && !user.as_ref().is_some_and(|user| self.users.contains(user)) {
                    continue;
                }
            }
            let key = key.filter(|_| self.has("api_key_id"));
            let user = user.filter(|_| self.has("user_id"));
            let sum = merged.entry((bucket, [project, user, key, model])).or_default();
            *sum = *sum + total;
        }
        // What was refused has used nothing.
        let used =
            merged.into_iter().filter(|(_, total)| total.requests > total.failed || total.input + total.output > 0);
        Ok(used.map(|((bucket, names), total)| (bucket, self.result(of, &names, &total))).collect())
    }

    fn result(&self, of: &Of, names: &[Option<String>; 4], total: &Total) -> Json {
        let [project, user, key, model] = names;
        let mut result = json!({
            "object": of.object,
            "input_tokens": total.input,
            "num_model_requests": total.requests - total.failed,
            "project_id": project,
            "user_id": user,
            "api_key_id": key,
            "model": model,
        });
        if of.writes {
            result["output_tokens"] = total.output.into();
            result["input_cached_tokens"] = total.cached_input.into();
            result["input_audio_tokens"] = total.audio_input.into();
            result["output_audio_tokens"] = total.audio_output.into();
            result["batch"] = if self.batch { false.into() } else { Json::Null };
            result["service_tier"] = Json::Null;
        }
        result
    }
}

/// The users who own keys, each looked up once.
pub(super) struct Owners<'a> {
    act: &'a Act<'a>,
    known: HashMap<String, Option<String>>,
}

impl<'a> Owners<'a> {
    pub(super) fn of(act: &'a Act<'a>) -> Self {
        Self { act, known: HashMap::new() }
    }

    fn of_key(&mut self, key: &str) -> Result<Option<String>, Refusal> {
        if let Some(known) = self.known.get(key) {
            return Ok(known.clone());
        }
        let owner = rows::owner_of_key(self.act.database(), self.act.organization(), key)?;
        self.known.insert(key.to_owned(), owner.clone());
        Ok(owner)
    }
}
