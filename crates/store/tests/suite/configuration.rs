//! Objects of the configuration: written, replaced, deleted, and the number that tells of it.

use tollgate_store::admin::configuration::{self as rows, Kind};
use tollgate_store::credentials::{self, Credential};
use tollgate_store::database::Database;
use tollgate_store::secrets::Secrets;

#[test]
fn an_object_is_replaced_under_its_name_and_each_change_raises_the_revision() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path()).unwrap();
    let begin = rows::revision(&database).unwrap();

    rows::put(&database, Kind::Provider, "a", "{}", 10).unwrap();
    rows::put(&database, Kind::Model, "a", "{\"tier\":1}", 11).unwrap();
    rows::put(&database, Kind::Model, "a", "{\"tier\":2}", 12).unwrap();

    let all = rows::of_data_dir(directory.path()).unwrap();
    let shown: Vec<_> = all.iter().map(|o| (o.kind, o.settings.as_str(), o.created_at, o.updated_at)).collect();
    assert_eq!(shown, [(Kind::Model, "{\"tier\":2}", 11, 12), (Kind::Provider, "{}", 10, 10)]);
    assert_eq!((rows::count(&database).unwrap(), rows::revision(&database).unwrap() - begin), (2, 3));
    assert!(rows::delete(&database, Kind::Provider, "a").unwrap());
    assert!(!rows::delete(&database, Kind::Provider, "a").unwrap());
}

#[test]
fn a_changed_credential_raises_the_revision_too() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path()).unwrap();
    let secrets = Secrets::open(&database).unwrap();
    let begin = rows::revision(&database).unwrap();

    credentials::set(&database, &secrets.master, "a", &Credential::new("x".to_owned()), 1).unwrap();
    let set = rows::revision(&database).unwrap();
    credentials::remove(&database, "a").unwrap();

    assert!(begin < set && set < rows::revision(&database).unwrap());
}

#[test]
fn a_directory_without_a_database_has_none_and_stays_without() {
    let directory = tempfile::tempdir().unwrap();

    assert_eq!(rows::of_data_dir(directory.path()).unwrap(), []);
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}
