//! Fills a data directory as a large organization would have it, for measurements of administration.
//!
//! `large_organization fill DIRECTORY KEYS EVENTS RECORDS CALLERS`: in the first organization of a data directory that a server
//! has been started on, KEYS keys in one project and as many over a thousand others, a tenth as many users, EVENTS audit events
//! of the last month, and RECORDS requests of the last 31 days by CALLERS keys of a hundred users, read from a journal as a server
//! does. Prints the ids by which to ask, as JSON. `large_organization plans DIRECTORY` prints how SQLite reads the pages.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::Connection;
use serde_json::{Value as Json, json};
use tollgate_core::id::{KeyId, RequestId};
use tollgate_core::key::{Digest, DigestKind};
use tollgate_core::operation::Operation;
use tollgate_core::policy::Policy;
use tollgate_core::record::{Admission, Entry, Outcome, Recorder, Settlement};
use tollgate_core::usage::Usage;
use tollgate_store::admin::audit::{self, NewEvent};
use tollgate_store::admin::{self, organizations, people, projects};
use tollgate_store::database::{Database, FILE_NAME, StoreError};
use tollgate_store::journal::{Journal, Settings, Writer};
use tollgate_store::keys::{self, Metadata, NewKey};
use tollgate_store::records::{Ingester, Limits, Pass, Source};

type Failed = Box<dyn std::error::Error>;

const PROJECTS: u64 = 1000;
/// Projects, users and models of the requests.
const CALLED: u64 = 20;
const CALLING: u64 = 100;
const MODELS: u64 = 20;
const SPAN_SECONDS: i64 = 31 * 86_400;
/// Requests written before it is the reader's turn.
const TURN: u64 = 50_000;
/// Pages of memory while a file is filled, in KiB: the indexes are written in any order.
const CACHE_KIB: i64 = -512 * 1024;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["fill", directory, keys, events, records, callers] => {
            let size = Size {
                keys: keys.parse()?,
                events: events.parse()?,
                records: records.parse()?,
                callers: callers.parse()?,
            };
            println!("{}", fill(Path::new(directory), &size)?);
            Ok(())
        }
        ["plans", directory] => plans(Path::new(directory)),
        _ => Err("usage: large_organization fill DIRECTORY KEYS EVENTS RECORDS CALLERS | plans DIRECTORY".into()),
    }
}

struct Size {
    keys: u64,
    events: u64,
    records: u64,
    callers: u64,
}

fn fill(data: &Path, size: &Size) -> Result<Json, Failed> {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let database = Database::open(data)?;
    let organization = organizations::oldest(&database)?.ok_or("no server was started on this directory")?.row;
    let quick = Connection::open(data.join(FILE_NAME))?;
    quick.execute_batch(&format!("PRAGMA cache_size = {CACHE_KIB}; PRAGMA synchronous = OFF"))?;
    let big = projects::insert(&database, organization, "big", None, now)?.id;
    let small = database.atomically(|| {
        let name = |n: u64| format!("small {n}");
        let one = |n| projects::insert(&database, organization, &name(n), None, now).map(|project| project.id);
        (0..PROJECTS).map(one).collect::<Result<Vec<_>, StoreError>>()
    })?;
    let users = database.atomically(|| {
        let one = |n: u64| {
            let email = format!("user{n}@example.com");
            people::add(&database, organization, &email, "Somebody", "reader", now)
        };
        (0..(size.keys / 10).max(CALLING)).map(one).collect::<Result<Vec<_>, StoreError>>()
    })?;
    let key = |n: u64, project: &str| NewKey {
        id: id(n),
        digest: Digest { kind: DigestKind::HmacSha256, bytes: digest(n) },
        last_four: *b"abcd",
        name: format!("key number {n}"),
        project: project.to_owned(),
        policy: Policy::default(),
        expires_at: None,
        metadata: Metadata::new(),
    };
    keys::insert_many(&database, (0..size.keys).map(|n| key(n, &big)), now)?;
    let spread = (0..size.keys).map(|n| key(size.keys + n, &small[(n % PROJECTS) as usize]));
    keys::insert_many(&database, spread, now)?;
    let callers = (0..size.callers).map(|n| key(2 * size.keys + n, caller_project(&small, n)));
    keys::insert_many(&database, callers, now)?;
    own(&quick, size, &users)?;
    events(&database, organization, size, &users, &[&big, &small[0], &small[1]], now)?;
    records(data, size, &small, now)?;
    let user = |n: usize| &users[n % users.len()];
    Ok(json!({
        "big": big,
        "small": small,
        "users": (0..CALLING as usize).map(|n| user(n).id.clone()).collect::<Vec<_>>(),
        "emails": (0..3).map(|n| user(n).email.clone()).collect::<Vec<_>>(),
        "callers": (0..size.callers).map(|n| id(2 * size.keys + n).to_string()).collect::<Vec<_>>(),
        "middle_key": id(size.keys / 2).to_string(),
        "late_key": id(size.keys.saturating_sub(50)).to_string(),
        "middle_user": user(users.len() / 2).id,
        "resource": "key_17",
        "now": now,
    }))
}

/// Every tenth key of the big project is a user's who may no longer use it, and those that call are a hundred users'.
fn own(quick: &Connection, size: &Size, users: &[people::Member]) -> Result<(), Failed> {
    let digits = |n: u64| id(n).digits().to_owned();
    quick.execute_batch("BEGIN")?;
    let mut statement = quick
        .prepare("UPDATE keys SET owner_user = ?1, owner_has_access = ?2, last_used_at = created_at WHERE id = ?3")?;
    for n in (0..size.keys).step_by(10) {
        statement.execute((users[(n / 10) as usize % users.len()].row, 0, digits(n)))?;
    }
    for n in 0..size.callers {
        statement.execute((users[(n % CALLING) as usize].row, 1, digits(2 * size.keys + n)))?;
    }
    quick.execute_batch("COMMIT")?;
    Ok(())
}

/// Events of four robots and two people: each robot does one kind of act in one project, so that any two filters may find some
/// hundred thousand events and together none.
fn events(
    database: &Database,
    organization: i64,
    size: &Size,
    users: &[people::Member],
    projects: &[&String],
    now: i64,
) -> Result<(), Failed> {
    const KINDS: [&str; 4] = ["api_key.created", "api_key.deleted", "api_key.updated", "service_account.created"];
    let start = now - SPAN_SECONDS;
    let payload = r#"{"id":"key_0123456789ab","data":{"name":"a key of a robot","scopes":["api.model.request"]}}"#;
    let actor = r#"{"type":"api_key","api_key":{"id":"key_robot","type":"user","user":{"id":"user-a","email":"a@example.com"}}}"#;
    let one = |n: u64| {
        let chance = mixed(n);
        let robot = (chance % 4) as usize;
        let (user, resource) = (&users[robot % 3], format!("key_{}", n / 5));
        // Once in a while a robot does what it never does elsewhere.
        let is_rare = n.is_multiple_of(100_003);
        audit::write(
            database,
            &NewEvent {
                organization,
                project: Some(projects[if is_rare { 2 } else { robot % 3 }].as_str()),
                kind: if is_rare { "project.archived" } else { KINDS[robot] },
                at: start
                    + i64::try_from(n).unwrap_or(0) * SPAN_SECONDS / i64::try_from(size.events).unwrap_or(1).max(1),
                actor,
                actor_id: &format!("key_robot{robot}"),
                actor_user: Some(&user.id),
                actor_email: Some(&user.email),
                resource_id: Some(&resource),
                payload,
            },
        )
        .map(drop)
    };
    for from in (0..size.events).step_by(100_000) {
        database.atomically(|| (from..(from + 100_000).min(size.events)).try_for_each(one))?;
    }
    Ok(())
}

/// Writes requests to a journal and reads them from it, as a server does over a month.
fn records(data: &Path, size: &Size, small: &[String], now: i64) -> Result<(), Failed> {
    let journal = Journal::open(&data.join("journal"), Settings::default(), 1)?;
    let writer = journal.writer(0)?;
    let mut ingester = Ingester::new(data.to_owned(), Source::Journal(journal.clone()), Limits::default());
    let at =
        |n: u64| now - SPAN_SECONDS + (u128::from(n) * SPAN_SECONDS as u128 / u128::from(size.records.max(1))) as i64;
    for from in (0..size.records).step_by(TURN as usize) {
        let to = (from + TURN).min(size.records);
        for n in from..to {
            request(&writer, size, small, n, at(n))?;
        }
        while matches!(ingester.pass()?, Pass::Read { more: true, .. }) {}
        while ingester.maintain(at(to))? {}
    }
    Ok(())
}

/// Some keys ask much more than others; each mostly for one model, at times for three others.
fn request(writer: &Writer, size: &Size, small: &[String], n: u64, at: i64) -> Result<(), Failed> {
    let chance = mixed(n);
    let share = (chance % 1000) as f64 / 1000.0;
    let number = ((share.powi(2) * size.callers as f64) as u64 + (chance >> 52)) % size.callers;
    let model = number * 7 + if (chance >> 10).is_multiple_of(5) { 1 + (chance >> 20) % 3 } else { 0 };
    let model = format!("model-{}", model % MODELS);
    let operation = match (chance >> 44) % 20 {
        0 => Operation::Embeddings,
        1 => Operation::Moderations,
        _ => Operation::ChatCompletions,
    };
    let request = RequestId::new(u64::try_from(at)? * 1000 + chance % 1000, u128::from(chance));
    let failed = (chance >> 30).is_multiple_of(50);
    let output = (chance >> 40) % 2000;
    writer.append(&Entry::Admission(Admission {
        request,
        key: id(2 * size.keys + number),
        operation,
        stream: chance & 1 == 0,
        request_bytes: 400 + (chance >> 12) as u32 % 20_000,
        project: caller_project(small, number),
        model_asked: &model,
        model_sent: &model,
        deployment: "provider/model",
    }))?;
    writer.append(&Entry::Settlement(Settlement {
        request,
        status: if failed { 429 } else { 200 },
        attempts: 1,
        outcome: if failed { Outcome::Failed } else { Outcome::Complete },
        usage: Usage { input: 100 + output as u32 * 3, output: output as u32, ..Usage::default() },
        first_byte_us: 300_000 + (chance >> 8) as u32 % 200_000,
        duration_us: 900_000 + (chance >> 16) as u32 % 9_000_000,
        upstream_us: 890_000,
        answer_bytes: 300 + output * 40,
        cause: if failed { "upstream_rate_limited" } else { "" },
        model_answered: &model,
        deployment: "",
        fallback: "",
        upstream_request_id: "",
        evidence: "",
        failed_attempts: "",
        estimated: false,
        on_own_account: false,
        identity: None,
    }))?;
    writer.flush();
    Ok(())
}

/// Those with the number of calling users in common are in one project.
fn caller_project(small: &[String], number: u64) -> &str {
    &small[(number % CALLED) as usize]
}

fn id(n: u64) -> KeyId {
    KeyId::from_digits(format!("{:012}", 100_000_000_000 + n).as_bytes()).expect("twelve digits are an id")
}

fn digest(n: u64) -> [u8; 32] {
    std::array::from_fn(|i| (mixed(n * 32 + i as u64) >> 32) as u8)
}

/// How SQLite reads each page: the steps, each once.
fn plans(data: &Path) -> Result<(), Failed> {
    let connection = Connection::open(data.join(FILE_NAME))?;
    let mut seen = BTreeSet::new();
    for sql in admin::statements().iter().filter(|sql| sql.contains(" LIMIT $")) {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let steps = statement.raw_query().mapped(|row| row.get::<_, String>(3)).collect::<Result<Vec<_>, _>>()?;
        let is_step = |step: &String| step.starts_with("SEARCH") || step.starts_with("SCAN");
        let of_table: Vec<String> =
            steps.into_iter().filter(is_step).filter(|step| seen.insert(step.clone())).collect();
        of_table.iter().for_each(|step| println!("{step}"));
    }
    Ok(())
}

/// Numbers without a pattern, the same in every run.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}
