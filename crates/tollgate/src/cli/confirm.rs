//! Asks before something is gone for good.

use std::io::{self, Write};

use anyhow::Context;

/// Whether whoever sits before the terminal wants it.
pub(super) fn is_wanted(question: &str) -> anyhow::Result<bool> {
    write!(io::stderr(), "{question} [y/N] ")?;
    let mut answer = String::new();
    let length = io::stdin().read_line(&mut answer).context("the terminal cannot be read")?;
    if length == 0 {
        // Whoever ends the input has typed no line end.
        writeln!(io::stderr())?;
    }
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
