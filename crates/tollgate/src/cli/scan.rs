//! `tollgate scan`: hard-coded and leaked API keys in a tree, in its git history, or in what is about to be committed.
//!
//! In: a path. Out: what was found, the keys masked: for people, as JSON or as SARIF. Exit code 0 where nothing was found,
//! 1 where something was. Nothing is sent anywhere; no key is tried.

mod revoke;
mod show;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::ValueHint;
use tollgate_scan::{
    Baseline, BaselineError, Bounds, GitError, Ignoring, Options, Report, Search, sarif, scan_history, scan_staged,
    scan_tree, top_of_repository, write_baseline,
};

use super::data_dir::DataDirArgs;
use super::output::{self, Ended, Label, Refused};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tollgate scan
  tollgate scan --history
  tollgate scan --json web | jq -r '.[] | select(.severity == \"critical\").path'
  tollgate scan --sarif > scan.sarif
  tollgate scan --write-baseline .tollgate-baseline.json
  tollgate scan --staged --baseline .tollgate-baseline.json
  tollgate scan image.tar

Read are files, also hidden ones, and what is in archives (ZIP, JAR, wheels, apps, \
tar, gzip) and in images that docker save or an OCI layout has written. Texts that \
stand in base64 are read too, such as secrets of Kubernetes. What git ignores is left \
out, but for .env files, source maps and build output: dist, build, out, .next.

A comment with the words tollgate:allow, on the line or on the one before, leaves a \
finding out. As a pre-commit hook: tollgate scan --staged.

With --json an array is printed, of path, line, provider and severity (critical: \
shipped to browsers or apps; high: code, images, CI, notebooks, documents; medium: \
.env files; low: tests and fixtures), and column, key (masked), fingerprint and \
remedy; encoding where the key stands in base64; member in archives; commit and date \
with --history.

Exit code 0 if nothing was found, 1 if something was, 2 if the usage was wrong.")]
pub(super) struct Args {
    /// Directory, file, archive or image to look through [default: the directory here; with
    /// --history and --staged the whole repository]
    #[arg(value_hint = ValueHint::AnyPath)]
    path: Option<PathBuf>,
    /// Everything that was ever committed on any branch or tag, messages too, instead of the files
    #[arg(long, conflicts_with_all = ["staged", "no_ignore"])]
    history: bool,
    /// The lines that are about to be committed, instead of the files
    #[arg(long, conflicts_with = "no_ignore")]
    staged: bool,
    /// Read also what git is told to ignore
    #[arg(long)]
    no_ignore: bool,
    /// Leave out findings that this file knows
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    baseline: Option<PathBuf>,
    /// Write a file that knows all that is found now; it has no part of a key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["baseline", "revoke"])]
    write_baseline: Option<PathBuf>,
    /// Print JSON on standard output
    #[arg(long, conflicts_with = "sarif")]
    json: bool,
    /// Print SARIF 2.1.0 on standard output
    #[arg(long)]
    sarif: bool,
    /// Revoke keys of this gateway that are found, after asking for each
    #[arg(long)]
    revoke: bool,
    /// Do not ask
    #[arg(long, requires = "revoke")]
    yes: bool,
    /// Threads [default: one per processor]
    #[arg(long, value_parser = super::number::count::<256>)]
    threads: Option<u32>,
    #[command(flatten)]
    data_dir: DataDirArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let path = args.path.as_deref().unwrap_or(Path::new("."));
    check_that_it_can_be_read(path)?;
    if args.revoke && !args.yes {
        revoke::check_that_it_can_ask()?;
    }
    let known = args.baseline.as_deref().map(baseline).transpose()?;
    let begun = Instant::now();
    let mut report = scan(args, path)?;
    check_that_something_was_read(path, &report)?;
    for note in &report.notes {
        output::say(Label::Warning, &format!("{}: {}", note.path, note.what));
    }
    if let Some(file) = &args.write_baseline {
        return write(file, &report);
    }
    let all = report.findings.len();
    report.findings.retain(|finding| !known.as_ref().is_some_and(|known| known.knows(finding)));
    // Whoever stops reading early has asked for what comes after it all the same: revocations, and the exit code.
    unless_closed(print(args, &report))?;
    output::say(Label::Note, &show::summary(&report, all - report.findings.len(), begun.elapsed()));
    if args.revoke {
        revoke::ours(&report.findings, &args.data_dir, args.yes)?;
    }
    if report.findings.is_empty() { Ok(()) } else { Err(Ended(1).into()) }
}

/// A scan that has read nothing must not end as one that has found nothing.
fn check_that_it_can_be_read(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let refused = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Refused::usage(format!("there is no {shown}")),
        _ => Refused::usage(format!("{shown} cannot be read")).cause(error.to_string()),
    };
    let kind = fs::metadata(path).map_err(refused)?;
    match () {
        () if kind.is_dir() => fs::read_dir(path).map(drop).map_err(refused)?,
        () if kind.is_file() => File::open(path).map(drop).map_err(refused)?,
        () => return Err(Refused::usage(format!("{shown} is neither a file nor a directory")).into()),
    }
    Ok(())
}

/// The same of a file that opens and gives nothing, or of an archive that is damaged from its start.
fn check_that_something_was_read(path: &Path, report: &Report) -> anyhow::Result<()> {
    match report.notes.first() {
        Some(note) if report.files == 0 && path.is_file() => {
            Err(Refused::usage(format!("nothing of {} was read", path.display())).cause(&note.what).into())
        }
        _ => Ok(()),
    }
}

fn print(args: &Args, report: &Report) -> anyhow::Result<()> {
    match (args.json, args.sarif) {
        (true, _) => output::line(show::json(&report.findings)?),
        (_, true) => output::line(sarif(&report.findings, env!("CARGO_PKG_VERSION"))),
        _ => show::sheet(&report.findings),
    }
}

fn unless_closed(printed: anyhow::Result<()>) -> anyhow::Result<()> {
    let is_closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    match printed {
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(is_closed) => Ok(()),
        printed => printed,
    }
}

fn scan(args: &Args, path: &Path) -> anyhow::Result<Report> {
    let (search, bounds) = (Search::new(), Bounds::default());
    if args.history || args.staged {
        if !path.is_dir() {
            return Err(Refused::usage(format!("{} is not a directory", path.display())).into());
        }
        let scan = if args.history { scan_history } else { scan_staged };
        // A repository without files has no top; what it is asked from will do.
        let top = if args.path.is_none() { top_of_repository(path).ok() } else { None };
        return scan(&search, top.as_deref().unwrap_or(path), bounds).map_err(no_repository);
    }
    let ignoring = if args.no_ignore { Ignoring::Nothing } else { Ignoring::AsGit };
    let processors = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = args.threads.map_or_else(processors, |threads| threads as usize);
    Ok(scan_tree(&search, path, &Options { ignoring, bounds, threads }))
}

fn no_repository(error: GitError) -> anyhow::Error {
    let refused = Refused::usage("the repository cannot be read");
    let refused = match &error {
        GitError::NotStarted(_) => refused.help("install git, or scan the files: tollgate scan PATH"),
        // As in a container or a job of CI, where somebody else owns the files.
        GitError::Refused { said, .. } if said.contains("dubious ownership") => {
            refused.help("git config --global --add safe.directory DIRECTORY makes git trust it")
        }
        GitError::Refused { .. } => refused.help("name a directory of a git repository"),
        GitError::Ended(_) => refused.help("git fsck says whether objects are missing").code(1),
    };
    anyhow::Error::new(error).context(refused)
}

fn baseline(file: &Path) -> anyhow::Result<Baseline> {
    let unfit = |error: BaselineError| {
        Refused::usage(format!("{} cannot be used: {error}", file.display()))
            .help("tollgate scan --write-baseline FILE makes one")
    };
    Ok(Baseline::read(file).map_err(unfit)?)
}

fn write(file: &Path, report: &Report) -> anyhow::Result<()> {
    write_baseline(file, &report.findings).with_context(|| format!("{} was not written", file.display()))?;
    let count = report.findings.len();
    output::say(Label::Note, &format!("{} knows {count} findings now; it has no part of a key", file.display()));
    Ok(())
}
