//! URLs of callers, and what they lead to: whatever is written, a target says the same of itself when it is read again, its
//! host is the one that every reader of its text sees, and data: URLs and images of any bytes are looked at without a panic.

#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use tollgate_media::{DataUrl, picture};
use tollgate_outbound::Target;
use tollgate_outbound::address::not_public;
use tollgate_outbound::target::LONGEST;

fuzz_target!(|bytes: &[u8]| {
    let _ = picture::read(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = DataUrl::read(text).map(|url| url.decode());
    let Ok(target) = Target::read(text) else { return };

    // Written out, nothing of it can be read another way.
    let written = target.url().as_str();
    if written.len() > LONGEST {
        // Percent-encoded, it is three times as long.
        return;
    }
    assert!(written.is_ascii() && !written.contains(['\\', '\t', '\r', '\n', ' ']), "{written}");
    assert_eq!(Target::read(written).as_ref(), Ok(&target));
    assert!(written.starts_with("http://") || written.starts_with("https://"));
    let authority = written.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or("");
    assert_eq!(authority, target.authority(), "{written}");
    assert!(!authority.contains('@'));

    // A host that is an address is known as one, so that it is looked at before anything else.
    assert_eq!(target.host().trim_end_matches('.').parse::<IpAddr>().ok(), target.literal(), "{written}");
    if let Some(address) = target.literal() {
        let _ = not_public(address);
    }
    let _ = target.redirected(text);
    let _ = target.redirected(&text.chars().rev().collect::<String>());
});
