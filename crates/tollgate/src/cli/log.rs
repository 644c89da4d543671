//! The log on standard error: begun once, its level changed while the server runs.
//!
//! In: the settings of the log. It is one for the whole process, as the lines of its threads are.

use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

use super::output;
use crate::settings::log::{LogFormat, LogLevel, RawLog};

static LEVEL: OnceLock<reload::Handle<LevelFilter, Registry>> = OnceLock::new();

/// Sends log lines to standard error from now on.
pub(super) fn start(log: RawLog) -> anyhow::Result<()> {
    let (level, handle) = reload::Layer::new(filter(log.level));
    let lines = fmt::layer().with_writer(io::stderr).with_target(false);
    let lines = match log.format {
        LogFormat::Text => lines.with_ansi(output::colours(io::stderr().is_terminal())).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(level).with(lines).try_init()?;
    let _ = LEVEL.set(handle);
    Ok(())
}

/// The least important lines that are written from now on.
pub(super) fn set_level(level: LogLevel) {
    if let Some(handle) = LEVEL.get() {
        let _ = handle.reload(filter(level));
    }
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}
