//! Asking git, as a program: what a repository's objects are, and what is in them.
//!
//! In: a directory of a repository. Out: git's answers. Nothing in the repository is changed, and no configuration of its
//! user changes the form of an answer.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

/// Why a repository could not be read.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no program of this name.
    #[error("git cannot be started")]
    NotStarted(#[source] io::Error),
    /// It was asked for something it does not have, or the directory is in no repository.
    #[error("git {command}: {said}")]
    Refused {
        /// Its subcommand.
        command: String,
        /// Its own words.
        said: String,
    },
    /// It ended early.
    #[error("git ended while it was asked for objects")]
    Ended(#[source] io::Error),
}

/// The directory at the top of a repository's files, one of whose directories is named.
///
/// # Errors
/// It is in no repository, or in one without files.
pub fn top_of_repository(directory: &Path) -> Result<PathBuf, GitError> {
    let answer = Git::at(directory).ask(&["rev-parse", "--show-toplevel"])?;
    Ok(PathBuf::from(OsStr::from_bytes(answer.trim_ascii_end())))
}

/// A repository, asked from one of its directories.
pub(crate) struct Git {
    directory: PathBuf,
}

impl Git {
    pub(crate) fn at(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// What git prints.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let output = self.command(arguments).stdin(Stdio::null()).output().map_err(GitError::NotStarted)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or("it failed").trim_start_matches("fatal: ").to_owned();
        Err(GitError::Refused { command: arguments.first().unwrap_or(&"").to_string(), said })
    }

    /// The path from the root of the repository to the directory, with `/` at its end; empty at the root.
    pub(crate) fn prefix(&self) -> Result<String, GitError> {
        let answer = self.ask(&["rev-parse", "--show-prefix"])?;
        Ok(String::from_utf8_lossy(&answer).trim_end_matches('\n').to_owned())
    }

    /// Hands each object that is a blob to `each`, in order: its place in the list, its length, and its content.
    pub(crate) fn blobs(&self, ids: Vec<String>, each: &mut EachBlob<'_>) -> Result<(), GitError> {
        let mut command = self.command(&["cat-file", "--batch", "--buffer"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut batch = Running(command.spawn().map_err(GitError::NotStarted)?);
        let mut questions = batch.0.stdin.take().expect("it was asked for a pipe");
        let answers = batch.0.stdout.take().expect("it was asked for a pipe");
        let count = ids.len();
        // Questions and answers are more than pipes hold. Where git has ended, the reader sees it.
        let asking = thread::spawn(move || ids.iter().try_for_each(|id| writeln!(questions, "{id}")));
        let done = read_blobs(BufReader::with_capacity(1 << 18, answers), count, each);
        drop(batch);
        let _ = asking.join();
        done.map_err(GitError::Ended)
    }

    /// Hands what git prints to `each`, in the parts that a zero byte ends.
    pub(crate) fn each(&self, arguments: &[&str], each: &mut dyn FnMut(&[u8])) -> Result<(), GitError> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = Running(command.spawn().map_err(GitError::NotStarted)?);
        let mut answer = BufReader::new(running.0.stdout.take().expect("it was asked for a pipe"));
        let mut part = Vec::new();
        while answer.read_until(0, &mut part).map_err(GitError::Ended)? > 0 {
            each(part.strip_suffix(&[0]).unwrap_or(&part));
            part.clear();
        }
        match running.0.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(GitError::Ended(io::Error::other(status.to_string()))),
            Err(error) => Err(GitError::Ended(error)),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.current_dir(&self.directory);
        command.args(["-c", "core.quotePath=false", "-c", "log.showSignature=false", "-c", "color.ui=false"]);
        command.args(arguments).env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
        command
    }
}

/// Takes a blob: its place in the list, its content.
pub(crate) type EachBlob<'a> = dyn FnMut(usize, &mut dyn Read) + 'a;

/// Ends with whoever has it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Answers are `id type length`, the content, and a newline; or `id missing`.
fn read_blobs(mut answers: BufReader<ChildStdout>, count: usize, each: &mut EachBlob<'_>) -> io::Result<()> {
    for at in 0..count {
        let mut head = String::new();
        if answers.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut words = head.split_ascii_whitespace().skip(1);
        let (kind, len) = (words.next(), words.next().and_then(|len| len.parse::<u64>().ok()));
        let Some(len) = len else { continue };
        let mut content = (&mut answers).take(len);
        if kind == Some("blob") {
            each(at, &mut content);
        }
        io::copy(&mut content, &mut io::sink())?;
        answers.read_exact(&mut [0])?;
    }
    Ok(())
}
