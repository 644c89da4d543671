//! A database that is full, which only its own connection can be made to be.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tollgate_core::id::{KeyId, RequestId};
use tollgate_core::operation::Operation;
use tollgate_core::record::{Admission, Entry, Recorder};

use super::*;
use crate::journal::{Journal, SEGMENT_BYTES_LEAST, Settings, Writer};

/// Room for more than a request, so that some hundred do not fit.
const LONG: &str = "a name of a model that is rather long, as names of models sometimes are";

fn write(writer: &Writer, requests: std::ops::Range<u64>) {
    for n in requests {
        writer
            .append(&Entry::Admission(Admission {
                request: RequestId::new(1_800_000_000_000 + n, n.into()),
                key: KeyId::from_digits(b"0123456789Ab").expect("twelve digits are an id"),
                operation: Operation::Embeddings,
                stream: false,
                request_bytes: 1,
                project: "proj_1",
                model_asked: LONG,
                model_sent: LONG,
                deployment: "openai/x",
            }))
            .expect("the journal takes it");
        writer.flush();
    }
}

fn count(ingester: &Ingester) -> i64 {
    let open = ingester.open.as_ref().expect("a pass leaves it open");
    open.records.connection.query_row("SELECT count(*) FROM requests", [], |row| row.get(0)).expect("it is readable")
}

#[test]
fn a_database_that_is_full_takes_nothing_by_halves_and_everything_later() {
    let data = tempfile::tempdir().expect("a directory");
    fs::set_permissions(data.path(), PermissionsExt::from_mode(0o700)).expect("it is ours");
    let directory = data.path().join("journal");
    let settings = Settings { segment_bytes: SEGMENT_BYTES_LEAST, bound_bytes: 64 << 20, ..Settings::default() };
    let dead = Journal::open(&directory, settings, 1).expect("a journal");
    let writer = dead.writer(0).expect("a writer");
    // Booked as interrupted once their process is over, all in one transaction.
    write(&writer, 0..2000);
    let source = Source::Directory(directory.clone());
    let mut ingester = Ingester::new(data.path().to_owned(), source, Limits::default());
    ingester.pass().expect("nothing is wrong so far");
    let open = ingester.open.as_ref().expect("a pass leaves it open");
    let pages: i64 =
        open.records.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).expect("a number of pages");
    open.records.connection.pragma_update(None, "max_page_count", pages + 4).expect("a bound");
    drop((writer, dead));

    // An end is looked at twice before it is one; and on a slow machine a pass takes a part of what is there.
    let full = (0..100).find_map(|_| ingester.pass().err()).expect("2,000 rows need more than four pages");

    assert!(Ingester::is_full(&full), "{full:?}");
    for _ in 0..10 {
        ingester.pass().expect("there is room again");
    }
    assert_eq!(count(&ingester), 2000);
    assert_eq!(ingester.unread_bytes(), 0);
}
