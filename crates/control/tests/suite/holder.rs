//! What whoever holds the data directory does with keys is in the audit log, as what is done over the API.

use serde_json::{Value as Json, json};
use tollgate_control::use_cases::holder;
use tollgate_control::use_cases::keys::{Expiry, ImportedKey, KeyChanges, KeyError, NewKey, Rotation, Run};
use tollgate_store::admin::audit::{self, Cursor, Event, Filter};
use tollgate_store::admin::{organizations, projects as project_rows};
use tollgate_store::projects;

use crate::world::{NOW, World};

impl World {
    /// The events upon this in an organization, oldest first, without those of the first start.
    fn events(&self, organization: &str, resource: &str) -> Vec<Event> {
        let row = organizations::by_id(&self.database, organization).unwrap().unwrap().row;
        let filter = Filter { resources: vec![resource.to_owned()], ..Filter::default() };
        let mut found = audit::list(&self.database, row, &filter, &Cursor::Newest, 100).unwrap().rows;
        found.reverse();
        found
    }
}

fn payload(event: &Event) -> Json {
    serde_json::from_str(&event.payload).unwrap()
}

#[test]
fn each_act_on_a_key_leaves_an_event_with_what_was_before_and_after() {
    let world = World::new();
    let (database, pepper) = (&world.database, &world.secrets.pepper);
    let key = holder::create_key(database, pepper, &NewKey::usual("web"), NOW).unwrap().key;
    let id = key.id.to_string();

    holder::disable_key(database, &id, NOW).unwrap();
    holder::enable_key(database, &id, NOW).unwrap();
    holder::set_key_expiry(database, &id, Expiry::At(NOW + 60), NOW).unwrap();
    let changes = KeyChanges { name: Some("shop".to_owned()), tier: Some(2), ..KeyChanges::default() };
    holder::update_key(database, &id, &changes, NOW).unwrap();
    holder::rotate_key(database, pepper, &id, Rotation::default(), NOW).unwrap();
    holder::revoke_key(database, &id, NOW).unwrap();
    let again = holder::revoke_key(database, &id, NOW);

    let events = world.events(&key.organization, &id);
    assert!(matches!(again, Err(KeyError::AlreadyRevoked(_))));
    assert_eq!((events.len(), events[0].kind.as_str()), (7, "api_key.created"));
    assert_eq!(payload(&events[0])["data"]["name"], "web");
    assert!(events[1..].iter().all(|event| event.kind == "api_key.updated"));
    let requested: Vec<Json> = events[1..].iter().map(|event| payload(event)["changes_requested"].clone()).collect();
    let expected = [
        json!({ "disabled": true }),
        json!({ "disabled": false }),
        json!({ "expires_at": NOW + 60 }),
        json!({ "name": "shop", "tier": 2 }),
        json!({ "rotated": true }),
        json!({ "status": "revoked" }),
    ];
    assert_eq!(requested, expected);
    let last = payload(&events[6]);
    assert_eq!((&last["before"]["status"], &last["after"]["status"]), (&json!("active"), &json!("revoked")));
    for event in events {
        assert_eq!((event.actor.as_str(), event.project.unwrap().0), ("null", key.project.clone()));
    }
}

#[test]
fn the_event_of_another_organization_s_key_stands_in_its_own_log() {
    let world = World::new();
    let other = projects::create_organization(&world.database, "Other", NOW).unwrap();
    let theirs = projects::create(&world.database, &other, "default", NOW).unwrap();
    let ours = projects::list(&world.database).unwrap()[0].organization.clone();

    let new = NewKey::named(&theirs.id, "web");
    let key = holder::create_key(&world.database, &world.secrets.pepper, &new, NOW).unwrap().key;

    let id = key.id.to_string();
    assert_eq!((world.events(&other, &id).len(), world.events(&ours, &id).len()), (1, 0));
}

#[test]
fn no_key_is_made_or_imported_in_an_archived_project_and_nothing_is_written_down() {
    let world = World::new();
    let organization = organizations::oldest(&world.database).unwrap().unwrap();
    let project = project_rows::insert(&world.database, organization.row, "gone", None, NOW).unwrap();
    let import = |digest: &str, run| {
        let key = NewKey::named(&project.id, "old");
        let entry = ImportedKey { digest: digest.repeat(32), last_four: None, key };
        holder::import_keys(&world.database, &[entry], run, NOW)
    };
    let imported = import("ab", Run::Real).unwrap();
    import("cd", Run::Dry).unwrap();
    project_rows::archive(&world.database, organization.row, &project.id, NOW).unwrap();

    let new = NewKey::named(&project.id, "x");
    let refused = holder::create_key(&world.database, &world.secrets.pepper, &new, NOW);
    let present = import("ab", Run::Real);
    let another = import("ef", Run::Real);

    assert!(matches!(refused, Err(KeyError::Archived(id)) if id == project.id));
    assert!(present.is_ok() && another.is_err());
    let filter = Filter { projects: vec![project.id], ..Filter::default() };
    let events = audit::list(&world.database, organization.row, &filter, &Cursor::Newest, 10).unwrap().rows;
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!((kinds, imported.len()), (vec!["api_key.created"], 1));
}
