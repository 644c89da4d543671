//! The thread that ingests, while its database is locked or moved away: the journal goes on, the status says it, and
//! afterwards everything is there, once.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tollgate_core::ingest::{IngestState, IngestStatus};
use tollgate_store::journal::Journal;
use tollgate_store::records::{Ingest, Settings};

use crate::entries::write_whole;
use crate::ingest::Data;

fn start(data: &Data, journal: &Journal) -> Ingest {
    let settings = Settings { interval: Duration::from_millis(20), ..Settings::default() };
    Ingest::start(data.path(), journal.clone(), settings).unwrap()
}

fn until(ingest: &Ingest, seen: impl Fn(&IngestStatus) -> bool) -> IngestStatus {
    let began = Instant::now();
    loop {
        let status = ingest.health().status();
        if seen(&status) {
            return status;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{status:?}");
        thread::park_timeout(Duration::from_millis(5));
    }
}

fn is_level(status: &IngestStatus, requests: u64) -> bool {
    status.state == IngestState::Working && status.entries == 2 * requests && status.lag_bytes == 0
}

#[test]
fn while_another_process_holds_the_database_the_journal_goes_on() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let ingest = start(&data, &journal);
    write_whole(&writer, 0..10);
    until(&ingest, |status| is_level(status, 10));
    let other = data.connect();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    write_whole(&writer, 10..20);
    let locked = until(&ingest, |status| status.state == IngestState::Failing && status.lag_bytes > 0);
    write_whole(&writer, 20..1000);
    other.execute_batch("ROLLBACK").unwrap();
    let level = until(&ingest, |status| is_level(status, 1000));

    assert!(locked.last_error.unwrap().contains("locked") && locked.lag_ms > 0);
    assert_eq!((level.last_error, data.rows().len()), (None, 1000));
}

#[test]
fn a_database_that_is_held_half_of_the_time_is_slow_and_loses_nothing() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let ingest = start(&data, &journal);
    write_whole(&writer, [0]);
    until(&ingest, |status| is_level(status, 1));
    let mut slowest = Duration::ZERO;

    for turn in 0..10 {
        let other = data.connect();
        other.busy_timeout(Duration::from_secs(10)).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let began = Instant::now();
        write_whole(&writer, turn * 50 + 1..turn * 50 + 51);
        slowest = slowest.max(began.elapsed());
        thread::park_timeout(Duration::from_millis(30));
        other.execute_batch("ROLLBACK").unwrap();
    }
    until(&ingest, |status| is_level(status, 501));

    assert_eq!(data.rows().len(), 501);
    assert!(slowest < Duration::from_secs(1), "writers wait for no database: {slowest:?}");
}

#[test]
fn a_database_that_is_moved_away_and_back_has_everything_with_what_came_meanwhile() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let ingest = start(&data, &journal);
    write_whole(&writer, 0..10);
    until(&ingest, |status| is_level(status, 10));
    let connection = Connection::open(data.database()).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(connection);
    let moved = data.path().join("moved.db");
    fs::rename(data.database(), &moved).unwrap();
    fs::create_dir(data.database()).unwrap();
    for name in ["records.db-wal", "records.db-shm"] {
        fs::remove_file(data.path().join(name)).unwrap();
    }

    write_whole(&writer, 10..20);
    let away = until(&ingest, |status| status.state == IngestState::Failing);
    fs::remove_dir(data.database()).unwrap();
    fs::rename(&moved, data.database()).unwrap();
    until(&ingest, |status| is_level(status, 20));

    assert!(away.last_error.is_some());
    assert_eq!(data.rows().len(), 20);
}
