//! `tollgate trigger`: make one failure happen, and see what a caller gets and how it is explained.
//!
//! In: a cause's slug or the name of one of OpenAI's errors. Out: the request, the answer and the diagnosis on standard
//! output, and exit code 0 if the cause was the one asked for. It is sent to the server that is named or that runs on the
//! data directory, else to a temporary one. What a caller's request makes by itself is really sent so; all else is asked
//! of the sandbox.

mod list;
mod prepared;
mod program;
mod raw;
mod seen;
mod states;
mod wish;

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use tollgate_errors::trigger::{self, KeyState, Kind, RawRequest, Trigger, Way};

use self::seen::Seen;
use self::wish::Wish;
use super::documents;
use super::http::block_on;
use super::output::{self, Ended, Label, Refused};
use super::target::{Target, TargetArgs};
use super::temporary::Temporary;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tollgate trigger rate_limit_rpm
  tollgate trigger connection_reset --stream --mid-stream
  tollgate trigger invalid_api_key --fault upstream
  tollgate trigger key_missing key_empty key_undefined
  tollgate trigger --list
  tollgate trigger --list --json | jq '.data[] | select(.status == 429).name'

Where no server is named and none runs on the data directory, a temporary one is \
started for the occasion, as with --temporary. Nothing of it costs tokens or money.

Of several, those that cannot be made to happen here are told and the others are \
made all the same. Exit code 0 if each cause seen is the one asked for, else 1.")]
pub(super) struct Args {
    /// Which failures: slugs of causes, or names of OpenAI's errors
    #[arg(value_name = "SLUG", required_unless_present = "list", hide_possible_values = true, value_parser = Name)]
    names: Vec<String>,
    /// List the failures named, or all
    #[arg(long, conflicts_with_all = ["stream", "mid_stream", "fault", "model", "temporary"])]
    list: bool,
    /// Print a JSON document on standard output, one line for each failure
    #[arg(long)]
    json: bool,
    /// Ask a temporary server, whatever runs
    #[arg(long)]
    temporary: bool,
    /// Ask this model, which a sandbox serves
    #[arg(long, value_name = "NAME", default_value = wish::MODEL)]
    model: String,
    /// Ask for a stream
    #[arg(long)]
    stream: bool,
    /// Fail in the middle of a stream
    #[arg(long)]
    mid_stream: bool,
    /// Whose failure it is to be: as asked for, or a provider's, which is repeated, failed over, counted and translated
    #[arg(long, value_name = "WHOSE", value_parser = ["asked", "upstream"], default_value = "asked")]
    fault: String,
    #[command(flatten)]
    target: TargetArgs,
}

/// A name that a shell can complete. One that is not there is told with those that are near, not with all of them.
#[derive(Clone)]
struct Name;

impl TypedValueParser for Name {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(trigger::all().iter().map(|trigger| PossibleValue::new(trigger.name))))
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let named = args.names.iter().map(|name| trigger::by_name(name).ok_or_else(|| unknown(name).into()));
    let named = named.collect::<anyhow::Result<Vec<&'static Trigger>>>()?;
    if args.list {
        let entries = list::entries(&named);
        return if args.json { output::document(&documents::TRIGGERS, &entries) } else { list::table(&entries) };
    }
    if let [alone] = named.as_slice() {
        return if one(args, alone)? { Ok(()) } else { Err(Ended(1).into()) };
    }
    let mut all_expected = true;
    for (at, trigger) in named.into_iter().enumerate() {
        if at > 0 && !args.json {
            output::line("")?;
        }
        // One that cannot be made to happen keeps nobody from seeing the others.
        all_expected &= match one(args, trigger) {
            Ok(as_expected) => as_expected,
            Err(error) if error.is::<Refused>() => {
                let _ = output::fail(&error);
                false
            }
            Err(error) => return Err(error),
        };
    }
    if all_expected { Ok(()) } else { Err(Ended(1).into()) }
}

/// Makes one happen and shows it; whether it was the one that was asked for.
fn one(args: &Args, trigger: &'static Trigger) -> anyhow::Result<bool> {
    if trigger.kind == Kind::None {
        let message = format!("nothing brings {} about by itself", trigger.name);
        return Err(Refused::usage(message).help("tollgate trigger --list has its kind: none").into());
    }
    let running = if args.temporary { None } else { args.target.resolve_if_any()? };
    let needs_key = matches!(trigger.kind, Kind::Client(request) if request.key != KeyState::Working);
    let running = match running {
        // A key in that state is not made on a server that is in use.
        Some(_) if needs_key && is_plain(args) && args.target.named()?.is_none() => {
            output::say(Label::Note, "it takes a key in a certain state, which is made on a temporary server");
            None
        }
        other => other,
    };
    let (temporary, target) = match running {
        Some(target) => (None, target),
        None => {
            let temporary = Temporary::start_with(states::settings(trigger))?;
            let target = temporary.target().clone();
            (Some(temporary), target)
        }
    };
    let seen = make(args, trigger, temporary.as_ref(), &target)?;
    drop(temporary);
    if args.json {
        output::document(&documents::TRIGGERED, &seen)?;
    } else {
        seen.print()?;
    }
    if !seen.as_expected {
        let saw = seen.cause.as_deref().unwrap_or("no cause");
        output::say(Label::Error, &format!("expected {}, and saw {saw}", seen.expected));
        output::say(Label::Help, &help(args, &seen));
    }
    Ok(seen.as_expected)
}

/// Whether nothing but the failure itself is asked for.
fn is_plain(args: &Args) -> bool {
    args.fault == "asked" && !args.mid_stream && !args.stream
}

/// Why another cause was seen, most likely.
fn help(args: &Args, seen: &Seen) -> String {
    let model = &args.model;
    match seen.cause.as_deref() {
        None => format!(
            "only a sandbox fails when it is asked to, and {model} is not served by one; --model names another model, --temporary asks a server with a sandbox"
        ),
        Some("model_not_found" | "key_lacks_model" | "project_lacks_model") => {
            format!(
                "the server has no model {model}, or not for this key; --model names one that its sandbox serves, --temporary asks a server that has it"
            )
        }
        Some(_) => {
            "tollgate trigger --list has the cause of each; --temporary asks a server that nobody else uses".to_owned()
        }
    }
}

fn unknown(name: &str) -> Refused {
    let near = trigger::nearest(name);
    let meant = if near.is_empty() { String::new() } else { format!("perhaps you mean {}; ", near.join(" or ")) };
    Refused::usage(format!("there is no failure called {name:?}"))
        .help(format!("{meant}tollgate trigger --list names all of them"))
}

fn make(
    args: &Args,
    trigger: &'static Trigger,
    temporary: Option<&Temporary>,
    target: &Target,
) -> anyhow::Result<Seen> {
    let as_asked = is_plain(args);
    if let Kind::Program(program) = trigger.kind
        && (as_asked || !trigger.can_be_asked())
    {
        return program::make(program, trigger, target);
    }
    let request = match trigger.kind {
        Kind::Client(request) if as_asked && (temporary.is_some() || request.key == KeyState::Working) => Some(request),
        _ => None,
    };
    if as_asked && temporary.is_some() && states::is_one(trigger) {
        let (asked, answered) = block_on(states::meet(trigger, target))?;
        return Ok(Seen::new(trigger, trigger.cause.slug, asked, answered));
    }
    if matches!(trigger.kind, Kind::Client(_)) && request.is_none() && trigger.can_be_asked() {
        output::say(
            Label::Note,
            "the sandbox is asked for it; the mistake itself is made without --stream, --mid-stream and --fault, and a key's state on a temporary server",
        );
    }
    if matches!(request, Some(request) if request.way == Way::Stalls) && temporary.is_none() {
        output::say(
            Label::Note,
            "this takes as long as the server's settings wait for a slow caller; a second with --temporary",
        );
    }
    match request {
        Some(request) if !target.base.is_tls() => really(request, trigger, temporary, target),
        _ if !trigger.can_be_asked() => {
            let message = format!("{} is made by a caller that really leaves", trigger.name);
            Err(Refused::usage(message).help("over plain HTTP, and without --stream, --mid-stream and --fault").into())
        }
        _ => {
            let (asked, answered) = block_on(wish(args, trigger).ask(target))?;
            Ok(Seen::new(trigger, expected(args, trigger), asked, answered))
        }
    }
}

/// Sends the request that makes the mistake itself.
fn really(
    request: &'static RawRequest,
    trigger: &'static Trigger,
    temporary: Option<&Temporary>,
    target: &Target,
) -> anyhow::Result<Seen> {
    let working = target.key.as_ref().map_or("", |key| key.reveal());
    let key = match temporary {
        Some(temporary) if request.key != KeyState::Working => prepared::key(temporary.directory(), request.key)?,
        _ => working.to_owned(),
    };
    let asked = raw::shown(request, &target.base, &key);
    let answered = block_on(async {
        let answered = match request.key {
            KeyState::Working => raw::send(request, &target.base, &key).await?,
            _ => prepared::until_known(request, trigger, &target.base, &key).await?,
        };
        match request.way {
            Way::Leaves => raw::record(answered, &target.base, working).await,
            _ => Ok(answered),
        }
    })?;
    Ok(Seen::new(trigger, trigger.cause.slug, asked, answered))
}

/// What the sandbox is asked for.
fn wish(args: &Args, trigger: &'static Trigger) -> Wish {
    let streams = args.stream || args.mid_stream || matches!(trigger.kind, Kind::Socket(fault) if fault.needs_stream());
    let wish = Wish::of(trigger.name).model(&args.model).streams(streams);
    let wish = if args.mid_stream { wish.with("x-sandbox-error-at", "middle") } else { wish };
    if args.fault == "upstream" { wish.with("x-sandbox-fault", "upstream") } else { wish }
}

/// The cause that is to be seen.
fn expected(args: &Args, trigger: &Trigger) -> &'static str {
    match trigger.cause_in_the_middle() {
        Some(cause) if args.mid_stream && matches!(trigger.kind, Kind::Socket(_)) => cause.slug,
        _ if args.fault == "upstream" => trigger.as_providers_cause().slug,
        _ => trigger.cause.slug,
    }
}
