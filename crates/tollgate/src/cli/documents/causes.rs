//! Documents of `errors`.

use super::{Document, Shape};

/// A cause of failures.
pub static CAUSE: Document = Document {
    object: "tollgate.cause",
    commands: &["errors show"],
    shape: Shape::Members(&[
        ("slug", "its name in headers, error objects, records and addresses"),
        ("title", "what happened, in a line"),
        ("family", "the part of the guide it is in"),
        ("party", "who has to act: `caller`, `gateway`, `provider` or `network`"),
        ("statuses", "HTTP statuses under which it is seen, here and at providers; empty where no server tells it"),
        ("without_status", "whether it is also seen without one: as an exception, or a connection that fails"),
        ("status", "the one with which this gateway answers; null where no server tells it"),
        ("type", "`error.type` in that answer"),
        ("code", "`error.code` in that answer"),
        ("message", "how `error.message` begins in that answer; {names} stand for what is known of a request"),
        ("retryable", "whether the same request may succeed later; null where it depends"),
        ("retry_advice", "the same in a sentence"),
        ("recognised", "how it is told from others"),
        ("example", "a typical text of it; null of `unknown`"),
        ("reasons", "how it comes about, the likeliest first"),
        ("checks", "what to look at to be sure"),
        ("remedies", "what ends it"),
        ("snippets", "code that ends it: language (`shell`, `curl`, `python`, `node`, `axios`, `config`) and code"),
        ("trigger", "kind (`wire`, `socket`, `client`) and the command that makes it happen; null where none does"),
        ("related", "slugs of causes that look alike"),
    ]),
};

/// All of them.
pub static CAUSES: Document =
    Document { object: "tollgate.cause_list", commands: &["errors list"], shape: Shape::List(&CAUSE) };
