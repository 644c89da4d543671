//! Keys, made and changed as an operator does it: by the command line, beside the running server.

use serde_json::{Value as Json, json};

use crate::client::{Ask, Reply};
use crate::server::TestServer;
use crate::wait::until;

/// A key of a server.
#[derive(Debug, Clone)]
pub struct TestKey<'s> {
    server: &'s TestServer,
    /// `key_…`
    pub id: String,
    /// `sk-tg-…`
    pub secret: String,
}

/// A key to be made.
#[derive(Debug)]
pub struct KeyBuilder<'s> {
    server: &'s TestServer,
    arguments: Vec<String>,
}

impl<'s> KeyBuilder<'s> {
    pub(crate) fn new(server: &'s TestServer) -> Self {
        let arguments = ["keys", "create", "--json", "--name", "test"].map(str::to_owned).to_vec();
        Self { server, arguments }
    }

    /// Only these models (patterns).
    #[must_use]
    pub fn models(self, patterns: &str) -> Self {
        self.with("--models", patterns)
    }

    /// Not these models.
    #[must_use]
    pub fn deny_models(self, patterns: &str) -> Self {
        self.with("--deny-models", patterns)
    }

    /// Only these permissions.
    #[must_use]
    pub fn scopes(self, scopes: &str) -> Self {
        self.with("--scopes", scopes)
    }

    /// Served in these regions alone (patterns).
    #[must_use]
    pub fn regions(self, patterns: &str) -> Self {
        self.with("--regions", patterns)
    }

    /// Of this tier.
    #[must_use]
    pub fn tier(self, tier: u8) -> Self {
        self.with("--tier", &tier.to_string())
    }

    /// Of this project, by id or name.
    #[must_use]
    pub fn project(self, project: &str) -> Self {
        self.with("--project", project)
    }

    /// When it ends.
    #[must_use]
    pub fn expires(self, when: &str) -> Self {
        self.with("--expires", when)
    }

    fn with(mut self, flag: &str, value: &str) -> Self {
        self.arguments.extend([flag.to_owned(), value.to_owned()]);
        self
    }

    /// Makes it and waits until the running server knows it.
    pub async fn create(self) -> TestKey<'s> {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let made = self.server.cli_json(&arguments).await;
        let key = TestKey::from_json(self.server, &made);
        key.until_not("key_invalid").await;
        key
    }
}

impl<'s> TestKey<'s> {
    /// One whose secret is known already.
    pub(crate) fn known(server: &'s TestServer, secret: String) -> Self {
        Self { server, id: String::new(), secret }
    }

    fn from_json(server: &'s TestServer, made: &Json) -> Self {
        let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{name}: {made}")).to_owned();
        Self { server, id: text("id"), secret: text("value") }
    }

    /// Sends a request with this key.
    pub async fn ask(&self, ask: Ask) -> Reply {
        self.server.ask(&ask.bearer(&self.secret)).await
    }

    /// A POST of these very bytes.
    pub async fn post(&self, path: &str, body: impl Into<Vec<u8>>) -> Reply {
        self.ask(Ask::post(path, body)).await
    }

    /// A GET.
    pub async fn get(&self, path: &str) -> Reply {
        self.ask(Ask::get(path)).await
    }

    /// Asks a model.
    pub async fn chat(&self, model: &str, text: &str) -> Reply {
        self.ask(self.chat_ask(model, text)).await
    }

    /// What [`Self::chat`] sends, without the key.
    #[must_use]
    pub fn chat_ask(&self, model: &str, text: &str) -> Ask {
        let body = json!({ "model": model, "messages": [{ "role": "user", "content": text }] });
        Ask::post("/v1/chat/completions", body.to_string())
    }

    /// Switches it off; the running server need not know yet.
    pub async fn disable(&self) {
        self.server.cli_json(&["keys", "disable", &self.id, "--json"]).await;
    }

    /// Switches it on again.
    pub async fn enable(&self) {
        self.server.cli_json(&["keys", "enable", &self.id, "--json"]).await;
    }

    /// Withdraws it.
    pub async fn revoke(&self) {
        self.server.cli_json(&["keys", "revoke", &self.id, "--json"]).await;
    }

    /// Gives it another secret; the old one works for `overlap` longer.
    pub async fn rotate(&self, overlap: &str) -> Self {
        let made = self.server.cli_json(&["keys", "rotate", &self.id, "--overlap", overlap, "--json"]).await;
        let key = Self::from_json(self.server, &made);
        key.until_not("key_invalid").await;
        key
    }

    /// What the command line says of it.
    pub async fn show(&self) -> Json {
        self.server.cli_json(&["keys", "show", &self.id, "--json"]).await
    }

    /// Waits until the server refuses it for this cause; empty: until it is accepted.
    pub async fn until(&self, cause: &str) {
        let what = format!("the cause {cause:?} for a key");
        until(&what, || async { (self.get("/v1/models").await.cause() == cause).then_some(()) }).await;
    }

    async fn until_not(&self, cause: &str) {
        let what = format!("another cause than {cause:?} for a key");
        until(&what, || async { (self.get("/v1/models").await.cause() != cause).then_some(()) }).await;
    }
}
