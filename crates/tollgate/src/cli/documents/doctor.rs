//! Documents of `doctor` and `providers test`.

use super::{Document, Shape};

/// What an examination came to.
pub static DOCTOR: Document = Document {
    object: "tollgate.doctor",
    commands: &["doctor"],
    shape: Shape::Members(&[
        ("base_url", "the address that was looked at; empty where none could be read"),
        ("dialect", "how it is spoken to: `openai`, `azure`, `anthropic` or `gemini`"),
        ("model", "the model that was asked; null where none was"),
        ("well", "whether there is no finding"),
        ("findings", "how many there are"),
        ("checks[].check", "what was looked at, in the order in which one thing rests on another"),
        ("checks[].title", "the same for people"),
        ("checks[].verdict", "`fine`, `note`, `finding` or `not_looked_at`"),
        ("checks[].what", "what it came to, in a sentence"),
        ("checks[].evidence", "what was seen, secrets masked"),
        ("checks[].cause", "slug of the cause of a finding"),
        ("checks[].cause_title", "the cause in words"),
        ("checks[].remedy", "what to do"),
        ("checks[].link", "path of the cause's page at any Tollgate"),
        ("checks[].took_ms", "how long it took; null where it was not looked at"),
        ("checks[].carried", "whether it is an earlier look's finding, which `--watch` has not spent tokens on again"),
        ("spent.requests", "requests that were sent"),
        ("spent.completions", "those among them that a model answered"),
        ("spent.input_tokens", "tokens of their prompts, as the provider counts"),
        ("spent.output_tokens", "tokens of their answers"),
        ("spent.estimate", "whether a part of the tokens is an estimate: of a stream that does not say"),
        ("latency", "of one completion, or of the list of models where nothing was spent; null where none was made"),
        ("latency.dns_ms", "the name"),
        ("latency.connect_ms", "TCP, and the proxy's tunnel where there is one"),
        ("latency.tls_ms", "the handshake"),
        ("latency.first_byte_ms", "from the request to the first byte of its answer"),
        ("latency.first_token_ms", "from the request to the first event of a stream; null where none was asked for"),
        ("latency.total_ms", "from the first step to the last byte"),
    ]),
};

/// What became of one provider and one of its models.
pub static PROVIDER_TEST: Document = Document {
    object: "tollgate.provider_test",
    commands: &[],
    shape: Shape::Members(&[
        ("provider", "its name in the configuration"),
        ("model", "the model's name there; null where no deployment uses the provider"),
        ("embedded", "whether it is the sandbox, which needs no network and is not looked at"),
        ("report", "members as of `doctor`; null of the sandbox"),
    ]),
};

/// What became of all of them.
pub static PROVIDER_TESTS: Document = Document {
    object: "tollgate.provider_test_list",
    commands: &["providers test"],
    shape: Shape::List(&PROVIDER_TEST),
};
