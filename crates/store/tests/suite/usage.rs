//! Usage from sums: always what the requests themselves add up to.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tollgate_core::id::RequestId;
use tollgate_core::operation::Operation;
use tollgate_core::record::{Admission, Entry, Identity, Outcome, Settlement};
use tollgate_core::usage::Usage;
use tollgate_store::records::{self, Dimension, Label, Query, Records, Total};

use crate::entries::{FIRST_MS, admitted, key, request, settled, write};
use crate::ingest::{Data, read_all};

const START: i64 = FIRST_MS as i64 / 1000;
const ALL: [Dimension; 10] = [
    Dimension::Project,
    Dimension::Key,
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
    )
        .prop_map(|(at, key, model, refused, (status, outcome, cause), output)| {
            let outcome = if refused { Outcome::Failed } else { outcome };
            Call { at, key, model, refused, status, outcome, cause, output }
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
            let operation = admitted(0).operation;
            let model_asked = "none-such";
            let identity = Some(Identity { key, operation, project, model_asked, stream: false, request_bytes: 0 });
            return vec![Entry::Settlement(Settlement { identity, ..settlement })];
        }
        let deployment = DEPLOYMENTS[self.model];
        let admission = Admission { request, key, project, model_asked: model, deployment, ..admitted(0) };
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
            Dimension::Operation => Label::Operation(Operation::ChatCompletions as u8),
        }
    }
}

/// What the calls add up to: requests, failed ones, output.
fn expected(calls: &[Call], query: &Query<'_>) -> BTreeMap<Vec<Label>, (i64, i64, i64)> {
    let mut sums = BTreeMap::new();
    for call in calls {
        let minute = START / 60 * 60 + (START % 60 + i64::from(call.at)) / 60 * 60;
        let fits = query.span.contains(&minute)
            && query.project.is_none_or(|p| p == PROJECTS[call.key as usize % 2])
            && query.key.is_none_or(|k| k == key(call.key))
            && query.model.is_none_or(|m| m == MODELS[call.model] && !call.refused);
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
        narrow in 0..4_usize,
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

        for ((from, minutes), by) in spans.into_iter().zip(&dimensions) {
            let from = START / 60 * 60 + from * 60;
            let query = Query {
                span: from..from + minutes * 60,
                by,
                project: (narrow == 1).then_some("proj_b"),
                key: (narrow == 2).then_some(key(1)),
                model: (narrow == 3).then_some("good"),
                ..Query::default()
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
