//! The dates of a certificate: the one thing that rustls knows of a server's own certificate and does not tell.
//!
//! In: a certificate (DER, RFC 5280 §4.1). Out: from when until when it is valid. Two fields behind four that are passed
//! over are read by hand rather than with a parser of the whole of X.509; nothing is verified here.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Unix seconds, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) not_before: i64,
    pub(super) not_after: i64,
}

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// The dates of a certificate; `None` where it is none.
pub(super) fn of(certificate: &[u8]) -> Option<Validity> {
    let (certificate, _) = expect(SEQUENCE, certificate)?;
    let (to_be_signed, _) = expect(SEQUENCE, certificate)?;
    // Version 1 is not written.
    let rest = expect(VERSION, to_be_signed).map_or(to_be_signed, |(_, rest)| rest);
    let (_serial_number, rest) = expect(INTEGER, rest)?;
    let (_signature, rest) = expect(SEQUENCE, rest)?;
    let (_issuer, rest) = expect(SEQUENCE, rest)?;
    let (validity, _) = expect(SEQUENCE, rest)?;
    let (not_before, rest) = time(validity)?;
    let (not_after, _) = time(rest)?;
    Some(Validity { not_before, not_after })
}

fn expect(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = element(bytes)?;
    (found == tag).then_some((content, rest))
}

/// Tag and content of the first element, and what follows it. DER has definite lengths only.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn time(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let written = match tag {
        GENERALIZED_TIME => text.to_owned(),
        // Two digits of the year stand for 1950 to 2049.
        UTC_TIME => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        _ => return None,
    };
    let moment = DateTime::strptime("%Y%m%d%H%M%S", &written).ok()?;
    Some((moment.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second(), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A certificate as far as it is read: these times, a serial number, and empty names.
    fn certificate(version: bool, times: [(u8, &str); 2]) -> Vec<u8> {
        let element = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
        let times = times.map(|(tag, text)| element(tag, text.as_bytes())).concat();
        let version = if version { element(VERSION, &element(INTEGER, &[2])) } else { Vec::new() };
        let fields = [version, element(INTEGER, &[1]), element(SEQUENCE, &[]), element(SEQUENCE, &[])].concat();
        element(SEQUENCE, &element(SEQUENCE, &[fields, element(SEQUENCE, &times)].concat()))
    }

    #[test]
    fn both_ways_to_write_a_time_are_read() {
        for (version, begin, end, expected) in [
            (true, (UTC_TIME, "700102000000Z"), (UTC_TIME, "491231235959Z"), (86_400, 2_524_607_999)),
            (false, (UTC_TIME, "500101000000Z"), (GENERALIZED_TIME, "20500101000000Z"), (-631_152_000, 2_524_608_000)),
        ] {
            let found = of(&certificate(version, [begin, end])).unwrap();

            assert_eq!((found.not_before, found.not_after), expected);
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_dates() {
        let good = certificate(true, [(UTC_TIME, "700102000000Z"); 2]);

        for wrong in ["700132000000Z", "7001020000Z", "700102000000+0100", "é00102000000Z"] {
            assert_eq!(of(&certificate(true, [(UTC_TIME, wrong); 2])), None, "{wrong}");
        }
        assert!((0..good.len()).all(|end| of(&good[..end]).is_none()));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), at in 0usize..60) {
            let mut good = certificate(true, [(UTC_TIME, "700102000000Z"); 2]);
            let from = at.min(good.len());
            good.splice(from.., bytes.iter().copied());
            let _ = (of(&bytes), of(&good));
        }
    }
}
