//! Pages of keys and service accounts: read along an index, however many there are.

use rusqlite::Connection;
use tollgate_store::admin::keys::{self as admin_keys, Access};
use tollgate_store::admin::page::{Order, Part};
use tollgate_store::admin::{self, organizations, projects};
use tollgate_store::database::FILE_NAME;
use tollgate_store::keys;

use crate::world::{NOW, World};

/// How SQLite goes about a statement.
fn plan(connection: &Connection, sql: &str) -> String {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let parameters = statement.parameter_count();
    let rows = statement.query_map(rusqlite::params_from_iter(vec![1; parameters]), |row| row.get::<_, String>(3));
    rows.unwrap().collect::<Result<Vec<_>, _>>().unwrap().join("\n")
}

fn is_of_a_prefix(sql: &str) -> bool {
    sql.contains("k.id >= $2")
}

#[test]
fn a_beginning_of_an_id_is_looked_up_among_ids() {
    let world = World::new();
    let connection = Connection::open(world.database.data_dir().join(FILE_NAME)).unwrap();

    let sql = admin::statements().into_iter().find(|sql| is_of_a_prefix(sql)).unwrap();

    let plan = plan(&connection, &sql);
    assert!(plan.contains("(id>? AND id<?)") && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn a_page_is_read_along_an_index_without_sorting() {
    let world = World::new();
    let connection = Connection::open(world.database.data_dir().join(FILE_NAME)).unwrap();
    let of_a_project = |sql: &String| {
        (sql.contains("FROM keys k") || sql.contains("FROM service_accounts"))
            && sql.contains("ORDER BY")
            && !is_of_a_prefix(sql)
    };
    let pages: Vec<String> = admin::statements().into_iter().filter(of_a_project).collect();

    assert_eq!(pages.len(), 8, "three lists of keys and one of accounts, in both orders");
    for sql in pages {
        let plan = plan(&connection, &sql);
        assert!(plan.contains("keys_by_project") || plan.contains("service_accounts_by_project"), "{plan}");
        assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}

#[test]
fn pages_show_each_key_once_and_leave_deleted_ones_out() {
    let world = World::new();
    let database = &world.database;
    let organization = organizations::oldest(database).unwrap().unwrap().row;
    let project = projects::get(database, organization, &world.project).unwrap().unwrap().row;
    let drafts: Vec<_> = (0..7).map(|number| world.draft(&format!("k{number}")).0).collect();
    keys::insert_many(database, drafts.clone(), NOW).unwrap();
    admin_keys::delete(database, drafts[3].id, NOW).unwrap();

    for (order, expected) in [
        (Order::OldestFirst, ["k0", "k1", "k2", "k4", "k5", "k6"]),
        (Order::NewestFirst, ["k6", "k5", "k4", "k2", "k1", "k0"]),
    ] {
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let part = Part { after, limit: 2, order };
            let page = admin_keys::list(database, project, Access::Any, &part).unwrap();
            after = page.rows.last().map(|key| key.id.to_string());
            seen.extend(page.rows.into_iter().map(|key| key.name));
            if !page.has_more {
                break;
            }
        }
        assert_eq!(seen, expected);
    }
    assert!(admin_keys::get(database, project, &drafts[3].id.to_string()).unwrap().is_none());
    assert!(keys::get(database, drafts[3].id).unwrap().is_some(), "whoever presents it learns what happened");
}
