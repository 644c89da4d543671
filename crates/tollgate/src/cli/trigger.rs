//! `tollgate trigger`: make one failure happen, and see what a caller gets and how it is explained.
//!
//! In: a cause's slug or the name of one of OpenAI's errors. Out: the request, the answer and the diagnosis on standard
//! output, and exit code 0 if the cause was the one asked for. It is sent to the server that is named or that runs on the
//! data directory, else to a temporary one. What a caller's request makes by itself is really sent so; all else is asked
//! of the sandbox.

mod list;
mod prepared;
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
  tollgate trigger --list
  tollgate trigger --list --json | jq '.data[] | select(.status == 429).name'

Where no server is named and none runs on the data directory, a temporary one is \
started for the occasion. Nothing of it costs tokens or money.

Exit code 0 if the cause seen is the one asked for, 1 if it is not.")]
pub(super) struct Args {
    /// Which failure: a cause's slug, or the name of one of OpenAI's errors
    #[arg(value_name = "SLUG", required_unless_present = "list", hide_possible_values = true, value_parser = Name)]
    name: Option<String>,
    /// List all failures
    #[arg(long, conflicts_with_all = ["name", "stream", "mid_stream", "fault"])]
    list: bool,
    /// Print one JSON document on standard output
    #[arg(long)]
    json: bool,
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
    let Some(name) = args.name.as_deref().filter(|_| !args.list) else {
        return if args.json { output::document(&documents::TRIGGERS, &list::entries()) } else { list::table() };
    };
    let trigger = trigger::by_name(name).ok_or_else(|| unknown(name))?;
    if trigger.kind == Kind::None {
        let message = format!("nothing brings {name} about by itself");
        return Err(Refused::usage(message).help("tollgate trigger --list names what there is").into());
    }
    let (temporary, target) = match args.target.resolve_if_any()? {
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
        let message = format!("expected {}, and saw {}", seen.expected, seen.cause.as_deref().unwrap_or("no cause"));
        output::say(Label::Error, &message);
        return Err(Ended(1).into());
    }
    Ok(())
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
    let as_asked = args.fault == "asked" && !args.mid_stream && !args.stream;
    let request = match trigger.kind {
        Kind::Client(request) if as_asked && (temporary.is_some() || request.key == KeyState::Working) => Some(request),
        _ => None,
    };
    if as_asked && temporary.is_some() && states::is_one(trigger) {
        let (asked, answered) = block_on(states::meet(trigger, target))?;
        return Ok(Seen::new(trigger, trigger.cause.slug, asked, answered));
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
    let wish = Wish::of(trigger.name).streams(streams);
    let wish = if args.mid_stream { wish.with("x-sandbox-error-at", "middle") } else { wish };
    if args.fault == "upstream" { wish.with("x-sandbox-fault", "upstream") } else { wish }
}

/// The cause that is to be seen.
fn expected(args: &Args, trigger: &Trigger) -> &'static str {
    let cut = |fault: trigger::Fault| fault.can_be_in_the_middle() && !fault.is_of_time();
    match trigger.kind {
        // Whatever cut a stream, that it was cut is what is known of it.
        Kind::Socket(fault) if args.mid_stream && cut(fault) => "stream_interrupted",
        _ if args.fault == "upstream" => trigger.as_providers_cause().slug,
        _ => trigger.cause.slug,
    }
}
