//! The first start, and the starts after it.

use std::thread;

use tollgate_control::use_cases::bootstrap::{bootstrap, default_project, first_owner};
use tollgate_control::use_cases::keys::{NewKey, list_keys, revoke_key, show_key};
use tollgate_store::admin::audit::{self, Cursor};
use tollgate_store::admin::{organizations, projects as project_rows};
use tollgate_store::database::Database;
use tollgate_store::keys::Filter;
use tollgate_store::projects;
use tollgate_store::secrets::Secrets;

use crate::world::{NOW, World};

#[test]
fn the_first_start_gives_a_key_that_works_and_a_project_for_it() {
    let world = World::new();

    let key = show_key(&world.database, &world.first.id().to_string()).unwrap();

    assert_eq!(world.verdict(&world.first, NOW), Some(Ok(())));
    assert_eq!(key.name, "first");
    let projects = projects::list(&world.database).unwrap();
    assert_eq!((projects.len(), projects[0].name.as_str(), &projects[0].id), (1, "default", &key.project));
    assert!(key.project.starts_with("proj_") && key.organization.starts_with("org-"));
}

#[test]
fn later_starts_give_nothing_even_when_the_first_key_is_revoked() {
    let world = World::new();
    revoke_key(&world.database, &world.first.id().to_string(), NOW).unwrap();

    assert_eq!(bootstrap(&world.database, &world.secrets.pepper, NOW).unwrap(), None);
}

#[test]
fn of_several_first_starts_at_once_one_gets_the_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();

    let given: Vec<_> = thread::scope(|scope| {
        let start = || {
            let database = Database::open(path).unwrap();
            let secrets = Secrets::open(&database).unwrap();
            bootstrap(&database, &secrets.pepper, NOW).unwrap()
        };
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(start)).collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
    });

    assert_eq!(given.len(), 1);
    let database = Database::open(path).unwrap();
    assert_eq!(list_keys(&database, &Filter::default(), 10).unwrap().keys.len(), 1);
}

#[test]
fn what_an_owner_has_renamed_or_archived_is_not_made_again() {
    let world = World::new();
    let organization = organizations::oldest(&world.database).unwrap().unwrap();
    let project = projects::list(&world.database).unwrap().remove(0).id;
    project_rows::rename(&world.database, organization.row, &project, "main").unwrap();

    default_project(&world.database, NOW).unwrap();
    let in_main = world.issue(&NewKey::usual("x"));
    project_rows::archive(&world.database, organization.row, &project, NOW).unwrap();
    default_project(&world.database, NOW).unwrap();

    assert_eq!(in_main.key.project, project);
    assert_eq!(projects::list(&world.database).unwrap().len(), 1);
}

#[test]
fn a_first_start_without_a_project_in_use_gives_no_key_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path()).unwrap();
    let secrets = Secrets::open(&database).unwrap();
    default_project(&database, NOW).unwrap();
    let organization = organizations::oldest(&database).unwrap().unwrap();
    let project = projects::list(&database).unwrap().remove(0).id;
    project_rows::archive(&database, organization.row, &project, NOW).unwrap();

    assert_eq!(bootstrap(&database, &secrets.pepper, NOW).unwrap(), None);
}

#[test]
fn the_first_start_is_in_the_audit_log() {
    let world = World::new();
    first_owner(&world.database, &world.secrets.pepper, NOW).unwrap().unwrap();
    let organization = organizations::oldest(&world.database).unwrap().unwrap();

    let all = audit::list(&world.database, organization.row, &audit::Filter::default(), &Cursor::Newest, 10).unwrap();

    let kinds: Vec<&str> = all.rows.iter().rev().map(|event| event.kind.as_str()).collect();
    let expected = ["organization.updated", "project.created", "api_key.created", "user.added", "api_key.created"];
    assert_eq!(kinds, expected);
    assert!(all.rows.iter().all(|event| event.actor == "null"));
    assert!(all.rows[0].payload.contains("operator"), "{}", all.rows[0].payload);
}
