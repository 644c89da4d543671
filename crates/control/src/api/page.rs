//! Pages of a list as OpenAI's SDKs expect them, one function per envelope.
//!
//! In: objects as they are shown, and whether there are more. Out: JSON.

use serde_json::{Value as Json, json};
use tollgate_store::admin::page::Part;

use crate::refusal::Refusal;

/// `first_id`, `last_id` and `has_more`.
#[must_use]
pub fn with_ids(data: &[Json], has_more: bool) -> Json {
    let id_of = |one: Option<&Json>| one.map_or(Json::Null, |one| one["id"].clone());
    json!({
        "object": "list",
        "data": data,
        "first_id": id_of(data.first()),
        "last_id": id_of(data.last()),
        "has_more": has_more,
    })
}

/// The part of a list that is whole in memory, with ids.
///
/// # Errors
/// The page is to begin behind something that is not in the list.
pub fn part_of(all: &[Json], part: &Part) -> Result<Json, Refusal> {
    let begin = match &part.after {
        None => 0,
        Some(after) => match all.iter().position(|one| one["id"] == after.as_str()) {
            Some(found) => found + 1,
            None => return Err(Refusal::Cursor(after.clone())),
        },
    };
    let rest = &all[begin..];
    let shown = &rest[..rest.len().min(part.limit)];
    Ok(with_ids(shown, shown.len() < rest.len()))
}

/// `has_more` and `next`: the id of the last object here, behind which the next page is; `null` on the last page. A page of no
/// objects, where none were asked for, leads nowhere: then there is no more.
#[must_use]
pub fn with_next(data: &[Json], has_more: bool, last: Option<&str>) -> Json {
    let next = last.filter(|_| has_more);
    json!({ "object": "list", "data": data, "has_more": next.is_some(), "next": next })
}
