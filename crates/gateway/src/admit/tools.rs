//! Whether a request asks for a hosted tool that the key's project may not use.
//!
//! In: the body of a request, and the tools that are denied. Out: nothing, or the first of them. A project without denied
//! tools costs a comparison; else the members of the body are looked through, each `tools` of them, in any letter case, so
//! that no provider reads a tool that was not seen here.

use tollgate_core::key::Key;
use tollgate_core::operation::Operation;
use tollgate_core::tools::{HostedTool, HostedTools};
use tollgate_providers::json::{self, JsonError, Kind};

use super::AdmitError;

/// Refuses a request that asks for a tool of `denied`.
pub(crate) fn tools(key: &Key, operation: Operation, body: &[u8], denied: HostedTools) -> Result<(), AdmitError> {
    let found = match operation {
        _ if denied.is_empty() => None,
        Operation::Responses => in_response(body, denied),
        Operation::ChatCompletions => in_chat(body, denied),
        _ => None,
    };
    let Some(Found { tool, param, what }) = found else { return Ok(()) };
    Err(AdmitError::ToolRefused { tool: tool.name(), param, what, project: key.project.id.clone() })
}

/// A tool that is denied, and where it stands.
struct Found {
    tool: HostedTool,
    param: String,
    what: String,
}

fn in_response(body: &[u8], denied: HostedTools) -> Option<Found> {
    find(body, |name, value, kind| match kind {
        Kind::Array if name.eq_ignore_ascii_case("tools") => {
            let all = json::elements(body, value).enumerate();
            all.filter(|(_, (_, kind))| *kind == Kind::Object).find_map(|(at, (tool, _))| {
                let (tool, word) = of_type(&body[tool], denied)?;
                let what = format!("`tools[{at}]` is of type `{word}`");
                Some(Found { tool, param: format!("tools[{at}]"), what })
            })
        }
        // A prompt that is kept at the provider has tools of its own, which do not show here.
        Kind::Object if name.eq_ignore_ascii_case("prompt") => {
            let tool = denied.iter().next()?;
            let what = "`prompt` names a stored prompt, whose tools do not show".to_owned();
            Some(Found { tool, param: "prompt".to_owned(), what })
        }
        _ => None,
    })
}

/// Chat completions have one hosted tool, which they name otherwise.
fn in_chat(body: &[u8], denied: HostedTools) -> Option<Found> {
    const NAME: &str = "web_search_options";
    find(body, |name, _, kind| {
        let is_asked = kind != Kind::Null && name.eq_ignore_ascii_case(NAME);
        (is_asked && denied.contains(HostedTool::WebSearch)).then(|| Found {
            tool: HostedTool::WebSearch,
            param: NAME.to_owned(),
            what: format!("`{NAME}` asks for it"),
        })
    })
}

/// The denied tool that an element of `tools` names, and the word by which.
fn of_type(element: &[u8], denied: HostedTools) -> Option<(HostedTool, String)> {
    find(element, |name, value, kind| {
        if kind != Kind::String || !name.eq_ignore_ascii_case("type") {
            return None;
        }
        let word = json::string(element, value)?;
        let tool = HostedTool::of_type(&word).filter(|tool| denied.contains(*tool))?;
        Some((tool, word.chars().take(64).collect()))
    })
}

/// The first thing that is found in a member of an object. The body has been read before, so it is JSON.
fn find<T>(object: &[u8], mut look: impl FnMut(&str, std::ops::Range<usize>, Kind) -> Option<T>) -> Option<T> {
    let mut found = None;
    let _ = json::members(object, |member| {
        if found.is_none() {
            found = look(&member.name, member.value.clone(), member.kind);
        }
        Ok::<(), JsonError>(())
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_tool_is_found_wherever_a_provider_would_read_it() {
        let denied = HostedTools::default().with(HostedTool::WebSearch).with(HostedTool::Mcp);
        for (body, expected) in [
            (r#"{"tools":[{"type":"function","name":"f"},{"type":"web_search_preview"}]}"#, Some("tools[1]")),
            (r#"{"tools":[],"tools":[{"type":"mcp"}]}"#, Some("tools[0]")),
            (r#"{"Tools":[{"Type":"mcp"}]}"#, Some("tools[0]")),
            (r#"{"tools":[{"type":"function","type":"mc\u0070"}]}"#, Some("tools[0]")),
            (r#"{"prompt":{"id":"pmpt_1"}}"#, Some("prompt")),
            (r#"{"tools":[{"type":"code_interpreter"}],"prompt":null}"#, None),
            (r#"{"tools":null,"input":"web_search"}"#, None),
        ] {
            assert_eq!(in_response(body.as_bytes(), denied).map(|found| found.param).as_deref(), expected, "{body}");
        }
        let chat = |body: &str| in_chat(body.as_bytes(), denied).map(|found| found.tool);
        assert_eq!(chat(r#"{"web_search_options":{}}"#), Some(HostedTool::WebSearch));
        assert_eq!(chat(r#"{"web_search_options":null}"#), None);
    }
}
