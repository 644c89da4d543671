//! Usage from sums: always what the requests themselves add up to.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use tollgate_core::id::{KeyId, RequestId};
use tollgate_core::operation::Operation;
use tollgate_core::record::{Admission, Entry, Identity, Outcome, Settlement};
use tollgate_core::usage::Usage;
use tollgate_store::database::StoreError;
use tollgate_store::records::{self, Among, Dimension, Label, OwnerOf, Query, Reading, Records, Total};

use crate::entries::{FIRST_MS, admitted, key, request, settled, write};
use crate::ingest::{Data, read_all};

const START: i64 = FIRST_MS as i64 / 1000;
const ALL: [Dimension; 12] = [
    Dimension::Project,
    Dimension::Key,
    Dimension::Owner,
    Dimension::Operation,
    Dimension::Model,
    Dimension::Deployment,
    Dimension::Status,
    Dimension::Outcome,
    Dimension::Cause,
    Dimension::Minute,
    Dimension::Hour,
    Dimension::Day,
];

/// A request that is over.
#[derive(Debug, Clone)]
struct Call {
    /// Seconds after the start.
    at: u32,
    key: u64,
    model: usize,
    refused: bool,
    status: u16,
    outcome: Outcome,
    cause: &'static str,
    output: u32,
    operation: Operation,
}

fn call() -> impl Strategy<Value = Call> {
    (
        0..300_000_u32,
        0..4_u64,
        0..3_usize,
        prop::bool::weighted(0.1),
        prop::sample::select(vec![
            (200, Outcome::Complete, ""),
            (200, Outcome::Interrupted, "stream_interrupted"),
            (429, Outcome::Failed, "upstream_rate_limited"),
            (499, Outcome::Abandoned, "client_aborted"),
            (500, Outcome::Failed, "server_error"),
            (500, Outcome::Failed, "bad_gateway"),
        ]),
        0..99_u32,
        prop::sample::select(vec![Operation::ChatCompletions, Operation::Embeddings]),
    )
        .prop_map(|(at, key, model, refused, (status, outcome, cause), output, operation)| {
            let outcome = if refused { Outcome::Failed } else { outcome };
            Call { at, key, model, refused, status, outcome, cause, output, operation }
        })
}

const PROJECTS: [&str; 2] = ["proj_a", "proj_b"];
const MODELS: [&str; 3] = ["fast", "good", "cheap"];
const DEPLOYMENTS: [&str; 3] = ["openai/x", "azure/x", "local/x"];

impl Call {
    fn entries(&self, n: usize) -> Vec<Entry<'static>> {
        let request = RequestId::new(FIRST_MS + u64::from(self.at) * 1000, n as u128);
        let (key, project, model) = (key(self.key), PROJECTS[self.key as usize % 2], MODELS[self.model]);
        let usage = Usage { input: 10, output: self.output, ..Usage::default() };
        let Self { status, outcome, cause, .. } = *self;
        let settlement = Settlement { request, status, outcome, cause, usage, ..settled(0) };
        if self.refused {
            let operation = self.operation;
            let model_asked = "none-such";
            let identity = Some(Identity { key, operation, project, model_asked, stream: false, request_bytes: 0 });
            return vec![Entry::Settlement(Settlement { identity, ..settlement })];
        }
        let (deployment, operation) = (DEPLOYMENTS[self.model], self.operation);
        let admission = Admission { request, key, project, model_asked: model, deployment, operation, ..admitted(0) };
        vec![Entry::Admission(admission), Entry::Settlement(settlement)]
    }

    fn label(&self, by: Dimension) -> Label {
        let time = |step| Label::Time((START + i64::from(self.at)) / step * step);
        let sent = |text: &str| Label::Text(if self.refused { String::new() } else { text.to_owned() });
        match by {
            Dimension::Project => Label::Text(PROJECTS[self.key as usize % 2].to_owned()),
            Dimension::Key => Label::Text(key(self.key).to_string()),
            Dimension::Model => sent(MODELS[self.model]),
            Dimension::Deployment => sent(DEPLOYMENTS[self.model]),
            Dimension::Status => Label::Status(self.status),
            Dimension::Outcome => Label::Outcome(self.outcome),
            Dimension::Cause => Label::Text(self.cause.to_owned()),
            Dimension::Minute => time(60),
            Dimension::Hour => time(3600),
            Dimension::Day => time(86_400),
            Dimension::Operation => Label::Operation(self.operation as u8),
            Dimension::Owner => Label::Text(owner(self.key).unwrap_or_default()),
        }
    }
}

/// Whose a key is; two keys are one user's, and one is nobody's.
fn owner(key: u64) -> Option<String> {
    (key < 3).then(|| format!("user-{}", key / 2))
}

fn owner_of(wanted: &[KeyId]) -> Result<HashMap<KeyId, String>, StoreError> {
    let owned = (0..4).filter_map(|n| Some((key(n), owner(n)?)));
    Ok(owned.filter(|(key, _)| wanted.contains(key)).collect())
}

/// What the calls add up to: requests, failed ones, output.
fn expected(calls: &[Call], query: &Query<'_>) -> BTreeMap<Vec<Label>, (i64, i64, i64)> {
    let mut sums = BTreeMap::new();
    for call in calls {
        let minute = START / 60 * 60 + (START % 60 + i64::from(call.at)) / 60 * 60;
        let fits = query.span.contains(&minute)
            && query.project.is_none_or(|p| p == PROJECTS[call.key as usize % 2])
            && query.key.is_none_or(|k| k == key(call.key))
            && query.model.is_none_or(|m| m == MODELS[call.model] && !call.refused)
            && query.among.keys.is_none_or(|keys| keys.contains(&key(call.key)))
            && query.among.owners.is_none_or(|owners| owner(call.key).is_some_and(|owner| owners.contains(&owner)))
            && query.among.operations.is_none_or(|operations| operations.contains(&call.operation));
        if fits {
            let labels = query.by.iter().map(|by| call.label(*by)).collect();
            let (requests, failed, output): &mut (i64, i64, i64) = sums.entry(labels).or_default();
            *requests += 1;
            *failed += i64::from(matches!(call.outcome, Outcome::Failed | Outcome::Interrupted));
            *output += i64::from(call.output);
        }
    }
    sums
}

fn found(data: &Data, query: &Query<'_>) -> BTreeMap<Vec<Label>, (i64, i64, i64)> {
    let records = Records::open_reader(data.path()).unwrap().unwrap();
    let groups = records::usage(&records, query).unwrap().groups;
    groups.into_iter().map(|(labels, t)| (labels, (t.requests, t.failed, t.output))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn sums_are_what_the_requests_add_up_to(
        calls in proptest::collection::vec(call(), 1..60),
        maintained in proptest::collection::vec(0..400_000_i64, 0..6),
        spans in proptest::collection::vec((0..5000_i64, 0..5000_i64), 6),
        dimensions in proptest::collection::vec(proptest::sample::subsequence(ALL.to_vec(), 0..3), 6),
        narrow in 0..7_usize,
    ) {
        let data = Data::new();
        let journal = data.start(1);
        let writer = journal.writer(0).unwrap();
        let mut ingester = data.ingester(&journal);
        // The calls come in any order, so that many are late for what was carried on.
        for (n, call) in calls.iter().enumerate() {
            write(&writer, call.entries(n));
            read_all(&mut ingester);
            if let Some(at) = maintained.get(n) {
                while ingester.maintain(START + at).unwrap() {}
            }
        }

        let (owners, keys) = ([String::from("user-0")], [key(0), key(3)]);
        for ((from, minutes), by) in spans.into_iter().zip(&dimensions) {
            let from = START / 60 * 60 + from * 60;
            let query = Query {
                span: from..from + minutes * 60,
                by,
                project: (narrow == 1).then_some("proj_b"),
                key: (narrow == 2).then_some(key(1)),
                model: (narrow == 3).then_some("good"),
                among: Among {
                    keys: (narrow == 4).then_some(&keys),
                    owners: (narrow == 5).then_some(&owners),
                    operations: (narrow == 6).then_some(&[Operation::Embeddings]),
                    ..Among::default()
                },
                owner_of: Some(OwnerOf(&owner_of)),
                reading: if from % 120 == 0 { Reading::All } else { Reading::Told },
            };

            prop_assert_eq!(found(&data, &query), expected(&calls, &query), "{:?}", query);
        }
    }
}

#[test]
fn every_sum_is_kept_and_carried_on() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let usage =
        Usage { input: 1, cached_input: 2, cache_write: 3, audio_input: 4, output: 5, reasoning: 6, audio_output: 7 };
    let call = Settlement { usage, duration_us: 40, answer_bytes: 50, ..settled(0) };
    let first = Settlement { first_byte_us: 30, ..call };
    let failed = Settlement { first_byte_us: 0, outcome: Outcome::Failed, ..call };
    let second = Settlement { request: request(1), estimated: true, status: 500, ..failed };
    let untold = Settlement { request: request(2), usage: Usage::default(), status: 504, ..failed };
    let left = Settlement { request: request(3), status: 499, outcome: Outcome::Abandoned, ..untold };
    for (n, settlement) in [(0, first), (1, second), (2, untold), (3, left)] {
        write(&writer, [Entry::Admission(admitted(n)), Entry::Settlement(settlement)]);
    }
    let mut ingester = data.ingester(&journal);
    read_all(&mut ingester);
    let query = Query { span: START - 86_400..START + 86_400, ..Query::default() };
    let total = || {
        let records = Records::open_reader(data.path()).unwrap().unwrap();
        records::usage(&records, &query).unwrap().groups
    };

    let at_once = total();
    while ingester.maintain(START + 3 * 86_400).unwrap() {}

    let expected = Total {
        requests: 4,
        failed: 2,
        abandoned: 1,
        ended: 4,
        input: 2,
        cached_input: 4,
        cache_write: 6,
        audio_input: 8,
        output: 10,
        reasoning: 12,
        audio_output: 14,
        estimated: 1,
        unknown: 2,
        first_bytes: 1,
        first_byte_us: 30,
        duration_us: 160,
        request_bytes: 400,
        answer_bytes: 200,
    };
    assert_eq!(at_once, [(vec![], expected)]);
    assert_eq!(total(), at_once);
    assert_eq!((data.count("minutes"), data.count("hours"), data.count("days")), (8, 8, 8));
    assert_eq!(data.count("packs"), 3);
    for step in ["minutes", "hours", "days"] {
        data.connect().execute(&format!("DELETE FROM {step} WHERE per_key = 1"), ()).unwrap();
    }
    let expected = Total { requests: 4, failed: 2, ..told_of(&expected) };
    for (by, span) in [(Dimension::Day, 86_400), (Dimension::Hour, 3600), (Dimension::Minute, 60)] {
        let query = Query { by: &[Dimension::Key, by], reading: Reading::Told, ..query.clone() };
        let records = Records::open_reader(data.path()).unwrap().unwrap();
        let mut all = Total::default();
        for (labels, total) in records::usage(&records, &query).unwrap().groups {
            assert_eq!(labels[1], Label::Time(START / span * span));
            all = all + total;
        }
        assert_eq!(all, expected, "from packs alone: {by:?}");
    }
}

/// What packs have of sums, beside requests.
fn told_of(all: &Total) -> Total {
    let Total { input, cached_input, audio_input, output, audio_output, .. } = *all;
    Total { input, cached_input, audio_input, output, audio_output, ..Total::default() }
}

/// Requests by key, as packs say; and as rows say.
fn packed_and_in_rows(data: &Data) -> [i64; 2] {
    [Reading::Told, Reading::All].map(|reading| {
        let query = Query { span: START - 86_400..START + 86_400, by: &[Dimension::Key], reading, ..Query::default() };
        found(data, &query).into_values().map(|(requests, ..)| requests).sum::<i64>()
    })
}

/// Takes away the sums by key, so that only packs say them.
fn without_rows<T>(data: &Data, look: impl Fn() -> T) -> T {
    let connection = data.connect();
    for table in ["minutes", "hours", "days"] {
        connection.execute(&format!("UPDATE {table} SET requests = requests + 1000 WHERE per_key = 1"), ()).unwrap();
    }
    let seen = look();
    for table in ["minutes", "hours", "days"] {
        connection.execute(&format!("UPDATE {table} SET requests = requests - 1000 WHERE per_key = 1"), ()).unwrap();
    }
    seen
}

#[test]
fn a_request_that_comes_late_is_in_the_packs_at_once() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let mut ingester = data.ingester(&journal);
    write(&writer, [Entry::Admission(admitted(0)), Entry::Settlement(settled(0))]);
    write(&writer, [Entry::Admission(admitted(1))]);
    read_all(&mut ingester);
    while ingester.maintain(START + 3 * 86_400).unwrap() {}
    assert_eq!((packed_and_in_rows(&data), data.count("packs")), ([1, 1], 3));

    write(&writer, [Entry::Settlement(settled(1))]);
    read_all(&mut ingester);

    assert_eq!((packed_and_in_rows(&data), data.count("packs")), ([2, 2], 3));
    assert_eq!(without_rows(&data, || packed_and_in_rows(&data)[0]), 2, "from packs alone");
}

#[test]
fn what_a_version_without_packs_has_written_is_read_from_rows_and_packed_by_the_next() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let mut ingester = data.ingester(&journal);
    write(&writer, [Entry::Admission(admitted(0)), Entry::Settlement(settled(0))]);
    read_all(&mut ingester);
    while ingester.maintain(START + 3 * 86_400).unwrap() {}
    drop(ingester);
    let connection = data.connect();

    // A late request, as it was written before there were packs.
    for table in ["minutes", "hours", "days"] {
        connection.execute(&format!("UPDATE {table} SET requests = requests + 1"), ()).unwrap();
    }
    connection.execute("INSERT OR REPLACE INTO segments VALUES (1, 1, 1, 1, 1)", ()).unwrap();

    assert_eq!(packed_and_in_rows(&data), [2, 2]);
    let mut ingester = data.ingester(&journal);
    read_all(&mut ingester);
    while ingester.maintain(START + 3 * 86_400).unwrap() {}
    assert_eq!(packed_and_in_rows(&data), [2, 2]);
    assert_eq!(without_rows(&data, || packed_and_in_rows(&data)[0]), 2, "from packs alone");
}

#[test]
fn sums_of_before_there_were_packs_are_packed_behind_everything_else() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let mut ingester = data.ingester(&journal);
    for n in 0..3 {
        let request = RequestId::new(FIRST_MS + n * 7_200_000, n.into());
        let admission = Admission { request, ..admitted(n) };
        write(&writer, [Entry::Admission(admission), Entry::Settlement(Settlement { request, ..settled(n) })]);
    }
    read_all(&mut ingester);
    while ingester.maintain(START + 3 * 86_400).unwrap() {}
    let packs = data.count("packs");
    drop(ingester);
    data.connect()
        .execute_batch(
            "DROP TABLE packs; DROP TRIGGER sums_were_written; DROP TRIGGER sums_were_carried_on;
            ALTER TABLE progress DROP COLUMN minutes_packed; ALTER TABLE progress DROP COLUMN hours_packed;
            ALTER TABLE progress DROP COLUMN days_packed; ALTER TABLE progress DROP COLUMN sums_revision;
            ALTER TABLE progress DROP COLUMN packs_revision; PRAGMA user_version = 3",
        )
        .unwrap();

    let mut ingester = data.ingester(&journal);
    read_all(&mut ingester);
    assert_eq!((packed_and_in_rows(&data), data.count("packs")), ([3, 3], 0));
    while ingester.maintain(START + 3 * 86_400).unwrap() {}

    assert_eq!((packed_and_in_rows(&data), data.count("packs")), ([3, 3], packs));
    assert_eq!(without_rows(&data, || packed_and_in_rows(&data)[0]), 3, "from packs alone");
}

#[test]
fn packs_go_with_the_sums_that_they_say() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let mut ingester = data.ingester(&journal);
    write(&writer, [Entry::Admission(admitted(0)), Entry::Settlement(settled(0))]);
    read_all(&mut ingester);
    while ingester.maintain(START + 3 * 86_400).unwrap() {}
    assert_eq!(data.count("packs"), 3);

    let left = [30, 200, 3000].map(|days| {
        while ingester.maintain(START + days * 86_400).unwrap() {}
        (data.count("packs"), data.count("minutes") + data.count("hours") + data.count("days"))
    });

    assert_eq!(left, [(2, 4), (1, 2), (0, 0)]);
}

#[test]
fn what_was_never_used_is_nothing() {
    let data = Data::new();
    let journal = data.start(1);
    read_all(&mut data.ingester(&journal));
    let records = Records::open_reader(data.path()).unwrap().unwrap();

    let all = records::usage(&records, &Query { span: 0..START, ..Query::default() }).unwrap();
    let unknown = Query { span: 0..START, model: Some("never-heard-of"), ..Query::default() };

    assert_eq!(all.groups, []);
    assert_eq!(records::usage(&records, &unknown).unwrap().groups, []);
}
