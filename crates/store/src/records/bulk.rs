//! Many rows in one statement: each statement has a price of its own, whatever it writes.
//!
//! In: rows, each with as many values as the statement has columns. Out: executed statements, prepared once.

use rusqlite::{Connection, Statement};

/// Rows of one statement. More gains nothing that could be measured.
const ROWS: usize = 32;

/// Something with the values of a row.
pub(super) trait Bind {
    /// Number of values.
    const COLUMNS: usize;

    /// Binds the values; the first has the number `at`.
    fn bind(&self, statement: &mut Statement<'_>, at: usize) -> rusqlite::Result<()>;
}

/// Writes rows with `<head> VALUES (…), (…), … <tail>`.
pub(super) fn insert<'r, R: Bind + 'r>(
    connection: &Connection,
    head: &str,
    rows: impl IntoIterator<Item = &'r R>,
    tail: &str,
) -> rusqlite::Result<()> {
    let tuple = format!("({})", vec!["?"; R::COLUMNS].join(", "));
    let sql = |count| format!("{head} VALUES {} {tail}", vec![tuple.as_str(); count].join(", "));
    let mut many = connection.prepare_cached(&sql(ROWS))?;
    let mut rows = rows.into_iter();
    let mut some = Vec::with_capacity(ROWS);
    loop {
        some.clear();
        some.extend(rows.by_ref().take(ROWS));
        if some.len() < ROWS {
            break;
        }
        execute(&mut many, &some)?;
    }
    if some.is_empty() {
        return Ok(());
    }
    // A statement for each possible remainder would hardly ever be used again.
    let mut one = connection.prepare_cached(&sql(1))?;
    some.iter().try_for_each(|row| execute(&mut one, &[*row]))
}

fn execute<R: Bind>(statement: &mut Statement<'_>, rows: &[&R]) -> rusqlite::Result<()> {
    for (n, row) in rows.iter().enumerate() {
        row.bind(statement, n * R::COLUMNS + 1)?;
    }
    statement.raw_execute()?;
    Ok(())
}
