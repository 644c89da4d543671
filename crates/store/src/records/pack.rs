//! A pack: what OpenAI's usage tells of one span of time, by project, key, model and operation, as columns of numbers.
//!
//! In: groups and their measures. Out: bytes, and columns that are read from them. SQLite takes half a microsecond or more for
//! a row of sums; a group here costs some nanoseconds, for only what is asked for is looked at. It is made and read by this
//! program alone, and can be made anew at any time.
//!
//! Shape: a version, the number of groups as four bytes, how wide each column is (0, 1, 2, 4 or 8 bytes a number; 0 says that
//! all are zero), then the columns, all numbers little-endian.

/// What is told: requests, input, cached input, audio input, output, audio output, and the failed ones of the requests.
pub(super) const TOLD: usize = 7;
pub(super) type Told = [i64; TOLD];

/// What a pack tells apart: bucket, project, key, model and operation. A bucket is the number of its step within the span.
pub(super) const DIMENSIONS: usize = 5;
pub(super) type Place = [i64; DIMENSIONS];

const COLUMNS: usize = DIMENSIONS + TOLD;
const VERSION: u8 = 1;
/// Groups of one pack: bytes that are none do not have room made for more.
pub(super) const GROUPS_MAX: usize = 8192;
/// Version, number of groups, widths.
const HEAD: usize = 1 + 4 + COLUMNS;

/// A group and what is told of it.
pub(super) type Sum = (Place, Told);

/// The bytes of a pack.
pub(super) fn encode(groups: &[Sum]) -> Vec<u8> {
    let value = |(place, told): &Sum, column: usize| {
        place.get(column).or_else(|| told.get(column - DIMENSIONS)).copied().unwrap_or(0)
    };
    let mut bytes = vec![VERSION];
    bytes.extend(u32::try_from(groups.len()).unwrap_or(u32::MAX).to_le_bytes());
    let widths: [u8; COLUMNS] =
        std::array::from_fn(|column| groups.iter().map(|group| width(value(group, column))).max().unwrap_or(0));
    bytes.extend(widths);
    for (column, width) in widths.into_iter().enumerate() {
        for group in groups {
            bytes.extend(&value(group, column).to_le_bytes()[..usize::from(width)]);
        }
    }
    bytes
}

/// Bytes that a number takes.
fn width(value: i64) -> u8 {
    match value {
        0 => 0,
        1..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    }
}

/// A pack, read.
#[derive(Debug)]
pub(super) struct Pack<'b> {
    pub(super) groups: usize,
    columns: [Column<'b>; COLUMNS],
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'b> {
    width: usize,
    bytes: &'b [u8],
}

impl<'b> Pack<'b> {
    /// `None` where the bytes are none.
    pub(super) fn decode(bytes: &'b [u8]) -> Option<Self> {
        let (head, mut rest) = bytes.split_at_checked(HEAD)?;
        let (&version, head) = head.split_first()?;
        let (count, widths) = head.split_at_checked(4)?;
        let groups = usize::try_from(u32::from_le_bytes(count.try_into().ok()?)).ok()?;
        let mut columns = [Column { width: 0, bytes: &[] }; COLUMNS];
        for (column, width) in columns.iter_mut().zip(widths) {
            let width = usize::from(*width);
            let (these, others) = rest.split_at_checked(groups.checked_mul(width)?)?;
            *column = Column { width, bytes: these };
            rest = others;
            if ![0, 1, 2, 4, 8].contains(&width) {
                return None;
            }
        }
        (version == VERSION && groups <= GROUPS_MAX && rest.is_empty()).then_some(Self { groups, columns })
    }

    pub(super) fn dimension(&self, which: usize) -> Column<'b> {
        self.columns[which]
    }

    pub(super) fn told(&self, which: usize) -> Column<'b> {
        self.columns[DIMENSIONS + which]
    }

    /// Its groups, as they were packed.
    pub(super) fn sums(&self) -> Vec<Sum> {
        let mut sums = vec![([0; DIMENSIONS], [0; TOLD]); self.groups];
        for column in 0..DIMENSIONS {
            self.dimension(column).each(|n, value| sums[n].0[column] = value);
        }
        for column in 0..TOLD {
            self.told(column).each(|n, value| sums[n].1[column] = value);
        }
        sums
    }
}

impl Column<'_> {
    /// All numbers, into a list that is kept for the next column.
    pub(super) fn read(self, groups: usize, into: &mut Vec<i64>) {
        into.clear();
        into.resize(groups, 0);
        self.each(|n, value| into[n] = value);
    }

    /// Whether all are.
    pub(super) fn is_zero(self) -> bool {
        self.width == 0
    }

    /// All numbers; none where they are all zero.
    pub(super) fn each(self, mut take: impl FnMut(usize, i64)) {
        match self.width {
            1 => self.bytes.iter().enumerate().for_each(|(n, byte)| take(n, i64::from(*byte))),
            2 => self.wide::<2>(take, |bytes| u16::from_le_bytes(bytes).into()),
            4 => self.wide::<4>(take, |bytes| u32::from_le_bytes(bytes).into()),
            8 => self.wide::<8>(take, i64::from_le_bytes),
            _ => {}
        }
    }

    fn wide<const N: usize>(self, mut take: impl FnMut(usize, i64), read: impl Fn([u8; N]) -> i64) {
        self.bytes.as_chunks::<N>().0.iter().enumerate().for_each(|(n, bytes)| take(n, read(*bytes)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number() -> impl Strategy<Value = i64> {
        prop_oneof![Just(0), 0..300_i64, 0..70_000_i64, 0..i64::MAX, Just(i64::MAX)]
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(
            groups in proptest::collection::vec(
                (proptest::array::uniform5(number()), proptest::array::uniform7(number())), 0..20),
        ) {
            let bytes = encode(&groups);

            let pack = Pack::decode(&bytes).unwrap();

            prop_assert_eq!(pack.groups, groups.len());
            prop_assert_eq!(&pack.sums(), &groups);
            let mut column = Vec::new();
            for which in 0..TOLD {
                pack.told(which).read(pack.groups, &mut column);
                prop_assert!(column.iter().zip(&groups).all(|(value, (_, told))| *value == told[which]));
            }
        }

        #[test]
        fn bytes_that_are_no_pack_are_none(bytes in proptest::collection::vec(any::<u8>(), 0..100), cut in 0..60_usize) {
            let whole = encode(&[([1; DIMENSIONS], [2; TOLD])]);

            // It may be one by chance; it is never read beyond its end.
            if let Some(pack) = Pack::decode(&bytes) {
                pack.told(0).each(|n, _| assert!(n < pack.groups));
            }
            prop_assert!(Pack::decode(&whole[..cut.min(whole.len() - 1)]).is_none());
        }
    }
}
