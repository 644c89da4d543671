//! Providers looked at by a running server: over administration, with an admin key.

use serde_json::{Value as Json, json};

use super::Test;
use crate::cli::failure::Failure;
use crate::cli::http::{Call, Client};
use crate::cli::output::{self, Label, Refused};
use crate::cli::target::{Target, not_reached};
use crate::providers::Looked;

/// So many providers are asked for at once.
const PAGE: usize = 100;
/// Pages, should the list have no end.
const PAGES_MAX: usize = 100;
/// What the server says of the chosen provider, or of each.
pub(super) async fn look(args: &Test, target: &Target) -> anyhow::Result<Vec<Looked>> {
    let client = target.client()?;
    let names = match &args.name {
        Some(name) if name.bytes().all(is_of_names) => vec![name.clone()],
        Some(name) => {
            let refused = Refused::usage(format!("there is no provider {name:?}"));
            return Err(refused.help("names have letters, digits, -, _ and .").into());
        }
        None => names(target, &client).await?,
    };
    let mut looked = Vec::new();
    for name in names {
        output::say(Label::Note, &format!("{} looks at {name}", target.base));
        let path = format!("tollgate/providers/{name}/test");
        let body = json!({ "spend": !args.no_spend }).to_string();
        let tests = answer(target, &client, Call::post_json(path, body)).await?;
        let read = tests["data"].as_array().map(|all| all.iter().map(Looked::from_json).collect::<Option<Vec<_>>>());
        looked.extend(read.flatten().ok_or_else(|| unknown(target))?);
    }
    Ok(looked)
}

async fn names(target: &Target, client: &Client) -> anyhow::Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for _ in 0..PAGES_MAX {
        let after = names.last().map_or_else(String::new, |last| format!("&after={last}"));
        let call = Call::get(format!("tollgate/providers?limit={PAGE}{after}"));
        let page = answer(target, client, call).await?;
        let ids = page["data"].as_array().ok_or_else(|| unknown(target))?;
        names.extend(ids.iter().filter_map(|one| one["id"].as_str().map(str::to_owned)));
        if page["has_more"] != true {
            break;
        }
    }
    Ok(names)
}

async fn answer(target: &Target, client: &Client, call: Call) -> anyhow::Result<Json> {
    let answer = target.ask(client, call).await?;
    let (status, headers) = (answer.status, answer.headers.clone());
    let body = answer.whole().await.map_err(|error| not_reached(error, &target.base))?;
    if !status.is_success() {
        return Err(Failure::of_answer(status, &headers, &body).refused_by(target).into());
    }
    serde_json::from_slice(&body).map_err(|_| unknown(target).into())
}

fn is_of_names(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

fn unknown(target: &Target) -> Refused {
    Refused::failed(format!("{} answers something else than a server of Tollgate", target.base))
        .help("--url has to name the base URL of a Tollgate server of this version")
}
