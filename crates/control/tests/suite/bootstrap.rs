//! The first start, and the starts after it.

use std::thread;

use tollgate_control::use_cases::bootstrap::bootstrap;
use tollgate_control::use_cases::keys::{list_keys, revoke_key, show_key};
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
