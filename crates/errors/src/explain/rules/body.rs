//! Rules for causes in the body: its size, its parameters, its JSON, files, images and embeddings.

mod context;
mod files;
mod images;
mod json;
mod params;
mod sampling;

#[cfg(test)]
mod tests;

use crate::explain::rule::Rule;

pub(super) const RULES: &[&[Rule]] =
    &[context::RULES, sampling::RULES, params::RULES, json::RULES, files::RULES, images::RULES];
