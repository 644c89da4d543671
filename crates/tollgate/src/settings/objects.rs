//! Providers and models that the database keeps, laid under what the file says.
//!
//! In: the tree of file, environment and flags, and the rows. Out: the tree with those whose names the file does not have. A
//! name is set in one place: the file's object comes before the database's whole, for half of either would be neither.

use std::path::Path as FilePath;

use serde_json::Value as Json;
use tollgate_control::configuration::{Origin as Place, SetObject};
use tollgate_store::admin::configuration::{self, Kind, Object};

use super::problem::Problem;
use super::tree::{Node, Origin, Path, Value};

/// Gives the objects of a data directory, or says why not.
pub type Objects<'a> = dyn Fn(&FilePath) -> Result<Vec<Object>, String> + 'a;

/// Where no database is looked at.
///
/// # Errors
/// None.
pub fn none(_: &FilePath) -> Result<Vec<Object>, String> {
    Ok(Vec::new())
}

/// Those in the database of the data directory.
///
/// # Errors
/// It cannot be read.
pub fn of_data_dir(data_dir: &FilePath) -> Result<Vec<Object>, String> {
    configuration::of_data_dir(data_dir).map_err(|error| {
        let source = std::error::Error::source(&error).map_or_else(String::new, |source| format!(": {source}"));
        format!("{}: {error}{source}", data_dir.display())
    })
}

/// The name of a kind's section.
pub(crate) fn section(kind: Kind) -> &'static str {
    match kind {
        Kind::Provider => "providers",
        Kind::Model => "models",
    }
}

/// Adds the objects whose names the tree does not have. Returns those that it has.
pub(super) fn lay_under(tree: &mut Node, objects: &[Object], problems: &mut Vec<Problem>) -> Vec<(Kind, String)> {
    let mut hidden = Vec::new();
    for object in objects {
        let path = Path::to(section(object.kind)).key(&object.name);
        if tree.get(&path).is_some() {
            hidden.push((object.kind, object.name.clone()));
            continue;
        }
        let origin = Origin::Database { kind: object.kind.word(), name: object.name.as_str().into() };
        match serde_json::from_str::<Json>(&object.settings) {
            Ok(json) => tree.set_json(&path, &json, &origin),
            Err(error) => problems.push(Problem::new(origin, path, "is not readable").found(error.to_string())),
        }
    }
    hidden
}

/// What is worth a word about each object that does not hold.
pub(super) fn warnings(tree: &Node, hidden: &[(Kind, String)]) -> Vec<Problem> {
    let warning = |(kind, name): &(Kind, String)| {
        let path = Path::to(section(*kind)).key(name);
        let what = format!("comes before the {} of this name that was set over the API", kind.word());
        let help = format!("tollgate {} delete {name} removes that one", section(*kind));
        Problem::new(tree.origin(&path), path, what).help(help)
    };
    hidden.iter().map(warning).collect()
}

/// Everything that is set, by kind and name.
pub(super) fn all(tree: &Node, hidden: &[(Kind, String)]) -> Vec<SetObject> {
    let of_kind = |kind: Kind| {
        let table = match tree.get(&Path::to(section(kind))).map(|node| &node.value) {
            Some(Value::Table(table)) => table.iter().collect(),
            _ => Vec::new(),
        };
        table.into_iter().map(move |(name, node)| SetObject {
            kind,
            name: name.clone(),
            settings: node.to_json(),
            origin: place(&node.key_at),
            hides_api: hidden.iter().any(|(of, called)| (*of, called) == (kind, name)),
        })
    };
    Kind::ALL.into_iter().flat_map(of_kind).collect()
}

fn place(origin: &Origin) -> Place {
    match origin {
        Origin::File { path, line, .. } => Place::File { file: path.to_string(), line: *line },
        Origin::Database { .. } => Place::Api,
        // Neither a variable nor a flag can set a whole object.
        Origin::Default | Origin::BuiltIn | Origin::Environment(_) | Origin::Flag(_) => Place::BuiltIn,
    }
}

#[cfg(test)]
mod tests {
    use super::super::environment::Nowhere;
    use super::super::problem::Problems;
    use super::super::{Flags, Loaded, Sources, load};
    use super::*;

    fn row(kind: Kind, name: &str, settings: &str) -> Object {
        Object { kind, name: name.to_owned(), settings: settings.to_owned(), created_at: 1, updated_at: 1 }
    }

    fn load_with(file: &str, rows: &[Object]) -> Result<Loaded, Problems> {
        let nowhere = Nowhere::default();
        let objects = |_: &FilePath| Ok(rows.to_vec());
        let (flags, file) = (Flags::default(), Some(("f.toml", file)));
        load(Sources { file, flags, sandbox: false, objects: &objects, surroundings: &nowhere })
    }

    fn told(file: &str, rows: &[Object]) -> String {
        let Problems(problems) = load_with(file, rows).expect_err("the settings are wrong");
        problems.iter().map(|problem| format!("{problem}\n")).collect()
    }

    fn web() -> Object {
        row(Kind::Model, "web", r#"{"deployments":[{"provider":"near","model":"m"}],"successor":null}"#)
    }

    #[test]
    fn an_object_of_the_database_is_a_section_and_says_where_it_is_from() {
        let rows =
            [row(Kind::Provider, "near", r#"{"base_url":"http://127.0.0.1:9/v1","timeouts":{"idle":"7s"}}"#), web()];

        let loaded = load_with("", &rows).unwrap();

        let effective = loaded.effective();
        let origin = |key: &str| effective.iter().find(|e| e.key == key).map(|e| e.origin.as_str());
        assert_eq!(loaded.settings.gateway.models[0].name, "web");
        assert_eq!(origin("providers.near.timeouts.idle"), Some("provider near, set over the API"));
        assert_eq!(origin("providers.near.timeouts.total"), Some("default"));
        assert!(loaded.settings.objects.iter().all(|object| object.origin == Place::Api && !object.is_locked()));
    }

    #[test]
    fn the_file_comes_before_the_database_whole_and_says_so() {
        let rows = [row(Kind::Provider, "near", r#"{"base_url":"http://127.0.0.1:9/v1","region":"eu"}"#)];

        let loaded = load_with("\n[providers.near]\nbase_url = 'http://127.0.0.1:8/v1'", &rows).unwrap();

        let provider = &loaded.settings.gateway.providers[0];
        assert_eq!((provider.endpoint.as_ref().unwrap().port, provider.region.as_ref()), (8, None));
        let object = &loaded.settings.objects[0];
        assert_eq!(object.origin, Place::File { file: "f.toml".to_owned(), line: 2 });
        assert!(object.is_locked() && object.hides_api);
        let warnings: String = loaded.warnings.iter().map(|warning| format!("{warning}\n")).collect();
        assert!(warnings.contains("comes before the provider of this name that was set over the API"), "{warnings}");
    }

    #[test]
    fn what_an_object_needs_and_is_not_there_is_told_with_the_object_s_name() {
        let told = told("", &[web()]);

        assert!(
            told.contains("model web, set over the API: models.web.deployments[0].provider: wrong value"),
            "{told}"
        );
    }

    #[test]
    fn a_reference_over_the_api_is_refused_alike_whether_it_is_there_or_not() {
        let reference = |settings: &str| {
            let rows = [row(Kind::Provider, "near", &format!(r#"{{"base_url":"https://a/v1",{settings}}}"#))];
            told("", &rows)
        };

        let there = reference(r#""credential":{"env":"HOME"}"#);

        assert!(
            there.contains("a reference to the server's environment or files") && there.contains("stored"),
            "{there}"
        );
        assert_eq!(there, reference(r#""credential":{"env":"NO_SUCH"}"#));
        assert_eq!(there, reference(r#""credential":{"file":"/etc/passwd"}"#));
        assert!(reference(r#""roots":{"file":"/etc/passwd"}"#).contains("\"bundled\" or \"system\""));
    }

    #[test]
    fn unknown_members_and_fractions_are_told_as_of_a_file() {
        let rows = [row(Kind::Provider, "near", r#"{"base_ur":"https://a/v1","passes_trace":1.5}"#)];

        let told = told("", &rows);

        assert!(told.contains("did you mean \"base_url\"?") && told.contains("found: 1.5"), "{told}");
    }
}
