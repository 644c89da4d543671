//! Documents of commands that call a server.

use super::{Document, Shape};

/// A model.
pub static MODEL: Document = Document {
    object: "tollgate.model",
    commands: &["models show"],
    shape: Shape::Members(&[
        ("name", "as callers ask for it"),
        ("owned_by", "who is said to own it"),
        ("created_at", "Unix seconds"),
        ("retired", "whether calls are refused by now"),
        ("deprecated_on", "`YYYY-MM-DD` from which it should not be used for anything new"),
        ("shutdown_date", "`YYYY-MM-DD` from which calls are refused"),
        ("successor", "what to use instead"),
        ("maintenance", "a time in which calls are refused"),
        ("maintenance.from", "Unix seconds; null where it has begun"),
        ("maintenance.until", "Unix seconds"),
        ("maintenance.reason", "why"),
        ("tier", "the lowest tier of a key that may use it; 0 for every key"),
        ("regions", "where it is served, as far as the settings say"),
        ("endpoints", "paths below the API's base; null where a server was asked"),
        ("deployments", "null where a server was asked"),
        ("deployments[].provider", "who serves it"),
        ("deployments[].model", "what it is called there"),
        ("deployments[].weight", "its share where the balance goes by weight"),
        ("deployments[].region", "where it is served there; null where the settings do not say"),
        ("fallbacks", "models that stand in for it; null where a server was asked"),
    ]),
};

/// Several models.
pub static MODELS: Document =
    Document { object: "tollgate.model_list", commands: &["models list"], shape: Shape::List(&MODEL) };

/// Whether a call would be allowed.
pub static MODEL_CHECK: Document = Document {
    object: "tollgate.model_check",
    commands: &["models check"],
    shape: Shape::Members(&[
        ("model", "as it was asked for"),
        ("endpoint", "where it would be asked, such as `chat_completions`; null where that is not known"),
        ("key", "`key_…`; null where the key is not known"),
        ("project", "to which the key belongs"),
        ("allowed", "whether nothing is known to refuse the call"),
        ("status", "HTTP status that a call would get; null where it is allowed"),
        ("cause", "slug of the first refusal; null where it is allowed"),
        ("remedy", "what to do; null where it is allowed"),
        ("doubts", "why its provider may refuse a call that is allowed here, as texts"),
        ("layers[].layer", "what is looked at, in the order in which a request is"),
        ("layers[].verdict", "`ok`, `refused` or `not_known`"),
        ("layers[].what", "why, in words"),
        ("layers[].setting", "what decides it"),
        ("layers[].cause", "slug of the refusal; null where nothing is refused"),
    ]),
};

/// An answer to a message.
pub static CHAT: Document = Document {
    object: "tollgate.chat",
    commands: &["chat"],
    shape: Shape::Members(&[
        ("request_id", "`req_…`"),
        ("model", "as the answer names it"),
        ("content", "what the model said"),
        ("finish_reason", "why it ended"),
        ("usage.input", "tokens of the request"),
        ("usage.output", "tokens of the answer"),
    ]),
};

/// What a run of `demo traffic` did.
pub static TRAFFIC: Document = Document {
    object: "tollgate.traffic",
    commands: &["demo traffic"],
    shape: Shape::Members(&[
        ("base_url", "the server"),
        ("duration_ms", "how long it took"),
        ("requests", "how many were sent"),
        ("succeeded", "how many were answered with 2xx, streams to their end"),
        ("failed", "how many were not, on purpose or not"),
        ("unexpected", "how many failed, or succeeded, against what was intended"),
        ("kinds[].kind", "what was sent"),
        ("kinds[].requests", "how many"),
        ("kinds[].succeeded", "how many were answered with 2xx, streams to their end"),
        ("kinds[].failed", "how many were not"),
        ("kinds[].p50_us", "the median of their times, to the last byte"),
        ("kinds[].p99_us", "the 99th percentile"),
        ("causes[].status", "HTTP status; null where there was no answer"),
        ("causes[].cause", "slug; null where none was told"),
        ("causes[].requests", "how many failed so"),
    ]),
};
