//! Sums are carried on whole, however small the steps are.

use proptest::prelude::*;
use rusqlite::Connection;

use super::*;
use crate::records::Records;

/// Minutes of two days as (hour, minute, key, status), each with one request and its own input.
fn minutes() -> impl Strategy<Value = Vec<(i64, i64, i64, bool)>> {
    proptest::collection::vec((0..48_i64, 0..60_i64, 1..6_i64, any::<bool>()), 0..80)
}

fn fill(connection: &Connection, minutes: &[(i64, i64, i64, bool)]) {
    let mut all = BTreeMap::new();
    for (hour, minute, key, fails) in minutes {
        let group = Group {
            per_key: true,
            bucket: hour * HOUR + minute * 60,
            project: key % 2,
            key: *key,
            model: 1,
            deployment: 1,
            status: 200,
            outcome: i64::from(*fails),
            cause: 0,
            operation: 1,
        };
        let mut sums = [0; 15];
        (sums[0], sums[1]) = (1, hour * 60 + minute);
        for group in [group, group.over_all()] {
            add(all.entry(group).or_default(), &sums);
        }
    }
    write("minutes", all, connection).unwrap();
}

/// Requests and input of each bucket of a table, by key or over all.
fn summed(connection: &Connection, table: &str, span: i64) -> Vec<(i64, i64, i64, i64, i64)> {
    let sql = format!(
        "SELECT per_key, bucket / {span} * {span}, key, sum(requests), sum(input) FROM {table} GROUP BY 1, 2, 3"
    );
    let mut statement = connection.prepare(&sql).unwrap();
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
    statement.query_map([], read).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

/// The same of what is packed.
fn packed(connection: &Connection, packed: Packed) -> Vec<(i64, i64, i64, i64, i64)> {
    let mut all = BTreeMap::new();
    packed
        .read::<rusqlite::Error>(&(0..3 * DAY), connection, |start, pack| {
            for (place, told) in pack.sums() {
                let (requests, input) = all.entry((1, floor(start, packed.span), place[2])).or_insert((0, 0));
                (*requests, *input) = (*requests + told[0], *input + told[1]);
            }
            Ok(())
        })
        .unwrap();
    all.into_iter().map(|((per_key, bucket, key), (requests, input))| (per_key, bucket, key, requests, input)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn hours_and_days_and_packs_say_what_minutes_say(minutes in minutes(), rows in 1..40_usize, groups in 1..8_usize) {
        let data = tempfile::tempdir().unwrap();
        let records = Records::open(data.path()).unwrap();
        let connection = &records.connection;
        fill(connection, &minutes);
        let mut progress = Progress::default();
        let bounds = Bounds { rows, groups };

        loop {
            let level = Level { from: MINUTES, to: HOURS, span: HOUR, bounds };
            let (to, more) = level.carry_on(progress.hours_to, 2 * DAY, &progress, connection).unwrap();
            progress.hours_to = to;
            let level = Level { from: HOURS, to: DAYS, span: DAY, bounds };
            let hours_to = floor(to, HOUR);
            let (to, more_days) = level.carry_on(progress.days_to, hours_to, &progress, connection).unwrap();
            progress.days_to = to;
            if !more && !more_days {
                break;
            }
        }

        prop_assert_eq!((progress.hours_to, progress.days_to), (2 * DAY, 2 * DAY));
        for (table, span) in [("hours", HOUR), ("days", DAY)] {
            prop_assert_eq!(summed(connection, table, span), summed(connection, "minutes", span));
        }
        for (of, span) in [(MINUTES, HOUR), (HOURS, HOUR), (DAYS, DAY)] {
            let mut expected = summed(connection, "minutes", span);
            expected.retain(|(per_key, ..)| *per_key == 1);
            prop_assert_eq!(packed(connection, of), expected);
        }
    }
}

#[test]
fn what_comes_late_again_and_again_is_packed_anew_now_and_then() {
    let data = tempfile::tempdir().unwrap();
    let records = Records::open(data.path()).unwrap();
    let connection = &records.connection;
    let key = |n: i64| (n / 600 % 24, 0, n % 600 + 1, false);

    // A day of 600 keys, an hour at a time, which many have had before: more groups than one part takes late.
    for n in 0..40 {
        let late: Vec<_> = (0..600).map(|key_number| key(n * 600 + key_number)).collect();
        fill_late(connection, &late);
    }

    let parts: i64 = connection.query_row("SELECT count(*) FROM packs", [], |row| row.get(0)).unwrap();
    assert!(parts < 17, "{parts}");
    let mut expected = summed(connection, "days", DAY);
    expected.retain(|(per_key, ..)| *per_key == 1);
    assert_eq!(expected.len(), 600);
    assert_eq!(packed(connection, DAYS), expected);
}

/// Adds requests to a day that was packed before.
fn fill_late(connection: &Connection, minutes: &[(i64, i64, i64, bool)]) {
    let (mut days, mut late) = (BTreeMap::new(), Vec::new());
    for (hour, minute, key, _) in minutes {
        let mut sums = [0; 15];
        (sums[0], sums[1]) = (1, hour * 60 + minute);
        let group = Group {
            per_key: true,
            bucket: 0,
            project: key % 2,
            key: *key,
            model: 1,
            deployment: 1,
            status: 200,
            outcome: 0,
            cause: 0,
            operation: 1,
        };
        add(days.entry(group).or_default(), &sums);
        late.push(([0, group.project, group.key, group.model, group.operation], told(group.outcome, &sums)));
    }
    write("days", days, connection).unwrap();
    DAYS.add_late(0, late, connection).unwrap();
}
