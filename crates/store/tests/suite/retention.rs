//! What is old goes in small steps, and usage over what is left stays what it was.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use tollgate_core::id::RequestId;
use tollgate_core::record::{Admission, Entry, Settlement};
use tollgate_store::journal::{Journal, Writer, segments};
use tollgate_store::records::{self, Dimension, Ingester, Label, Query, Records, Retention};

use crate::entries::{FIRST_MS, admitted, refused, settled, write, write_whole};
use crate::ingest::{Data, read_all};

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;
/// The midnight before the first request.
const START: i64 = FIRST_MS as i64 / 1000 / DAY * DAY;
const STEP: i64 = 2000;

const fn days(n: u64) -> Duration {
    Duration::from_secs(n * DAY as u64)
}

pub(crate) const RETENTION: Retention =
    Retention { requests: days(30), minutes: days(2), hours: days(10), days: days(60), segments: Duration::ZERO };

/// A request so many seconds after the start.
fn call(writer: &Writer, at: i64, n: u64) {
    let request = RequestId::new((START + at) as u64 * 1000, n.into());
    let admission = Admission { request, ..admitted(n) };
    write(writer, [Entry::Admission(admission), Entry::Settlement(Settlement { request, ..settled(n) })]);
}

fn maintained(ingester: &mut Ingester, now: i64) {
    while ingester.maintain(now).unwrap() {}
}

/// Requests by label, over `span` in seconds after the start.
fn usage(data: &Data, span: std::ops::Range<i64>, by: &[Dimension]) -> Vec<(Vec<Label>, i64)> {
    let records = Records::open_reader(data.path()).unwrap().unwrap();
    let query = Query { span: START + span.start..START + span.end, by, ..Query::default() };
    let groups = records::usage(&records, &query).unwrap().groups;
    groups.into_iter().map(|(labels, total)| (labels, total.requests)).collect()
}

fn keeping(data: &Data, journal: &Journal, retention: Retention) -> Ingester {
    let mut ingester = data.ingester(journal);
    ingester.keep(retention);
    ingester
}

#[test]
fn old_rows_go_a_few_thousand_at_a_time_and_usage_stays() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let mut ingester = keeping(&data, &journal, RETENTION);
    for n in 0..5000 {
        call(&writer, n as i64 % 600, n);
    }
    for n in 5000..5100 {
        call(&writer, 40 * DAY, n);
    }
    write(&writer, [60, 120].map(|minute| Entry::RefusalCount(refused(minute, 1))));
    read_all(&mut ingester);
    let by_day = usage(&data, 0..100 * DAY, &[Dimension::Day]);

    let mut counts = vec![data.count("requests")];
    while ingester.maintain(START + 41 * DAY).unwrap() {
        counts.push(data.count("requests"));
    }

    let steps: Vec<i64> = counts.windows(2).map(|pair| pair[0] - pair[1]).collect();
    assert!(steps.iter().all(|step| *step <= STEP), "{steps:?}");
    assert_eq!((data.count("requests"), data.count("refusals")), (100, 0));
    assert_eq!(by_day, [0, 40].map(|day| (vec![Label::Time(START + day * DAY)], if day == 0 { 5000 } else { 100 })));
    assert_eq!(usage(&data, 0..100 * DAY, &[Dimension::Day]), by_day);
}

#[test]
fn sums_that_are_left_say_what_they_said_before() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let mut ingester = keeping(&data, &journal, RETENTION);
    // Every five hours over 100 days: so many of each day, hour and minute.
    let times: Vec<i64> = (0..480).map(|n| n * 5 * HOUR + n * 61).collect();
    for (n, at) in times.iter().enumerate() {
        call(&writer, *at, n as u64);
    }
    read_all(&mut ingester);
    let now = 100 * DAY;
    let counted = |from: i64, to: i64| times.iter().filter(|at| (from..to).contains(*at)).count() as i64;
    let total = |from, to| usage(&data, from..to, &[]).first().map_or(0, |(_, requests)| *requests);

    maintained(&mut ingester, START + now);

    assert!(data.count("minutes") < 2 * 30 && data.count("hours") < 2 * 60 && data.count("days") < 62 * 12);
    for (from, to) in [
        (40 * DAY, now),
        (40 * DAY, 77 * DAY),
        (91 * DAY + 5 * HOUR, now),
        (91 * DAY + 5 * HOUR, 97 * DAY + 7 * HOUR),
        (98 * DAY + 60, 99 * DAY + 12_345 / 60 * 60),
    ] {
        assert_eq!(total(from, to), counted(from, to), "from {from} to {to}");
    }
    assert_eq!(total(0, now), counted(40 * DAY, now), "what is too old is gone");
    assert_eq!(
        total(50 * DAY + HOUR, 51 * DAY),
        counted(50 * DAY, 51 * DAY),
        "whole days, where nothing finer is kept"
    );
}

#[test]
fn a_request_that_comes_after_its_time_is_summed_and_goes_again() {
    let data = Data::new();
    let journal = data.start(1);
    let writer = journal.writer(0).unwrap();
    let mut ingester = keeping(&data, &journal, RETENTION);
    call(&writer, 0, 1);
    call(&writer, 45 * DAY, 2);
    read_all(&mut ingester);
    maintained(&mut ingester, START + 50 * DAY);

    call(&writer, 5, 3);
    read_all(&mut ingester);
    maintained(&mut ingester, START + 50 * DAY);

    assert_eq!(usage(&data, 0..50 * DAY, &[]), [(vec![], 3)]);
    assert_eq!(data.count("requests"), 1);
}

#[test]
fn a_shorter_time_holds_from_the_next_look_on() {
    let data = Data::new();
    let journal = data.start(1);
    let mut ingester = keeping(&data, &journal, RETENTION);
    call(&journal.writer(0).unwrap(), 0, 1);
    read_all(&mut ingester);
    maintained(&mut ingester, START + 2 * DAY);
    let before = data.count("requests");

    assert!(ingester.keep(Retention { requests: days(1), ..RETENTION }));
    maintained(&mut ingester, START + 2 * DAY);

    assert_eq!((before, data.count("requests")), (1, 0));
}

#[test]
fn segments_that_were_read_stay_as_long_as_they_are_to_be_kept() {
    let data = Data::new();
    let journal = data.start(1);
    let kept = Retention { segments: Duration::from_secs(3600), ..RETENTION };
    let mut ingester = keeping(&data, &journal, kept);
    write_whole(&journal.writer(0).unwrap(), 0..1000);
    read_all(&mut ingester);
    let closed = || -> Vec<_> {
        segments(&data.journal()).unwrap().into_iter().filter(|segment| !journal.is_open(*segment)).collect()
    };
    let read = closed();

    let file = File::options().write(true).open(data.journal().join(read[0].file_name())).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3601)).unwrap();
    ingester.pass().unwrap();

    assert!(read.len() > 2, "{read:?}");
    assert_eq!(closed(), read[1..]);
    assert_eq!(data.count("requests"), 1000);
    drop(ingester);
    let mut ingester = keeping(&data, &journal, kept);
    assert_eq!(read_all(&mut ingester), 0, "a new start does not read them again");
    ingester.keep(Retention { segments: Duration::ZERO, ..kept });
    ingester.pass().unwrap();
    assert_eq!(closed(), []);
    assert!(fs::exists(data.database()).unwrap());
}
