//! Every value that holds, and where it came from: `tollgate config show`.
//!
//! In: the typed settings and the tree. Out: one line per value. A secret cannot be among them: the settings hold only
//! where secrets are kept.

use serde::Serialize;
use serde_json::Value as Json;

use super::raw::RawSettings;
use super::tree::{Node, Origin, Path, Value};

/// One value that holds.
#[derive(Debug, Clone, Serialize)]
pub struct Effective {
    /// The setting.
    pub key: String,
    /// Its value, as TOML and JSON both write it.
    pub value: Json,
    /// Where it came from.
    pub origin: String,
}

/// All values of `raw`, their origins taken from `tree`.
pub(super) fn effective(raw: &RawSettings, tree: &Node) -> Vec<Effective> {
    let mut out = Vec::new();
    let json = serde_json::to_value(raw).expect("settings have text keys and JSON values only");
    collect(&json, &Path::default(), tree, &mut out);
    // Single values stand before tables, as TOML wants it; the sort is stable.
    out.sort_by_key(|e| e.key.matches(['.', '[']).count().min(1));
    out
}

fn collect(json: &Json, path: &Path, tree: &Node, out: &mut Vec<Effective>) {
    match json {
        Json::Null => {}
        Json::Object(members) => members.iter().for_each(|(key, value)| collect(value, &path.key(key), tree, out)),
        Json::Array(elements) if elements.iter().any(Json::is_object) => {
            elements.iter().enumerate().for_each(|(at, value)| collect(value, &path.element(at), tree, out));
        }
        value => {
            let origin = origin(path, tree).to_string();
            out.push(Effective { key: path.to_string(), value: value.clone(), origin });
        }
    }
}

/// A value that is not written itself is a default, unless it stands in something that `tollgate up` brings along.
fn origin(path: &Path, tree: &Node) -> Origin {
    let nearest = tree.nearest(path);
    let is_written = tree.get(path).is_some() || !matches!(nearest.value, Value::Table(_));
    if is_written || nearest.at == Origin::BuiltIn { nearest.at.clone() } else { Origin::Default }
}
