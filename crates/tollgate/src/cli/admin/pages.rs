//! A list in all its pages, up to a bound.

use serde_json::Value as Json;
use tollgate_control::api::query::ParameterKind;

use super::arguments::{Asked, LIMIT};
use super::desk::Desk;
use super::words::Act;

/// Pages, should a list have no end.
const PAGES_MAX: usize = 10_000;

/// What was found of a list.
pub(super) struct Listed {
    pub(super) data: Vec<Json>,
    /// Whether there is more behind it.
    pub(super) has_more: bool,
}

/// As many objects of a list as are wanted.
pub(super) fn all(desk: &Desk, act: &Act, asked: &Asked) -> anyhow::Result<Listed> {
    let page_max = act.endpoint.query.iter().find_map(|parameter| match parameter.kind {
        ParameterKind::Integer(_, most, _) if parameter.name == LIMIT => usize::try_from(most).ok(),
        _ => None,
    });
    let by_page = act.endpoint.query.iter().any(|parameter| parameter.name == "page");
    let cursor_name = if by_page { "page" } else { "after" };
    let (mut listed, mut query) = (Listed { data: Vec::new(), has_more: true }, asked.query.clone());
    for _ in 0..PAGES_MAX {
        let left = asked.limit - listed.data.len();
        let limit = page_max.map(|most| (LIMIT.to_owned(), left.min(most).to_string()));
        let this: Vec<_> = query.iter().cloned().chain(limit).collect();
        let page = desk.ask(act.endpoint.method, asked, &this)?;
        let found = page["data"].as_array().map_or(&[][..], Vec::as_slice);
        listed.data.extend(found.iter().take(left).cloned());
        listed.has_more = page["has_more"] == true || found.len() > left;
        let Some(cursor) = cursor(&page).filter(|_| listed.has_more && listed.data.len() < asked.limit) else { break };
        query.retain(|(name, _)| name != cursor_name);
        query.push((cursor_name.to_owned(), cursor));
    }
    Ok(listed)
}

/// Where the next page begins, in whichever envelope the page came.
fn cursor(page: &Json) -> Option<String> {
    ["next", "next_page", "last_id"].into_iter().find_map(|name| page[name].as_str()).map(str::to_owned)
}
