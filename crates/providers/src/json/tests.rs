use proptest::prelude::*;

use super::*;

fn names(text: &str) -> Result<Vec<(String, String, Kind)>, JsonError> {
    let mut out = Vec::new();
    members(text.as_bytes(), |m| {
        out.push((m.name.into_owned(), text[m.value].to_owned(), m.kind));
        Ok::<_, JsonError>(())
    })?;
    Ok(out)
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<i32>().prop_map(|n| (f64::from(n) / 8.0).into()),
        ".{0,60}".prop_map(Into::into),
        "[\\x00-\\x7f]{0,80}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::hash_map(".{0,8}", inner, 0..6)
                .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn members_are_those_that_serde_reads(object in proptest::collection::btree_map(".{0,8}", value(), 0..8), pretty in any::<bool>()) {
        let tree = serde_json::Value::Object(object.into_iter().collect());
        let text = if pretty { serde_json::to_string_pretty(&tree).unwrap() } else { tree.to_string() };

        let read = names(&text).unwrap();

        prop_assert_eq!(read.len(), tree.as_object().unwrap().len());
        for (name, raw, _) in read {
            prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&raw).unwrap(), &tree[name]);
        }
    }

    #[test]
    fn what_is_valid_here_is_valid_to_serde(mut text in proptest::collection::vec(any::<u8>(), 0..60), at in 0usize..60) {
        // Random bytes are rarely near JSON, so a valid object is bent in one place too.
        let agree = |text: &[u8]| {
            let ours = match members(text, |_| Ok::<_, JsonError>(())) {
                Ok(()) | Err(JsonError::NotAnObject) => true,
                Err(_) => false,
            };
            // Lone surrogate escapes are grammatical JSON that serde cannot hold in a string.
            ours == (std::str::from_utf8(text).is_ok() && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok())
        };
        prop_assert!(agree(&text), "{:?}", String::from_utf8_lossy(&text));
        let mut valid = br#"{"model":"a\"b","n":[1,-2.5e3,{"x":null}],"s":true,"t":"\u00e9\n"}"#.to_vec();
        if let Some(byte) = text.pop() {
            let at = at % valid.len();
            valid[at] = byte;
            prop_assert!(agree(&valid), "{:?}", String::from_utf8_lossy(&valid));
            valid.truncate(at);
            prop_assert!(agree(&valid), "{:?}", String::from_utf8_lossy(&valid));
        }
    }

    #[test]
    fn a_plain_run_ends_at_the_first_special_byte(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        let expected = text.iter().position(|&b| is_special(b)).unwrap_or(text.len());

        prop_assert_eq!(plain_run(&text), expected);
    }
}

#[test]
fn errors_say_where() {
    for (text, message) in [
        ("", "the text ends at byte 0, inside a value"),
        ("[1,2]", "the outermost value is not an object"),
        ("{\"a\":1,}", "byte 7: expected a property name in double quotes"),
        ("{'a':1}", "byte 1: expected a property name in double quotes"),
        ("{\"a\" 1}", "byte 5: expected ':'"),
        ("{\"a\":01}", "byte 6: expected a number without leading zeros"),
        ("{\"a\":\"x\ny\"}", "byte 7: a control character stands unescaped in a string"),
        ("{\"a\":tru", "the text ends at byte 8, inside a literal"),
        ("{\"a\":1} x", "byte 8: expected the end of the text"),
        ("{\"a\":[1,2}", "byte 9: expected ',' or ']'"),
        ("{\"a\":\"\\x\"}", "byte 7: expected an escape that JSON knows"),
        ("{\"a\":NaN}", "byte 5: expected a value"),
    ] {
        assert_eq!(names(text).unwrap_err().to_string(), message, "{text}");
    }
    assert_eq!(
        members(b"{\"a\":\"\xff\"}", |_| Ok::<_, JsonError>(())).unwrap_err().to_string(),
        "byte 6 is not valid UTF-8"
    );
}

#[test]
fn depth_is_bounded() {
    let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));

    assert!(names(&nested(MAX_DEPTH as usize)).is_ok());
    assert!(matches!(names(&nested(MAX_DEPTH as usize + 1)), Err(JsonError::TooDeep { .. })));
    assert!(matches!(names(&format!("{{\"a\":{}", "[".repeat(1_000_000))), Err(JsonError::TooDeep { .. })));
}

#[test]
fn an_escaped_name_is_read_as_what_it_says() {
    let read = names(r#"{"mod\u0065l":"x"}"#).unwrap();

    assert_eq!(read[0].0, "model");
}
