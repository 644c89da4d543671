//! Which path of administration an unknown one was likely meant to be.
//!
//! A long path is near many others whatever its last name is, so names are compared one by one: `/organization/costs` is not
//! `/organization/roles`.

use tollgate_errors::nearest;

use super::endpoints;

/// With its names in braces: a path that differs in a few letters of its names, or one with more or fewer names that
/// resembles it and ends alike.
pub(super) fn likely(path: &str) -> Option<String> {
    let paths = || endpoints().map(|endpoint| endpoint.path);
    let slip = paths().find(|known| as_many(known, path) && names_are_near(known, path));
    let other = || nearest(path, paths().filter(|known| !as_many(known, path) && ends_are_near(known, path)));
    slip.or_else(other).map(|known| format!("/v1{known}"))
}

fn as_many(known: &str, asked: &str) -> bool {
    known.split('/').count() == asked.split('/').count()
}

fn names_are_near(known: &str, asked: &str) -> bool {
    known.split('/').zip(asked.split('/')).all(|(known, asked)| known.starts_with('{') || is_near(known, asked))
}

fn ends_are_near(known: &str, asked: &str) -> bool {
    let last = |path: &'_ str| path.rsplit('/').next().unwrap_or_default().to_owned();
    is_near(&last(known), &last(asked))
}

fn is_near(known: &str, asked: &str) -> bool {
    known == asked || nearest(asked, [known]).is_some()
}
