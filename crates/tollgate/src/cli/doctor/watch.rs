//! The same look again and again: a line for each, and what changed.

use std::time::Duration;

use tokio::signal::ctrl_c;
use tokio::time::sleep;
use tollgate_doctor::{Entry, Question, Report};

use super::look;
use crate::cli::documents::DOCTOR;
use crate::cli::output::{self, Ended, printable::printable};
use crate::wiring::now;

/// Looks until it is interrupted, or so many times. It ends as the last look does.
pub(super) async fn run(
    question: &Question,
    pause: Duration,
    rounds: Option<u32>,
    as_json: bool,
) -> anyhow::Result<()> {
    let mut question = question.clone();
    let mut paid: Vec<Entry> = Vec::new();
    let mut before: Option<Report> = None;
    let mut round = 0u32;
    loop {
        let mut report = look(&question).await;
        round = round.saturating_add(1);
        if question.spends && (report.is_well() || report.paid_findings().next().is_some()) {
            paid = report.paid_findings().cloned().collect();
            // Completions that work would cost again and tell little. A refused one costs nothing, and only asking
            // again tells when it is not refused any more.
            question.spends = !paid.is_empty() && report.spent.completions == 0;
        } else if report.is_well() {
            report.carry(&paid);
        }
        match as_json {
            true => output::document(&DOCTOR, &report.to_json())?,
            false => output::line(line(&report, before.as_ref()))?,
        }
        let is_well = report.is_well();
        before = Some(report);
        let is_over = rounds.is_some_and(|most| round >= most);
        let interrupted = async { !is_over && tokio::select! { () = sleep(pause) => false, _ = ctrl_c() => true } };
        if is_over || interrupted.await {
            return if is_well { Ok(()) } else { Err(Ended(1).into()) };
        }
    }
}

fn line(report: &Report, before: Option<&Report>) -> String {
    let first = report.findings().next();
    let state = match first {
        None => "well".to_owned(),
        Some(entry) => {
            let again = if entry.is_carried { " (not asked again)" } else { "" };
            format!("{}: {}{again}", entry.check.title(), printable(&entry.what))
        }
    };
    let times = report.latency.map_or_else(String::new, |l| {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        format!(
            "  DNS {:.0} ms, connect {:.0} ms, TLS {:.0} ms, first byte {:.0} ms",
            ms(l.dns),
            ms(l.connect),
            ms(l.tls),
            ms(l.first_byte)
        )
    });
    let slug = |report: &Report| report.findings().next().and_then(|entry| entry.cause).map(|cause| cause.slug);
    let change = before.filter(|before| slug(before) != slug(report)).map_or("", |_| "  (changed)");
    format!("{}  {state}{times}{change}", output::time(now()))
}
