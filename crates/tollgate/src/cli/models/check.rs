//! `tollgate models check`: would this call be allowed, and why.
//!
//! In: a model, a key, perhaps an endpoint. Out: a verdict per layer, in a table or as JSON; exit code 0 where the call
//! would be allowed, 1 where it would be refused. A running server is asked, which knows how its deployments are; with
//! `--config`, and where no server runs, settings and data directory are read. A key that is named by its id is no
//! credential, so a server cannot be asked for it, and its settings have to be named. The gateway judges in either case.
//! The key is printed in neither.

use std::sync::Arc;

use anyhow::Context;
use http::StatusCode;
use serde_json::{Value as Json, json};
use tollgate_core::id::KeyId;
use tollgate_core::operation::Operation;
use tollgate_core::snapshot::KeySnapshot;
use tollgate_gateway::access::{self, Caller, Question};
use tollgate_store::feed::Follower;

use super::Common;
use crate::cli::documents::MODEL_CHECK;
use crate::cli::failure::Failure;
use crate::cli::http::{Call, block_on};
use crate::cli::output::{self, Ended, Label, Refused};
use crate::cli::target::{ApiKey, Target, not_reached};
use crate::wiring::now;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Check {
    /// As callers name it
    model: String,
    /// Where it is asked: chat, completions, embeddings, responses, moderations, responses_input_tokens, or a path
    /// [default: the first endpoint that the model serves]
    #[arg(long, value_parser = endpoint)]
    endpoint: Option<Operation>,
    #[command(flatten)]
    common: Common,
}

fn endpoint(text: &str) -> Result<Operation, String> {
    let words: Vec<_> = access::endpoints().collect();
    access::endpoint(text).ok_or_else(|| format!("endpoints are chat and {}", words.join(", ")))
}

pub(super) fn run(args: &Check) -> anyhow::Result<()> {
    let document = document(args)?;
    if args.common.json {
        output::document(&MODEL_CHECK, &members(&document))?;
    } else {
        tell(&document)?;
    }
    if document["allowed"] == true { Ok(()) } else { Err(Ended(1).into()) }
}

fn document(args: &Check) -> anyhow::Result<Json> {
    let target = &args.common.target;
    let given = target.given_key()?;
    let id = given.as_ref().and_then(|key| key.reveal().parse::<KeyId>().ok());
    if target.data_dir.file().is_none() {
        match id {
            None => {
                if let Some(target) = target.resolve_with_if_any(given.clone())? {
                    return block_on(ask(&target, args));
                }
            }
            // Which settings it runs with is not known here, and others would give another answer.
            Some(id) => {
                if let Some(base) = target.base_if_any()? {
                    let message =
                        format!("the server at {base} tells what {id} may do to whoever has its text, not its id");
                    let help =
                        "name the file that the server runs with by --config, or give the key's text by --key @FILE";
                    return Err(Refused::usage(message).help(help).into());
                }
            }
        }
    }
    let key = given.or_else(|| target.key_of_environment()).ok_or_else(|| {
        Refused::usage("no key is given").help("--key @FILE or --key - names one by its text, --key key_… by its id")
    })?;
    read(args, &key, id)
}

/// What the server says.
async fn ask(target: &Target, args: &Check) -> anyhow::Result<Json> {
    let body = json!({ "model": args.model, "endpoint": args.endpoint.map(Operation::name) }).to_string();
    let client = args.common.patience.client(target)?;
    let answer = target.ask(&client, Call::post_json("tollgate/models/check", body)).await?;
    let (status, headers) = (answer.status, answer.headers.clone());
    let body = answer.whole().await.map_err(|error| not_reached(error, &target.base))?;
    output::say(Label::Note, &format!("answered by {}", target.base));
    match status {
        StatusCode::OK => serde_json::from_slice(&body).context("the answer is not JSON"),
        StatusCode::UNAUTHORIZED => Ok(of_refused_key(args, &Failure::of_answer(status, &headers, &body))),
        _ => Err(Failure::of_answer(status, &headers, &body).refused_by(target).into()),
    }
}

/// Who is not let in learns no more than that.
fn of_refused_key(args: &Check, failure: &Failure) -> Json {
    let step = |layer: &str, verdict: &str, what: &str, cause: Option<&str>| json!({ "layer": layer, "verdict": verdict, "what": what, "setting": null, "cause": cause });
    let others = [
        "expiry",
        "permissions",
        "model",
        "project_models",
        "key_models",
        "tier",
        "region",
        "lifecycle",
        "endpoint",
        "maintenance",
        "deployment",
    ];
    // OpenAI's sentence says where its own keys are found, which is of no use here.
    let evidence = failure.evidence.join("; ");
    let what = if evidence.is_empty() { &failure.message } else { &evidence };
    let mut layers = vec![step("key", "refused", what, Some(&failure.cause))];
    layers.extend(others.map(|layer| step(layer, "not_known", "the server tells it to holders of a key", None)));
    json!({
        "model": args.model,
        "endpoint": args.endpoint.map(Operation::name),
        "key": null,
        "project": null,
        "allowed": false,
        "status": failure.status,
        "cause": failure.cause,
        "remedy": failure.remedy,
        "doubts": [],
        "layers": layers,
    })
}

/// What settings and keys say.
fn read(args: &Check, key: &ApiKey, id: Option<KeyId>) -> anyhow::Result<Json> {
    let (loaded, place) = super::configured(&args.common.target)?;
    let why = if args.common.target.data_dir.file().is_some() { "" } else { "; no server runs here" };
    output::say(Label::Note, &format!("answered from {place}{why}"));
    let (database, secrets) = args.common.target.data_dir.open()?;
    let keys = Arc::new(KeySnapshot::new(secrets.pepper.clone()));
    Follower::open(database.path(), keys.clone()).context("the keys cannot be loaded")?;
    let caller = id.map_or_else(|| Caller::Secret(key.reveal().as_bytes()), Caller::Key);
    let question = Question { model: args.model.clone(), endpoint: args.endpoint };
    access::check(loaded.settings.gateway, &keys, caller, &question, now()).context("the settings make no sense")
}

/// Without what the printed document begins with in any case.
fn members(document: &Json) -> Json {
    let mut document = document.clone();
    if let Some(members) = document.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "object" | "version"));
    }
    document
}

fn tell(document: &Json) -> anyhow::Result<()> {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let place = access::endpoint(&text(&document["endpoint"]))
        .map_or_else(String::new, |operation| format!(" at /v1{}", operation.path()));
    let holder = document["key"].as_str().map_or_else(String::new, |key| format!(" with {key}"));
    let verdict = match document["allowed"] == true {
        true => "allowed".to_owned(),
        false => format!("refused with {} {}", document["status"], text(&document["cause"])),
    };
    output::line(format!("{}{place}{holder}: {verdict}", text(&document["model"])))?;
    let rows: Vec<_> = document["layers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|layer| {
            let verdict = text(&layer["verdict"]).replace('_', " ");
            [text(&layer["layer"]), verdict, text(&layer["setting"]), text(&layer["what"])]
        })
        .collect();
    output::table(["LAYER", "VERDICT", "SETTING", "WHAT"], &rows)?;
    for doubt in document["doubts"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        output::say(Label::Warning, doubt);
    }
    if let Some(remedy) = document["remedy"].as_str() {
        output::say(Label::Help, remedy);
    }
    Ok(())
}
