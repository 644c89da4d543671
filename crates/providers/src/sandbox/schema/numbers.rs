//! Numbers in a range and on a grid.
//!
//! In: `minimum`, `maximum`, their excluding forms and `multipleOf`. Out: the number nearest to 1 that keeps to them;
//! later items of an array get the next ones while the range allows. Multiples are written as decimals before they
//! become binary, because 3 × 0.1 is not 0.3 there, and validators divide.

use serde_json::{Map, Number, Value};

/// Multiples tried before one is taken that a validator may find inexact.
const MOST_TRIES: i64 = 2000;

/// The ends of a range, and whether each itself is left out.
#[derive(Debug, Clone, Copy)]
struct Range {
    low: f64,
    high: f64,
    without_low: bool,
    without_high: bool,
}

impl Range {
    fn of(schema: &Map<String, Value>) -> Self {
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
        let low = bound("minimum").unwrap_or(f64::NEG_INFINITY);
        let high = bound("maximum").unwrap_or(f64::INFINITY);
        let above = bound("exclusiveMinimum").filter(|above| *above >= low);
        let below = bound("exclusiveMaximum").filter(|below| *below <= high);
        Self {
            low: above.unwrap_or(low),
            high: below.unwrap_or(high),
            without_low: above.is_some(),
            without_high: below.is_some(),
        }
    }

    fn has(self, value: f64) -> bool {
        let low = if self.without_low { value > self.low } else { value >= self.low };
        let high = if self.without_high { value < self.high } else { value <= self.high };
        low && high
    }
}

/// An integer.
pub(super) fn integer(schema: &Map<String, Value>, nth: usize) -> Value {
    let range = Range::of(schema);
    let value = match step(schema) {
        Some(step) => multiple(range, step, nth, |value| value.fract() == 0.0),
        None => whole(range, nth),
    };
    if value.abs() < 9e15 {
        return Value::from(value as i64);
    }
    // Beyond 53 bits floating point skips integers.
    exact(schema).unwrap_or_else(|| number(value))
}

/// Whether there is a number of this schema.
pub(super) fn is_possible(schema: &Map<String, Value>, whole: bool) -> bool {
    if schema.get("multipleOf").is_some() && step(schema).is_none() {
        return false;
    }
    let made = if whole { integer(schema, 0) } else { decimal(schema, 0) };
    match exact(schema) {
        Some(_) => true,
        None => made.as_f64().is_some_and(|made| Range::of(schema).has(made) && on_grid(schema, made)),
    }
}

fn on_grid(schema: &Map<String, Value>, value: f64) -> bool {
    step(schema).is_none_or(|step| {
        let times = value / step;
        (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
    })
}

/// The integer nearest to 0 between bounds, and on a grid, that are integers of 64 bits.
fn exact(schema: &Map<String, Value>) -> Option<Value> {
    let read = |keyword: &str| match schema.get(keyword) {
        None => Some(None),
        Some(value) => value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from)).map(Some),
    };
    let above = read("exclusiveMinimum")?.map(|above| above + 1);
    let below = read("exclusiveMaximum")?.map(|below| below - 1);
    let low = read("minimum")?.max(above).unwrap_or(i128::from(i64::MIN));
    let high = [read("maximum")?, below].into_iter().flatten().min().unwrap_or(i128::from(u64::MAX));
    let step = read("multipleOf")?.unwrap_or(1);
    if step <= 0 || low > high {
        return None;
    }
    let found =
        if low > 0 { low + (step - low.rem_euclid(step)) % step } else { high.min(0) - high.min(0).rem_euclid(step) };
    if found < low || found > high {
        return None;
    }
    i64::try_from(found).map(Value::from).or_else(|_| u64::try_from(found).map(Value::from)).ok()
}

/// A number of any kind.
pub(super) fn decimal(schema: &Map<String, Value>, nth: usize) -> Value {
    let range = Range::of(schema);
    let value = match step(schema) {
        Some(step) => multiple(range, step, nth, |_| true),
        None => between(range, nth),
    };
    number(value)
}

fn number(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn step(schema: &Map<String, Value>) -> Option<f64> {
    schema.get("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0 && step.is_finite())
}

fn whole(range: Range, nth: usize) -> f64 {
    let low = if range.without_low { (range.low.floor() + 1.0).max(range.low.ceil()) } else { range.low.ceil() };
    let high = if range.without_high { (range.high.ceil() - 1.0).min(range.high.floor()) } else { range.high.floor() };
    further(1.0_f64.min(high).max(low), 1.0, high, nth)
}

fn between(range: Range, nth: usize) -> f64 {
    let wish = 1.5;
    let value = if range.has(wish) {
        wish
    } else if range.low.is_finite() && range.high.is_finite() {
        // Rounded it reads better, if it is still inside.
        let middle = range.low + (range.high - range.low) / 2.0;
        let rounded = (middle * 100.0).round() / 100.0;
        if range.has(rounded) { rounded } else { middle }
    } else if range.low.is_finite() && range.low >= wish {
        if range.without_low { (range.low + 1.0).max(range.low.next_up()) } else { range.low }
    } else if range.without_high {
        (range.high - 1.0).min(range.high.next_down())
    } else {
        range.high
    };
    let next = further(value, 1.0, range.high, nth);
    if range.has(next) { next } else { value }
}

/// `value`, or one so many steps on if the range has it.
fn further(value: f64, step: f64, high: f64, nth: usize) -> f64 {
    let next = value + nth as f64 * step;
    if next <= high { next } else { value }
}

/// A multiple of `step` that the range has, that is `good`, and that divides without a rest in binary too.
fn multiple(range: Range, step: f64, nth: usize, good: impl Fn(f64) -> bool) -> f64 {
    let near = if range.has(1.0_f64.max(step)) { 1.0_f64.max(step) } else { range.low.max(range.high.min(0.0)) };
    let first = if near.is_finite() { (near / step).ceil() } else { 1.0 };
    // Outside of this the factors are no longer exact, and any will do.
    let first = first.clamp(-9e15, 9e15) as i64;
    let mut found = None;
    let mut wanted = nth;
    for away in 0..MOST_TRIES {
        for factor in if away == 0 { [Some(first), None] } else { [Some(first + away), Some(first - away)] } {
            let Some(value) = factor.map(|factor| times(factor, step)) else { continue };
            let exact =
                (value / step).fract() == 0.0 && (value % step == 0.0 || (value / step).round() * step == value);
            if !range.has(value) || !good(value) || !exact {
                continue;
            }
            found = Some(value);
            if wanted == 0 {
                return value;
            }
            wanted -= 1;
        }
        if found.is_some() && away > 64 {
            break;
        }
    }
    found.unwrap_or_else(|| times(first, step))
}

/// A multiple, rounded once: by way of the decimal digits of `step`.
fn times(factor: i64, step: f64) -> f64 {
    let digits = format!("{step:e}");
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((&digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (Ok(mantissa), Ok(exponent)) = (format!("{whole}{fraction}").parse::<i128>(), exponent.parse::<i64>()) else {
        return factor as f64 * step;
    };
    let exponent = exponent - fraction.len() as i64;
    match mantissa.checked_mul(i128::from(factor)) {
        Some(product) => format!("{product}e{exponent}").parse().unwrap_or(factor as f64 * step),
        None => factor as f64 * step,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn made(schema: &Value, nth: usize) -> Value {
        decimal(schema.as_object().expect("a schema"), nth)
    }

    #[test]
    fn multiples_of_decimals_are_decimals() {
        assert_eq!(made(&json!({ "multipleOf": 0.1, "minimum": 0.25 }), 0), json!(1.0));
        assert_eq!(made(&json!({ "multipleOf": 0.01, "minimum": 0.061, "maximum": 0.08 }), 0), json!(0.08));
        assert_eq!(made(&json!({ "multipleOf": 2.5, "exclusiveMinimum": -4, "maximum": -1 }), 0), json!(-2.5));
    }

    #[test]
    fn an_integer_may_have_a_fractional_step() {
        let schema = json!({ "multipleOf": 2.5, "minimum": 1 });

        assert_eq!(integer(schema.as_object().expect("a schema"), 0), json!(5));
    }

    #[test]
    fn large_integers_are_exact() {
        let made = |schema: Value| integer(schema.as_object().expect("a schema"), 0);

        assert_eq!(made(json!({ "exclusiveMinimum": 9_007_199_254_740_992_u64 })), json!(9_007_199_254_740_993_u64));
        assert_eq!(
            made(json!({ "minimum": 9_007_199_254_740_992_u64, "multipleOf": 1 })),
            json!(9_007_199_254_740_992_u64)
        );
        assert_eq!(made(json!({ "maximum": -9_007_199_254_740_993_i64 })), json!(-9_007_199_254_740_993_i64));
        assert_eq!(made(json!({ "minimum": u64::MAX })), json!(u64::MAX));
    }

    #[test]
    fn what_no_number_is_is_told() {
        let possible = |schema: Value, whole| is_possible(schema.as_object().expect("a schema"), whole);

        assert!(!possible(json!({ "minimum": 5, "maximum": 3 }), true));
        assert!(!possible(json!({ "exclusiveMinimum": 0, "maximum": 0 }), true));
        assert!(!possible(json!({ "multipleOf": 5, "minimum": 1, "maximum": 2 }), false));
        assert!(!possible(json!({ "multipleOf": 0 }), false));
        assert!(possible(json!({ "multipleOf": 0.1, "minimum": 0.25 }), false));
        assert!(possible(json!({ "minimum": 9_007_199_254_740_993_u64 }), true));
    }

    #[test]
    fn excluded_ends_are_left_out() {
        assert_eq!(made(&json!({ "exclusiveMinimum": 0, "exclusiveMaximum": 1 }), 0), json!(0.5));
        assert_eq!(made(&json!({ "exclusiveMinimum": 7 }), 0), json!(8.0));
        assert_eq!(made(&json!({ "maximum": -7 }), 1), json!(-7.0));
    }
}
