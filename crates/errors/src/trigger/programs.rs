//! Small programs that really make the mistakes which no server ever sees.
//!
//! In: nothing. Out: programs as data. Each ends with the error that people paste: what its client prints. They find the
//! gateway in `OPENAI_BASE_URL` and a key in `OPENAI_API_KEY`, need the official SDK and nothing else, and reach no other
//! host.

use crate::catalog;
use crate::cause::{Cause, Language};

/// A program that makes a mistake.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// What runs it: [`Language::Python`] or [`Language::Node`].
    pub language: Language,
    /// The package that it needs.
    pub package: &'static str,
    /// Its source.
    pub code: &'static str,
    /// Whether it goes without a key in the environment.
    pub without_key: bool,
}

const fn python(code: &'static str) -> Program {
    Program { language: Language::Python, package: "openai", code, without_key: false }
}

static PROGRAMS: &[(&Cause, Program)] = &[
    (
        &catalog::KEY_NOT_CONFIGURED,
        Program {
            without_key: true,
            ..python(
                "\
import openai

client = openai.OpenAI()  # neither api_key nor OPENAI_API_KEY",
            )
        },
    ),
    (
        &catalog::BASE_URL_MALFORMED,
        python(
            "\
import openai

client = openai.OpenAI(base_url=\"localhost:4000/v1\", max_retries=0)  # without http://
client.models.list()",
        ),
    ),
    (
        &catalog::SDK_VERSION_MISMATCH,
        python(
            "\
import openai

# The call of openai 0.28, with a current SDK.
openai.ChatCompletion.create(model=\"sandbox\", messages=[{\"role\": \"user\", \"content\": \"hi\"}])",
        ),
    ),
    (
        &catalog::BROWSER_KEY_EXPOSURE,
        Program {
            language: Language::Node,
            package: "openai",
            without_key: false,
            code: "\
// What tells the SDK that it runs in a page.
globalThis.window = { document: {} };
globalThis.navigator ??= {};

const OpenAI = require(\"openai\");
new OpenAI();",
        },
    ),
    (
        &catalog::CONNECTION_ERROR_GENERIC,
        python(
            "\
import openai

client = openai.OpenAI(base_url=\"http://127.0.0.1:9/v1\", max_retries=0)
try:
    client.models.list()
except openai.APIConnectionError as error:
    print(f\"openai.APIConnectionError: {error}\")  # and not its __cause__",
        ),
    ),
    (
        &catalog::HTTP_HTTPS_MISMATCH,
        python(
            "\
import os, openai

plain = os.environ[\"OPENAI_BASE_URL\"]
client = openai.OpenAI(base_url=plain.replace(\"http://\", \"https://\"), max_retries=0)
client.models.list()",
        ),
    ),
    (
        &catalog::PROXY_MISCONFIGURED,
        python(
            "\
import os

os.environ[\"ALL_PROXY\"] = \"socks://127.0.0.1:1080\"  # it would have to be socks5://

import openai

openai.OpenAI().models.list()",
        ),
    ),
    (&catalog::STREAM_BUFFERED, python(include_str!("programs/stream_buffered.py"))),
    (
        &catalog::TIMEOUT,
        python(
            "\
import openai

client = openai.OpenAI(timeout=0.2, max_retries=0)
# The sandbox answers after two seconds.
client.chat.completions.create(
    model=\"sandbox\",
    messages=[{\"role\": \"user\", \"content\": \"hi\"}],
    extra_headers={\"x-sandbox-latency-ms\": \"2000\"},
)",
        ),
    ),
];

pub(super) fn of(cause: &'static Cause) -> Option<&'static Program> {
    PROGRAMS.iter().find(|(known, _)| *known == cause).map(|(_, program)| program)
}
