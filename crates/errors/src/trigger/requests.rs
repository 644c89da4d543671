//! Requests that really make the mistakes of a caller.
//!
//! In a text `{key}` stands for the caller's key, `{host}` for host and port of the server; the other placeholders are
//! in [`RawRequest`]. Whoever sends one writes it as it stands, for a client library would mend most of these.

use crate::catalog;
use crate::cause::Cause;

/// A request with a mistake in it.
///
/// Placeholders in path, headers, body and `raw`: `{key}`; `{host}`; `{typo}`, the key with its last character changed;
/// `{halves}`, the key with a blank in it; `{fill:N}`, `x` N times; `{headers:N}`, N headers.
#[derive(Debug, PartialEq, Eq)]
pub struct RawRequest {
    /// Method.
    pub method: &'static str,
    /// Path and query.
    pub path: &'static str,
    /// Headers in order; `host` and `content-length` come by themselves.
    pub headers: &'static [(&'static str, &'static str)],
    /// Body.
    pub body: &'static str,
    /// The whole request where it is no proper HTTP; the other members are empty then.
    pub raw: Option<&'static str>,
    /// Which key `{key}` stands for.
    pub key: KeyState,
    /// What happens behind the last byte.
    pub way: Way,
}

/// Which key a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// One that works.
    Working,
    /// One that is switched off.
    Disabled,
    /// One that was withdrawn.
    Revoked,
    /// One whose secret was replaced.
    Rotated,
    /// One whose time is over.
    Expired,
    /// One that may only list models.
    ListsOnly,
    /// One that may not use the model `sandbox`.
    WithoutModel,
}

/// How a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Whole.
    Whole,
    /// It ends behind what is given, although more was announced.
    Ends,
    /// Nothing follows what is given, although more was announced: the server's patience ends.
    Stalls,
    /// The sender leaves when the answer begins: what it was is in the record alone.
    Leaves,
}

const AUTHORIZED: (&str, &str) = ("authorization", "Bearer {key}");
const JSON: (&str, &str) = ("content-type", "application/json");
const CHAT: &str = r#"{"model":"sandbox","messages":[{"role":"user","content":"hello"}]}"#;
const CHAT_PATH: &str = "/v1/chat/completions";

const fn post(path: &'static str, headers: &'static [(&'static str, &'static str)], body: &'static str) -> RawRequest {
    RawRequest { method: "POST", path, headers, body, raw: None, key: KeyState::Working, way: Way::Whole }
}

/// A chat request with these headers.
const fn headed(headers: &'static [(&'static str, &'static str)]) -> RawRequest {
    post(CHAT_PATH, headers, CHAT)
}

/// A chat request with this body.
const fn with_body(body: &'static str) -> RawRequest {
    post(CHAT_PATH, &[AUTHORIZED, JSON], body)
}

const fn with_key(key: KeyState) -> RawRequest {
    RawRequest { key, ..headed(&[AUTHORIZED, JSON]) }
}

const fn get(path: &'static str) -> RawRequest {
    RawRequest { method: "GET", ..post(path, &[AUTHORIZED], "") }
}

const fn raw(bytes: &'static str) -> RawRequest {
    RawRequest { method: "", path: "", raw: Some(bytes), ..post("", &[], "") }
}

const fn raw_with(bytes: &'static str, way: Way) -> RawRequest {
    RawRequest { way, ..raw(bytes) }
}

type Row = (&'static Cause, RawRequest);

/// The key, and the header that carries it.
static CREDENTIALS: &[Row] = &[
    (&catalog::KEY_MISSING, headed(&[JSON])),
    (
        &catalog::HEADERS_NOT_SENT,
        headed(&[JSON, ("accept", "application/json, text/plain, */*"), ("user-agent", "axios/1.7.9")]),
    ),
    (&catalog::KEY_UNDEFINED, headed(&[("authorization", "Bearer undefined"), JSON])),
    (&catalog::KEY_EMPTY, headed(&[("authorization", "Bearer "), JSON])),
    (&catalog::KEY_PLACEHOLDER, headed(&[("authorization", "Bearer YOUR_API_KEY"), JSON])),
    (&catalog::KEY_DOUBLE_BEARER, headed(&[("authorization", "Bearer Bearer {key}"), JSON])),
    (&catalog::KEY_QUOTED, headed(&[("authorization", "Bearer \"{key}\""), JSON])),
    (&catalog::KEY_WHITESPACE, headed(&[("authorization", "Bearer {halves}"), JSON])),
    (&catalog::KEY_NON_ASCII, headed(&[("authorization", "Bearer {key}…"), JSON])),
    (&catalog::KEY_NOT_A_KEY, headed(&[("authorization", "Bearer https://gateway.example/keys/1"), JSON])),
    (
        &catalog::KEY_WRONG_PROVIDER,
        headed(&[("authorization", "Bearer sk-ant-api03-0000000000000000000000000000000000000000"), JSON]),
    ),
    (&catalog::KEY_INVALID, headed(&[("authorization", "Bearer sk-0000000000000000000000000000000000000000"), JSON])),
    (&catalog::KEY_TYPO, headed(&[("authorization", "Bearer {typo}"), JSON])),
    (&catalog::KEY_DISABLED, with_key(KeyState::Disabled)),
    (&catalog::KEY_REVOKED, with_key(KeyState::Revoked)),
    (&catalog::KEY_ROTATED, with_key(KeyState::Rotated)),
    (&catalog::KEY_EXPIRED, with_key(KeyState::Expired)),
    (&catalog::AUTH_HEADER_WRONG_NAME, headed(&[("api-key", "{key}"), JSON])),
    (&catalog::AUTH_HEADER_MALFORMED, headed(&[("authorization", "Token {key}"), JSON])),
    (&catalog::AUTH_HEADER_DUPLICATE, headed(&[AUTHORIZED, AUTHORIZED, JSON])),
    (&catalog::AUTH_SCHEME_BASIC, headed(&[("authorization", "Basic OnBhc3N3b3Jk"), JSON])),
    (&catalog::KEY_IN_URL, post("/v1/chat/completions?api_key={key}", &[JSON], CHAT)),
    (&catalog::KEY_IN_BODY, post(CHAT_PATH, &[JSON], r#"{"model":"sandbox","messages":[],"api_key":"{key}"}"#)),
    (&catalog::ORG_MISMATCH, headed(&[AUTHORIZED, ("openai-organization", "org-of-somebody-else"), JSON])),
    (&catalog::PROJECT_MISMATCH, headed(&[AUTHORIZED, ("openai-project", "proj_of_somebody_else"), JSON])),
    (&catalog::KEY_INSUFFICIENT_SCOPES, with_key(KeyState::ListsOnly)),
    (
        &catalog::ADMIN_KEY_ON_SERVING,
        headed(&[("authorization", "Bearer sk-tg-admin-0000000000000000000000000000000000000000"), JSON]),
    ),
    (&catalog::SERVING_KEY_ON_ADMIN, get("/v1/organization/projects")),
];

/// The model, the address, what is asked for.
static ACCESS_AND_ADDRESS: &[Row] = &[
    (&catalog::MODEL_NOT_FOUND, with_body(r#"{"model":"gpt-4o-mni","messages":[{"role":"user","content":"hello"}]}"#)),
    (&catalog::KEY_LACKS_MODEL, with_key(KeyState::WithoutModel)),
    (
        &catalog::COMPLETION_MODEL_ON_CHAT,
        with_body(r#"{"model":"gpt-3.5-turbo-instruct","messages":[{"role":"user","content":"hello"}]}"#),
    ),
    (
        &catalog::CHAT_MODEL_ON_COMPLETIONS,
        post("/v1/completions", &[AUTHORIZED, JSON], r#"{"model":"gpt-4o-mini","prompt":"hello"}"#),
    ),
    (
        &catalog::MODEL_WRONG_ENDPOINT,
        post("/v1/embeddings", &[AUTHORIZED, JSON], r#"{"model":"sandbox","input":"hello"}"#),
    ),
    (&catalog::REQUEST_NOT_FOUND, get("/v1/tollgate/requests/req_01a1fba57fd23a2376004b8125cc10ff")),
    (&catalog::REQUEST_ID_INVALID, get("/v1/tollgate/requests/nonsense")),
    (&catalog::BASE_URL_DOUBLE_V1, post("/v1/v1/chat/completions", &[AUTHORIZED, JSON], CHAT)),
    (&catalog::BASE_URL_INCLUDES_PATH, post("/v1/chat/completions/chat/completions", &[AUTHORIZED, JSON], CHAT)),
    (&catalog::ENDPOINT_NOT_FOUND, post("/v1/nothing", &[AUTHORIZED, JSON], CHAT)),
    (&catalog::METHOD_NOT_ALLOWED, get("/v1/embeddings")),
];

static BODY: &[Row] = &[
    (&catalog::JSON_BODY_INVALID, with_body(r#"{"model":"sandbox","messages":[],}"#)),
    (&catalog::JSON_BODY_ENCODING, with_body("{\"model\":\"sandbox\",\"user\":\"a\nb\"}")),
    (&catalog::JSON_KEY_DUPLICATE, with_body(r#"{"model":"sandbox","model":"gpt-4o","messages":[]}"#)),
    (&catalog::BODY_EMPTY, with_body("")),
    (&catalog::CONTENT_TYPE_WRONG, headed(&[AUTHORIZED, ("content-type", "text/plain")])),
    (&catalog::CONTENT_ENCODING_UNSUPPORTED, headed(&[AUTHORIZED, JSON, ("content-encoding", "gzip")])),
    (
        &catalog::BODY_TOO_LARGE,
        raw("POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\ncontent-type: \
             application/json\r\ncontent-length: 99999999999\r\n\r\n"),
    ),
    (
        &catalog::BODY_INCOMPLETE,
        raw_with(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\ncontent-type: \
             application/json\r\ncontent-length: 100\r\n\r\n{\"model\":",
            Way::Ends,
        ),
    ),
    (
        &catalog::BODY_TIMEOUT,
        raw_with(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\ncontent-type: \
             application/json\r\ncontent-length: 100\r\n\r\n{\"model\":",
            Way::Stalls,
        ),
    ),
    (&catalog::PARAM_MISSING, with_body(r#"{"messages":[{"role":"user","content":"hello"}]}"#)),
    (&catalog::PARAM_INVALID_TYPE, with_body(r#"{"model":7,"messages":[]}"#)),
    (&catalog::PARAM_UNKNOWN, with_body(r#"{"Model":"sandbox","messages":[]}"#)),
    (
        &catalog::DIMENSIONS_UNSUPPORTED,
        post(
            "/v1/embeddings",
            &[AUTHORIZED, JSON],
            r#"{"model":"text-embedding-ada-002","input":"hello","dimensions":256}"#,
        ),
    ),
];

/// What is said in a body that can be read: the sandbox refuses it as OpenAI does.
static CONTENT: &[Row] = &[
    (&catalog::MESSAGE_EMPTY_CONTENT, with_body(r#"{"model":"sandbox","messages":[]}"#)),
    (&catalog::ROLE_UNSUPPORTED, with_body(r#"{"model":"sandbox","messages":[{"role":"alien","content":"hello"}]}"#)),
    (
        &catalog::TOOL_RESULT_ORPHAN,
        with_body(r#"{"model":"sandbox","messages":[{"role":"tool","tool_call_id":"call_1","content":"4"}]}"#),
    ),
    (
        &catalog::TOOL_RESULTS_MISSING,
        with_body(
            r#"{"model":"sandbox","messages":[{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"user","content":"hello"}]}"#,
        ),
    ),
    (
        &catalog::TOOL_NAME_INVALID,
        with_body(
            r#"{"model":"sandbox","messages":[{"role":"user","content":"hello"}],"tools":[{"type":"function","function":{"name":"bad name!"}}]}"#,
        ),
    ),
    (
        &catalog::TOOL_SCHEMA_INVALID,
        with_body(
            r#"{"model":"sandbox","messages":[{"role":"user","content":"hello"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"array"}}}]}"#,
        ),
    ),
    (
        &catalog::RESPONSE_FORMAT_SCHEMA_INVALID,
        with_body(
            r#"{"model":"sandbox","messages":[{"role":"user","content":"hello"}],"response_format":{"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":{"type":"array"}}}}"#,
        ),
    ),
    (
        &catalog::JSON_WORD_MISSING,
        with_body(
            r#"{"model":"sandbox","messages":[{"role":"user","content":"hello"}],"response_format":{"type":"json_object"}}"#,
        ),
    ),
    (
        &catalog::PARAM_OUT_OF_RANGE,
        with_body(r#"{"model":"sandbox","messages":[{"role":"user","content":"hello"}],"n":130}"#),
    ),
    (
        &catalog::IMAGE_INVALID,
        with_body(
            r#"{"model":"sandbox","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGVsbG8="}}]}]}"#,
        ),
    ),
    (
        &catalog::EMBEDDING_INPUT_INVALID,
        post("/v1/embeddings", &[AUTHORIZED, JSON], r#"{"model":"sandbox-embedding","input":[]}"#),
    ),
    (&catalog::RESPONSE_NOT_FOUND, get("/v1/responses/resp_0123456789abcdef")),
];

static LEAVING: &[Row] = &[(
    &catalog::CLIENT_ABORTED,
    RawRequest {
        way: Way::Leaves,
        ..with_body(
            r#"{"model":"sandbox-slow","stream":true,"messages":[{"role":"user","content":"Tell me a long story."}]}"#,
        )
    },
)];

static HTTP: &[Row] = &[
    (&catalog::HTTP_MALFORMED, raw("GET /v1/models HTTP/1.1\r\nhost: {host}\r\nbad name: x\r\n\r\n")),
    (&catalog::HTTP_VERSION_UNSUPPORTED, raw("GET /v1/models HTTP/3.0\r\nhost: {host}\r\n\r\n")),
    (&catalog::HEAD_TOO_LARGE, raw("GET /v1/models HTTP/1.1\r\nhost: {host}\r\nx-filler: {fill:70000}\r\n\r\n")),
    (&catalog::HEADERS_TOO_MANY, raw("GET /v1/models HTTP/1.1\r\nhost: {host}\r\n{headers:120}\r\n")),
    (&catalog::URI_TOO_LONG, raw("GET /v1/models?{fill:70000} HTTP/1.1\r\nhost: {host}\r\n\r\n")),
    (&catalog::HOST_INVALID, raw("GET /v1/models HTTP/1.1\r\n\r\n")),
    (
        &catalog::FRAMING_AMBIGUOUS,
        raw("POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-length: 4\r\ntransfer-encoding: \
             chunked\r\n\r\n0\r\n\r\n"),
    ),
    (&catalog::HEAD_TIMEOUT, raw_with("GET /v1/models HTTP/1.1\r\nhost: {host}\r\n", Way::Stalls)),
    (
        &catalog::EXPECTATION_UNSUPPORTED,
        raw("POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\nexpect: a-miracle\r\ncontent-length: 2\r\n\r\n{}"),
    ),
    (&catalog::METHOD_UNSUPPORTED, raw("CONNECT {host} HTTP/1.1\r\nhost: {host}\r\n\r\n")),
];

pub(super) fn of(cause: &'static Cause) -> Option<&'static RawRequest> {
    let rows = [CREDENTIALS, ACCESS_AND_ADDRESS, BODY, CONTENT, HTTP, LEAVING].into_iter().flatten();
    rows.into_iter().find(|(known, _)| *known == cause).map(|(_, request)| request)
}
