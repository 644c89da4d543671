//! A page of usage as it is written down.
//!
//! In: buckets, groups in order, with their sums. Out: JSON. There may be ten thousands of results, which differ in numbers and
//! in few names: so names are written once, and no tree is built.

use std::iter::Peekable;

use serde_json::Value as Json;
use tollgate_store::records::{Label, Table, Total};

use super::Of;
use super::buckets::Buckets;
use super::groups::{BY, Groups};

/// Bytes of a result beside its names, about.
const RESULT_BYTES: usize = 256;
const BUCKET_BYTES: usize = 96;

/// The page of these buckets; without a table nothing was used.
pub(super) fn written(of: &Of, buckets: &Buckets, groups: &Groups, table: Option<&Table>) -> Vec<u8> {
    let names = Names::of(groups, table);
    let found = table.map_or(0, Table::len);
    let mut page = Vec::with_capacity(found * (RESULT_BYTES + names.longest()) + buckets.each().count() * BUCKET_BYTES);
    page.extend_from_slice(br#"{"object":"page","data":["#);
    let mut all = table.into_iter().flat_map(Table::groups).peekable();
    for (n, bucket) in buckets.each().enumerate() {
        if n > 0 {
            page.push(b',');
        }
        page.extend_from_slice(br#"{"object":"bucket","start_time":"#);
        number(bucket.start, &mut page);
        page.extend_from_slice(br#","end_time":"#);
        number(bucket.end, &mut page);
        page.extend_from_slice(br#","results":["#);
        results(of, groups, &names, bucket.end, &mut all, &mut page);
        page.extend_from_slice(b"]}");
    }
    let next = buckets.next_page();
    let rest = format!(r#"],"has_more":{},"next_page":{}}}"#, next.is_some(), Json::from(next));
    page.extend_from_slice(rest.as_bytes());
    page
}

/// Those of one bucket, which are next.
fn results<'t>(
    of: &Of,
    groups: &Groups,
    names: &Names,
    end: i64,
    all: &mut Peekable<impl Iterator<Item = (&'t [u32], Total)>>,
    page: &mut Vec<u8>,
) {
    let mut is_first = true;
    while let Some((ranks, total)) = all.next_if(|(ranks, _)| names.bucket(ranks) < end) {
        // What was refused has used nothing.
        if total.requests == total.failed && total.input + total.output == 0 {
            continue;
        }
        if !is_first {
            page.push(b',');
        }
        is_first = false;
        page.extend_from_slice(br#"{"object":""#);
        page.extend_from_slice(of.object.as_bytes());
        page.extend_from_slice(br#"","input_tokens":"#);
        number(total.input, page);
        if of.writes {
            page.extend_from_slice(br#","output_tokens":"#);
            number(total.output, page);
            page.extend_from_slice(br#","input_cached_tokens":"#);
            number(total.cached_input, page);
            page.extend_from_slice(br#","input_audio_tokens":"#);
            number(total.audio_input, page);
            page.extend_from_slice(br#","output_audio_tokens":"#);
            number(total.audio_output, page);
        }
        page.extend_from_slice(br#","num_model_requests":"#);
        number(total.requests - total.failed, page);
        names.write(ranks, page);
        page.extend_from_slice(match (of.writes, groups.batch) {
            (false, _) => b"}",
            (true, false) => br#","batch":null,"service_tier":null}"#,
            (true, true) => br#","batch":false,"service_tier":null}"#,
        });
    }
}

fn number(value: i64, page: &mut Vec<u8>) {
    if value == 0 {
        return page.push(b'0');
    }
    serde_json::to_writer(page, &value).expect("memory takes what is written");
}

/// The members that name a group.
struct Names {
    /// The beginnings of buckets.
    times: Vec<i64>,
    /// For each of [`BY`], in their order, what is written for each name; one where it is not told apart.
    members: [Vec<String>; BY.len()],
    /// Which of a group's ranks it is.
    places: [Option<usize>; BY.len()],
}

impl Names {
    fn of(groups: &Groups, table: Option<&Table>) -> Self {
        let labels: &[Vec<Label>] = table.map_or(&[], |table| &table.names);
        let time = |label: &Label| if let Label::Time(time) = label { *time } else { i64::MAX };
        let times = labels.first().map_or_else(Vec::new, |times| times.iter().map(time).collect());
        let mut names = Self { times, members: Default::default(), places: [None; BY.len()] };
        // Behind the time.
        let mut next = 1..;
        for (n, (name, _)) in BY.iter().enumerate() {
            let place = if groups.by[n] { next.next() } else { None };
            names.places[n] = place;
            names.members[n] = match place.and_then(|place| labels.get(place)) {
                Some(labels) => labels.iter().map(|label| member(name, label)).collect(),
                None => vec![format!(r#","{name}":null"#)],
            };
        }
        names
    }

    fn longest(&self) -> usize {
        self.members.iter().filter_map(|members| members.iter().map(String::len).max()).sum()
    }

    fn bucket(&self, ranks: &[u32]) -> i64 {
        ranks.first().and_then(|rank| self.times.get(*rank as usize)).copied().unwrap_or(i64::MAX)
    }

    fn write(&self, ranks: &[u32], page: &mut Vec<u8>) {
        for (members, place) in self.members.iter().zip(self.places) {
            let rank = place.and_then(|place| ranks.get(place)).copied().unwrap_or(0);
            page.extend_from_slice(members.get(rank as usize).map_or(&[], String::as_bytes));
        }
    }
}

/// A key of a project or a service account has no user.
fn member(name: &str, label: &Label) -> String {
    match label {
        Label::Text(text) if !(name == "user_id" && text.is_empty()) => {
            format!(r#","{name}":{}"#, Json::from(text.as_str()))
        }
        _ => format!(r#","{name}":null"#),
    }
}
