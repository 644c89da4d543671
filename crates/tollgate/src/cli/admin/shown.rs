//! What administration answers, for people and for programs.
//!
//! In: the API's JSON and the fields that it has. Out: a table, a list of names and values, or the JSON.

use serde_json::{Value as Json, json};
use tollgate_control::api::shape::{Field, Kind, TIME};

use super::pages::Listed;
use super::{event, invite};
use crate::cli::http::Base;
use crate::cli::output::printable::{escaped, printable};
use crate::cli::output::{self, Label};

/// How all that is secret begins.
const SECRET: &str = "sk-tg-";

/// A list.
pub(super) fn list(listed: &Listed, fields: &[Field], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let list = json!({ "object": "list", "data": listed.data, "has_more": listed.has_more });
        return output::line(escaped(&list.to_string()));
    }
    let is_told = |field: &&Field| {
        let is_plain = !matches!(field.kind, Kind::Objects(..) | Kind::Object(_) | Kind::Free | Kind::Metadata);
        is_plain && field.name != "object" && listed.data.iter().any(|one| !is_empty(&one[field.name]))
    };
    let told: Vec<&Field> = fields.iter().filter(is_told).collect();
    let is_of_events = fields.iter().any(|field| field.name == "actor");
    let heads: Vec<String> = told.iter().map(|field| field.name.to_uppercase().replace('_', " ")).collect();
    let more: &[&str] = if is_of_events { &event::HEADS } else { &[] };
    let heads: Vec<&str> = heads.iter().map(String::as_str).chain(more.iter().copied()).collect();
    let row = |one: &Json| {
        let mut row: Vec<String> = told.iter().map(|field| cell(field.kind, &one[field.name])).collect();
        if is_of_events {
            row.extend(event::cells(one).map(|cell| printable(&cell).into_owned()));
        }
        row
    };
    let rows: Vec<Vec<String>> = listed.data.iter().map(row).collect();
    if rows.is_empty() {
        output::say(Label::Note, "there is nothing in this list");
        return Ok(());
    }
    output::columns(&heads, &rows)
}

/// One object; `base` tells which server answers, where a link has to name it.
pub(super) fn one(
    object: &Json,
    fields: &[Field],
    as_json: bool,
    base: impl FnOnce() -> Option<Base>,
) -> anyhow::Result<()> {
    if as_json {
        return output::line(escaped(&object.to_string()));
    }
    if let Some(invite) = invite(object) {
        return invite::hand_over(object, invite, base());
    }
    if let Some(results) = fields.iter().find_map(|field| of_buckets(field)) {
        return buckets(object, results);
    }
    if let Some(secret) = secret(object) {
        output::line(secret)?;
        let id = |of: &Json| of["id"].as_str().map(|id| printable(id).into_owned());
        let made: Vec<String> = [id(object), id(&object["api_key"])].into_iter().flatten().collect();
        let what = format!("made {}; the secret is shown once and stored as a hash", made.join(" and its key "));
        output::say(Label::Note, &what);
        return Ok(());
    }
    if object["deleted"] == true {
        output::say(Label::Note, &format!("{}: deleted", printable(object["id"].as_str().unwrap_or("it"))));
        return Ok(());
    }
    let told = fields.iter().filter(|field| field.name != "object" && !is_empty(&object[field.name]));
    let rows: Vec<(&str, String)> = told.map(|field| (field.name, cell(field.kind, &object[field.name]))).collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.iter().try_for_each(|(name, value)| output::line(format!("{name:<width$}  {value}")))
}

/// The secret that was just made, which alone goes to standard output, so that a shell can take it.
fn secret(object: &Json) -> Option<&str> {
    object["value"].as_str().or_else(|| object["api_key"]["value"].as_str()).filter(|value| value.starts_with(SECRET))
}

/// The invite that was just made: the object itself, or the one that it begins with.
fn invite(object: &Json) -> Option<&Json> {
    [object, &object["invite"]].into_iter().find(|one| one["token"].is_string() && one["accept_path"].is_string())
}

/// The fields of the results within the buckets that a field holds.
fn of_buckets(field: &Field) -> Option<&'static [Field]> {
    let Kind::Objects(bucket, _) = field.kind else { return None };
    bucket.iter().find_map(|inner| match inner.kind {
        Kind::Objects(results, _) if inner.name == "results" => Some(results),
        _ => None,
    })
}

/// Usage: a line for each result of each bucket.
fn buckets(page: &Json, results: &'static [Field]) -> anyhow::Result<()> {
    let all = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let of_bucket = |bucket: Json| {
        let start = bucket["start_time"].clone();
        all(&bucket["results"]).into_iter().map(move |mut result| {
            result["start_time"] = start.clone();
            result
        })
    };
    let data: Vec<Json> = all(&page["data"]).into_iter().flat_map(of_bucket).collect();
    if let Some(next) = page["next_page"].as_str() {
        output::say(Label::Note, &format!("there is more: --page {}", printable(next)));
    }
    let start = Field::new("start_time", TIME, "");
    let fields: Vec<Field> = std::iter::once(start).chain(results.iter().copied()).collect();
    list(&Listed { data, has_more: false }, &fields, false)
}

fn is_empty(value: &Json) -> bool {
    value.is_null()
        || value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn cell(kind: Kind, value: &Json) -> String {
    let text = match value {
        Json::Null => "-".to_owned(),
        Json::String(text) => text.clone(),
        Json::Number(number) if matches!(kind, Kind::Time) => {
            number.as_i64().map_or_else(|| number.to_string(), output::time)
        }
        Json::Array(all) if all.iter().all(Json::is_string) => {
            all.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    printable(&text).into_owned()
}
