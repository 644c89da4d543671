//! Documents of `trigger`.

use super::{Document, Shape};

/// A failure that can be made.
pub(super) static TRIGGER: Document = Document {
    object: "tollgate.trigger",
    commands: &[],
    shape: Shape::Members(&[
        ("name", "what to ask for: a cause's slug, or the name of one of OpenAI's errors"),
        ("openai", "whether it is one of OpenAI's errors by name"),
        ("cause", "the slug that the diagnosis names"),
        ("kind", "`wire`, `socket`, `client` or `none`"),
        ("simulated", "whether the sandbox says what the server would say in a state that no request brings about"),
        ("status", "HTTP status of the answer; 200 where it has begun when the failure comes"),
        ("type", "`error.type`"),
        ("code", "`error.code`"),
        ("param", "`error.param`"),
        ("retry", "whether the same request may succeed later; null where it depends"),
        ("should_retry", "the header `x-should-retry`"),
        ("retry_after_ms", "the header `retry-after-ms`; null where there is none"),
        ("moments", "when it can come: `start` is before the first byte, `middle` in a stream"),
        ("middle_cause", "the cause when it comes in the middle of a stream; null where it does not"),
        ("upstream_cause", "the cause with `x-sandbox-fault: upstream`; null where the sandbox cannot be asked"),
        (
            "sandbox",
            "method, path, body and either headers or model to send to a server with a sandbox; null where it cannot be asked",
        ),
        (
            "request",
            "the request that makes the mistake itself, with the placeholders of docs/triggers.md; null for others",
        ),
        ("program", "language, package and code of the program that makes the mistake itself; null for others"),
    ]),
};

/// All of them.
pub static TRIGGERS: Document =
    Document { object: "tollgate.trigger_list", commands: &["trigger --list"], shape: Shape::List(&TRIGGER) };

/// What was seen of one.
pub static TRIGGERED: Document = Document {
    object: "tollgate.triggered",
    commands: &["trigger"],
    shape: Shape::Members(&[
        ("name", "what was asked for"),
        ("expected", "the cause that was to be seen"),
        ("cause", "the one that was; null where none was told"),
        ("as_expected", "whether they are the same, which the exit code says too"),
        ("request", "method, URL, headers and body, or the raw bytes; the key is masked; null of a program"),
        ("status", "HTTP status of the answer; null of a program"),
        ("headers", "those of the answer that say something about the failure: pairs of name and value"),
        ("body", "of the answer, as text; of a program, what it printed"),
        (
            "diagnosis",
            "as in the error object; null where none came; of a program, what `tollgate explain` makes of its output",
        ),
        ("program", "the program that was run, in place of a request; null for others"),
    ]),
};
