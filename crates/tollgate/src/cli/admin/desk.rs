//! Who does an act of administration: a running server, or this process with the data directory.
//!
//! In: requests. Out: JSON, or why not, told alike for both.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method as HttpMethod, StatusCode, header};
use serde_json::Value as Json;
use tollgate_control::api::endpoint::Method;
use tollgate_control::api::{self, Answer, Request};
use tollgate_control::office::{Errand, Office, Provider, Providers};
use tollgate_control::refusal::Refusal;
use tollgate_errors::{Show, render};

use super::arguments::{Asked, encoded};
use crate::cli::data_dir::DataDirArgs;
use crate::cli::failure::Failure;
use crate::cli::http::{Call, Client, block_on};
use crate::cli::output::Refused;
use crate::cli::target::admin::AdminArgs;
use crate::cli::target::{Target, not_reached};
use crate::handover::keys_changed;
use crate::wiring::now;

/// Where acts are done.
pub(super) enum Desk {
    /// On the data directory, by its holder.
    Here(Box<Office>),
    /// By a server, with an admin key.
    There(Target, Client),
}

impl Desk {
    /// The one that the arguments name.
    pub(super) fn of(admin: &AdminArgs, data_dir: &DataDirArgs) -> anyhow::Result<Self> {
        let directory = data_dir.directory();
        if let Some(target) = admin.resolve_if_any(directory.as_deref().ok())? {
            let client = target.client()?;
            return Ok(Self::There(target, client));
        }
        let (database, secrets) = data_dir.open()?;
        let of = database.data_dir().to_owned();
        let changed = Box::new(move || keys_changed(&of));
        let providers = Arc::new(Unseen);
        let (secrets, in_flight, sign_ins) = (Arc::new(secrets), Arc::default(), Arc::default());
        Ok(Self::Here(Box::new(Office { database, secrets, providers, in_flight, sign_ins, changed })))
    }

    /// What is answered to a request with these parameters.
    pub(super) fn ask(&self, method: Method, asked: &Asked, query: &[(String, String)]) -> anyhow::Result<Json> {
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        match self {
            Self::Here(office) => here(office, method, asked, query.join("&")),
            Self::There(target, client) => {
                let mark = if query.is_empty() { "" } else { "?" };
                let path = format!("{}{mark}{}", asked.path.trim_start_matches('/'), query.join("&"));
                let mut call = Call { method: http_method(method), ..Call::get(path) };
                if !asked.body.is_empty() {
                    call.body = asked.body.clone().into();
                    call = call.header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                }
                block_on(there(target, client, call))
            }
        }
    }
}

fn http_method(method: Method) -> HttpMethod {
    match method {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Delete => HttpMethod::DELETE,
    }
}

async fn there(target: &Target, client: &Client, call: Call) -> anyhow::Result<Json> {
    let answer = target.ask(client, call).await?;
    let (status, headers) = (answer.status, answer.headers.clone());
    let body = answer.whole().await.map_err(|error| not_reached(error, &target.base))?;
    if !status.is_success() {
        return Err(Failure::of_answer(status, &headers, &body).refused_by(target).into());
    }
    serde_json::from_slice(&body).map_err(|_| {
        Refused::failed(format!("{} answers something else than a server of Tollgate", target.base))
            .help("--url has to name the base URL of a Tollgate server of this version")
            .into()
    })
}

fn here(office: &Office, method: Method, asked: &Asked, query: String) -> anyhow::Result<Json> {
    if asked.path.starts_with("/tollgate/providers") {
        return Err(Refused::usage("only a running server knows its providers")
            .help("name it with --url, or put an admin key of the one on this data directory into OPENAI_ADMIN_KEY")
            .into());
    }
    let request = Request {
        method: method.name().to_owned(),
        path: asked.path.clone(),
        query,
        token: String::new(),
        client: String::new(),
        body: asked.body.clone(),
        idempotency_key: None,
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let answer = match api::answer_operator(office, &request, now()) {
        Ok(Answer::Json(json) | Answer::Replay(json)) => Ok(json),
        Ok(Answer::Later(errand)) => errand(),
        Err(refusal) => Err(refusal),
    };
    answer.map_err(|refusal| refused(&refusal).into())
}

/// As a server would have told it; the page of the cause is in the program itself.
fn refused(refusal: &Refusal) -> Refused {
    let told = render(&refusal.diagnosis(), Show::Body, "");
    let status = StatusCode::from_u16(told.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let failure = Failure { docs: None, ..Failure::of_answer(status, &HeaderMap::new(), &told.body) };
    let refused = failure.refused();
    match (refusal, failure.remedy) {
        (Refusal::Store(error), _) => refused.cause(error.to_string()),
        (_, None) => refused.help(format!("tollgate errors show {}", failure.cause)),
        _ => refused,
    }
}

/// No server runs here, so none has providers.
struct Unseen;

impl Providers for Unseen {
    fn list(&self) -> Vec<Provider> {
        Vec::new()
    }

    fn models(&self, _: i64) -> Vec<Json> {
        Vec::new()
    }

    fn test(&self, _: &str, _: bool) -> Option<Errand> {
        None
    }
}
