//! Private keys in the armour of PEM, as they stand in files and, in one line, in the JSON of Google's service accounts.
//!
//! In: where the armour's first line ends. Out: the key behind it, unless a passphrase protects it.

use super::Candidate;
use crate::alphabet::Alphabet;
use crate::judge::{is_cut, is_placeholder, is_random};
use crate::names::Names;

/// What all their first lines end with.
pub(super) const MARK: &str = "PRIVATE KEY-----";

const BEGIN: &[u8] = b"-----BEGIN ";
/// What may stand between: `RSA`, `EC`, `OPENSSH`, and others of this length.
const KIND_MAX: usize = 12;
/// Letters of the first line. The shortest keys, of Ed25519, have 64 in it; a sample of a document has fewer.
const LEAST: usize = 40;
const MOST: usize = 4096;
/// How far behind a key Google's member may stand that says whose it is.
const ACCOUNT: usize = 6000;

/// The key whose armour has its mark from `start` to `end`.
pub(super) fn key(bytes: &[u8], start: usize, end: usize) -> Option<Candidate> {
    let from = start.saturating_sub(BEGIN.len() + KIND_MAX);
    let begin = from + memchr::memmem::rfind(&bytes[from..start], BEGIN)?;
    let kind = &bytes[begin + BEGIN.len()..start];
    let is_kind = kind.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b' ') && !kind.starts_with(b"ENCRYPTED");
    let at = body(bytes, end)?;
    let run = Alphabet::Base64.run(&bytes[at..], MOST);
    let text = &bytes[at..at + run];
    if !is_kind || run < LEAST || is_cut(&bytes[at + run..]) || is_placeholder(text) || !is_random(text) {
        return None;
    }
    let vendor = if is_of_an_account(bytes, begin) { "google" } else { "private-key" };
    let key = String::from_utf8_lossy(text).into_owned();
    Some(Candidate { vendor, at, key, names: Names::before(bytes, begin), in_base64: false })
}

/// Where its first line of letters begins: behind a line break, which in a string of a program is written out.
fn body(bytes: &[u8], end: usize) -> Option<usize> {
    let behind = bytes.get(end..)?;
    let skipped = behind.iter().take(40).take_while(|byte| b" \t\r\n\"'+,\\`".contains(byte)).count();
    let is_break = behind[..skipped].last() == Some(&b'\\') && matches!(behind.get(skipped), Some(b'n' | b'r'));
    let at = end + skipped + usize::from(is_break);
    // `\\r\\n`, and the indentation of the next line.
    let rest = bytes.get(at..)?;
    let more = if rest.starts_with(b"\\n") { 2 } else { 0 };
    let blanks = rest[more..].iter().take(40).take_while(|byte| b" \t\r\n\"'+".contains(byte)).count();
    Some(at + more + blanks)
}

/// Whether it is the member of a service account's file.
fn is_of_an_account(bytes: &[u8], at: usize) -> bool {
    let near = &bytes[at.saturating_sub(600)..(at + ACCOUNT).min(bytes.len())];
    ["service_account", "iam.gserviceaccount.com"]
        .iter()
        .any(|word| memchr::memmem::find(near, word.as_bytes()).is_some())
}
