//! What is asked of a model, in each dialect: every body is as small as the dialect takes it.
//!
//! In: a model and what the completion is to be like. Out: JSON.

use serde_json::{Value as Json, json};

use super::Wanted;
use crate::question::Need;

/// Enough for a stream to have pieces.
const STREAMED_TOKENS: u32 = 24;
/// Models that reason refuse less.
const LEAST_REASONING: u32 = 16;
/// One red pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

pub(super) fn chat(model: Option<&str>, wanted: Wanted) -> Json {
    let content = match wanted.need {
        Some(Need::Vision) => json!([
            { "type": "text", "text": "Hi" },
            { "type": "image_url", "image_url": { "url": format!("data:image/png;base64,{PIXEL}") } },
        ]),
        _ => prompt(wanted).into(),
    };
    let mut body = json!({ "messages": [{ "role": "user", "content": content }] });
    if let Some(model) = model {
        body["model"] = model.into();
    }
    body[if wanted.reasons { "max_completion_tokens" } else { "max_tokens" }] = most(wanted).into();
    if wanted.streamed {
        body["stream"] = true.into();
    }
    match wanted.need {
        Some(Need::Tools) => {
            body["tools"] = json!([{ "type": "function", "function": {
                "name": "now", "description": "the time", "parameters": { "type": "object", "properties": {} },
            } }]);
        }
        Some(Need::JsonSchema) => {
            let schema = json!({ "name": "a", "strict": true, "schema": schema() });
            body["response_format"] = json!({ "type": "json_schema", "json_schema": schema });
        }
        _ => {}
    }
    body
}

pub(super) fn messages(model: &str, wanted: Wanted) -> Json {
    let content = match wanted.need {
        Some(Need::Vision) => json!([
            { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": PIXEL } },
            { "type": "text", "text": "Hi" },
        ]),
        _ => prompt(wanted).into(),
    };
    let mut body =
        json!({ "model": model, "max_tokens": most(wanted), "messages": [{ "role": "user", "content": content }] });
    if wanted.streamed {
        body["stream"] = true.into();
    }
    match wanted.need {
        Some(Need::Tools) => {
            body["tools"] = json!([{ "name": "now", "description": "the time", "input_schema": { "type": "object" } }]);
        }
        Some(Need::JsonSchema) => {
            body["output_config"] = json!({ "format": { "type": "json_schema", "schema": schema() } });
        }
        _ => {}
    }
    body
}

pub(super) fn contents(wanted: Wanted) -> Json {
    let mut parts = vec![json!({ "text": prompt(wanted) })];
    if wanted.need == Some(Need::Vision) {
        parts.push(json!({ "inlineData": { "mimeType": "image/png", "data": PIXEL } }));
    }
    let mut body = json!({
        "contents": [{ "role": "user", "parts": parts }],
        "generationConfig": { "maxOutputTokens": most(wanted) },
    });
    match wanted.need {
        Some(Need::Tools) => {
            body["tools"] = json!([{ "functionDeclarations": [{ "name": "now", "description": "the time" }] }]);
        }
        Some(Need::JsonSchema) => {
            body["generationConfig"]["responseMimeType"] = "application/json".into();
            // Its own dialect of schemas knows no additionalProperties.
            body["generationConfig"]["responseSchema"] =
                json!({ "type": "OBJECT", "properties": { "a": { "type": "STRING" } }, "required": ["a"] });
        }
        _ => {}
    }
    body
}

fn prompt(wanted: Wanted) -> &'static str {
    match wanted.streamed {
        true => "Count from 1 to 9.",
        false => "Hi",
    }
}

fn most(wanted: Wanted) -> u32 {
    match wanted {
        Wanted { streamed: true, .. } => STREAMED_TOKENS,
        Wanted { reasons: true, .. } => LEAST_REASONING,
        _ => 1,
    }
}

/// An object with one text in it.
fn schema() -> Json {
    json!({
        "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"], "additionalProperties": false,
    })
}
