//! Who does an act of administration: a running server, or this process with the data directory.
//!
//! In: requests. Out: JSON, or why not, told alike for both.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use http::{HeaderMap, HeaderValue, Method as HttpMethod, StatusCode, header};
use serde_json::Value as Json;
use tollgate_control::api::endpoint::Method;
use tollgate_control::api::{self, Answer};
use tollgate_control::configuration::{Configuration, Configured, SettingProblem};
use tollgate_control::office::Office;
use tollgate_control::refusal::Refusal;
use tollgate_errors::{Show, render};
use tollgate_store::database::Database;
use tollgate_store::secrets::Secrets;

use super::arguments::{Asked, decoded, encoded};
use crate::administration::operated::{Act as Wanted, Told};
use crate::cli::data_dir::DataDirArgs;
use crate::cli::failure::Failure;
use crate::cli::http::{Base, Call, Client, block_on};
use crate::cli::output::{self, Label, Refused};
use crate::cli::server::{ServerArgs, Source};
use crate::cli::target::admin::AdminArgs;
use crate::cli::target::{Target, not_reached, running_on};
use crate::configuration::{self, Read};
use crate::handover;
use crate::providers::Serving;
use crate::wiring::now;

/// Pages, should a list have no end.
const PAGES_MAX: usize = 1000;

/// Where acts are done.
pub(in crate::cli) enum Desk {
    /// On the data directory, by its holder, in the organization that he names.
    Here(Box<Office>, Option<String>),
    /// By the server that runs on the data directory, for its holder: how it is configured, it alone knows.
    Beside(PathBuf, Option<String>),
    /// By a server, with an admin key.
    There(Target, Client),
}

/// What an act is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum About {
    /// How the server is configured; only looked at.
    ConfigurationRead,
    /// The same, changed.
    ConfigurationChanged,
    /// What a running server alone knows.
    Running,
    /// What the database holds of an organization, and what the server's providers are called.
    Providers,
    /// What the database alone holds.
    Rows,
}

impl About {
    /// What the act of an endpoint is about.
    pub(super) fn of(method: Method, path: &str) -> Self {
        match (api::is_of_configuration(path), method) {
            (true, _) if path.starts_with("/tollgate/provider_credentials") => Self::Providers,
            (true, Method::Get) => Self::ConfigurationRead,
            (true, Method::Post | Method::Delete) => Self::ConfigurationChanged,
            (false, _) if path.starts_with("/tollgate/incidents") => Self::Running,
            (false, _) => Self::Rows,
        }
    }
}

impl Desk {
    /// The one that the arguments name.
    pub(in crate::cli) fn of(
        admin: &AdminArgs,
        data_dir: &DataDirArgs,
        about: About,
        organization: Option<&str>,
    ) -> anyhow::Result<Self> {
        let directory = data_dir.directory();
        if let Some(target) = admin.resolve_here(data_dir)? {
            refuse_organization(&target, organization)?;
            let client = target.client()?;
            return Ok(Self::There(target, client));
        }
        if !matches!(about, About::Rows | About::Providers) && organization.is_some() {
            let refused =
                Refused::usage("--organization names nothing here: how the server is configured belongs to none");
            return Err(refused.help("leave it out").into());
        }
        if about != About::Rows
            && let Ok(directory) = directory
            && handover::running(&directory).is_ok_and(|servers| !servers.is_empty())
        {
            return Ok(Self::Beside(directory, organization.map(str::to_owned)));
        }
        if about == About::Running {
            return Err(Refused::usage("only a running server knows its incidents")
                .help("start one with tollgate up, or name one with --url")
                .into());
        }
        let source = source(data_dir);
        let (database, secrets) = data_dir.open()?;
        let of = database.data_dir().to_owned();
        let read = source.lenient_reader();
        let providers = match about {
            About::Rows | About::Running => Serving::nothing(),
            About::ConfigurationRead | About::ConfigurationChanged | About::Providers => {
                output::say(Label::Note, &format!("no server answers on {}; {}", of.display(), source.said()));
                served(&configuration::read(&read, &database, &secrets), about)?
            }
        };
        let office = Office {
            database,
            secrets: Arc::new(secrets),
            providers,
            configuration: Arc::new(Local(read)),
            in_flight: Arc::default(),
            sign_ins: Arc::default(),
            changed: Box::new(move || handover::keys_changed(&of)),
        };
        Ok(Self::Here(Box::new(office), organization.map(str::to_owned)))
    }

    /// A server that does it for these arguments: the one that is named, or the one that runs on the data directory; `None` where
    /// there is neither.
    pub(in crate::cli) fn of_server(admin: &AdminArgs, data_dir: &DataDirArgs) -> anyhow::Result<Option<Self>> {
        if let Some(target) = admin.resolve_here(data_dir)? {
            let client = target.client()?;
            return Ok(Some(Self::There(target, client)));
        }
        let directory = data_dir.directory()?;
        let runs = handover::running(&directory).is_ok_and(|servers| !servers.is_empty());
        Ok(runs.then_some(Self::Beside(directory, None)))
    }

    /// What is answered to an act that a command declared by hand asks for; `path` is encoded.
    pub(in crate::cli) fn act(&self, method: Method, path: &str, body: &Json) -> anyhow::Result<Json> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.ask(method, &Asked { path: path.to_owned(), body, ..Asked::default() }, &[])
    }

    /// The server that answers, or that runs beside; `None` where there is none, or several.
    pub(super) fn base(&self) -> Option<Base> {
        match self {
            Self::There(target, _) => Some(target.base.clone()),
            Self::Beside(directory, _) => running_on(directory).ok().flatten(),
            Self::Here(office, _) => running_on(office.database.data_dir()).ok().flatten(),
        }
    }

    /// All of a list whose pages have ids.
    pub(in crate::cli) fn all(&self, path: &str) -> anyhow::Result<Vec<Json>> {
        let asked = Asked { path: path.to_owned(), ..Asked::default() };
        let (mut all, mut after) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let limit = ("limit".to_owned(), "100".to_owned());
            let query: Vec<_> = std::iter::once(limit).chain(after.map(|id| ("after".to_owned(), id))).collect();
            let page = self.ask(Method::Get, &asked, &query)?;
            all.extend(page["data"].as_array().into_iter().flatten().cloned());
            after = page["last_id"].as_str().filter(|_| page["has_more"] == true).map(str::to_owned);
            if after.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// What is answered to a request with these parameters.
    pub(super) fn ask(&self, method: Method, asked: &Asked, query: &[(String, String)]) -> anyhow::Result<Json> {
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        match self {
            Self::Here(office, organization) => {
                here(office, wanted(method, asked, query.join("&"), organization.clone()))
            }
            Self::Beside(directory, organization) => {
                beside(directory, &wanted(method, asked, query.join("&"), organization.clone()))
            }
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

/// An admin key is one of one organization: naming another beside it would do nothing.
pub(in crate::cli) fn refuse_organization(target: &Target, organization: Option<&str>) -> anyhow::Result<()> {
    match organization {
        None => Ok(()),
        Some(_) => {
            Err(Refused::usage(format!("--organization is for the data directory, and {} is asked", target.base))
                .help("an admin key belongs to one organization: take one of the organization that is meant")
                .into())
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

/// What a server answers.
pub(in crate::cli) async fn there(target: &Target, client: &Client, call: Call) -> anyhow::Result<Json> {
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

/// The settings by which a server would be run on the data directory.
fn source(data_dir: &DataDirArgs) -> Source {
    let config = data_dir.file().cloned();
    let development = config.is_none();
    let data_dir = data_dir.directory().ok().map(|directory| directory.display().to_string());
    Source { args: ServerArgs { config, listen: None, data_dir }, development }
}

/// What is served by the settings as they were read; of wrong ones nothing can be told, but what is wrong.
fn served(
    read: &Result<Configured, Refusal>,
    about: About,
) -> anyhow::Result<Arc<dyn tollgate_control::office::Providers>> {
    let configured = match read {
        Ok(configured) => configured,
        Err(refusal) => return Err(refused(refusal).into()),
    };
    match &configured.served {
        Some(served) => Ok(served.clone()),
        None if about == About::ConfigurationRead => {
            let problems: Vec<String> = configured.problems.iter().map(SettingProblem::to_string).collect();
            Err(Refused::usage("the configuration is wrong").cause(problems.join("\n")).into())
        }
        None => Ok(Serving::nothing()),
    }
}

/// The configuration as this process reads it.
struct Local(Box<Read>);

impl Configuration for Local {
    fn read(&self, database: &Database, secrets: &Secrets) -> Result<Configured, Refusal> {
        configuration::read(&self.0, database, secrets)
    }

    /// A server that there may be looks by itself.
    fn catch_up(&self, _: &Database) -> Result<(), Refusal> {
        Ok(())
    }
}

fn wanted(method: Method, asked: &Asked, query: String, organization: Option<String>) -> Wanted {
    let path = decoded(&asked.path);
    let body = String::from_utf8_lossy(&asked.body).into_owned();
    Wanted { method: method.name().to_owned(), path, query, body, organization }
}

fn beside(directory: &std::path::Path, wanted: &Wanted) -> anyhow::Result<Json> {
    let what = || format!("the server that runs on {} does not answer", directory.display());
    let answer = handover::administer(directory, &serde_json::to_vec(wanted)?).with_context(what)?;
    let answer = answer.ok_or_else(|| Refused::failed(what()).help("ask again: it may have just ended"))?;
    let told: Told = serde_json::from_slice(&answer).with_context(what)?;
    let status = StatusCode::from_u16(told.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status.is_success() {
        return Ok(told.body);
    }
    let failure =
        Failure { docs: None, ..Failure::of_answer(status, &HeaderMap::new(), told.body.to_string().as_bytes()) };
    Err(failure.refused().into())
}

fn here(office: &Office, wanted: Wanted) -> anyhow::Result<Json> {
    let request = wanted.request();
    let answer = match api::answer_operator(office, &request, request.organization.as_deref(), now()) {
        Ok(Answer::Json(json) | Answer::Replay(json)) => Ok(json),
        Ok(Answer::Written(json)) => {
            return serde_json::from_slice(&json).context("this program's own answer is no JSON");
        }
        Ok(Answer::Later(errand)) => errand(),
        Err(refusal) => Err(refusal),
    };
    answer.map_err(|refusal| refused(&refusal).into())
}

/// As a server would have told it; the page of the cause is in the program itself.
pub(in crate::cli) fn refused(refusal: &Refusal) -> Refused {
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
