//! `tollgate login` and `tollgate logout`: a session on a server, kept for the commands that administer it.
//!
//! In: a server, an address of mail or an invite, and a password that is typed or comes on standard input. Out: a session's token
//! in a file that its user alone can read; it is printed nowhere.

mod invite;

use anyhow::Context as _;
use http::Method;
use serde_json::{Value as Json, json};

use super::contexts::{self, Context, Contexts};
use super::data_dir::DataDirArgs;
use super::failure::Failure;
use super::hidden::{self, Answers};
use super::http::{Base, Call, block_on};
use super::output::{self, Label, Refused};
use super::target::{ApiKey, Given, NETWORK, Target, not_reached, running_on};

/// Who signs in, and where.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The password is asked for, or read from standard input. The session lasts a week \
and is kept in $XDG_CONFIG_HOME/tollgate/contexts.toml, readable by you alone.

An invite is accepted with the token or the link that whoever invites was shown; name \
and the password that is to be are asked for. Where standard input is no terminal, its \
lines are the invite, unless a file is named, and the password.

Examples:
  tollgate login --email ada@example.com
  tollgate login --url https://llm.example.com/v1 --email ada@example.com
  tollgate login --url https://llm.example.com/v1 --invite
  tollgate login --invite @link.txt --name Ada < password.txt")]
pub(super) struct LoginArgs {
    /// Base URL of the server [default: that of the invite's link, else the one that runs on the data directory]
    #[arg(long, value_name = "URL", env = "TOLLGATE_URL", hide_env_values = true)]
    url: Option<String>,
    /// The user's address
    #[arg(long, value_name = "ADDRESS", required_unless_present = "invite", conflicts_with = "invite")]
    email: Option<String>,
    /// Accept an invite, whose token or link is in @FILE, or is asked for where nothing is named
    #[arg(long, value_name = "@FILE", num_args = 0..=1, default_missing_value = "-")]
    invite: Option<Given>,
    /// What you are called, where an invite is accepted [default: asked for]
    #[arg(long, value_name = "NAME", requires = "invite")]
    name: Option<String>,
    /// Organization to sign in to, by id [default: the one that was joined first]
    #[arg(long, value_name = "ID", conflicts_with = "invite")]
    organization: Option<String>,
    /// Name under which the session is kept
    #[arg(long, value_name = "NAME", default_value = contexts::USUAL)]
    context: String,
    #[command(flatten)]
    data_dir: DataDirArgs,
}

/// Which session is ended.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tollgate logout
  tollgate logout --context prod")]
pub(super) struct LogoutArgs {
    /// Name under which the session is kept [default: the current one]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

pub(super) fn login(args: &LoginArgs) -> anyhow::Result<()> {
    // Whether that can be kept at all is said before anybody types.
    let mut contexts = Contexts::load()?;
    let (target, session) = match &args.invite {
        Some(given) => accepted(args, given)?,
        None => signed_in(args)?,
    };
    let Some(token) = session["token"].as_str() else { return Err(unknown(&target).into()) };
    contexts.put(&args.context, Context::new(target.base.to_string(), &ApiKey::new(token)))?;
    let text = |of: &str, name: &str| session[of][name].as_str().unwrap_or_default().to_owned();
    let until = session["expires_at"].as_i64().map_or_else(String::new, |at| format!(" until {}", output::time(at)));
    let (user, organization) = (text("user", "email"), text("organization", "name"));
    let joined = if args.invite.is_some() { "has joined, and " } else { "" };
    output::say(Label::Note, &format!("{user} {joined}is signed in to {organization:?} at {}{until}", target.base));
    Ok(())
}

/// With address and password.
fn signed_in(args: &LoginArgs) -> anyhow::Result<(Target, Json)> {
    let target = Target { base: base(args, None)?, key: None };
    let email = args.email.as_deref().unwrap_or_default();
    let password = hidden::password(&format!("Password of {email}"))?;
    let mut body = json!({ "email": email, "password": password });
    if let Some(organization) = &args.organization {
        body["organization"] = organization.as_str().into();
    }
    let session = asked(&target, Call::post_json("tollgate/sessions", body.to_string()), Failure::refused)?;
    Ok((target, session))
}

/// With an invite, which makes the user.
fn accepted(args: &LoginArgs, given: &Given) -> anyhow::Result<(Target, Json)> {
    let mut answers = Answers::begin()?;
    let invite = invite::read(given, &mut answers)?;
    let target = Target { base: base(args, invite.base)?, key: None };
    let name = match &args.name {
        Some(name) => Some(name.clone()),
        None => answers.typed("Your name")?,
    };
    let name =
        name.ok_or_else(|| Refused::usage("whoever accepts an invite has a name").help("give one with --name"))?;
    let password = answers.new_password("Password to sign in with from now on")?;
    let password = password.ok_or_else(|| Refused::usage("there is no password on standard input"))?;
    let path = format!("tollgate/invites/{}/accept", invite.token);
    let body = json!({ "name": name, "password": password });
    let session = asked(&target, Call::post_json(path, body.to_string()), |failure| invite::refused(failure, &target))?;
    Ok((target, session))
}

pub(super) fn logout(args: &LogoutArgs) -> anyhow::Result<()> {
    let mut contexts = Contexts::load()?;
    let found = contexts.find(args.context.as_deref()).map(|(name, context)| (name.to_owned(), context.clone()));
    let Some((name, context)) = found else {
        return Err(Refused::usage("nobody is signed in there").help("tollgate login signs in").into());
    };
    let base = Base::read(&context.url).map_err(|error| Refused::usage(error.to_string()))?;
    let target = Target { base, key: Some(context.token()) };
    let call = Call { method: Method::DELETE, ..Call::get("tollgate/sessions/current") };
    let ended = block_on(async {
        let client = target.client()?;
        let answer = target.ask(&client, call).await?;
        let (status, headers) = (answer.status, answer.headers.clone());
        let body = answer.whole().await.map_err(|error| not_reached(error, &target.base))?;
        // A session that has ended by itself has ended.
        if status.is_success() || status == http::StatusCode::UNAUTHORIZED {
            return Ok(());
        }
        Err(anyhow::Error::from(Failure::of_answer(status, &headers, &body).refused_by(&target)))
    });
    ended.context("the session was not ended, and is still kept")?;
    contexts.remove(&name)?;
    output::say(Label::Note, &format!("signed out of {}", context.url));
    Ok(())
}

/// The server that is meant. A password goes to none that two things name differently.
fn base(args: &LoginArgs, of_link: Option<Base>) -> anyhow::Result<Base> {
    if let Some(url) = args.url.as_deref().filter(|url| !url.is_empty()) {
        let named = Base::read(url).map_err(|error| Refused::usage(error.to_string()))?;
        return match of_link.filter(|of_link| *of_link != named) {
            None => Ok(named),
            Some(other) => {
                Err(Refused::usage(format!("the invite is one at {other}, and --url or TOLLGATE_URL names {named}"))
                    .help("name no server, and the one of the link is asked")
                    .into())
            }
        };
    }
    if let Some(base) = of_link {
        return Ok(base);
    }
    let directory = args.data_dir.directory()?;
    running_on(&directory)?.ok_or_else(|| {
        Refused::failed(format!("no server is named, and none runs on {}", directory.display()))
            .code(NETWORK)
            .help("name one with --url, or start one with tollgate up")
            .into()
    })
}

fn asked(target: &Target, call: Call, refused: impl FnOnce(&Failure) -> Refused) -> anyhow::Result<Json> {
    block_on(async {
        let client = target.client()?;
        let answer = target.ask(&client, call).await?;
        let (status, headers) = (answer.status, answer.headers.clone());
        let body = answer.whole().await.map_err(|error| not_reached(error, &target.base))?;
        if !status.is_success() {
            return Err(refused(&Failure::of_answer(status, &headers, &body)).into());
        }
        serde_json::from_slice(&body).map_err(|_| unknown(target).into())
    })
}

fn unknown(target: &Target) -> Refused {
    Refused::failed(format!("{} answers something else than a server of Tollgate", target.base))
        .help("--url has to name the base URL of a Tollgate server of this version")
}
