//! An event of the audit log in a line: who did it, from where, and to what.
//!
//! In: an event as the API shows it. Out: cells of a table. The whole of it is in the JSON.

use serde_json::Value as Json;

/// The columns behind those that events have of themselves.
pub(super) const HEADS: [&str; 3] = ["BY", "FROM", "ON"];

/// What stands in them.
pub(super) fn cells(event: &Json) -> [String; 3] {
    let actor = &event["actor"];
    let by = actor["type"].as_str().map_or(&Json::Null, |kind| &actor[kind]);
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let key = text(&by["id"]);
    let person = text(&by["user"]["email"]).or_else(|| text(&by["user"]["id"]));
    let who = match (person, key) {
        (Some(person), Some(key)) => format!("{person} ({key})"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "the data directory".to_owned(),
    };
    [who, text(&by["ip_address"]).unwrap_or_else(|| "-".to_owned()), on(event)]
}

/// Upon what, and what that is called where the event tells it.
fn on(event: &Json) -> String {
    let payload = event["type"].as_str().map_or(&Json::Null, |kind| &event[kind]);
    let id = payload["id"].as_str().unwrap_or("-");
    let of = |name: &str| ["data", "after", "before"].into_iter().find_map(|part| payload[part][name].as_str());
    match ["name", "group_name", "role_name", "email"].into_iter().find_map(of) {
        Some(name) => format!("{id} ({name})"),
        None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_tells_who_did_it_and_to_what() {
        let by_key = json!({
            "type": "project.created",
            "actor": { "type": "api_key", "api_key": {
                "id": "key_1", "user": { "id": "user-1", "email": "ada@example.com" }, "ip_address": "10.0.0.1",
            } },
            "project.created": { "id": "proj_1", "data": { "name": "web" } },
        });
        let of_holder = json!({ "type": "user.deleted", "actor": null, "user.deleted": { "id": "user-2" } });

        assert_eq!(cells(&by_key), ["ada@example.com (key_1)", "10.0.0.1", "proj_1 (web)"]);
        assert_eq!(cells(&of_holder), ["the data directory", "-", "user-2"]);
    }
}
