//! Malformed requests of our own making over raw sockets: no panic, no 5xx, no hang, an error object for each refusal.
//!
//! In: a number of cases, drawn from a fixed seed. Out: the table. What is sent is in `malformed/cases.rs`.

mod cases;

use std::collections::BTreeMap;
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use self::cases::{Case, Due};
use super::Options;
use super::client::{Answer, Client, Filled, PATIENCE, chat};
use super::server::Server;
use super::system::Random;
use super::table::Table;

const SEED: u64 = 0x7011_6a7e;
const CALLERS: usize = 24;
/// After so many cases a valid request must be answered.
const LIVENESS: usize = 100;
/// Where no answer may be due: a caller waits so long before it ends its side.
const BRIEFLY: Duration = Duration::from_millis(400);

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let count = options.count(20_000, 2_000);
    let directory = tempfile::tempdir()?;
    let config = "[log]\nrequests = \"failures\"\n";
    let mut server = Server::start(options, &directory.path().join("data"), Some(config))?;
    let key = server.key()?;
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let seen = std::thread::scope(|scope| {
        let caller = || {
            let mut seen = Seen::default();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    return seen;
                }
                let case = cases::draw(&mut Random::new(SEED ^ (index as u64) << 20), &key);
                let end = send(server.address, &case);
                seen.note(index, &case, &end);
                if index.is_multiple_of(LIVENESS) {
                    seen.note_valid(server.address, &key);
                }
            }
        };
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(caller)).collect();
        callers.into_iter().filter_map(|caller| caller.join().ok()).fold(Seen::default(), Seen::merged)
    });

    let mut table = Table::default();
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    table.note("cases sent", format!("{count} at {rate:.0} per second"));
    table.bar("cases accounted for", count.to_string(), seen.cases, seen.cases == count as u64);
    table.note("cases by kind", shown(&seen.kinds));
    table.note("statuses", shown(&seen.statuses));
    table.note("ends without an answer", shown(&seen.unanswered));
    table.none("panics", server.panics());
    table.bar("the same process is alive", "yes", server.alive(), server.alive());
    table.none("5xx other than 501 and 505", seen.faults);
    table.none(format!("hangs (over {PATIENCE:?})"), seen.hangs);
    table.none("answers that are not HTTP", seen.garbled);
    let share = |(with, all): (u64, u64)| with as f64 * 100.0 / (all.max(1)) as f64;
    let (json, http) = (share(seen.json), share(seen.http));
    table.bar(
        format!("refusals of the body with an error object (of {})", seen.json.1),
        "100 %",
        format!("{json:.2} %"),
        seen.json.0 == seen.json.1,
    );
    let figure = format!("refusals of the HTTP with an error object (of {})", seen.http.1);
    table.bar(figure, "≥ 99 %", format!("{http:.2} %"), http >= 99.0);
    table.none("cases that must be refused and were not", seen.accepted);
    table.bar("valid requests between them", seen.valid.1.to_string(), seen.valid.0, seen.valid.0 == seen.valid.1);
    for example in seen.examples.values() {
        println!("{example}\n");
    }
    Ok(table)
}

fn shown(counts: &BTreeMap<String, u64>) -> String {
    counts.iter().map(|(what, n)| format!("{what}: {n}")).collect::<Vec<_>>().join(", ")
}

/// How a case ended.
struct End {
    answers: Vec<Answer>,
    /// Bytes that are no answer.
    rest: Vec<u8>,
    hung: bool,
}

/// Sends a case and reads whatever comes, until no more can.
fn send(address: SocketAddr, case: &Case) -> End {
    let mut end = End { answers: Vec::new(), rest: Vec::new(), hung: false };
    let Ok(mut client) = Client::connect(address) else {
        end.hung = true;
        return end;
    };
    for piece in &case.pieces {
        // The server may have refused and closed before it took everything.
        if client.send(piece).is_err() {
            break;
        }
    }
    if case.half_close {
        let _ = client.socket().shutdown(Shutdown::Write);
    }
    let begun = Instant::now();
    let mut half_closed = case.half_close;
    loop {
        let patience = match case.due {
            Due::Refusal | Due::BodyRefusal if end.answers.is_empty() => PATIENCE,
            _ if half_closed => PATIENCE,
            _ => BRIEFLY,
        };
        let Some(left) = (patience + if half_closed { BRIEFLY } else { Duration::ZERO }).checked_sub(begun.elapsed())
        else {
            if half_closed {
                end.hung = true;
                break;
            }
            let _ = client.socket().shutdown(Shutdown::Write);
            half_closed = true;
            continue;
        };
        let filled = client.fill(left).unwrap_or(Filled::End);
        while let Ok(Some(answer)) = Answer::take(client.bytes(), case.without_body) {
            end.answers.push(answer);
        }
        // One answer is enough where one is due, unless the server says that it closes, which must then be seen.
        let done = end.answers.last().is_some_and(|last| !last.closes()) && case.due != Due::Unknown;
        if filled == Filled::End || done {
            break;
        }
    }
    end.rest = std::mem::take(client.bytes());
    end
}

/// What was seen of all cases.
#[derive(Default)]
struct Seen {
    cases: u64,
    kinds: BTreeMap<String, u64>,
    statuses: BTreeMap<String, u64>,
    unanswered: BTreeMap<String, u64>,
    faults: u64,
    hangs: u64,
    garbled: u64,
    accepted: u64,
    /// Refusals with an error object, and all.
    json: (u64, u64),
    http: (u64, u64),
    valid: (u64, u64),
    /// One example of each thing that is wrong.
    examples: BTreeMap<String, String>,
}

impl Seen {
    fn note(&mut self, index: usize, case: &Case, end: &End) {
        self.cases += 1;
        *self.kinds.entry(case.kind.to_owned()).or_default() += 1;
        if end.hung {
            self.hangs += 1;
            self.example("hang", index, case, end);
        }
        let due = matches!(case.due, Due::Refusal | Due::BodyRefusal);
        for answer in &end.answers {
            *self.statuses.entry(answer.status.to_string()).or_default() += 1;
            if answer.status >= 500 && !matches!(answer.status, 501 | 505) {
                self.faults += 1;
                self.example(&format!("{}", answer.status), index, case, end);
            }
            if answer.status < 400 || case.without_body {
                continue;
            }
            let of = if case.due == Due::BodyRefusal { &mut self.json } else { &mut self.http };
            of.1 += 1;
            if answer.error().is_some() {
                of.0 += 1;
            } else {
                self.example(&format!("{} without an error object", answer.status), index, case, end);
            }
        }
        if end.answers.is_empty() && end.rest.is_empty() && !end.hung {
            *self.unanswered.entry(case.kind.to_owned()).or_default() += 1;
            if due {
                // A refusal that was due and came without a word.
                let of = if case.due == Due::BodyRefusal { &mut self.json } else { &mut self.http };
                of.1 += 1;
                self.example(&format!("{} without an answer", case.kind), index, case, end);
            }
        }
        if due && end.answers.first().is_some_and(|first| first.status < 400) {
            self.accepted += 1;
            self.example(&format!("{} accepted", case.kind), index, case, end);
        }
        if !end.rest.is_empty() && case.due != Due::Http2 {
            self.garbled += 1;
            self.example("not HTTP", index, case, end);
        }
    }

    fn note_valid(&mut self, address: SocketAddr, key: &str) {
        self.valid.1 += 1;
        let answer =
            Client::connect(address).map_err(anyhow::Error::from).and_then(|mut c| c.ask(&chat(key, "sandbox")));
        self.valid.0 += u64::from(answer.is_ok_and(|answer| answer.status == 200));
    }

    fn example(&mut self, what: &str, index: usize, case: &Case, end: &End) {
        if self.examples.contains_key(what) {
            return;
        }
        let sent: Vec<u8> = case.pieces.concat();
        let came = end.answers.first().map_or(String::new(), |a| {
            format!("{} {}", a.head.lines().next().unwrap_or_default(), String::from_utf8_lossy(&a.body))
        });
        let text = format!(
            "example of {what}: case {index}, {}\n  sent {:.900}\n  came {came:.300} {:.200}",
            case.kind,
            sent.escape_ascii().to_string(),
            end.rest.escape_ascii().to_string()
        );
        self.examples.insert(what.to_owned(), text);
    }

    fn merged(mut self, other: Self) -> Self {
        let add = |to: &mut BTreeMap<String, u64>, from: BTreeMap<String, u64>| {
            for (what, n) in from {
                *to.entry(what).or_default() += n;
            }
        };
        add(&mut self.kinds, other.kinds);
        add(&mut self.statuses, other.statuses);
        add(&mut self.unanswered, other.unanswered);
        self.cases += other.cases;
        self.faults += other.faults;
        self.hangs += other.hangs;
        self.garbled += other.garbled;
        self.accepted += other.accepted;
        for (mine, theirs) in
            [(&mut self.json, other.json), (&mut self.http, other.http), (&mut self.valid, other.valid)]
        {
            *mine = (mine.0 + theirs.0, mine.1 + theirs.1);
        }
        for (what, example) in other.examples {
            self.examples.entry(what).or_insert(example);
        }
        self
    }
}
