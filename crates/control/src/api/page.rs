//! Pages of a list as OpenAI's SDKs expect them, one function per envelope.
//!
//! In: objects as they are shown, and whether there are more. Out: JSON.

use serde_json::{Value as Json, json};

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

/// `has_more` and `next`: the id of the last object here, behind which the next page is; `null` on the last page.
#[must_use]
pub fn with_next(data: &[Json], has_more: bool, last: Option<&str>) -> Json {
    let next = last.filter(|_| has_more);
    json!({ "object": "list", "data": data, "has_more": has_more, "next": next })
}
