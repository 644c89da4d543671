//! What usage needs to know of projects and keys, beside the sums that are kept with the records.

use std::collections::HashMap;

use tollgate_core::id::KeyId;

use crate::database::{Database, StoreError};

const PROJECTS: &str = "SELECT id FROM projects WHERE organization = $1";
/// Behind it stand the numbers of so many parameters.
const OWNERS: &str =
    "SELECT k.id, u.id FROM keys k JOIN projects p ON p.row_id = k.project JOIN users u ON u.row_id = k.owner_user
    WHERE p.organization = $1 AND k.id IN (";
/// Keys of one statement: to ask for each by itself would take three times as long.
const KEYS: usize = 64;

pub(super) fn statements() -> Vec<String> {
    vec![PROJECTS.to_owned(), owners()]
}

fn owners() -> String {
    let places: Vec<String> = (0..KEYS).map(|n| format!("${}", n + 2)).collect();
    format!("{OWNERS}{})", places.join(", "))
}

/// The ids of all projects of an organization, archived ones too.
///
/// # Errors
/// The database does not answer.
pub fn projects(database: &Database, organization: i64) -> Result<Vec<String>, StoreError> {
    let mut statement = database.connection.prepare_cached(PROJECTS)?;
    Ok(statement.query_map([organization], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// The users who own keys, as far as somebody does.
///
/// # Errors
/// The database does not answer.
pub fn owners_of_keys(
    database: &Database,
    organization: i64,
    keys: &[KeyId],
) -> Result<HashMap<KeyId, String>, StoreError> {
    let mut statement = database.connection.prepare_cached(&owners())?;
    let mut all = HashMap::with_capacity(keys.len());
    for some in keys.chunks(KEYS) {
        statement.raw_bind_parameter(1, organization)?;
        for n in 0..KEYS {
            // Where there are fewer, the last one is asked for again.
            statement.raw_bind_parameter(n + 2, some[n.min(some.len() - 1)].digits())?;
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            if let Some(key) = KeyId::from_digits(row.get_ref(0)?.as_bytes().map_err(rusqlite::Error::from)?) {
                all.insert(key, row.get(1)?);
            }
        }
    }
    Ok(all)
}
