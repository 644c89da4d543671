//! A secret that somebody types, or that comes on standard input: never among the arguments, which every process of the
//! machine can read.
//!
//! In: a question. Out: what was typed, which the terminal did not show.

use std::io::{self, IsTerminal, Read, Write};

use anyhow::Context;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};

use super::output::Refused;

/// More than the longest secret that is kept.
const MOST_BYTES: u64 = 64 * 1024;

/// The secret: asked for in a terminal, else all of standard input.
pub(super) fn read(question: &str) -> anyhow::Result<String> {
    let input = io::stdin();
    if input.is_terminal() {
        return prompt(question);
    }
    let mut text = String::new();
    input.lock().take(MOST_BYTES).read_to_string(&mut text).context("standard input cannot be read as text")?;
    Ok(text)
}

/// A password: the first line of what was typed or came.
pub(super) fn password(question: &str) -> anyhow::Result<String> {
    let text = read(question)?;
    match text.lines().next().filter(|line| !line.is_empty()) {
        Some(line) => Ok(line.to_owned()),
        None => Err(Refused::usage("there is no password on standard input").into()),
    }
}

/// Where several answers come from, one after the other: typed, or the lines of standard input.
pub(super) enum Answers {
    Terminal,
    Lines(std::vec::IntoIter<String>),
}

impl Answers {
    pub(super) fn begin() -> anyhow::Result<Self> {
        if io::stdin().is_terminal() {
            return Ok(Self::Terminal);
        }
        let text = read("")?;
        let lines: Vec<String> = text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Ok(Self::Lines(lines.into_iter()))
    }

    /// The next secret; `None` where standard input has no more lines.
    pub(super) fn secret(&mut self, question: &str) -> anyhow::Result<Option<String>> {
        match self {
            Self::Terminal => password(question).map(Some),
            Self::Lines(lines) => Ok(lines.next()),
        }
    }

    /// A password that is to be: what is typed is typed twice, for nobody has seen it.
    pub(super) fn new_password(&mut self, question: &str) -> anyhow::Result<Option<String>> {
        let new = self.secret(question)?;
        if matches!(self, Self::Terminal) && self.secret(&format!("{question} once more"))? != new {
            return Err(Refused::usage("the password was typed in two ways").into());
        }
        Ok(new)
    }

    /// What is no secret, and is asked for at a terminal alone: there are flags for it.
    pub(super) fn typed(&self, question: &str) -> anyhow::Result<Option<String>> {
        if matches!(self, Self::Lines(_)) {
            return Ok(None);
        }
        write!(io::stderr(), "{question}: ")?;
        let mut text = String::new();
        io::stdin().read_line(&mut text).context("the terminal cannot be read")?;
        Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
    }
}

/// The password that there is, and the one that is to be: asked for one after the other, the new one twice; else the first
/// two lines of standard input.
pub(super) fn change_of_password() -> anyhow::Result<(String, String)> {
    let mut answers = Answers::begin()?;
    match (answers.secret("Password")?, answers.new_password("New password")?) {
        (Some(current), Some(new)) => Ok((current, new)),
        _ => Err(Refused::usage("standard input has no two lines")
            .help("the first is the password that there is, the second the new one")
            .into()),
    }
}

/// One line, without an echo.
fn prompt(question: &str) -> anyhow::Result<String> {
    let input = io::stdin();
    let before = tcgetattr(&input).context("the terminal does not answer")?;
    let mut hidden = before.clone();
    hidden.local_modes -= LocalModes::ECHO;
    restore_when_interrupted(before.clone())?;
    // Before the question: whoever answers it at once, such as a program, is neither shown nor lost.
    tcsetattr(&input, OptionalActions::Flush, &hidden).context("the terminal cannot hide what is typed")?;
    let asked = write!(io::stderr(), "{question} (not shown): ");
    let mut text = String::new();
    let read = asked.and_then(|()| input.read_line(&mut text));
    tcsetattr(&input, OptionalActions::Flush, &before).context("the terminal cannot be set back; run: stty echo")?;
    writeln!(io::stderr())?;
    match read.context("the terminal cannot be read")? {
        0 => Err(Refused::usage("nothing was typed").into()),
        _ => Ok(text),
    }
}

/// From now on Ctrl-C sets the terminal back before it ends the process: a shell whose terminal shows nothing of what
/// is typed looks broken.
fn restore_when_interrupted(before: Termios) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut interrupt = {
        let _guard = runtime.enter();
        signal(SignalKind::interrupt())?
    };
    let wait = move || {
        runtime.block_on(interrupt.recv());
        // What fails here has nobody left who could do something about it.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &before);
        let _ = writeln!(io::stderr());
        std::process::exit(130);
    };
    std::thread::Builder::new().name("interrupt".to_owned()).spawn(wait)?;
    Ok(())
}
