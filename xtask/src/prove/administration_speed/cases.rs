//! What is asked: pages from the front, the middle and the end, with each filter and with several; usage by everything.

use anyhow::Context;
use serde_json::Value;

use super::Asks;

/// One request, again and again.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) path: String,
    /// Whether there is something to be found: a case that looks at nothing would be quick.
    pub(super) finds_something: bool,
    /// Whether it is usage of a month, for which there is a bar.
    pub(super) is_of_a_month: bool,
}

impl Case {
    fn new(name: &str, path: impl Into<String>) -> Self {
        Self { name: name.to_owned(), path: path.into(), finds_something: true, is_of_a_month: false }
    }

    fn empty(name: &str, path: impl Into<String>) -> Self {
        Self { finds_something: false, ..Self::new(name, path) }
    }

    /// How many objects an answer has; of usage, the results of all buckets.
    pub(super) fn found(&self, answer: &Value) -> usize {
        let data = answer["data"].as_array().map_or(&[] as &[_], Vec::as_slice);
        let of_buckets = |all: &[Value]| all.iter().filter_map(|one| one["results"].as_array()).map(Vec::len).sum();
        if answer["object"] == "page" { of_buckets(data) } else { data.len() }
    }
}

/// Pages of a hundred.
pub(super) fn pages(ids: &Value, asks: &mut Asks<'_>) -> anyhow::Result<Vec<Case>> {
    let text = |name: &str| ids[name].as_str().unwrap_or_default().to_owned();
    let (big, small) = (text("big"), ids["small"][7].as_str().unwrap_or_default());
    let keys = |project: &str, rest: &str| format!("/organization/projects/{project}/api_keys?limit=100{rest}");
    let middle = format!("&after={}", text("middle_key"));
    let mut cases = vec![
        Case::new("keys of a project, first page", keys(&big, "")),
        Case::new("keys of a project, in the middle", keys(&big, &middle)),
        Case::new("keys of a project, last page", keys(&big, &format!("&after={}", text("late_key")))),
        Case::new("keys without access, first page", keys(&big, "&owner_project_access=inactive")),
        Case::new("keys with access, in the middle", keys(&big, &format!("&owner_project_access=active{middle}"))),
        Case::new("keys of a thousandth project", keys(small, "")),
        Case::new("users, first page", "/organization/users?limit=100"),
        Case::new("users, in the middle", format!("/organization/users?limit=100&after={}", text("middle_user"))),
        Case::new(
            "users of an address",
            format!("/organization/users?limit=100&emails[]={}", ids["emails"][1].as_str().unwrap_or_default()),
        ),
        Case::new("projects, first page", "/organization/projects?limit=100"),
        Case::new(
            "projects, in the middle",
            format!("/organization/projects?limit=100&after={}", ids["small"][500].as_str().unwrap_or_default()),
        ),
        Case::new("projects, archived ones too", "/organization/projects?limit=100&include_archived=true"),
    ];
    let log = |rest: &str| format!("/organization/audit_logs?limit=100{rest}");
    let now = ids["now"].as_i64().context("no time")?;
    let day = format!("&effective_at[gte]={}&effective_at[lt]={}", now - 15 * 86_400, now - 14 * 86_400);
    let project = |n: usize| format!("&project_ids[]={}", ids["small"][n].as_str().unwrap_or_default());
    let (big_project, email) = (format!("&project_ids[]={big}"), |n: usize| {
        format!("&actor_emails[]={}", ids["emails"][n].as_str().unwrap_or_default())
    });
    let (kind, robot) =
        (|kind: &str| format!("&event_types[]={kind}"), |n: usize| format!("&actor_ids[]=key_robot{n}"));
    let user = format!("&actor_ids[]={}", ids["users"][0].as_str().unwrap_or_default());
    let resource = format!("&resource_ids[]={}", text("resource"));
    let (in_the_middle, at_the_end) = cursors(asks, &log(&day), now)?;
    cases.extend([
        Case::new("audit log, first page", log("")),
        Case::new("audit log, in the middle", log(&format!("&after={in_the_middle}"))),
        Case::new("audit log, before the middle", log(&format!("&before={in_the_middle}"))),
        Case::new("audit log, last page", log(&format!("&after={at_the_end}"))),
        Case::new("audit log, before the last page", log(&format!("&before={at_the_end}"))),
        Case::new("audit log, by a key, in the middle", log(&format!("{}&after={in_the_middle}", robot(1)))),
        Case::new("audit log, by a key, before the middle", log(&format!("{}&before={in_the_middle}", robot(1)))),
        Case::new(
            "audit log, of a project and a type, in the middle",
            log(&format!("{}{}&after={in_the_middle}", project(0), kind("api_key.deleted"))),
        ),
        Case::new(
            "audit log, of a project and a type, before the end",
            log(&format!("{}{}&before={at_the_end}", project(0), kind("api_key.deleted"))),
        ),
        Case::empty(
            "audit log, a type by a key that never did it, before the end",
            log(&format!("{}{}&before={at_the_end}", kind("api_key.created"), robot(1))),
        ),
        Case::new("audit log of a day", log(&day)),
        Case::new("audit log, of a project", log(&big_project)),
        Case::new("audit log, of two types", log(&format!("{}{}", kind("api_key.created"), kind("api_key.deleted")))),
        Case::new("audit log, of a rare type", log(&kind("project.archived"))),
        Case::new("audit log, by a key", log(&robot(1))),
        Case::new("audit log, by a user", log(&user)),
        Case::new("audit log, by an address", log(&email(0))),
        Case::new("audit log, upon something", log(&resource)),
        Case::new("audit log, by a key, of a day", log(&format!("{}{day}", robot(1)))),
        Case::new(
            "audit log, of a project, a type and a key",
            log(&format!("{}{}{}", project(0), kind("api_key.deleted"), robot(1))),
        ),
        Case::new("audit log, rare: a type by a key", log(&format!("{}{}", kind("project.archived"), robot(3)))),
        Case::empty(
            "audit log, a type by a key that never did it",
            log(&format!("{}{}", kind("api_key.created"), robot(1))),
        ),
        Case::empty("audit log, a type by an address, never", log(&format!("{}{}", kind("api_key.created"), email(1)))),
        Case::empty("audit log, a type in a project, never", log(&format!("{}{big_project}", kind("api_key.deleted")))),
        Case::empty("audit log, a key in a project, never", log(&format!("{}{}", project(0), robot(2)))),
        Case::empty("audit log, an address in a project, never", log(&format!("{}{}", project(0), email(2)))),
        Case::empty("audit log, a user in a project, never", log(&format!("{}{user}", project(0)))),
        Case::empty(
            "audit log, a type by a key in a month, never",
            log(&format!("{}{}{day}", kind("api_key.created"), robot(1))),
        ),
        Case::empty(
            "audit log, four filters, never",
            log(&format!("{}{}{}{big_project}", kind("api_key.created"), robot(1), email(1))),
        ),
    ]);
    Ok(cases)
}

/// An event in the middle of the log, and one with less than a page behind it.
fn cursors(asks: &mut Asks<'_>, of_a_day: &str, now: i64) -> anyhow::Result<(String, String)> {
    let (page, _) = asks.ask(of_a_day)?;
    let middle = page["last_id"].as_str().context("no event in the middle")?.to_owned();
    let oldest = format!("/organization/audit_logs?limit=100&effective_at[lt]={}", now - 31 * 86_400 + 3600);
    let (page, _) = asks.ask(&oldest)?;
    Ok((middle, page["first_id"].as_str().context("no event at the end")?.to_owned()))
}

/// Usage of a month by days, of a week by hours and of a day by minutes.
pub(super) fn usage(ids: &Value, callers: usize) -> Vec<Case> {
    let now = ids["now"].as_i64().unwrap_or_default();
    let spans = [
        ("a month by days", "1d", 30 * 86_400, 31),
        ("a week by hours", "1h", 167 * 3600, 168),
        ("a day by minutes", "1m", 1439 * 60, 1440),
    ];
    let groups = [
        "",
        "model",
        "project_id",
        "user_id",
        "api_key_id",
        "project_id,model",
        "user_id,model",
        "api_key_id,model",
        "project_id,user_id",
    ];
    let text = |list: &str, n: usize| ids[list][n].as_str().unwrap_or_default().to_owned();
    let filters = [
        ("of a key", format!("&api_key_ids[]={}", text("callers", 3)), "model"),
        ("of ten keys", (0..10).map(|n| format!("&api_key_ids[]={}", text("callers", n))).collect(), "api_key_id"),
        ("of a user", format!("&user_ids[]={}", text("users", 5)), "api_key_id"),
        ("of a project", format!("&project_ids[]={}", text("small", 3)), "user_id"),
        ("of a model", "&models[]=model-3".to_owned(), "project_id"),
    ];
    let mut cases = Vec::new();
    for (span, width, seconds, limit) in spans {
        let ask = |kind: &str, by: &str, rest: &str| {
            let groups: String =
                by.split(',').filter(|by| !by.is_empty()).map(|by| format!("&group_by[]={by}")).collect();
            let times = format!("start_time={}&end_time={now}&bucket_width={width}&limit={limit}", now - seconds);
            format!("/organization/usage/{kind}?{times}{groups}{rest}")
        };
        let name = |what: &str| format!("{callers} keys, {span}, {what}");
        for by in groups {
            let by_name = if by.is_empty() { "in all".to_owned() } else { format!("by {by}") };
            cases.push(Case::new(&name(&by_name), ask("completions", by, "")));
        }
        for (what, filter, by) in &filters {
            cases.push(Case::new(&name(&format!("{what}, by {by}")), ask("completions", by, filter)));
        }
        for kind in ["embeddings", "moderations"] {
            cases.push(Case::new(&name(&format!("{kind} by project_id")), ask(kind, "project_id", "")));
        }
    }
    cases.iter_mut().for_each(|case| case.is_of_a_month = case.path.contains("bucket_width=1d"));
    cases
}
