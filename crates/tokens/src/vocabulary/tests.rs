//! Both vocabularies against what `tiktoken` 0.14 says of the same texts.

use proptest::prelude::*;

use super::*;

const BOTH: [Vocabulary; 2] = [Vocabulary::Cl100k, Vocabulary::O200k];

/// Texts, and their ids in both vocabularies.
const KNOWN: [(&str, &[u32], &[u32]); 9] = [
    ("Hello, world!", &[9906, 11, 1917, 0], &[13225, 11, 2375, 0]),
    (
        "I'll  go at 12345 o'clock!\n\n  Yes",
        &[40, 3358, 220, 733, 520, 220, 4513, 1774, 297, 63510, 2268, 220, 7566],
        &[67504, 220, 810, 540, 220, 7633, 2548, 293, 141_801, 1703, 220, 11377],
    ),
    (
        "日本語のテキストです。",
        &[9080, 22656, 45918, 252, 16144, 57933, 62903, 71634, 38641, 1811],
        &[9048, 40909, 3385, 16056, 18368, 38236, 15121, 788],
    ),
    (
        "    indented\n\t\ttext  \n   ",
        &[262, 1280, 16243, 198, 197, 15787, 2355, 262],
        &[271, 1383, 23537, 198, 197, 29782, 4066, 271],
    ),
    (
        "DON'T I'VE WE'LL it'ſ x'S",
        &[85741, 17773, 358, 6, 4592, 20255, 6, 4178, 433, 6, 129, 123, 865, 13575],
        &[134_882, 51532, 3413, 19511, 26919, 6, 7454, 480, 6, 70067, 1215, 31233],
    ),
    (
        "😀👍🏽 e\u{301} a\u{301}B",
        &[76460, 222, 9468, 239, 235, 9468, 237, 121, 384, 54939, 264, 54939, 33],
        &[84083, 82514, 52622, 121, 319, 13430, 261, 13430, 33],
    ),
    ("<|endoftext|>", &[27, 91, 8862, 728, 428, 91, 29], &[27, 91, 419, 1440, 919, 91, 29]),
    (
        "XMLHttpRequest/// path/to/\r\n\r\nfile",
        &[10833, 27459, 2640, 1853, 33529, 73634, 1213],
        &[13836, 4682, 2303, 5991, 3104, 72231, 197_432, 2318],
    ),
    ("", &[], &[]),
];

#[test]
fn texts_have_the_tokens_that_tiktoken_gives_them() {
    for (text, cl100k, o200k) in KNOWN {
        assert_eq!(Vocabulary::Cl100k.encode(text), cl100k, "{text:?}");
        assert_eq!(Vocabulary::O200k.encode(text), o200k, "{text:?}");
        assert_eq!(Vocabulary::O200k.count(text), o200k.len());
    }
}

#[test]
fn models_have_their_vocabulary() {
    for model in ["gpt-4", "gpt-4-turbo", "gpt-3.5-turbo-instruct", "text-embedding-3-small", "sandbox-embedding"] {
        assert_eq!(Vocabulary::of_model(model), Vocabulary::Cl100k, "{model}");
    }
    for model in ["gpt-4o-mini", "gpt-4.1", "gpt-5", "o3", "sandbox", "ft:gpt-4o:acme", "anything"] {
        assert_eq!(Vocabulary::of_model(model), Vocabulary::O200k, "{model}");
    }
}

#[test]
fn numbers_beyond_the_vocabulary_are_not_tokens() {
    assert_eq!(Vocabulary::Cl100k.bytes(100_257), Some("<|endoftext|>".as_bytes()));
    assert_eq!(Vocabulary::Cl100k.bytes(100_277), None);
    assert_eq!(Vocabulary::O200k.bytes(200_019), None);
    assert_eq!((Vocabulary::Cl100k.last(), Vocabulary::O200k.last()), (100_276, 200_018));
}

#[test]
fn every_token_is_itself() {
    for vocabulary in BOTH {
        let tokens = vocabulary.table().starts.len() as u32;
        assert!((0..tokens).all(|id| vocabulary.bytes(id).and_then(|bytes| vocabulary.table().id(bytes)) == Some(id)));
    }
}

#[test]
fn a_long_text_without_a_space_is_no_trap() {
    for letter in ["a", "ab", " ", "日", "\n "] {
        let text = letter.repeat(1 << 16);

        let began = std::time::Instant::now();
        let count = Vocabulary::O200k.count(&text);

        assert!(count > 0);
        assert!(began.elapsed().as_secs() < 10, "{letter:?} took {:?}", began.elapsed());
    }
}

proptest! {
    #[test]
    fn tokens_together_are_the_text(text in "(.|\\s|[A-Za-z'日\u{301} /\r\n])*") {
        for vocabulary in BOTH {
            let ids = vocabulary.encode(&text);
            let bytes: Vec<u8> = ids.into_iter().filter_map(|id| vocabulary.bytes(id)).flatten().copied().collect();

            prop_assert_eq!(bytes, text.as_bytes());
        }
    }
}
