//! Reading tar: ustar, with the long names of GNU and POSIX (pax).
//!
//! In: a stream. Out: each regular file's name and content, as a stream that ends with it. Nothing is sought: images are
//! larger than memory.

use std::io::{self, Read};

use super::UnpackError;

const BLOCK: usize = 512;
/// Longer names, or records about them, are nobody's.
const NAME_MAX: u64 = 64 * 1024;

/// Takes a file's name and content.
type Each<'a> = dyn FnMut(&str, &mut dyn Read) -> Result<(), UnpackError> + 'a;

/// Hands every regular file to `each`.
pub(super) fn each(stream: &mut dyn Read, each: &mut Each<'_>) -> Result<(), UnpackError> {
    let mut long_name = None;
    let mut pax = Pax::default();
    let mut header = [0; BLOCK];
    while fill(stream, &mut header)? && header.iter().any(|byte| *byte != 0) {
        let size = pax.size.take().map_or_else(|| number(&header[124..136]), Ok)?;
        let mut content = (&mut *stream).take(size);
        match header[156] {
            b'L' => long_name = Some(text(&mut content)?),
            b'x' => pax = Pax::read(&text(&mut content)?),
            // 'g' is about all files, 'K' about where a link leads.
            b'g' | b'K' => {}
            b'0' | 0 | b'7' => {
                let name = pax.path.take().or_else(|| long_name.take()).unwrap_or_else(|| name(&header));
                each(&name, &mut content)?;
            }
            _ => (pax, long_name) = (Pax::default(), None),
        }
        let padding = size.next_multiple_of(BLOCK as u64) - size;
        io::copy(&mut content, &mut io::sink())?;
        let skipped = io::copy(&mut (&mut *stream).take(padding), &mut io::sink())?;
        if skipped < padding {
            return Err(UnpackError::Malformed("a file ends early"));
        }
    }
    Ok(())
}

/// Reads a whole block; `false` at the end.
fn fill(stream: &mut dyn Read, block: &mut [u8; BLOCK]) -> Result<bool, UnpackError> {
    match stream.read_exact(block) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A number in octal digits, or, for what is larger, in base 256.
fn number(field: &[u8]) -> Result<u64, UnpackError> {
    const MALFORMED: UnpackError = UnpackError::Malformed("a size is not a number");
    if field[0] & 0x80 != 0 {
        let high = field[1..4].iter().all(|byte| *byte == 0) && field[0] == 0x80;
        let low = field[4..12].try_into().map(u64::from_be_bytes).map_err(|_| MALFORMED)?;
        // Nothing is that long, and sums with it must not overflow.
        return if high && low < 1 << 60 { Ok(low) } else { Err(MALFORMED) };
    }
    let digits = field.split(|byte| matches!(byte, 0 | b' ')).find(|part| !part.is_empty()).unwrap_or(b"0");
    let digits = std::str::from_utf8(digits).map_err(|_| MALFORMED)?;
    u64::from_str_radix(digits, 8).map_err(|_| MALFORMED)
}

fn name(header: &[u8; BLOCK]) -> String {
    let part = |field: &[u8]| {
        let end = memchr::memchr(0, field).unwrap_or(field.len());
        String::from_utf8_lossy(&field[..end]).into_owned()
    };
    let (name, prefix) = (part(&header[..100]), part(&header[345..500]));
    // GNU's own format has other fields where the prefix would be.
    let posix = &header[257..263] == b"ustar\0";
    if posix && !prefix.is_empty() { format!("{prefix}/{name}") } else { name }
}

fn text(content: &mut dyn Read) -> Result<String, UnpackError> {
    let mut bytes = Vec::new();
    content.take(NAME_MAX).read_to_end(&mut bytes)?;
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    Ok(String::from_utf8_lossy(&bytes[..end]).into_owned())
}

/// What a pax record says of the next file.
#[derive(Default)]
struct Pax {
    path: Option<String>,
    size: Option<u64>,
}

impl Pax {
    /// Lines of `length key=value`.
    fn read(records: &str) -> Self {
        let mut pax = Self::default();
        for record in records.lines() {
            let Some((key, value)) = record.split_once(' ').and_then(|(_, pair)| pair.split_once('=')) else {
                continue;
            };
            match key {
                "path" => pax.path = Some(value.to_owned()),
                "size" => pax.size = value.parse().ok().filter(|size| *size < 1 << 60),
                _ => {}
            }
        }
        pax
    }
}
