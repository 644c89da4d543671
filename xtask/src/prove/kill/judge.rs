//! What callers and the provider saw, held against what is recorded.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::prove::records::{Record, Recorded};
use crate::prove::table::Table;

use super::callers::Seen;

/// A row for each way to lose a request, or to count it twice.
pub(super) fn judge(table: &mut Table, seen: &Seen, recorded: &Recorded, at_provider: &[String]) {
    let mut of: HashMap<&str, Vec<&Record>> = HashMap::new();
    for record in &recorded.settled {
        of.entry(&record.request).or_default().push(record);
    }
    table.note("answers that came whole; of them streams", format!("{}; {}", seen.whole.len(), seen.streams));
    let wrong = seen.wrong.values().sum();
    table.none(format!("answers that are not as they should be {:?}", seen.wrong), wrong);
    let lost = seen.whole.keys().filter(|id| !of.contains_key(id.as_str())).count();
    table.none("whole, and not recorded", lost as u64);
    let twice = of.values().filter(|records| records.len() > 1).count();
    table.none("recorded twice", twice as u64);
    let untrue = |(id, tokens): &(&String, &u64)| {
        let records = of.get(id.as_str()).map_or(&[][..], Vec::as_slice);
        records.iter().any(|r| r.status != 200 || r.outcome != "complete" || r.input != 3 || r.output != **tokens)
    };
    table.none(
        "whole, and recorded otherwise (status, outcome, tokens)",
        seen.whole.iter().filter(untrue).count() as u64,
    );
    let open: HashSet<&str> = recorded.open.iter().map(String::as_str).collect();
    let unknown = at_provider.iter().filter(|id| !of.contains_key(id.as_str()) && !open.contains(id.as_str())).count();
    table.note(
        "requests at the provider; of them admitted and not settled",
        format!("{}; {}", at_provider.len(), open.len()),
    );
    table.none("requests at the provider that nobody knows of", unknown as u64);
}

/// A row for each sum: it is what the records come to, one by one.
pub(super) fn judge_sums(table: &mut Table, recorded: &Recorded, summed: &Value) {
    let all = || recorded.settled.iter();
    let sums = [
        ("requests", (recorded.settled.len() + recorded.open.len()) as u64),
        ("input", all().map(|r| r.input).sum()),
        ("output", all().map(|r| r.output).sum()),
    ];
    for (name, sum) in sums {
        let said = summed[name].as_u64();
        let shown = said.map_or_else(|| summed[name].to_string(), |said| said.to_string());
        table.bar(format!("tollgate usage: {name}"), sum.to_string(), shown, said == Some(sum));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(request: &str, output: u64) -> Record {
        let (outcome, cause) = ("complete".to_owned(), String::new());
        Record { request: request.to_owned(), status: 200, outcome, cause, input: 3, output }
    }

    /// How many bars are missed when two answers of two tokens came whole and this is recorded.
    fn missed(settled: Vec<Record>, open: &[&str]) -> usize {
        let whole = HashMap::from([("a".to_owned(), 2), ("b".to_owned(), 2)]);
        let seen = Seen { whole, ..Seen::default() };
        let open = open.iter().map(|&id| id.to_owned()).collect();
        let recorded = Recorded { settled, open };
        let mut table = Table::default();
        judge(&mut table, &seen, &recorded, &["a".to_owned(), "b".to_owned(), "c".to_owned()]);
        table.missed()
    }

    #[test]
    fn each_way_to_lose_a_request_misses_a_bar() {
        assert_eq!(missed(vec![record("a", 2), record("b", 2)], &["c"]), 0);
        assert_eq!(missed(vec![record("a", 2)], &["b", "c"]), 1, "answered and not settled");
        assert_eq!(missed(vec![record("a", 2), record("b", 2), record("b", 2)], &["c"]), 1, "settled twice");
        assert_eq!(missed(vec![record("a", 2), record("b", 1)], &["c"]), 1, "with other tokens");
        assert_eq!(missed(vec![record("a", 2), record("b", 2)], &[]), 1, "at the provider and not admitted");
    }

    #[test]
    fn a_sum_that_is_not_what_the_records_come_to_misses_a_bar() {
        let recorded = Recorded { settled: vec![record("a", 2), record("b", 5)], open: vec!["c".to_owned()] };
        let missed = |summed| {
            let mut table = Table::default();
            judge_sums(&mut table, &recorded, &summed);
            table.missed()
        };

        assert_eq!(missed(json!({ "requests": 3, "input": 6, "output": 7 })), 0);
        assert_eq!(missed(json!({ "requests": 4, "input": 6, "output": 7 })), 1);
        assert_eq!(missed(json!({ "requests": 3, "input": 9, "output": 9 })), 2);
        assert_eq!(missed(json!({})), 3);
    }
}
