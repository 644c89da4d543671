//! Members, and whether their keys may be used.

use rusqlite::Connection;
use tollgate_store::admin::{access, organizations, people, project_users, projects};
use tollgate_store::database::FILE_NAME;
use tollgate_store::keys;

use crate::world::{NOW, World};

/// An organization with an owner, a reader, and a key of the reader in the world's project.
struct House {
    world: World,
    organization: i64,
    project: i64,
    reader: i64,
}

impl House {
    fn new() -> Self {
        let world = World::new();
        let database = &world.database;
        let organization = organizations::oldest(database).unwrap().unwrap().row;
        let project = projects::get(database, organization, &world.project).unwrap().unwrap().row;
        people::add(database, organization, "owner@example.com", "Owner", "owner", NOW).unwrap();
        let reader = people::add(database, organization, "ada@example.com", "Ada", "reader", NOW).unwrap().row;
        let (key, _) = world.draft("hers");
        keys::insert(database, &key, NOW).unwrap();
        let connection = Connection::open(database.data_dir().join(FILE_NAME)).unwrap();
        connection.execute("UPDATE keys SET owner_user = ?1, owner_has_access = 0", [reader]).unwrap();
        Self { world, organization, project, reader }
    }

    /// What the key's row says once it has been looked at again, and whether its revision has risen.
    fn refreshed(&self) -> (bool, bool) {
        let database = &self.world.database;
        let before = database.revision().unwrap();
        access::refresh(database, self.organization, self.reader).unwrap();
        let connection = Connection::open(database.data_dir().join(FILE_NAME)).unwrap();
        let read = "SELECT owner_has_access, revision > ?1 FROM keys";
        connection.query_row(read, [before], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    }
}

#[test]
fn the_keys_of_a_user_follow_what_he_may_use() {
    let house = House::new();
    let database = &house.world.database;
    assert_eq!(house.refreshed(), (false, false), "neither an owner nor in the project");

    project_users::add(database, house.project, house.reader, "member", NOW).unwrap();
    assert_eq!(house.refreshed(), (true, true));
    assert_eq!(house.refreshed(), (true, false), "nothing has changed since");
    assert!(access::has(database, house.project, house.reader).unwrap());

    project_users::remove(database, house.project, house.reader).unwrap();
    assert_eq!(house.refreshed(), (false, true));

    let mut member = people::member_of_row(database, house.organization, house.reader).unwrap().unwrap();
    member.role = "owner".to_owned();
    people::change(database, house.organization, &member).unwrap();
    assert_eq!(house.refreshed(), (true, true), "an owner of the organization may use every project");

    people::remove(database, house.organization, house.reader).unwrap();
    assert_eq!(house.refreshed(), (false, true));
    assert!(!access::has(database, house.project, house.reader).unwrap());
}

#[test]
fn an_organization_sees_nothing_of_the_members_of_another() {
    let house = House::new();
    let database = &house.world.database;
    let other = organizations::insert(database, "Other", NOW).unwrap().row;
    let there = people::add(database, other, "ada@example.com", "Ada", "owner", NOW).unwrap();

    assert_eq!(there.row, house.reader, "one address is one user");
    assert_eq!(people::owners(database, house.organization).unwrap(), 1);
    people::remove(database, other, there.row).unwrap();
    assert!(people::member_of_row(database, house.organization, house.reader).unwrap().is_some());
    assert!(people::member_of_email(database, other, "ada@example.com").unwrap().is_none());
}
