//! What the sandbox is asked to fail with, and the asking.
//!
//! In: headers. Out: the request as it may be shown, and the answer, whole or still under way.

use http::{HeaderName, HeaderValue};
use serde_json::json;

use super::seen::{Answered, Asked};
use crate::cli::http::{Answer, Call};
use crate::cli::target::{Target, not_reached};

const PATH: &str = "chat/completions";
/// The model that `up` serves by its sandbox.
pub(super) const MODEL: &str = "sandbox";

/// A chat request to the sandbox.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    model: String,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) streams: bool,
}

impl Default for Wish {
    fn default() -> Self {
        Self { model: MODEL.to_owned(), headers: Vec::new(), streams: false }
    }
}

impl Wish {
    /// For this failure.
    pub(super) fn of(name: &'static str) -> Self {
        Self { headers: vec![("x-sandbox-error", name)], ..Self::default() }
    }

    /// With one more header.
    pub(super) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Of another model.
    pub(super) fn model(self, model: &str) -> Self {
        Self { model: model.to_owned(), ..self }
    }

    /// As a stream, or not.
    pub(super) fn streams(self, streams: bool) -> Self {
        Self { streams, ..self }
    }

    fn body(&self) -> String {
        // In the order in which people write it.
        let model = json!(self.model);
        let messages = r#"[{"role":"user","content":"Say hello."}]"#;
        format!(r#"{{"model":{model},"messages":{messages},"stream":{}}}"#, self.streams)
    }

    /// Sends it; the head of the answer has come.
    pub(super) async fn begin(&self, target: &Target) -> anyhow::Result<Answer> {
        let mut call = Call::post_json(PATH, self.body());
        for (name, value) in &self.headers {
            call = call.header(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let call = call.bearer(target.key.as_ref().map_or("", |key| key.reveal()));
        target.client()?.send(call).await.map_err(|error| not_reached(error, &target.base))
    }

    /// Sends it, and reads the answer.
    pub(super) async fn ask(&self, target: &Target) -> anyhow::Result<(Asked, Answered)> {
        let answer = self.begin(target).await?;
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = answer.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let status = answer.status.as_u16();
        let body = answer.whole().await.map_err(|error| not_reached(error, &target.base))?;
        Ok((self.shown(target), Answered { status, headers, body, recorded: None }))
    }

    fn shown(&self, target: &Target) -> Asked {
        let key = target.key.as_ref().map_or("", |key| key.reveal());
        Asked::new("POST", &target.base.target(PATH), &target.base)
            .header("authorization", &format!("Bearer {}", tollgate_core::key::redact(key)))
            .header("content-type", "application/json")
            .headers(&self.headers)
            .body(&self.body())
    }
}
