//! Which tables say what of a span.
//!
//! In: a span, the shortest time to be told, how far sums were carried on and from when on they are kept. Out: the span in
//! whole buckets, cut into pieces of one table each.

use std::ops::Range;

use super::super::packs::{DAYS, HOURS, MINUTES, Packed};
use super::super::progress::Progress;
use super::super::rollup::{DAY, HOUR, MINUTE, floor};

/// Part of the span, and the table that says it.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) packed: Packed,
    pub(super) span: Range<i64>,
}

/// The span in whole buckets of what is kept.
pub(super) fn widened(span: &Range<i64>, finest: i64, progress: &Progress) -> Range<i64> {
    let kept = [(MINUTE, progress.minutes_from), (HOUR, progress.hours_from), (DAY, progress.days_from)];
    let (mut start, mut end) = (span.start, span.end);
    for (step, from) in kept {
        if step == MINUTE || start < previous(kept, step) {
            start = floor(start, step);
        }
        if step == MINUTE || end < previous(kept, step) {
            end = -floor(-end, step);
        }
        if step == finest {
            start = start.max(from);
        }
    }
    start..end.max(start)
}

/// From when on the next finer buckets are kept.
fn previous(kept: [(i64, i64); 3], step: i64) -> i64 {
    kept.iter().rev().find(|(finer, _)| *finer < step).map_or(i64::MIN, |(_, from)| *from)
}

/// A table, and up to when it is complete.
type Level = (Packed, i64);

/// The longest buckets that fit, in the middle the days.
pub(super) fn pieces(span: &Range<i64>, finest: i64, progress: &Progress) -> Vec<Piece> {
    let levels = [(DAYS, progress.days_to), (HOURS, progress.hours_to), (MINUTES, i64::MAX)];
    let mut pieces = Vec::new();
    let usable = levels.iter().position(|(packed, _)| packed.step <= finest).unwrap_or(levels.len());
    split(span.clone(), &levels[usable..], &mut pieces);
    pieces
}

/// Takes from `span` what the first level can say, and leaves what is before and behind to the others. A bucket that is being
/// filled has what was carried on into it and nothing else: it is taken where the span goes on beyond that.
fn split(span: Range<i64>, levels: &[Level], pieces: &mut Vec<Piece>) {
    let Some((&(packed, to), finer)) = levels.split_first() else { return };
    let start = -floor(-span.start, packed.step);
    let end = if span.end >= to { to } else { floor(span.end, packed.step) };
    if start >= end {
        return split(span, finer, pieces);
    }
    split(span.start..start, finer, pieces);
    pieces.push(Piece { packed, span: start..end });
    split(end..span.end, finer, pieces);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_cover_the_span_once_and_read_only_what_was_carried_on(
            start in 0..400_000_i64, length in 0..900_000_i64, minutes in 0..16_000_i64, hours in 0..280_i64,
            finest in prop::sample::select(vec![MINUTE, HOUR, DAY]),
        ) {
            let hours_to = minutes * MINUTE;
            let progress = Progress { hours_to, days_to: (hours * HOUR).min(floor(hours_to, HOUR)), ..Progress::default() };
            let span = floor(start, MINUTE)..floor(start + length, MINUTE);

            let pieces = pieces(&span, finest, &progress);

            let mut at = span.start;
            for piece in &pieces {
                let (step, to) = match piece.packed.table {
                    "days" => (DAY, progress.days_to),
                    "hours" => (HOUR, progress.hours_to),
                    _ => (MINUTE, i64::MAX),
                };
                prop_assert!(piece.span.start == at && piece.span.end <= to && step <= finest, "{:?}", pieces);
                prop_assert!(piece.span.start % step == 0 && (piece.span.end % step == 0 || piece.span.end == to));
                at = piece.span.end;
            }
            prop_assert!(at == span.end || span.is_empty());
        }
    }

    #[test]
    fn a_span_is_widened_to_what_is_kept() {
        let progress =
            Progress { minutes_from: 10 * DAY, hours_from: 5 * DAY, days_from: 2 * DAY, ..Progress::default() };
        let at = 7 * DAY + 5 * HOUR + 61;

        assert_eq!(widened(&(at..20 * DAY + 61), DAY, &progress), 7 * DAY + 5 * HOUR..20 * DAY + 120);
        assert_eq!(widened(&(DAY + 61..3 * DAY + 1), DAY, &progress), 2 * DAY..4 * DAY);
        assert_eq!(widened(&(DAY..12 * DAY), HOUR, &progress), 5 * DAY..12 * DAY);
        assert_eq!(widened(&(DAY..12 * DAY), MINUTE, &progress), 10 * DAY..12 * DAY);
        assert_eq!(widened(&(11 * DAY + 61..12 * DAY), DAY, &progress), 11 * DAY + 60..12 * DAY);
    }
}
