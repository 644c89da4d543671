//! Properties that a schema offers and does not require.
//!
//! In: the schema of an object. Out: which of them its instance has: all that come to an end, as a model fills what it
//! is offered. They are paid for from an account of their own, so that what is required is never cut for them; one that
//! is too large for it is left out whole.

use serde_json::{Map, Value};

use super::{Instance, Maker, Spot, heights};

/// Bytes that all optional properties of one instance may cost.
pub(super) const SPARE_BYTES: usize = 256 << 10;

impl<'a> Maker<'a> {
    /// The optional properties to try, besides the `required` ones that the object has already.
    pub(super) fn offered<'s>(
        &self,
        schema: &'s Map<String, Value>,
        required: &[(String, Instance)],
        at: Spot<'_>,
    ) -> Vec<(&'s str, &'s Value)> {
        let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|_| !self.hurries(at)) else {
            return Vec::new();
        };
        let most = schema.get("maxProperties").and_then(Value::as_f64).map_or(usize::MAX, |most| most as usize);
        let has: std::collections::HashSet<&str> = required.iter().map(|(name, _)| name.as_str()).collect();
        let fits = |name: &str, property: &Value| {
            let ends = self.heights.height(property).is_none_or(|height| height < heights::ENDLESS);
            !has.contains(name) && *property != Value::Bool(false) && ends && !self.returns(property)
        };
        let fitting = properties.iter().filter(|(name, property)| fits(name, property));
        fitting.take(most.saturating_sub(has.len())).map(|(name, property)| (name.as_str(), property)).collect()
    }

    /// A value of an optional property, unless it costs more than is left for such: of the whole account, or within
    /// another optional value of half of what that one has.
    pub(super) fn make_optional(&mut self, property: &Value, at: Spot<'_>) -> Option<Instance> {
        let (outside, within) = (self.budget, self.is_optional);
        let lent = if within { outside / 2 } else { self.spare };
        (self.budget, self.is_optional) = (lent, true);
        let made = self.make(property, at);
        let left = self.budget;
        if within {
            self.budget = outside - lent + left;
        } else {
            (self.budget, self.spare) = (outside, left);
        }
        self.is_optional = within;
        (left > 0).then_some(made)
    }

    /// The names that the other branches of a `oneOf` require and `chosen` does not: with one of them its instance
    /// might be one of theirs as well.
    pub(super) fn telling_others(&self, parts: &[Value], chosen: &Value) -> Vec<String> {
        let required = |part: &Value| -> Vec<String> {
            let target = part.get("$ref").and_then(Value::as_str);
            let target = target.and_then(|reference| heights::resolve(self.root, reference)).unwrap_or(part);
            let names = target.get("required").and_then(Value::as_array).into_iter().flatten();
            names.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let own = required(chosen);
        let others = parts.iter().filter(|part| !std::ptr::eq(*part, chosen)).flat_map(required);
        others.filter(|name| !own.contains(name)).collect()
    }
}

/// Takes properties that are not required out of `schema`.
pub(super) fn withhold(schema: &mut Map<String, Value>, names: &[String]) {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.retain(|name, _| !names.contains(name) || required.iter().any(|required| required == name));
    }
}
