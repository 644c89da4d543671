//! The order of tool messages: each answers a call of the assistant message before it, and every call is answered.
//!
//! In: messages, one after the other. Out: nothing, or OpenAI's refusal of the first that is out of order.

use std::collections::HashSet;

use crate::sandbox::{conversation::Conversation, fields::Fields, refusal::Refusal};

/// Calls of the last assistant message that no tool message has answered yet.
#[derive(Default)]
pub(super) struct OpenCalls<'a> {
    ids: Vec<&'a str>,
    /// The same ids, and those of them that were answered: there may be as many as fit into a body.
    known: HashSet<&'a str>,
    answered: HashSet<&'a str>,
}

impl<'a> OpenCalls<'a> {
    /// The next message, which is the `index`th: what it answers, or what it calls.
    pub(super) fn follow(
        &mut self,
        message: &Fields<'a>,
        index: usize,
        conversation: &mut Conversation,
    ) -> Result<(), Refusal> {
        match message.string("role")? {
            Some("tool") => return self.close(message.required_string("tool_call_id")?, index),
            _ => self.check_none(&format!("messages.[{index}].role"))?,
        }
        *self = Self::default();
        if let Some(call) = message.object("function_call")? {
            conversation.call(call.required_string("name")?, call.required_string("arguments")?);
        }
        let Some(calls) = message.array("tool_calls", "an array of objects")? else { return Ok(()) };
        let path = message.path("tool_calls");
        if calls.is_empty() {
            return Err(Refusal::empty_array(&path));
        }
        for (at, call) in calls.iter().enumerate() {
            let call = Fields::of_value(call, format!("{path}[{at}]"), "an object")?;
            let id = call.required_string("id")?;
            self.ids.push(id);
            self.known.insert(id);
            let (kind, given) = match call.required_string("type")? {
                "function" => ("function", "arguments"),
                "custom" => ("custom", "input"),
                other => return Err(Refusal::unknown_value(&call.path("type"), other, &["function", "custom"])),
            };
            call.required(kind)?;
            let called = call.object(kind)?.ok_or_else(|| Refusal::missing(&call.path(kind)))?;
            conversation.call(called.required_string("name")?, called.required_string(given)?);
        }
        Ok(())
    }

    fn close(&mut self, id: &'a str, index: usize) -> Result<(), Refusal> {
        if self.ids.is_empty() {
            // The misspelling is OpenAI's.
            return Err(Refusal::new(
                "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with \
                 'tool_calls'.",
            )
            .about(format!("messages.[{index}].role")));
        }
        if !self.known.contains(id) {
            return Err(Refusal::new(format!(
                "Invalid parameter: 'tool_call_id' of '{id}' not found in 'tool_calls' of previous message."
            ))
            .about(format!("messages.[{index}].tool_call_id")));
        }
        self.answered.insert(id);
        Ok(())
    }

    /// Every call must have been answered by now.
    pub(super) fn check_none(&self, param: &str) -> Result<(), Refusal> {
        let open: Vec<&str> = self.ids.iter().copied().filter(|id| !self.answered.contains(id)).collect();
        if open.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(format!(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each \
             'tool_call_id'. The following tool_call_ids did not have response messages: {}",
            open.join(", ")
        ))
        .about(param))
    }
}
