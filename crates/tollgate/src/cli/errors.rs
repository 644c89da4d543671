//! `tollgate errors`: the error guide in the terminal, and as data for programs.
//!
//! In: nothing but the catalogue, which is part of the program. Out: a table, the page of a cause, or JSON. Offline.

use clap::builder::PossibleValuesParser;
use serde::Serialize;
use tollgate_errors::guide::{self, Provoked};
use tollgate_errors::{Cause, Family, Party, catalog, trigger};

use super::documents::{CAUSE, CAUSES};
use super::number::status;
use super::output::{self, Label, Refused};

#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Every failure has a cause, and every cause a page: how it comes about, what to \
check, what to do, with code. A server has the same pages at /errors. Nothing is \
sent anywhere.

Examples:
  tollgate errors list
  tollgate errors list --family limits
  tollgate errors list --status 429
  tollgate errors show key_wrong_provider
  tollgate errors show rate_limit_tokens --json | jq -r '.remedies[]'")]
pub(super) enum Command {
    /// List all causes of failures
    #[command(after_help = "\
Examples:
  tollgate errors list --family credentials
  tollgate errors list --party provider
  tollgate errors list --status 429
  tollgate errors list --json | jq -r '.data[] | select(.retryable) | .slug'")]
    List(List),
    /// Show how a cause comes about, what to check and what to do
    #[command(after_help = "\
Examples:
  tollgate errors show key_undefined
  tollgate errors show tls_untrusted_ca --json | jq -r '.snippets[].code'")]
    Show(Show),
}

#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Only causes of this family
    #[arg(long, value_parser = PossibleValuesParser::new(Family::ALL.map(Family::name)))]
    family: Option<String>,
    /// Only causes on which this party has to act
    #[arg(long, value_parser = PossibleValuesParser::new(Party::ALL.map(Party::name)))]
    party: Option<String>,
    /// Only causes that are seen under this HTTP status, or without any for 0
    #[arg(long, value_parser = status)]
    status: Option<u16>,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// As x-tollgate-cause and `tollgate explain` name it
    slug: String,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::List(args) => list(args),
        Command::Show(args) => show(args),
    }
}

fn list(args: &List) -> anyhow::Result<()> {
    let wanted = |cause: &&&Cause| {
        args.family.as_deref().is_none_or(|family| family == cause.family.name())
            && args.party.as_deref().is_none_or(|party| party == cause.party.name())
            && args.status.is_none_or(|status| is_seen_under(cause, status))
    };
    let causes: Vec<&Cause> = catalog::all().iter().filter(wanted).copied().collect();
    if args.json {
        return output::document(&CAUSES, &causes.into_iter().map(CauseView::of).collect::<Vec<_>>());
    }
    let rows: Vec<_> = causes.into_iter().map(row).collect();
    output::table(["CAUSE", "STATUS", "PARTY", "RETRY", "WHAT HAPPENED"], &rows)
}

fn row(cause: &Cause) -> [String; 5] {
    let retry = match cause.retry.answer() {
        Some(true) => "yes",
        Some(false) => "no",
        None => "depends",
    };
    let status = cause.statuses.first().map_or_else(|| "-".to_owned(), u16::to_string);
    [cause.slug, &status, cause.party.name(), retry, cause.title].map(str::to_owned)
}

fn show(args: &Show) -> anyhow::Result<()> {
    let cause = find(&args.slug)?;
    if args.json {
        return output::document(&CAUSE, &CauseView::of(cause));
    }
    output::text(&guide::page(cause))
}

/// The cause of that name, or the one to which the name of one of OpenAI's errors leads.
fn find(slug: &str) -> anyhow::Result<&'static Cause> {
    if let Some(cause) = catalog::by_slug(slug) {
        return Ok(cause);
    }
    if let Some(trigger) = trigger::by_name(slug) {
        output::say(Label::Note, &format!("{slug} is {}", trigger.cause.slug));
        return Ok(trigger.cause);
    }
    if let Ok(status) = status(slug) {
        return Err(of_status(status).into());
    }
    let refused = Refused::failed(format!("there is no cause {slug:?}"));
    Err(match guide::nearest_slugs(slug).as_slice() {
        [] => refused.help("tollgate errors list has them all"),
        near => refused.help(format!("did you mean {}?", near.join(" or "))),
    }
    .into())
}

fn is_seen_under(cause: &Cause, status: u16) -> bool {
    if status == 0 { cause.without_status } else { cause.statuses.contains(&status) }
}

/// A status stands for several causes: which, says the list.
fn of_status(status: u16) -> Refused {
    let seen: Vec<&str> = catalog::all().iter().filter(|c| is_seen_under(c, status)).map(|c| c.slug).collect();
    match seen.len() {
        0 => {
            Refused::failed(format!("no cause is seen under status {status}")).help("tollgate errors list has them all")
        }
        1 => Refused::failed(format!("{status} is a status and not a cause"))
            .help(format!("under it {} is seen: tollgate errors show {}", seen[0], seen[0])),
        n => Refused::failed(format!("{status} is a status and not a cause"))
            .help(format!("tollgate errors list --status {status} has the {n} causes that are seen under it")),
    }
}

/// A cause as its document has it.
#[derive(Debug, Serialize)]
struct CauseView {
    slug: &'static str,
    title: &'static str,
    family: &'static str,
    party: &'static str,
    statuses: &'static [u16],
    without_status: bool,
    status: Option<u16>,
    r#type: Option<&'static str>,
    code: Option<&'static str>,
    message: Option<&'static str>,
    retryable: Option<bool>,
    retry_advice: &'static str,
    recognised: &'static str,
    example: Option<&'static str>,
    reasons: &'static [&'static str],
    checks: &'static [&'static str],
    remedies: &'static [&'static str],
    snippets: Vec<SnippetView>,
    trigger: Option<TriggerView>,
    related: &'static [&'static str],
}

#[derive(Debug, Serialize)]
struct SnippetView {
    language: &'static str,
    code: &'static str,
}

#[derive(Debug, Serialize)]
struct TriggerView {
    kind: &'static str,
    command: String,
}

impl CauseView {
    fn of(cause: &Cause) -> Self {
        let wire = cause.is_answered().then_some(&cause.wire);
        let snippet = |s: &tollgate_errors::Snippet| SnippetView { language: s.language.name(), code: s.code };
        Self {
            slug: cause.slug,
            title: cause.title,
            family: cause.family.name(),
            party: cause.party.name(),
            statuses: cause.statuses,
            without_status: cause.without_status,
            status: wire.map(|wire| wire.status),
            r#type: wire.map(|wire| wire.error_type),
            code: wire.and_then(|wire| wire.code),
            message: wire.map(|wire| wire.sentence),
            retryable: cause.retry.answer(),
            retry_advice: cause.retry_advice,
            recognised: cause.recognised,
            example: Some(cause.example).filter(|example| !example.is_empty()),
            reasons: cause.reasons,
            checks: cause.checks,
            remedies: cause.remedies,
            snippets: cause.snippets.iter().map(snippet).collect(),
            trigger: guide::provoked(cause).map(|Provoked { kind, command, .. }| TriggerView { kind, command }),
            related: cause.related,
        }
    }
}
