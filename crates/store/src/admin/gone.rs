//! Where deleted objects stood in their lists, so that whoever pages through a list goes on behind the last one that he saw, also
//! where it has been deleted meanwhile.
//!
//! In: the name of a list, whose it is, an id. Out: the row number that it had. The newest hundred thousand are kept, of all
//! organizations together: a bound, and far more than anybody deletes between two pages.

use rusqlite::{OptionalExtension, Params};

use crate::database::{Database, StoreError};

/// How many are kept.
const KEPT: i64 = 100_000;

/// A statement that notes where something stands which is about to be deleted: the name of its list, three numbers of its
/// owners, its id and its row number, and from where.
macro_rules! standing {
    ($what:literal) => {
        concat!("INSERT INTO gone (list, owner_1, owner_2, owner_3, id, stood_at) SELECT ", $what)
    };
}
pub(super) use standing;

const STOOD_AT: &str = "SELECT stood_at FROM gone
    WHERE list = $1 AND owner_1 = $2 AND owner_2 = $3 AND owner_3 = $4 AND id = $5 ORDER BY row_id DESC LIMIT 1";
const FORGET: &str = "DELETE FROM gone WHERE row_id <= (SELECT max(row_id) FROM gone) - $1";

pub(super) fn statements() -> Vec<String> {
    [STOOD_AT, FORGET].map(str::to_owned).to_vec()
}

/// Runs a statement of `standing`, in the transaction of the deletion and before it.
pub(super) fn note(database: &Database, sql: &str, values: impl Params) -> Result<(), StoreError> {
    if database.connection.prepare_cached(sql)?.execute(values)? > 0 {
        database.connection.prepare_cached(FORGET)?.execute([KEPT])?;
    }
    Ok(())
}

/// The row number that something had which was deleted from a list; of several times, the last.
pub(super) fn stood_at(database: &Database, list: &str, owners: &[i64], id: &str) -> Result<Option<i64>, StoreError> {
    let owner = |position: usize| owners.get(position).copied().unwrap_or(0);
    let (first, second, third) = (owner(0), owner(1), owner(2));
    let mut statement = database.connection.prepare_cached(STOOD_AT)?;
    Ok(statement.query_row((list, first, second, third, id), |row| row.get(0)).optional()?)
}
