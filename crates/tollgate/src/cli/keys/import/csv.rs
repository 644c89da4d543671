//! Comma-separated values (RFC 4180) under a head that names the columns, in any order.
//!
//! A column `metadata.NAME` is an entry of the metadata. A cell of several texts separates them by commas and is
//! therefore quoted. An empty cell is one that is not there.

use csv::{Position, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::entry::{LISTS, Members, NAMES, Wrong, unknown};

/// What the name of a column begins with that holds an entry of the metadata.
const METADATA: &str = "metadata.";

/// Every entry with the line it begins in. With a head that is wrong there are none.
pub(super) fn read(text: &str) -> Vec<Result<(usize, Members), Wrong>> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records().map(|record| record.map_err(|error| no_csv(&error)));
    let head = match records.next() {
        None => return Vec::new(),
        Some(Err(wrong)) => return vec![Err(wrong)],
        Some(Ok(head)) => head,
    };
    let wrong = wrong_head(&head, line(text, &head));
    if !wrong.is_empty() {
        return wrong.into_iter().map(Err).collect();
    }
    records.map(|record| record.and_then(|record| one(&head, &record, line(text, &record)))).collect()
}

fn no_csv(error: &csv::Error) -> Wrong {
    let line = error.position().map_or(1, Position::line);
    Wrong::at(usize::try_from(line).unwrap_or(usize::MAX), "this is not CSV in UTF-8")
}

/// The line in which a record begins. The reader's own number is that of what it skips before: the second half of the
/// line break that ended the record above, and empty lines.
fn line(text: &str, record: &StringRecord) -> usize {
    let Some(position) = record.position() else { return 1 };
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(number(position.byte())..).unwrap_or_default();
    let skipped = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    number(position.line()) + skipped.filter(|byte| **byte == b'\n').count()
}

fn wrong_head(head: &StringRecord, line: usize) -> Vec<Wrong> {
    let is_known = |name: &str| match name.strip_prefix(METADATA) {
        Some(entry) => !entry.is_empty(),
        None => NAMES.contains(&name) && name != "metadata",
    };
    let mut wrong: Vec<_> = head
        .iter()
        .map(str::trim)
        .filter(|name| !is_known(name))
        .map(|name| Wrong::at(line, unknown_column(name)))
        .collect();
    let names: Vec<_> = head.iter().map(str::trim).collect();
    for (at, name) in names.iter().enumerate().filter(|(at, name)| names[..*at].contains(name)) {
        wrong
            .push(Wrong::at(line, format!("the column {name:?} is there twice, the second time as number {}", at + 1)));
    }
    wrong
}

fn unknown_column(name: &str) -> String {
    match name {
        "metadata" => "a column holds one entry of the metadata and is called metadata.NAME".to_owned(),
        _ => format!("column {}", unknown(name)),
    }
}

fn one(head: &StringRecord, record: &StringRecord, line: usize) -> Result<(usize, Members), Wrong> {
    if record.len() != head.len() {
        let what = format!("{} cells, but the head has {}; quote a cell that holds a comma", record.len(), head.len());
        return Err(Wrong::at(line, what));
    }
    let mut members = Members::new();
    let mut metadata = Map::new();
    for (name, cell) in
        head.iter().map(str::trim).zip(record.iter().map(str::trim)).filter(|(_, cell)| !cell.is_empty())
    {
        if let Some(entry) = name.strip_prefix(METADATA) {
            metadata.insert(entry.to_owned(), cell.into());
        } else if LISTS.contains(&name) {
            let texts: Vec<Value> = cell.split(',').map(|text| text.trim().into()).collect();
            members.insert(name.to_owned(), texts.into());
        } else {
            members.insert(name.to_owned(), cell.into());
        }
    }
    if !metadata.is_empty() {
        members.insert("metadata".to_owned(), metadata.into());
    }
    Ok((line, members))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_come_in_any_order_and_cells_may_be_quoted_or_empty() {
        let text =
            "name, models,digest,metadata.team,expires\r\n\"the \"\"web\"\",\nold\",\"a*, b\",ab,x,\r\nci,,cd,,30d\r\n";

        let read = read(text);

        let (first, second) = (read[0].as_ref().unwrap(), read[1].as_ref().unwrap());
        let name = "the \"web\",\nold";
        let expected = json!({ "name": name, "models": ["a*", "b"], "digest": "ab", "metadata": { "team": "x" } });
        assert_eq!((first.0, Value::from(first.1.clone())), (2, expected));
        assert_eq!(
            (second.0, Value::from(second.1.clone())),
            (4, json!({ "name": "ci", "digest": "cd", "expires": "30d" }))
        );
    }

    #[test]
    fn a_wrong_head_is_told_once_and_a_wrong_row_with_its_line() {
        let head: Vec<_> =
            read("digest,nme,metadata,metadata.,digest\na,b,c,d,e\nf\n").into_iter().map(Result::unwrap_err).collect();
        let rows: Vec<_> =
            read("digest,name\na,b\n\na,b,c\na\n").into_iter().map(|r| r.map(|r| r.0).map_err(|w| w.line)).collect();

        let told: Vec<_> = head.iter().map(|wrong| wrong.what.as_str()).collect();
        assert!(head.iter().all(|wrong| wrong.line == 1));
        assert!(told[0].starts_with("column \"nme\" is not known; did you mean \"name\"?"), "{told:?}");
        assert!(told[1].contains("metadata.NAME") && told[2].contains("\"metadata.\""), "{told:?}");
        assert!(told[3].contains("\"digest\" is there twice"), "{told:?}");
        assert_eq!(rows, [Ok(2), Err(4), Err(5)]);
        assert!(read("").is_empty());
    }
}
