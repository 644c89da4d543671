//! Pages of keys. That they are read along an index, however many there are, is in `plans.rs`.

use tollgate_store::admin::keys::{self as admin_keys, Access};
use tollgate_store::admin::page::{Order, Part};
use tollgate_store::admin::{organizations, projects};
use tollgate_store::keys;

use crate::world::{NOW, World};

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
