//! Event streams: cut anywhere they read alike, and their bytes pass in order.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_providers::openai::stream::{Api, HOLD_MAX, StreamFacts, StreamReader, model_named};
use tollgate_providers::openai::usage;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[flags, seed], text)) = bytes.split_first_chunk() else { return };
    let api = if flags & 1 == 0 { Api::Completions } else { Api::Responses };
    let withhold = flags & 2 != 0;
    let _ = (model_named(text), usage::last(text), usage::in_event(text));

    let whole = read(text, &[], api, withhold);
    let cut = read(text, &cuts(seed, text.len()), api, withhold);
    assert_eq!(cut.facts, whole.facts, "what is learnt depends on the cuts");
    assert_eq!(cut.passed, whole.passed, "what is passed depends on the cuts");
    assert_eq!(cut.held, whole.held);
    if !withhold {
        assert_eq!([whole.passed, whole.held].concat(), text);
    }

    // Events too large to be held go on in parts; their bytes too must come in order.
    if flags & 4 != 0 {
        let large = enlarged(text);
        let read = read(&large, &cuts(seed, large.len()), api, false);
        assert_eq!([read.passed, read.held].concat(), large);
    }
});

/// `text` with its first tildes each made a third of what is held.
fn enlarged(text: &[u8]) -> Vec<u8> {
    let mut large = Vec::new();
    let mut tildes = 0;
    for &byte in text {
        tildes += usize::from(byte == b'~');
        let times = if byte == b'~' && tildes <= 8 { HOLD_MAX / 3 } else { 1 };
        large.resize(large.len() + times, byte);
    }
    large
}

struct Read {
    passed: Vec<u8>,
    held: Vec<u8>,
    facts: StreamFacts,
}

fn read(text: &[u8], cuts: &[usize], api: Api, withhold: bool) -> Read {
    let mut reader = StreamReader::new(api, withhold);
    let (mut passed, mut held, mut from) = (Vec::new(), Vec::new(), 0);
    for &to in cuts.iter().chain([&text.len()]) {
        held.extend_from_slice(&text[from..to]);
        from = to;
        let n = reader.pass(&mut held);
        passed.extend(held.drain(..n));
    }
    Read { passed, held, facts: *reader.facts() }
}

/// Cuts in growing order: every byte for seed 0, else gaps drawn from the seed.
fn cuts(seed: u8, len: usize) -> Vec<usize> {
    let mut state = u32::from(seed);
    let widest = (len / 6).max(16) as u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if seed == 0 { 1 } else { (state >> 16) % widest }
    };
    let mut cuts = Vec::new();
    let mut at = 0;
    while at < len && cuts.len() < 4096 {
        at = (at + next() as usize).min(len);
        cuts.push(at);
    }
    cuts
}
