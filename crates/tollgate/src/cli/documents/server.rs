//! Documents about the server and its settings.

use super::{Document, Shape};

/// A server is ready.
pub static READY: Document = Document {
    object: "tollgate.ready",
    commands: &["up", "serve"],
    shape: Shape::Members(&[
        ("event", "`ready`"),
        ("api_base", "base URL of the API, as OpenAI's clients take it"),
        ("api_key", "the first key, at the first start of `up` only"),
        ("admin_api_key", "the admin key of the first owner, at the first start of `up` only"),
        ("docs_url", "where the server's pages begin"),
        ("data_dir", "the data directory"),
        ("release", "version of the program"),
    ]),
};

/// A configuration that was found right.
pub static CONFIG_CHECK: Document = Document {
    object: "tollgate.config_check",
    commands: &["config check"],
    shape: Shape::Members(&[
        ("file", "what was checked"),
        ("ok", "true; a wrong configuration is told on standard error, with exit code 2"),
        ("warnings", "how many there are, told on standard error"),
        ("providers", "how many are configured"),
        ("models", "how many are configured"),
    ]),
};

/// One setting.
static SETTING: Document = Document {
    object: "tollgate.setting",
    commands: &[],
    shape: Shape::Members(&[
        ("key", "the setting, as a path"),
        ("value", "what holds, as TOML and JSON both write it"),
        ("origin", "the file's line and column, the variable, the flag, or `default`"),
    ]),
};

/// Every setting that holds.
pub static SETTINGS: Document =
    Document { object: "tollgate.settings", commands: &["config show"], shape: Shape::List(&SETTING) };
