//! No statement of administration reads a table from one end to the other: each finds its rows by an index, however many there
//! are.

use rusqlite::Connection;
use tollgate_store::admin;
use tollgate_store::database::{Database, FILE_NAME};

/// Statements that look at a table until the first row fits, which on a server that somebody administers is soon; and those that
/// are for all rows: kept answers and credentials are sealed anew when the master key is rotated. And tables with a bound of their own: the
/// configuration, its revision (one row), and organizations up to so many.
const WHOLE: [&str; 10] = [
    "SELECT EXISTS (SELECT 1 FROM members WHERE role = 'owner')",
    "SELECT EXISTS (SELECT 1 FROM admin_keys)",
    "SELECT row_id, id, name, created_at, tier_max FROM organizations ORDER BY row_id LIMIT 1",
    "SELECT actor_id, idempotency_key, nonce, answer FROM idempotent_answers",
    "SELECT c.row_id, o.id, c.provider, c.nonce, c.sealed FROM provider_credentials c
    JOIN organizations o ON o.row_id = c.organization",
    "SELECT kind, name, settings, created_at, updated_at FROM configuration ORDER BY kind, name",
    "SELECT count(*) FROM configuration",
    "SELECT value FROM configuration_revision",
    "UPDATE configuration_revision SET value = value + 1",
    "SELECT count(*) FROM (SELECT 1 FROM organizations LIMIT $1) some_organizations",
];

/// What a statement calls the rows that it has found by an index itself.
const FOUND: [&str; 4] = ["SCAN found", "SCAN page", "SCAN some_events", "SCAN CONSTANT ROW"];

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>();
    steps.unwrap()
}

fn connection(directory: &tempfile::TempDir) -> Connection {
    drop(Database::open(directory.path()).unwrap());
    Connection::open(directory.path().join(FILE_NAME)).unwrap()
}

#[test]
fn no_statement_reads_a_whole_table() {
    let directory = tempfile::tempdir().unwrap();
    let connection = connection(&directory);

    let statements = admin::statements();
    let all = statements.iter().filter(|sql| !WHOLE.contains(&sql.as_str()));
    let scans: Vec<(&String, Vec<String>)> = all
        .map(|sql| (sql, plan(&connection, sql)))
        .filter(|(_, steps)| {
            let is_scan = |step: &String| step.starts_with("SCAN ") && !FOUND.iter().any(|name| step.starts_with(name));
            steps.iter().any(is_scan)
        })
        .collect();

    assert!(scans.is_empty(), "{scans:#?}");
}

#[test]
fn no_page_of_a_list_is_sorted() {
    let directory = tempfile::tempdir().unwrap();
    let connection = connection(&directory);

    // Pages of the audit log sort what they have found, in all at most some pages; a test of their own looks at them.
    let is_page = |sql: &String| sql.contains(" LIMIT $") && !sql.contains("audit_events");
    let sorts: Vec<(String, Vec<String>)> = admin::statements()
        .into_iter()
        .filter(is_page)
        .map(|sql| (plan(&connection, &sql), sql))
        .filter(|(steps, _)| steps.iter().any(|step| step.contains("TEMP B-TREE")))
        .map(|(steps, sql)| (sql, steps))
        .collect();

    assert!(sorts.is_empty(), "{sorts:#?}");
}

#[test]
fn a_page_of_keys_is_found_by_their_owners_access_too() {
    let directory = tempfile::tempdir().unwrap();
    let connection = connection(&directory);

    let is_page = |sql: &&String| sql.contains("FROM keys k") && sql.contains(" LIMIT $");
    let pages: Vec<String> = admin::statements().iter().filter(is_page).cloned().collect();
    let (by_id, pages): (Vec<String>, Vec<String>) = pages.into_iter().partition(|sql| sql.contains("k.id >= $2"));

    assert_eq!((by_id.len(), pages.len()), (1, 6), "a beginning of an id, and three lists in both orders");
    let plan_by_id = plan(&connection, &by_id[0]).join("\n");
    assert!(plan_by_id.contains("(id>? AND id<?)") && !plan_by_id.contains("TEMP B-TREE"), "{plan_by_id}");
    for sql in pages {
        let index = if sql.contains("owner_has_access = 1 AND") || sql.contains("owner_has_access = 0 AND") {
            "SEARCH k USING INDEX keys_by_access (project=? AND owner_has_access=? AND row_id"
        } else {
            "SEARCH k USING INDEX keys_by_project (project=? AND row_id"
        };
        let plan = plan(&connection, &sql);
        assert!(plan.iter().any(|step| step.starts_with(index)), "{sql}: {plan:#?}");
    }
}
