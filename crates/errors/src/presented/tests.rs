//! Texts that people present as keys, and what each is.

use proptest::prelude::*;

use super::*;

fn shape(text: &str) -> Option<Shape> {
    shape_of(text.as_bytes())
}

#[test]
fn what_stands_for_nothing_is_told_as_it_came() {
    for text in ["undefined", "null", "None", "NaN", "nil", "<nil>", "(null)", " null "] {
        assert_eq!(shape(text), Some(Shape::Undefined(text.trim().to_owned())), "{text}");
    }
    assert_eq!(shape(""), Some(Shape::Empty));
    assert_eq!(shape("  "), Some(Shape::Empty));
}

#[test]
fn objects_and_functions_are_told_apart() {
    for (text, word) in [
        ("[object Object]", "object"),
        ("[object Promise]", "promise"),
        ("() => process.env.KEY", "function"),
        ("function getKey() { return 1 }", "function"),
        ("<function get_key at 0x7f12>", "not called"),
        ("<coroutine object get_key at 0x7f12>", "coroutine"),
        ("{'api_key': 'sk-abc'}", "dictionary"),
        ("{\"key\":\"sk-abc\"}", "dictionary"),
        ("b'sk-abc'", "bytes"),
        ("['sk-abc']", "list"),
        ("**********", "hidden"),
    ] {
        let Some(Shape::Object(what)) = shape(text) else { panic!("{text}: {:?}", shape(text)) };
        assert!(what.contains(word), "{text}: {what}");
    }
}

#[test]
fn references_to_variables_are_told_in_every_language() {
    for text in [
        "$OPENAI_API_KEY",
        "${OPENAI_API_KEY}",
        "${{ secrets.OPENAI_API_KEY }}",
        "%OPENAI_API_KEY%",
        "{{ openai_api_key }}",
        "{{OPENAI_API_KEY}}",
        "$(cat key.txt)",
        "process.env.OPENAI_API_KEY",
        "import.meta.env.VITE_KEY",
        "os.environ['OPENAI_API_KEY']",
        "os.environ[\"OPENAI_API_KEY\"]",
        "os.environ/OPENAI_API_KEY",
        "os.getenv('OPENAI_API_KEY')",
        "$env:OPENAI_API_KEY",
        "OPENAI_API_KEY",
    ] {
        assert_eq!(shape(text), Some(Shape::Variable(text.to_owned())), "{text}");
    }
    assert_eq!(
        shape("$a1b2c3d4e5f6g7"),
        Some(Shape::Placeholder(String::new())),
        "it may be a secret, and is not shown"
    );
}

#[test]
fn sample_values_are_told() {
    for text in ["YOUR_API_KEY", "<key>", "sk-...", "your-api-key-here", "changeme", "key", "MY_API_KEY"] {
        assert_eq!(shape(text), Some(Shape::Placeholder(text.to_owned())), "{text}");
    }
    for (text, shown) in [("sk-xxxxxxxx", "sk-xxx…"), ("xxxxxxxxxxxxxxxx", "xxx…"), ("sk-your-own-key-goes-here", "")]
    {
        assert_eq!(shape(text), Some(Shape::Placeholder(shown.to_owned())), "{text}");
    }
}

#[test]
fn quotation_marks_of_every_kind_are_seen() {
    for (text, mark) in
        [("\"sk-abc\"", '"'), ("'sk-abc'", '\''), ("“sk-abc”", '“'), ("sk-abc’", '’'), ("«sk-abc»", '«')]
    {
        assert_eq!(shape(text), Some(Shape::Quoted(mark)), "{text}");
    }
}

#[test]
fn the_place_of_a_stray_character_is_told() {
    let space = |what, place: &str| Some(Shape::Whitespace { what, place: place.to_owned() });
    assert_eq!(shape("sk-ab cd"), space("a space", "inside it, at character 6"));
    assert_eq!(shape(" sk-abcd"), space("a space", "at its start"));
    assert_eq!(shape("sk-ab\tcd"), space("a tab", "inside it, at character 6"));
    assert_eq!(shape("sk-abcd\\n"), space("a line break, written as `\\n`,", "at its end"));
    assert_eq!(shape("sk-abcd%0A"), space("a line break, encoded as `%0A`,", "at its end"));
    assert_eq!(shape("sk–abcd"), Some(Shape::NonAscii { character: '–', position: 3 }));
    assert_eq!(shape("sk-ab\u{200B}cd"), Some(Shape::NonAscii { character: '\u{200B}', position: 6 }));
    assert_eq!(shape_of(b"sk-ab\xe9cd"), Some(Shape::NotUtf8 { byte: 0xe9, position: 6 }));
    assert_eq!(shape_of(b"sk-abcd\xe9"), Some(Shape::NotUtf8 { byte: 0xe9, position: 8 }));
    assert_eq!(shape_of(b"sk-\xe9"), Some(Shape::NotUtf8 { byte: 0xe9, position: 4 }));
}

#[test]
fn what_is_something_else_is_named() {
    for (text, word) in [
        ("https://api.openai.com/v1", "web address"),
        ("please use my other key now", "sentence"),
        ("me@example.com", "e-mail"),
        ("eyJhbGciOi.eyJzdWIiOiIx.c2ln", "web token"),
        ("c2stYWJjZGVmZ2hpamtsbW5vcA==", "base64"),
        ("OPENAI_API_KEY=sk-abcdef", "NAME=value"),
        ("export OPENAI_API_KEY=sk-abcdef", "NAME=value"),
        ("gpt-4o-mini", "model"),
        ("/run/secrets/openai", "path"),
        ("key_0aB3xYz01234", "public id"),
        ("proj_abcdef", "id of a project"),
        ("sk-tg-ab********wxyz", "shortened"),
        ("123e4567-e89b-12d3-a456-426614174000", "UUID"),
        ("123456", "number"),
    ] {
        let Some(Shape::NotAKey(what)) = shape(text) else { panic!("{text}: {:?}", shape(text)) };
        assert!(what.contains(word), "{text}: {what}");
    }
}

#[test]
fn what_may_be_a_key_has_no_shape() {
    for text in ["sk-1234567890abcdef", "0123456789abcdef0123456789abcdef", "my-team-key-7f3a"] {
        assert_eq!(shape(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = shape_of(&text);
    }

    #[test]
    fn base64_of_anything_is_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for group in bytes.chunks(3) {
            let n = group.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - group.len()));
            for i in 0..=group.len() {
                text.push(char::from(DIGITS[(n >> (18 - 6 * i)) as usize & 63]));
            }
        }

        prop_assert_eq!(base64(&text), Some(bytes));
    }
}
