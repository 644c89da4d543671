//! API keys: whatever a caller presents is told apart without a panic, and what is printed of it gives nothing away.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_core::key::{KEY_LEN, PREFIX, Presented, Secret, redact};

fuzz_target!(|bytes: &[u8]| {
    let read = Presented::read(bytes);
    let prefixed = bytes.starts_with(PREFIX.as_bytes());
    assert_eq!(read == Presented::Foreign, !prefixed);
    if matches!(read, Presented::Ours(_)) {
        assert!(bytes.len() == KEY_LEN && bytes.is_ascii());
    }

    let text = String::from_utf8_lossy(bytes);
    let shown: Vec<char> = redact(&text).chars().collect();
    let given: Vec<char> = text.chars().take(256).collect();
    assert_eq!(shown.len(), given.len());
    let kept = if given.len() < 20 { 0..0 } else { 8..given.len() - 4 };
    match given.len() < 20 {
        true => assert!(shown.iter().all(|&c| c == '*')),
        false => assert!(shown[kept].iter().all(|&c| c == '*')),
    }

    made_keys_read_back(bytes);
});

/// A key drawn from these bytes reads back; with one character changed it is damaged.
fn made_keys_read_back(bytes: &[u8]) {
    if bytes.len() < 2 {
        return;
    }
    let mut step = 0u8;
    let mut random = bytes.iter().copied().cycle();
    let secret = Secret::generate(|| {
        // A text of one repeated byte above 247 would never yield a digit.
        step = step.wrapping_add(7);
        random.next().unwrap_or(0) ^ step
    });
    let text = secret.reveal().as_bytes();
    assert_eq!(Presented::read(text), Presented::Ours(secret.id()));

    let mut changed = text.to_vec();
    let at = usize::from(bytes[0]) % changed.len();
    changed[at] = if changed[at] == bytes[1] { bytes[1] ^ 1 } else { bytes[1] };
    assert!(!matches!(Presented::read(&changed), Presented::Ours(_)));
}
