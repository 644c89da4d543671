//! Which operation a method and a path ask for.
//!
//! In: a request's method and path. Out: a [`Route`], or what is wrong with the path and which one was likely meant.
//! Paths count with and without `/v1`, for clients that forget it.

use tollgate_core::operation::Operation;

use crate::request::{Method, Request};

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// An operation of the serving API.
    Serve(Operation),
    /// One model, by its id.
    Model(String),
    /// What is to be done with a stored response, by its id.
    Response(Operation, String),
    /// What became of a request, by its id.
    Record(String),
    /// What the caller's key is.
    OwnKey,
    /// The cause in a text.
    Explain,
    /// Whether a call would be allowed.
    Check,
    /// An act of administration: the path below `/v1`.
    Administer(String),
    /// A page about this process.
    Health(Health),
    /// A page of the error guide, by its slug; empty for the list.
    Guide(String),
    /// A page of the manual, by its name; empty for the index.
    Manual(String),
    /// What the API of administration looks like, for programs.
    Description,
}

impl Route {
    /// The operation of the serving API, where it is one.
    pub(crate) fn operation(&self) -> Option<Operation> {
        match self {
            Self::Serve(operation) | Self::Response(operation, _) => Some(*operation),
            Self::Model(_) => Some(Operation::RetrieveModel),
            Self::Record(_)
            | Self::OwnKey
            | Self::Explain
            | Self::Check
            | Self::Administer(_)
            | Self::Health(_)
            | Self::Guide(_)
            | Self::Manual(_)
            | Self::Description => None,
        }
    }
}

/// Pages about this process; none needs a key or calls a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Live,
    Ready,
    Healthy,
    Metrics,
    Version,
}

/// Why there is nothing at this method and path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathError {
    /// No such path.
    #[error("unknown path")]
    Unknown {
        /// The path that was likely meant.
        likely: Option<String>,
    },
    /// `/v1` stands twice.
    #[error("doubled /v1")]
    DoubleV1 {
        /// The path that was likely meant.
        likely: String,
    },
    /// The endpoint's path was put into the base URL, to which the client appended one.
    #[error("doubled endpoint path")]
    Doubled {
        /// The path that was likely meant.
        likely: String,
    },
    /// The path exists, the method is another.
    #[error("wrong method")]
    Method {
        /// The method to use.
        allowed: &'static str,
    },
}

/// Endpoints in the form they are looked for, longest first where one ends like another; the rarest last.
const POSTS: [Operation; 6] = [
    Operation::ChatCompletions,
    Operation::Completions,
    Operation::Embeddings,
    Operation::Responses,
    Operation::Moderations,
    Operation::InputTokens,
];

/// Resolves a request's method and path.
pub(crate) fn resolve(request: &Request) -> Result<Route, PathError> {
    let path = request.path();
    let method = request.method;
    if let Some(page) = health(path) {
        return allow(method, Method::Get, Route::Health(page));
    }
    if path == "/openapi.json" {
        return allow(method, Method::Get, Route::Description);
    }
    if let Some(slug) = path.strip_prefix("/errors").filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        return allow(method, Method::Get, Route::Guide(slug.trim_matches('/').to_owned()));
    }
    if let Some(name) = path.strip_prefix("/docs").filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        return allow(method, Method::Get, Route::Manual(name.trim_matches('/').to_owned()));
    }
    let bare = path.strip_prefix("/v1").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    let trimmed = if bare.len() > 1 { bare.strip_suffix('/').unwrap_or(bare) } else { bare };
    if let Some(operation) = POSTS.into_iter().find(|o| o.path() == trimmed) {
        return allow(method, Method::Post, Route::Serve(operation));
    }
    if trimmed == "/models" {
        return allow(method, Method::Get, Route::Serve(Operation::ListModels));
    }
    if let Some(id) = bare.strip_prefix("/models/").filter(|id| !id.is_empty()) {
        return allow(method, Method::Get, Route::Model(percent_decode(id)));
    }
    if let Some(rest) = trimmed.strip_prefix("/responses/") {
        return stored_response(path, method, rest);
    }
    if let Some(id) = trimmed.strip_prefix("/tollgate/requests/").filter(|id| !id.is_empty()) {
        return allow(method, Method::Get, Route::Record(percent_decode(id)));
    }
    if trimmed == "/tollgate/key" {
        return allow(method, Method::Get, Route::OwnKey);
    }
    if trimmed == "/tollgate/explain" {
        return allow(method, Method::Post, Route::Explain);
    }
    if trimmed == "/tollgate/models/check" {
        return allow(method, Method::Post, Route::Check);
    }
    Err(unknown(path))
}

/// What is to be done with a stored response; `rest` is what stands behind `/responses/`.
fn stored_response(path: &str, method: Method, rest: &str) -> Result<Route, PathError> {
    let (id, part) = rest.split_once('/').unwrap_or((rest, ""));
    let route = |operation| Route::Response(operation, percent_decode(id));
    match (part, method) {
        _ if id.is_empty() || is_endpoint(rest) => Err(unknown(path)),
        ("", Method::Get | Method::Head) => Ok(route(Operation::RetrieveResponse)),
        ("", Method::Delete) => Ok(route(Operation::DeleteResponse)),
        ("", _) => Err(PathError::Method { allowed: "GET, DELETE" }),
        ("cancel", _) => allow(method, Method::Post, route(Operation::CancelResponse)),
        ("input_items", _) => allow(method, Method::Get, route(Operation::ListInputItems)),
        _ => Err(unknown(path)),
    }
}

/// Whether a path below `/responses/` is another endpoint's, put there twice, or one that is not served.
fn is_endpoint(rest: &str) -> bool {
    rest == "compact" || POSTS.iter().map(|o| o.path()).chain(["/models"]).any(|p| p.strip_prefix('/') == Some(rest))
}

fn allow(method: Method, wanted: Method, route: Route) -> Result<Route, PathError> {
    match (method, wanted) {
        (Method::Head, Method::Get) => Ok(route),
        (m, w) if m == w => Ok(route),
        (_, Method::Post) => Err(PathError::Method { allowed: "POST" }),
        _ => Err(PathError::Method { allowed: "GET" }),
    }
}

fn health(path: &str) -> Option<Health> {
    match path {
        "/livez" | "/health/liveness" | "/health/liveliness" => Some(Health::Live),
        "/readyz" | "/health/readiness" => Some(Health::Ready),
        "/healthz" | "/health" => Some(Health::Healthy),
        "/metrics" => Some(Health::Metrics),
        "/version" => Some(Health::Version),
        _ => None,
    }
}

/// What an unknown path likely meant: the usual slips are `/v1` twice, an endpoint twice, and a prefix or an
/// underscore too much.
fn unknown(path: &str) -> PathError {
    let clean = path.trim_end_matches('/');
    let endpoint = POSTS.iter().map(|o| o.path()).chain(["/models"]).find(|p| clean.ends_with(p));
    let v1s = path.split('/').filter(|part| *part == "v1").count();
    if let Some(endpoint) = endpoint {
        let likely = format!("/v1{endpoint}");
        let before = &clean[..clean.len() - endpoint.len()];
        let doubled = POSTS.iter().map(|o| o.path()).chain(["/models"]).any(|p| before.ends_with(p));
        return match (doubled, v1s > 1) {
            (true, _) => PathError::Doubled { likely },
            (false, true) => PathError::DoubleV1 { likely },
            (false, false) => PathError::Unknown { likely: Some(likely) },
        };
    }
    if v1s > 1 {
        return PathError::DoubleV1 { likely: "/v1".to_owned() };
    }
    let squeezed: String = clean.chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect();
    let squeezed = squeezed.strip_prefix("v1").unwrap_or(&squeezed);
    let likely = match squeezed {
        "chatcompletion" | "chatcompletions" | "chat" | "completionschat" => Some("/v1/chat/completions"),
        "completion" => Some("/v1/completions"),
        "embedding" => Some("/v1/embeddings"),
        "response" => Some("/v1/responses"),
        "moderation" => Some("/v1/moderations"),
        "model" | "enginesv1models" | "engines" => Some("/v1/models"),
        "modelscheck" | "tollgatemodelscheck" | "tollgatecheck" => Some("/v1/tollgate/models/check"),
        "explain" | "tollgateexplain" => Some("/v1/tollgate/explain"),
        "tollgaterequests" | "tollgaterequest" => Some("/v1/tollgate/requests/ID"),
        _ => None,
    };
    PathError::Unknown { likely: likely.map(str::to_owned) }
}

/// `%XX` in a path segment; what is no valid escape stays as it is.
pub(crate) fn percent_decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let likely = |s: &str| s.to_owned();
        for (path, error) in [
            ("/v1/v1/chat/completions", PathError::DoubleV1 { likely: likely("/v1/chat/completions") }),
            ("/v1/chat/completions/chat/completions", PathError::Doubled { likely: likely("/v1/chat/completions") }),
            ("/v1/chat/completions/models", PathError::Doubled { likely: likely("/v1/models") }),
            ("/v1/embeddings/embeddings", PathError::Doubled { likely: likely("/v1/embeddings") }),
            ("/api/v1/chat/completions", PathError::Unknown { likely: Some(likely("/v1/chat/completions")) }),
            ("/v1/responses/responses", PathError::Doubled { likely: likely("/v1/responses") }),
            ("/v1/chat_completions", PathError::Unknown { likely: Some(likely("/v1/chat/completions")) }),
            ("/v1/embedding", PathError::Unknown { likely: Some(likely("/v1/embeddings")) }),
            ("/v1/tollgate/requests", PathError::Unknown { likely: Some(likely("/v1/tollgate/requests/ID")) }),
            ("/v1/explain", PathError::Unknown { likely: Some(likely("/v1/tollgate/explain")) }),
            ("/nothing", PathError::Unknown { likely: None }),
            ("/", PathError::Unknown { likely: None }),
        ] {
            assert_eq!(unknown(path), error, "{path}");
        }
    }

    #[test]
    fn stored_responses_are_found_by_method_and_path() {
        let of = |method, rest| stored_response("/v1/responses/…", method, rest);
        let route = |operation| Ok(Route::Response(operation, "resp_1".to_owned()));

        assert_eq!(of(Method::Get, "resp_1"), route(Operation::RetrieveResponse));
        assert_eq!(of(Method::Head, "resp%5F1"), route(Operation::RetrieveResponse));
        assert_eq!(of(Method::Delete, "resp_1"), route(Operation::DeleteResponse));
        assert_eq!(of(Method::Post, "resp_1/cancel"), route(Operation::CancelResponse));
        assert_eq!(of(Method::Get, "resp_1/input_items"), route(Operation::ListInputItems));
        assert_eq!(of(Method::Post, "resp_1"), Err(PathError::Method { allowed: "GET, DELETE" }));
        assert_eq!(of(Method::Get, "resp_1/cancel"), Err(PathError::Method { allowed: "POST" }));
        for other in ["", "/cancel", "compact", "models", "chat/completions", "resp_1/else", "resp_1/cancel/x"] {
            assert!(matches!(of(Method::Get, other), Err(PathError::Unknown { .. })), "{other}");
        }
    }

    #[test]
    fn ids_with_slashes_and_escapes_are_read() {
        assert_eq!(percent_decode("meta/llama%2D3%20x%zz"), "meta/llama-3 x%zz");
    }
}
