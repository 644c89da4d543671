//! What usage is told apart by, and what it is kept to.

use tollgate_core::id::KeyId;
use tollgate_store::admin::usage as rows;
use tollgate_store::records::Dimension;

use super::super::act::Act;
use super::super::shape::ShapeError;
use crate::refusal::Refusal;

/// What can be told apart, in the order in which results are sorted.
pub(super) const BY: [(&str, Dimension); 4] = [
    ("project_id", Dimension::Project),
    ("user_id", Dimension::Owner),
    ("api_key_id", Dimension::Key),
    ("model", Dimension::Model),
];

/// What is asked to be told apart.
pub(super) struct Groups {
    pub(super) by: [bool; BY.len()],
    /// Always `false`, where it is told apart.
    pub(super) batch: bool,
}

/// What usage is kept to.
pub(super) struct Kept {
    pub(super) projects: Vec<String>,
    pub(super) users: Option<Vec<String>>,
    pub(super) keys: Option<Vec<KeyId>>,
    pub(super) models: Option<Vec<String>>,
}

impl Groups {
    pub(super) fn asked(act: &Act<'_>, writes: bool) -> Result<Self, Refusal> {
        const NO_TIER: &str = "the tier that a provider served in is not kept with the sums";
        let mut groups = Self { by: [false; BY.len()], batch: false };
        for name in act.query.texts("group_by") {
            match BY.iter().position(|(known, _)| *known == name) {
                Some(known) => groups.by[known] = true,
                None if writes && name == "batch" => groups.batch = true,
                None if writes && name == "service_tier" => {
                    return Err(Refusal::Unsupported { field: "group_by", why: NO_TIER });
                }
                None => {
                    let what = format!("'{}'", name.chars().take(64).collect::<String>());
                    let allowed = BY.map(|(name, _)| name).join(", ");
                    return Err(ShapeError::Value { name: "group_by".to_owned(), what, allowed }.into());
                }
            }
        }
        Ok(groups)
    }

    /// Behind the buckets.
    pub(super) fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        BY.into_iter().zip(self.by).filter_map(|((_, dimension), wanted)| wanted.then_some(dimension))
    }

    /// What the request keeps to; never more than the organization.
    pub(super) fn kept_to(&self, act: &Act<'_>) -> Result<Kept, Refusal> {
        let asked = act.query.texts("project_ids");
        let of_organization = rows::projects(act.database(), act.organization())?;
        let fits = |id: &String| asked.is_empty() || asked.contains(id);
        let some = |texts: Vec<String>| (!texts.is_empty()).then_some(texts);
        let keys = some(act.query.texts("api_key_ids"));
        Ok(Kept {
            projects: of_organization.into_iter().filter(fits).collect(),
            users: some(act.query.texts("user_ids")),
            keys: keys.map(|keys| keys.iter().filter_map(|id| id.parse().ok()).collect()),
            models: some(act.query.texts("models")),
        })
    }
}
