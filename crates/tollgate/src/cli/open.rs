//! `tollgate open`: the pages that a running server serves.
//!
//! In: a page. Out: a browser that shows it, or, where there is no screen to show it on, its address on standard output.

use std::io::{self, IsTerminal};
use std::process::{Command, Stdio};
use std::time::Duration;

use tollgate_errors::catalog;

use super::http::{Call, Client, block_on};
use super::narrow;
use super::output::{self, Label};
use super::target::{TargetArgs, not_reached};
use crate::settings::environment::{Process, Surroundings};

/// Pages are small and at hand.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without a display, or where standard output is not a terminal, the address is \
printed.

Examples:
  tollgate open
  tollgate open errors/rate_limit_requests
  curl -s \"$(tollgate open errors/key_expired --print)\"")]
pub(super) struct Args {
    /// docs, or errors/SLUG for the page about a cause
    #[arg(default_value = "docs", value_parser = page)]
    page: String,
    /// Print the address, and open nothing
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    target: TargetArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let base = args.target.base()?;
    let url = base.page(&format!("/{}", args.page));
    let found = block_on(async {
        let client = Client::new(base.clone()).map_err(|error| not_reached(error, &base))?.waiting(ANSWERED_WITHIN);
        let answer = client.send(Call::get(format!("/{}", args.page))).await;
        Ok(answer.map_err(|error| not_reached(error, &base))?.status)
    })?;
    if !found.is_success() {
        output::say(Label::Warning, &format!("the server answers {found} there"));
    }
    let browser = browser().filter(|_| !args.print && io::stdout().is_terminal());
    if let Some(browser) = browser {
        // A browser in the terminal needs it; any other says what it has to say elsewhere.
        match Command::new(&browser).arg(&url).stderr(Stdio::null()).status() {
            Ok(status) if status.success() => {
                output::say(Label::Note, &format!("opened {url}"));
                return Ok(());
            }
            Ok(_) => output::say(Label::Warning, &format!("{browser} did not open it")),
            Err(error) => output::say(Label::Warning, &format!("{browser} cannot be run: {error}")),
        }
    }
    output::line(url)
}

/// What opens addresses here; `None` without a screen.
fn browser() -> Option<String> {
    let process = Process::now();
    let set = |name: &str| process.variables().get(name).filter(|value| !value.is_empty()).cloned();
    if let Some(browser) = set("BROWSER") {
        return Some(browser);
    }
    if cfg!(target_os = "macos") {
        return Some("open".to_owned());
    }
    set("DISPLAY").or_else(|| set("WAYLAND_DISPLAY")).map(|_| "xdg-open".to_owned())
}

fn page(text: &str) -> Result<String, String> {
    let text = text.trim_matches('/');
    match text.split_once('/') {
        None if text == "docs" => Ok(text.to_owned()),
        Some(("docs", page)) if !page.is_empty() => Ok(text.to_owned()),
        Some(("errors", slug)) => narrow::cause(slug).map(|slug| format!("errors/{slug}")),
        None if catalog::by_slug(text).is_some() => Ok(format!("errors/{text}")),
        _ => Err("expected docs, or errors/SLUG".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn a_page_is_the_docs_or_a_cause() {
        assert_eq!(page("docs").unwrap(), "docs");
        assert_eq!(page("/errors/key_expired").unwrap(), "errors/key_expired");
        assert_eq!(page("key_expired").unwrap(), "errors/key_expired");
        assert!(page("errors/key_expird").unwrap_err().contains("did you mean \"key_expired\"?"));
        assert!(page("metrics").is_err());
    }
}
