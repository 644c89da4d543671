//! Protobuf's wire format, as much of it as OTLP needs here (protobuf.dev, "Encoding").
//!
//! In: fields by their numbers. Out: bytes; and back, for the short answers of collectors. The crates that have OTLP's
//! types come with the whole SDK, which this server has no use for: twenty packages for nine messages whose fields are
//! fixed for good.

/// A message under construction. As in proto3, a field with its type's empty value is left out.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const LENGTH: u64 = 2;
const FIXED32: u64 = 5;

impl Message {
    /// The bytes of the message that `build` fills.
    pub(super) fn of(build: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut message = Self::default();
        build(&mut message);
        message.0
    }

    pub(super) fn text(&mut self, field: u64, value: &str) {
        self.bytes(field, value.as_bytes());
    }

    pub(super) fn bytes(&mut self, field: u64, value: &[u8]) {
        if !value.is_empty() {
            self.delimited(field, value);
        }
    }

    pub(super) fn number(&mut self, field: u64, value: u64) {
        if value != 0 {
            self.key(field, VARINT);
            self.varint(value);
        }
    }

    pub(super) fn fixed64(&mut self, field: u64, value: u64) {
        self.key(field, FIXED64);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn fixed32(&mut self, field: u64, value: u32) {
        self.key(field, FIXED32);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A message within this one, be it empty.
    pub(super) fn message(&mut self, field: u64, build: impl FnOnce(&mut Self)) {
        self.delimited(field, &Self::of(build));
    }

    /// One of several that exclude each other: it is there even if it is 0.
    pub(super) fn choice(&mut self, field: u64, value: u64) {
        self.key(field, VARINT);
        self.varint(value);
    }

    fn delimited(&mut self, field: u64, value: &[u8]) {
        self.key(field, LENGTH);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
    }

    fn key(&mut self, field: u64, wire: u64) {
        self.varint(field << 3 | wire);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// A field as it was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message, by their numbers, up to where it makes no sense.
pub(super) fn fields(mut bytes: &[u8]) -> impl Iterator<Item = (u64, Field<'_>)> {
    std::iter::from_fn(move || {
        let key = varint(&mut bytes)?;
        let value = match key & 7 {
            VARINT => Field::Number(varint(&mut bytes)?),
            FIXED64 => Field::Number(u64::from_le_bytes(take(&mut bytes, 8)?.try_into().ok()?)),
            LENGTH => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                Field::Bytes(take(&mut bytes, length)?)
            }
            FIXED32 => Field::Number(u32::from_le_bytes(take(&mut bytes, 4)?.try_into().ok()?).into()),
            _ => return None,
        };
        Some((key >> 3, value))
    })
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(head)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_specification_s_examples_come_out() {
        assert_eq!(Message::of(|m| m.number(1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(Message::of(|m| m.text(2, "testing")), b"\x12\x07testing");
        assert_eq!(Message::of(|m| m.message(3, |inner| inner.number(1, 150))), [0x1a, 3, 0x08, 0x96, 0x01]);
    }

    #[test]
    fn empty_values_are_left_out_unless_they_are_a_choice() {
        let message = Message::of(|m| {
            m.text(1, "");
            m.number(2, 0);
            m.choice(3, 0);
        });

        assert_eq!(message, [0x18, 0]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_alike(number in 1u64.., bytes in prop::collection::vec(any::<u8>(), 1..300), fixed: u64) {
            let message = Message::of(|m| {
                m.number(1, number);
                m.bytes(300, &bytes);
                m.fixed64(3, fixed);
                m.fixed32(16, 7);
            });

            let read: Vec<_> = fields(&message).collect();

            let expected =
                [(1, Field::Number(number)), (300, Field::Bytes(&bytes)), (3, Field::Number(fixed)), (16, Field::Number(7))];
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            fields(&bytes).for_each(drop);
        }
    }
}
