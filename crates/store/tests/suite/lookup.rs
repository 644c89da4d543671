//! Records looked up from a thread that must not wait.

use std::fs;
use std::sync::mpsc;
use std::time::Duration;

use tollgate_core::ingest::IngestState;
use tollgate_core::record::{Admission, Entry};
use tollgate_core::requests::{Found, RecordsAway, RequestRecords};
use tollgate_store::journal::Journal;
use tollgate_store::records::{Ingest, Lookup, Settings};

use crate::entries::{admitted, request, settled, write, write_whole};
use crate::ingest::{Data, read_all};

/// So rare that whatever is read was asked for.
const RARELY: Settings = Settings { interval: Duration::from_secs(3600), retention: crate::retention::RETENTION };

fn start(data: &Data, journal: &Journal) -> (Ingest, Lookup) {
    let ingest = Ingest::start(data.path(), journal.clone(), RARELY).unwrap();
    let lookup = Lookup::start(data.path(), journal.directory(), &ingest).unwrap();
    (ingest, lookup)
}

fn find(lookup: &Lookup, project: &str, n: u64) -> Found {
    let (tell, told) = mpsc::channel();
    lookup.find(project, request(n), Box::new(move |found| tell.send(found).unwrap()));
    told.recv_timeout(Duration::from_secs(20)).unwrap()
}

#[test]
fn what_is_in_the_journal_alone_is_found_at_once() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let (_ingest, lookup) = start(&data, &journal);
    for n in 0..20 {
        write_whole(&writer, [n]);

        let found = find(&lookup, "proj_1", n).unwrap().unwrap();

        assert_eq!((found.id, found.status, found.model.as_str()), (request(n), Some(200), "fast"));
    }
}

#[test]
fn what_is_another_project_s_or_has_not_ended_is_not_found() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let (_ingest, lookup) = start(&data, &journal);
    write(
        &writer,
        [
            Entry::Admission(Admission { project: "proj_2", ..admitted(1) }),
            Entry::Settlement(settled(1)),
            Entry::Admission(admitted(2)),
        ],
    );

    assert_eq!(find(&lookup, "proj_1", 1), Ok(None));
    assert_eq!(find(&lookup, "proj_1", 2), Ok(None));
    assert_eq!(find(&lookup, "proj_1", 3), Ok(None));
    assert!(find(&lookup, "proj_2", 1).unwrap().is_some());
}

#[test]
fn nobody_is_told_that_a_request_is_not_there_while_the_database_is_away() {
    let data = Data::new();
    fs::create_dir(data.database()).unwrap();
    let journal = data.start(1);
    let (ingest, lookup) = start(&data, &journal);
    write_whole(&journal.writer(0).unwrap(), [1]);

    let away = find(&lookup, "proj_1", 1);
    let state = ingest.health().status().state;
    fs::remove_dir(data.database()).unwrap();

    assert_eq!((away, state), (Err(RecordsAway::Failed), IngestState::Failing));
    // The thread tries again by itself, ever more rarely.
    let mut found = find(&lookup, "proj_1", 1);
    for _ in 0..200 {
        if found.is_ok() {
            break;
        }
        std::thread::park_timeout(Duration::from_millis(50));
        found = find(&lookup, "proj_1", 1);
    }
    assert!(found.unwrap().is_some());
}

#[test]
fn while_another_process_reads_the_journal_it_is_waited_for() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let mut other = data.ingester(&journal);
    write_whole(&writer, [1]);
    read_all(&mut other);
    let (_ingest, lookup) = start(&data, &journal);
    write_whole(&writer, [2]);

    assert!(find(&lookup, "proj_1", 1).unwrap().is_some());
    assert_eq!(find(&lookup, "proj_1", 2), Err(RecordsAway::Behind), "it may be in the journal alone");
    read_all(&mut other);
    assert!(find(&lookup, "proj_1", 2).unwrap().is_some());
    assert_eq!(find(&lookup, "proj_1", 3), Ok(None));
}
