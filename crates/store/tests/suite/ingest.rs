//! From the journal into the database: everything, once, whatever happens on the way.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;
use tollgate_core::id::RequestId;
use tollgate_core::operation::Operation;
use tollgate_core::record::{Admission, Entry, Identity, Outcome, Settlement};
use tollgate_core::requests::{PastAttempt, UsageSource};
use tollgate_core::usage::Usage;
use tollgate_store::journal::{Journal, Writer, read_dir, segments};
use tollgate_store::records::{self, IngestError, Ingester, Limits, Pass, Records, Source};

use crate::entries::{admitted, key, open, refused, request, settled, write, write_whole};

/// A data directory with a journal.
pub(crate) struct Data(TempDir);

impl Data {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o700)).unwrap();
        Self(directory)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.path().join("journal")
    }

    pub(crate) fn start(&self, workers: usize) -> Journal {
        open(&self.journal(), workers)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path().join(records::FILE_NAME)
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.database()).unwrap()
    }

    /// Reads the journal of a running server.
    pub(crate) fn ingester(&self, journal: &Journal) -> Ingester {
        self.with_limits(journal, Limits::default())
    }

    pub(crate) fn with_limits(&self, journal: &Journal, limits: Limits) -> Ingester {
        Ingester::new(self.path().to_owned(), Source::Journal(journal.clone()), limits)
    }

    /// Reads what stopped servers left behind.
    pub(crate) fn catch_up(&self) {
        let source = Source::Directory(self.journal());
        read_all(&mut Ingester::new(self.path().to_owned(), source, Limits::default()));
    }

    /// Every row: request, status, outcome.
    pub(crate) fn rows(&self) -> Vec<(RequestId, u16, u8)> {
        let connection = self.connect();
        let mut statement = connection.prepare("SELECT id, status, outcome FROM requests ORDER BY id").unwrap();
        let rows = statement.query_map([], |row| Ok((RequestId::from_bytes(row.get(0)?), row.get(1)?, row.get(2)?)));
        rows.unwrap().map(Result::unwrap).collect()
    }

    pub(crate) fn count(&self, table: &str) -> i64 {
        self.connect().query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn find(&self, n: u64) -> Option<tollgate_core::requests::RequestRecord> {
        records::find(&Records::open_reader(self.path()).unwrap().unwrap(), request(n)).unwrap()
    }
}

/// Passes until there is nothing more; how many entries were read.
pub(crate) fn read_all(ingester: &mut Ingester) -> usize {
    let mut read = 0;
    loop {
        match ingester.pass().unwrap() {
            Pass::Read { entries, more: true } => read += entries,
            Pass::Read { entries, more: false } => return read + entries,
            Pass::Elsewhere => panic!("another one has the lock"),
        }
    }
}

#[test]
fn a_settled_request_is_found_with_all_that_its_entries_say() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let usage =
        Usage { input: 1, cached_input: 2, cache_write: 3, audio_input: 4, output: 5, reasoning: 6, audio_output: 7 };
    let settlement = Settlement {
        status: 502,
        attempts: 2,
        outcome: Outcome::Failed,
        usage,
        answer_bytes: 8,
        first_byte_us: 0,
        duration_us: 9,
        upstream_us: 10,
        cause: "bad_gateway",
        deployment: "azure/mini-2",
        fallback: "small",
        upstream_request_id: "chatcmpl-1",
        evidence: "the provider answered 502",
        failed_attempts: "openai/gpt-4o-mini\t503\tserver_error\t7\t250\n",
        estimated: true,
        on_own_account: true,
        ..settled(2)
    };
    write(&writer, [Entry::Admission(admitted(2)), Entry::Settlement(settlement)]);

    read_all(&mut data.ingester(&journal));

    let found = data.find(2).unwrap();
    assert_eq!((found.id, found.project.as_str(), found.key), (request(2), "proj_1", Some(key(2))));
    assert_eq!((found.operation, found.stream), (Some(Operation::ChatCompletions), true));
    assert!(found.on_own_account);
    assert_eq!((found.status, found.outcome, found.attempts), (Some(502), Outcome::Failed, Some(2)));
    assert_eq!((found.cause.as_str(), found.evidence.as_str()), ("bad_gateway", "the provider answered 502"));
    let models = (found.model.as_str(), found.fallback.as_str(), found.model_sent.as_str());
    assert_eq!(models, ("fast", "small", "mini-2"), "the last deployment's, not the first one's");
    assert_eq!(found.model_answered, "gpt-4o-mini-2024-07-18");
    assert_eq!(found.deployment, "azure/mini-2");
    assert_eq!(found.paused_us(), 250);
    assert_eq!((found.usage, found.usage_source), (usage, UsageSource::Estimated));
    assert_eq!((found.request_bytes, found.answer_bytes), (100, Some(8)));
    assert_eq!((found.first_byte_us, found.duration_us, found.upstream_us), (None, Some(9), Some(10)));
    assert_eq!(found.upstream_request_id, "chatcmpl-1");
    let attempt = PastAttempt {
        deployment: "openai/gpt-4o-mini".into(),
        status: Some(503),
        cause: "server_error".into(),
        duration_us: 7,
        pause_us: 250,
    };
    assert_eq!(found.failed_attempts, [attempt]);
    assert_eq!(data.find(3), None);
}

#[test]
fn a_refusal_says_whose_it_was_and_an_unknown_model_takes_no_number() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let refusal = |n, model_asked| {
        let operation = Operation::Embeddings;
        let identity =
            Some(Identity { key: key(9), operation, project: "proj_9", model_asked, stream: true, request_bytes: 77 });
        Settlement { status: 404, outcome: Outcome::Failed, cause: "model_not_found", identity, ..settled(n) }
    };
    write_whole(&writer, [1]);
    write(&writer, [Entry::Settlement(refusal(2, "no-such-model")), Entry::Settlement(refusal(3, "fast"))]);

    read_all(&mut data.ingester(&journal));

    let [unknown, known] = [2, 3].map(|n| data.find(n).unwrap());
    assert_eq!(
        (unknown.project.as_str(), unknown.key, unknown.model.as_str()),
        ("proj_9", Some(key(9)), "no-such-model")
    );
    assert_eq!((known.operation, known.model.as_str()), (Some(Operation::Embeddings), "fast"));
    assert_eq!((unknown.stream, unknown.request_bytes), (true, 77));
    assert_eq!(unknown.usage_source, UsageSource::Told);
    let numbered = "SELECT count(*) FROM names WHERE text = 'no-such-model'";
    assert_eq!(data.connect().query_row(numbered, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn tokens_that_nobody_told_are_not_known_where_a_provider_may_have_counted_them() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let failed = |n, attempts, cause, failed_attempts| {
        let usage = Usage::default();
        let failed = Settlement { status: 502, outcome: Outcome::Failed, usage, ..settled(n) };
        Settlement { attempts, cause, failed_attempts, ..failed }
    };
    let told = Settlement { usage: Usage::default(), ..settled(5) };
    let all = [
        (failed(0, 0, "circuit_open", ""), UsageSource::None),
        (failed(1, 1, "connection_refused", ""), UsageSource::None),
        (failed(2, 2, "connection_refused", "a/b\t0\tdns_failure\t7\n"), UsageSource::None),
        (failed(3, 2, "connection_refused", "a/b\t500\tserver_error\t7\n"), UsageSource::Unknown),
        (failed(4, 1, "html_instead_of_json", ""), UsageSource::Unknown),
        (told, UsageSource::Unknown),
        (settled(6), UsageSource::Told),
    ];
    for (n, (settlement, _)) in (0..).zip(&all) {
        write(&writer, [Entry::Admission(admitted(n)), Entry::Settlement(*settlement)]);
    }
    let moderation = Admission { operation: Operation::Moderations, ..admitted(7) };
    write(&writer, [Entry::Admission(moderation), Entry::Settlement(Settlement { request: request(7), ..told })]);

    read_all(&mut data.ingester(&journal));

    let sources: Vec<_> = (0..8).map(|n| data.find(n).unwrap().usage_source).collect();
    let mut expected: Vec<_> = all.iter().map(|(_, source)| *source).collect();
    expected.push(UsageSource::None);
    assert_eq!(sources, expected);
}

#[test]
fn what_grows_byte_by_byte_is_read_once_over_any_number_of_starts() {
    let data = Data::new();
    let journal = data.start(1);
    write_whole(&journal.writer(0).unwrap(), 0..6);
    let entries: Vec<_> = read_dir(&data.journal()).unwrap().map(Result::unwrap).collect();
    let (last, _) = entries.last().unwrap();
    let path = data.journal().join(last.segment.file_name());
    let whole = fs::read(&path).unwrap();

    let mut ingester = data.ingester(&journal);
    for length in 64..=last.end as usize {
        let mut cut = whole.clone();
        cut[length..].fill(0);
        fs::write(&path, cut).unwrap();
        if length % 3 == 0 {
            // Let go of the lock first.
            drop(ingester);
            ingester = data.ingester(&journal);
        }
        read_all(&mut ingester);

        let whole = entries.iter().filter(|(place, _)| place.end <= length as u64).count() as i64;
        assert_eq!(data.count("requests"), whole / 2, "{length} bytes");
    }
}

#[test]
fn requests_that_last_longer_than_segments_are_paired_over_starts() {
    let data = Data::new();
    let journal = data.start(2);
    let writers = [journal.writer(0).unwrap(), journal.writer(1).unwrap()];
    let limits = Limits { entries: 100, reading: Duration::from_secs(1) };
    for n in 0..2000 {
        write(&writers[n as usize % 2], [Entry::Admission(admitted(n))]);
    }
    let mut passes = 0;
    for n in 0..2000 {
        write(&writers[n as usize % 2], [Entry::Settlement(settled(n))]);
        if n % 50 == 0 {
            // A new start each time, with a bound that stops it anywhere.
            passes += 1;
            data.with_limits(&journal, limits).pass().unwrap();
        }
    }
    read_all(&mut data.ingester(&journal));

    assert!(passes > 20);
    let rows = data.rows();
    assert_eq!(rows.len(), 2000);
    assert!(rows.iter().all(|(_, status, _)| *status == 200));
    assert_eq!(data.find(777).unwrap().model, "fast");
    assert_eq!(data.count("pending"), 0);
}

#[test]
fn segments_that_were_read_give_their_room_back() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    write_whole(&writer, 0..2000);
    let before = journal.in_use_bytes();

    read_all(&mut data.ingester(&journal));

    let left = segments(&data.journal()).unwrap();
    assert!(left.iter().all(|segment| journal.is_open(*segment)), "{left:?}");
    // The background thread may make one more in the meantime.
    assert!(journal.in_use_bytes() < before / 2);
    assert_eq!(data.count("requests"), 2000);
    drop(data.ingester(&journal).pass());
    write_whole(&writer, [2000]);
    read_all(&mut data.ingester(&journal));
    assert!(data.count("segments") <= left.len() as i64, "rows of deleted segments go");
}

#[test]
fn what_was_admitted_when_the_process_died_is_booked_as_interrupted_once() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    write_whole(&writer, 0..5);
    write(&writer, (5..8).map(|n| Entry::Admission(admitted(n))));
    read_all(&mut data.ingester(&journal));
    write(&writer, [Entry::Settlement(settled(6)), Entry::Admission(admitted(8))]);
    drop((writer, journal));

    let journal = data.start(1);
    write(&journal.writer(0).unwrap(), [Entry::Admission(admitted(9))]);
    read_all(&mut data.ingester(&journal));
    read_all(&mut data.ingester(&journal));

    let interrupted: Vec<_> =
        data.rows().into_iter().filter(|row| row.2 == Outcome::Interrupted as u8).map(|row| row.0).collect();
    assert_eq!(interrupted, [5, 7, 8].map(request));
    assert_eq!(data.rows().len(), 9, "the one of the running server is not over");
    let found = data.find(7).unwrap();
    assert_eq!((found.status, found.cause.as_str()), (None, records::PROCESS_DIED));
    assert_eq!(found.usage_source, UsageSource::Unknown);
    assert_eq!((found.attempts, found.answer_bytes), (None, None));
    assert_eq!((found.duration_us, found.upstream_us, found.first_byte_us), (None, None, None));
    let query = records::Query { span: 0..i64::MAX / 2, ..records::Query::default() };
    let sums = records::usage(&records::Records::open_reader(data.path()).unwrap().unwrap(), &query).unwrap();
    assert_eq!((sums.groups[0].1.requests, sums.groups[0].1.ended, sums.groups[0].1.failed), (9, 6, 3));
    assert_eq!((found.model.as_str(), found.key, found.request_bytes), ("fast", Some(key(7 % 3)), 100));
    assert!(segments(&data.journal()).unwrap().iter().all(|segment| segment.epoch == 2));
}

#[test]
fn without_a_server_everything_is_read_in_one_go() {
    let data = Data::new();
    for start in 0..3 {
        let journal = data.start(2);
        write_whole(&journal.writer(0).unwrap(), start * 1000..start * 1000 + 700);
        write(&journal.writer(1).unwrap(), [Entry::Admission(admitted(start * 1000 + 700))]);
    }

    data.catch_up();

    assert_eq!(data.rows().len(), 3 * 701);
    assert_eq!(data.rows().iter().filter(|row| row.1 == 0).count(), 3);
    // How long segments are kept is the next server's to know, which deletes them.
    let journal = data.start(1);
    read_all(&mut data.ingester(&journal));
    assert!(segments(&data.journal()).unwrap().iter().all(|segment| segment.epoch == 4));
    assert_eq!(data.rows().len(), 3 * 701);
}

#[test]
fn of_two_only_one_reads_and_the_other_takes_over() {
    let data = Data::new();
    let journal = data.start(1);
    write_whole(&journal.writer(0).unwrap(), 0..10);
    let [mut first, mut second] = [data.ingester(&journal), data.ingester(&journal)];

    read_all(&mut first);
    assert_eq!(second.pass().unwrap(), Pass::Elsewhere);
    drop(first);
    assert_eq!(read_all(&mut second), 0);

    assert_eq!(data.count("requests"), 10);
}

#[test]
fn counts_of_refusals_add_up_and_leave_no_request() {
    let data = Data::new();
    let journal = data.start(2);
    for worker in 0..2 {
        let writer = journal.writer(worker).unwrap();
        write(&writer, [refused(60, 5), refused(120, 1)].map(Entry::RefusalCount));
        read_all(&mut data.ingester(&journal));
    }

    let sums = "SELECT minute, count, prefix FROM refusals ORDER BY minute";
    let connection = data.connect();
    let mut statement = connection.prepare(sums).unwrap();
    let rows: Vec<(i64, i64, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let prefix = || "203.0.113.0/24".to_owned();
    assert_eq!(rows, [(60, 10, prefix()), (120, 2, prefix())]);
    assert_eq!(data.count("requests"), 0);
}

#[test]
fn a_locked_database_loses_nothing() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let mut ingester = data.ingester(&journal);
    write_whole(&writer, 0..10);
    read_all(&mut ingester);
    let other = data.connect();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    write_whole(&writer, 10..20);

    assert!(matches!(ingester.pass(), Err(IngestError::Begin(_))));
    other.execute_batch("ROLLBACK").unwrap();
    read_all(&mut ingester);

    assert_eq!(data.rows().len(), 20);
}

#[test]
fn a_database_that_is_away_loses_nothing_and_one_that_was_removed_begins_anew() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let mut ingester = data.ingester(&journal);
    fs::create_dir(data.database()).unwrap();
    write_whole(&writer, 0..10);

    assert!(matches!(ingester.pass(), Err(IngestError::Open(_))));
    fs::remove_dir(data.database()).unwrap();
    read_all(&mut ingester);
    assert_eq!(data.rows().len(), 10);

    for file in ["records.db", "records.db-wal", "records.db-shm"] {
        fs::remove_file(data.path().join(file)).unwrap();
    }
    write_whole(&writer, 10..20);
    read_all(&mut ingester);
    assert_eq!(data.rows().len(), 20, "what the journal still has is read again");
}

#[test]
fn a_database_that_is_damaged_loses_nothing() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let mut ingester = data.ingester(&journal);
    write_whole(&writer, 0..10);
    fs::write(data.database(), "this is some text, and no database of anybody's, long enough to be read ".repeat(200))
        .unwrap();
    fs::set_permissions(data.database(), PermissionsExt::from_mode(0o600)).unwrap();

    assert!(matches!(ingester.pass(), Err(IngestError::Open(_))));
    fs::rename(data.database(), data.path().join("damaged")).unwrap();
    read_all(&mut ingester);

    assert_eq!(data.rows().len(), 10);
}

#[test]
fn segments_that_are_put_back_are_not_read_twice() {
    let data = Data::new();
    let journal = data.start(1);
    write_whole(&journal.writer(0).unwrap(), 0..1000);
    drop(journal);
    let copies: Vec<_> = segments(&data.journal())
        .unwrap()
        .into_iter()
        .map(|segment| {
            (data.journal().join(segment.file_name()), fs::read(data.journal().join(segment.file_name())).unwrap())
        })
        .collect();
    data.catch_up();
    let journal = data.start(1);
    let mut ingester = data.ingester(&journal);
    let writer = journal.writer(0).unwrap();
    // What is read first deletes segments, what is read then forgets that they were there.
    for requests in [1000..1005, 1005..1010] {
        write_whole(&writer, requests);
        read_all(&mut ingester);
    }

    for (path, bytes) in copies {
        fs::write(path, bytes).unwrap();
    }
    assert!(matches!(ingester.pass(), Err(IngestError::Sqlite(_))), "a request that is there already");
    read_all(&mut ingester);

    assert_eq!(data.rows().len(), 1010);
}

#[test]
fn damage_costs_what_is_damaged_and_the_rest_is_read() {
    let data = Data::new();
    let journal = data.start(1);
    write_whole(&journal.writer(0).unwrap(), 0..1000);
    drop(journal);
    let first = segments(&data.journal()).unwrap()[0];
    let path = data.journal().join(first.file_name());
    let mut bytes = fs::read(&path).unwrap();
    bytes[10_000] ^= 1;
    fs::write(&path, bytes).unwrap();

    data.catch_up();

    let rows = data.rows();
    assert!((998..=1000).contains(&rows.len()), "{}", rows.len());
    assert_eq!(rows.last().unwrap().0, request(999));
}

/// What may happen to a server, its journal and its database.
#[derive(Debug, Clone)]
enum Event {
    /// On this worker.
    Admit(usize),
    /// The so-manieth of those in flight.
    Settle(usize),
    Refuse(usize),
    /// The process dies, and another starts.
    Restart,
    /// At most so many entries.
    Pass(usize),
    /// The ingester starts anew.
    Reopen,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => (0..2_usize).prop_map(Event::Admit),
        8 => (0..50_usize).prop_map(Event::Settle),
        1 => (0..2_usize).prop_map(Event::Refuse),
        1 => Just(Event::Restart),
        2 => (1..20_usize).prop_map(Event::Pass),
        1 => Just(Event::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_happens_every_request_is_there_once(events in proptest::collection::vec(event(), 1..150)) {
        let data = Data::new();
        let mut journal = data.start(2);
        let mut writers: Vec<Writer> = (0..2).map(|w| journal.writer(w).unwrap()).collect();
        let mut ingester = None;
        let mut in_flight: Vec<(u64, usize)> = Vec::new();
        let mut expected = BTreeMap::new();
        let mut refusals = 0;
        let mut next = 0;
        // Long texts, so that segments of the least size are left every now and then.
        let long = "e".repeat(1000);
        for event in events {
            match event {
                Event::Admit(worker) => {
                    write(&writers[worker], [Entry::Admission(Admission { model_asked: &long[..500], ..admitted(next) })]);
                    in_flight.push((next, worker));
                    next += 1;
                }
                Event::Settle(which) if !in_flight.is_empty() => {
                    let (n, worker) = in_flight.swap_remove(which % in_flight.len());
                    write(&writers[worker], [Entry::Settlement(Settlement { evidence: &long, ..settled(n) })]);
                    expected.insert(request(n), 200);
                }
                Event::Settle(_) => {}
                Event::Refuse(worker) => {
                    write(&writers[worker], [Entry::RefusalCount(refused(60, 3))]);
                    refusals += 3;
                }
                Event::Restart => {
                    drop((std::mem::take(&mut writers), ingester.take(), journal));
                    expected.extend(in_flight.drain(..).map(|(n, _)| (request(n), 0)));
                    journal = data.start(2);
                    writers = (0..2).map(|w| journal.writer(w).unwrap()).collect();
                }
                Event::Pass(entries) => {
                    let limits = Limits { entries, reading: Duration::from_secs(1) };
                    ingester.take();
                    ingester.insert(data.with_limits(&journal, limits)).pass().unwrap();
                }
                Event::Reopen => ingester = None,
            }
        }
        drop((writers, ingester, journal));
        expected.extend(in_flight.drain(..).map(|(n, _)| (request(n), 0)));

        data.catch_up();

        let found: BTreeMap<_, _> = data.rows().into_iter().map(|(id, status, _)| (id, status)).collect();
        prop_assert_eq!(found, expected);
        let counted: i64 =
            data.connect().query_row("SELECT coalesce(sum(count), 0) FROM refusals", [], |row| row.get(0)).unwrap();
        prop_assert_eq!(counted, refusals);
        prop_assert_eq!(data.count("pending"), 0);
    }
}
