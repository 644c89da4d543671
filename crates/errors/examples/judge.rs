//! Judges `explain` on files of labelled cases: how often it is right, how sure it was, how long it took.
//!
//! `cargo run -p tollgate-errors --example judge -- [--wrong] [--noise] FILE.jsonl…`; a case is an object with `input`,
//! `context`, `cause`, `accept`, `must_mention`, `kind` (`error` or `none`), `hard`, `novel`, `retryable`. With `--wrong`
//! each miss is printed with what was seen, with `--noise` every text is wrapped in lines of a log first. With `--fit` it
//! prints the constants of `explain/weigh.rs` that suit the cases of all files, and how well such constants do on the
//! cases of a source that they were not fitted on.
//! With `--case` what was read out of every text is printed; a FILE that does not end with `.jsonl` is one text.

#![expect(clippy::print_stdout, reason = "a report for people")]

use std::time::{Duration, Instant};

use serde::Deserialize;
use tollgate_errors::explain::case_shown;
use tollgate_errors::{Context, Explanation, explain, figures};

#[path = "judge/fit.rs"]
mod fit;

#[derive(Deserialize)]
struct Case {
    id: String,
    #[serde(default)]
    source: String,
    input: String,
    #[serde(default)]
    context: Context,
    cause: String,
    #[serde(default)]
    accept: Vec<String>,
    #[serde(default)]
    must_mention: Vec<String>,
    kind: String,
    #[serde(default)]
    hard: bool,
    #[serde(default)]
    novel: bool,
}

struct Judged {
    case: Case,
    found: Explanation,
    took: Duration,
}

impl Judged {
    fn fits(&self, slug: &str) -> bool {
        self.case.cause == slug || self.case.accept.iter().any(|a| a == slug)
    }

    fn right(&self) -> bool {
        self.fits(self.found.answer())
    }

    fn claims_falsely(&self) -> bool {
        self.case.kind == "none" && self.found.answer() != "unknown" && self.found.confidence >= 0.5
    }

    fn in_top_three(&self) -> bool {
        self.right() || self.found.alternatives.iter().take(2).any(|(cause, _)| self.fits(cause.slug))
    }

    fn missing_terms(&self) -> Vec<&str> {
        // What a reader of the answer has before them.
        let answer = self.found.to_json();
        let texts = |member: &str| answer[member].as_array().into_iter().flatten().filter_map(|text| text.as_str());
        let lists = ["reasons", "checks", "fixes"].into_iter().flat_map(texts);
        let said = answer["title"].as_str().into_iter().chain(lists).collect::<Vec<_>>().join("\n").to_lowercase();
        let has = |terms: &str| terms.split('|').any(|term| said.contains(&term.trim().to_lowercase()));
        self.case.must_mention.iter().filter(|terms| !has(terms)).map(String::as_str).collect()
    }
}

fn main() {
    let flags: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| flags.iter().any(|f| f == flag);
    let mut observed = Vec::new();
    for file in flags.iter().filter(|f| !f.starts_with("--")) {
        let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{file}: {e}"));
        if !file.ends_with(".jsonl") {
            println!("{}", case_shown(&text, &Context::default()));
            println!("{:#}", explain(&text, &Context::default()).to_json());
            continue;
        }
        if has("--case") {
            for line in text.lines().filter(|l| !l.trim().is_empty()) {
                let case: Case = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
                println!("=== {} {}\n{}\n---", case.id, case.cause, case.input);
                println!("{}\n", case_shown(&case.input, &case.context));
            }
            continue;
        }
        let judged: Vec<Judged> =
            text.lines().filter(|l| !l.trim().is_empty()).map(|line| judge(line, has("--noise"))).collect();
        if has("--wrong") {
            judged.iter().for_each(print_miss);
        }
        report(file, &judged);
        observed.extend(judged.iter().map(observe));
    }
    if has("--fit") {
        fit::report(&observed);
    }
}

/// What the fit needs to know of a case.
fn observe(judged: &Judged) -> fit::Observed {
    let (best, figures) = figures(&judged.case.input, &judged.case.context);
    let source = if judged.case.source.is_empty() { &judged.case.id } else { &judged.case.source };
    fit::Observed {
        source: source.clone(),
        figures,
        best_is_right: judged.fits(best),
        unknown_is_right: judged.fits("unknown"),
    }
}

fn judge(line: &str, noise: bool) -> Judged {
    let case: Case = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    let input = if noise { noisy(&case.input) } else { case.input.clone() };
    let start = Instant::now();
    let found = explain(&input, &case.context);
    Judged { case, found, took: start.elapsed() }
}

/// The text as a container's log would have it, between lines about other things.
fn noisy(input: &str) -> String {
    let mut out = String::from("app-1  | 2026-11-20T10:11:12.123Z INFO  [main] request started id=7f3a path=/chat\n");
    for line in input.lines() {
        out.push_str(&format!("app-1  | 2026-11-20T10:11:12.345Z ERROR [worker-3] {line}\n"));
    }
    out.push_str("app-1  | 2026-11-20T10:11:12.500Z INFO  [main] request finished in 377 ms\n");
    out
}

fn print_miss(judged: &Judged) {
    let missing = judged.missing_terms();
    let (case, found) = (&judged.case, &judged.found);
    if judged.right() && missing.is_empty() {
        return;
    }
    println!("--- {} {}{}", case.id, if case.hard { "hard " } else { "" }, if case.novel { "novel" } else { "" });
    println!("{}", case.input.chars().take(900).collect::<String>());
    if judged.right() {
        println!("    right: {}, but its texts lack {missing:?}", found.answer());
        return;
    }
    println!("    wanted {} {:?}", case.cause, case.accept);
    println!("    found  {} {:.2} {:?}", found.answer(), found.confidence, found.evidence);
    for (cause, confidence) in &found.alternatives {
        println!("           {} {confidence:.2}", cause.slug);
    }
}

fn report(file: &str, judged: &[Judged]) {
    let share = |name: &str, of: &dyn Fn(&&Judged) -> bool, good: &dyn Fn(&&Judged) -> bool| {
        let all = judged.iter().filter(|j| of(j)).count();
        let hits = judged.iter().filter(|j| of(j) && good(j)).count();
        println!("  {name:<22} {:6.1} %  ({hits} of {all})", 100.0 * hits as f64 / all.max(1) as f64);
    };
    println!("{file}: {} cases", judged.len());
    share("top-1", &|_| true, &|j| j.right());
    share("top-1, strict", &|_| true, &|j| j.found.answer() == j.case.cause);
    share("top-3", &|_| true, &|j| j.in_top_three());
    share("hard", &|j| j.case.hard, &|j| j.right());
    share("novel", &|j| j.case.novel, &|j| j.right());
    share("false claims", &|j| j.case.kind == "none", &|j| j.claims_falsely());
    share("says what is needed", &|j| j.case.kind != "none", &|j| j.missing_terms().is_empty());
    let certain = |j: &&Judged| j.found.answer() != "unknown" && j.found.confidence >= 0.5;
    share("wrong among confident", &certain, &|j| !j.right());
    let brier: f64 = judged.iter().map(|j| (j.found.confidence - f64::from(u8::from(j.right()))).powi(2)).sum();
    println!("  Brier score            {:6.3}", brier / judged.len().max(1) as f64);
    calibration(judged);
    let mut took: Vec<Duration> = judged.iter().map(|j| j.took).collect();
    took.sort();
    if let (Some(median), Some(worst)) = (took.get(took.len() / 2), took.last()) {
        println!("  time                   median {median:?}, longest {worst:?}");
    }
}

fn calibration(judged: &[Judged]) {
    println!("  claimed      right     cases");
    for bin in 0..10 {
        let within = |j: &&Judged| ((j.found.confidence * 10.0) as usize).min(9) == bin;
        let all = judged.iter().filter(within).count();
        let right = judged.iter().filter(within).filter(|j| j.right()).count();
        if all > 0 {
            println!(
                "  {:.1}–{:.1}   {:7.1} %  {all:6}",
                bin as f64 / 10.0,
                (bin + 1) as f64 / 10.0,
                100.0 * right as f64 / all as f64
            );
        }
    }
}
