//! Numbers as people read them: counted things, and times in the unit that fits.
//!
//! In: numbers. Out: text for a terminal. JSON has the numbers themselves.

/// `1 segment`, `2 segments`.
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Microseconds with about three digits: `158 µs`, `4.2 ms`, `43 ms`, `10.41 s`.
pub(crate) fn time_taken(us: u64) -> String {
    let of = |unit: f64| us as f64 / unit;
    match us {
        0..1000 => format!("{us} µs"),
        1000..9950 => format!("{:.1} ms", of(1e3)),
        9950..999_500 => format!("{:.0} ms", of(1e3)),
        _ => format!("{:.2} s", of(1e6)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_not_counted_as_several() {
        let said = [0, 1, 2].map(|n| counted(n, "entry", "entries"));

        assert_eq!(said, ["0 entries", "1 entry", "2 entries"]);
    }

    #[test]
    fn times_have_the_unit_that_fits() {
        let said = [0, 158, 999, 1000, 4249, 9949, 9950, 43_210, 999_499, 999_500, 10_411_725].map(time_taken);

        assert_eq!(
            said,
            ["0 µs", "158 µs", "999 µs", "1.0 ms", "4.2 ms", "9.9 ms", "10 ms", "43 ms", "999 ms", "1.00 s", "10.41 s",]
        );
    }
}
