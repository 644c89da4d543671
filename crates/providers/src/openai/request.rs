//! The facts of a request body, and the splices that change it.
//!
//! In: a caller's body. Out: a [`Peek`] (model, stream, what else routing needs) and [`Splice`]s: everything that is
//! not replaced passes byte for byte, unknown members and white space included.

use std::borrow::Cow;
use std::ops::Range;

use crate::json::{self, JsonError, Kind, Member};

/// What the gateway reads of a request body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peek {
    /// The model, and where it stands (with its quotes).
    model: Option<(String, Range<usize>)>,
    /// `stream`, and where its value ends; `false` and `None` where absent.
    stream: bool,
    stream_end: Option<usize>,
    stream_options: StreamOptions,
    /// The first member that refers to a stored response: `previous_response_id` or `conversation`.
    pub refers_to_state: Option<&'static str>,
    /// Where the value of `previous_response_id` stands, if it is a string.
    previous_response: Option<Range<usize>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum StreamOptions {
    #[default]
    Absent,
    Null(Range<usize>),
    /// Where it opens, whether it is empty, and its `include_usage`.
    Object {
        open: usize,
        empty: bool,
        include_usage: Option<(bool, Range<usize>)>,
    },
}

/// Why a body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeekError {
    /// Not JSON, or not an object.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A member that decides something stands twice.
    #[error("{name:?} stands twice")]
    Duplicate {
        /// The member.
        name: &'static str,
    },
    /// A member that decides something stands in other letter case: servers written in Go take it for the same,
    /// others do not, so that two parsers would read two requests.
    #[error("{name:?} is written in other letter case")]
    LetterCase {
        /// The member as it is to be written.
        name: &'static str,
    },
    /// A member has the wrong type.
    #[error("{name:?} is {found:?}")]
    WrongType {
        /// The member.
        name: &'static str,
        /// What OpenAI expects there, with its article.
        expected: &'static str,
        /// What was found.
        found: Kind,
    },
}

/// The members that are read; each may stand once.
const READ: [&str; 5] = ["model", "stream", "stream_options", "previous_response_id", "conversation"];

/// Whether `given` is `name` but for letter case, as Go's `encoding/json` compares: it also takes the long s and the
/// Kelvin sign for the letters they look like (Unicode simple folding).
fn same_letters(given: &str, name: &str) -> bool {
    if given.is_ascii() {
        return given.eq_ignore_ascii_case(name);
    }
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    given.chars().map(fold).eq(name.chars())
}

impl Peek {
    /// Reads a body. One pass over the bytes; allocates for the model's name only.
    ///
    /// # Errors
    /// See [`PeekError`].
    pub fn read(body: &[u8]) -> Result<Self, PeekError> {
        let mut peek = Self::default();
        let mut seen = 0u8;
        json::members(body, |member| {
            let Some(index) = READ.iter().position(|name| same_letters(&member.name, name)) else {
                return Ok(());
            };
            let name = READ[index];
            if member.name != name {
                return Err(PeekError::LetterCase { name });
            }
            if seen & (1 << index) != 0 {
                return Err(PeekError::Duplicate { name });
            }
            seen |= 1 << index;
            peek.note(body, name, &member)
        })?;
        Ok(peek)
    }

    fn note(&mut self, body: &[u8], name: &'static str, member: &Member<'_>) -> Result<(), PeekError> {
        let wrong = |expected| Err(PeekError::WrongType { name, expected, found: member.kind });
        match (name, member.kind) {
            ("model", Kind::String) => {
                let text = json::string(body, member.value.clone()).map(Cow::into_owned);
                self.model = Some((text.unwrap_or_default(), member.value.clone()));
            }
            ("model", _) => return wrong("a string"),
            ("stream", Kind::Bool) => {
                self.stream = body[member.value.start] == b't';
                self.stream_end = Some(member.value.end);
            }
            ("stream" | "stream_options" | "previous_response_id" | "conversation", Kind::Null) => {
                if name == "stream_options" {
                    self.stream_options = StreamOptions::Null(member.value.clone());
                }
            }
            ("stream", _) => return wrong("a boolean"),
            ("stream_options", Kind::Object) => self.stream_options = stream_options(body, member.value.clone())?,
            ("stream_options", _) => return wrong("an object"),
            _ => {
                if (name, member.kind) == ("previous_response_id", Kind::String) {
                    self.previous_response = Some(member.value.clone());
                }
                self.refers_to_state.get_or_insert(name);
            }
        }
        Ok(())
    }

    /// The model asked for.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.model.as_ref().map(|(name, _)| name.as_str())
    }

    /// The response that the request of this body builds on.
    #[must_use]
    pub fn previous_response<'b>(&self, body: &'b [u8]) -> Option<Cow<'b, str>> {
        json::string(body, self.previous_response.clone()?)
    }

    /// Whether a stream is asked for.
    #[must_use]
    pub fn stream(&self) -> bool {
        self.stream
    }

    /// Whether the caller asked for the usage chunk at the end of a stream.
    #[must_use]
    pub fn asks_usage(&self) -> bool {
        matches!(&self.stream_options, StreamOptions::Object { include_usage: Some((true, _)), .. })
    }

    /// The splice that names another model; `json` is its name as a JSON string, quotes included.
    #[must_use]
    pub fn rename<'t>(&self, json: &'t str) -> Option<Splice<'t>> {
        self.model.as_ref().map(|(_, at)| Splice { at: at.clone(), text: json })
    }

    /// The splice that asks for the usage chunk; `None` where it is asked for already, or no stream is.
    #[must_use]
    pub fn ask_usage(&self) -> Option<Splice<'static>> {
        if !self.stream {
            return None;
        }
        match &self.stream_options {
            StreamOptions::Absent => {
                let end = self.stream_end?;
                Some(Splice { at: end..end, text: r#","stream_options":{"include_usage":true}"# })
            }
            StreamOptions::Null(at) => Some(Splice { at: at.clone(), text: r#"{"include_usage":true}"# }),
            StreamOptions::Object { include_usage: Some((true, _)), .. } => None,
            StreamOptions::Object { include_usage: Some((false, at)), .. } => {
                Some(Splice { at: at.clone(), text: "true" })
            }
            StreamOptions::Object { open, empty, include_usage: None } => {
                let text = if *empty { r#""include_usage":true"# } else { r#""include_usage":true,"# };
                Some(Splice { at: *open + 1..*open + 1, text })
            }
        }
    }
}

fn stream_options(body: &[u8], value: Range<usize>) -> Result<StreamOptions, PeekError> {
    const NAME: &str = "stream_options.include_usage";
    let start = value.start;
    let mut empty = true;
    let mut include_usage = None;
    json::members(&body[value], |member| {
        empty = false;
        if same_letters(&member.name, "include_usage") {
            if member.name != "include_usage" {
                return Err(PeekError::LetterCase { name: NAME });
            }
            let at = start + member.value.start..start + member.value.end;
            let given = match member.kind {
                Kind::Bool => body[at.start] == b't',
                Kind::Null => false,
                found => return Err(PeekError::WrongType { name: NAME, expected: "a boolean", found }),
            };
            if include_usage.replace((given, at)).is_some() {
                return Err(PeekError::Duplicate { name: NAME });
            }
        }
        Ok(())
    })?;
    Ok(StreamOptions::Object { open: start, empty, include_usage })
}

/// One replacement in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice<'t> {
    /// What is replaced; empty for an insertion.
    pub at: Range<usize>,
    /// By what.
    pub text: &'t str,
}

/// Appends `body` to `out` with the splices applied, which must not overlap. They may come in any order.
pub fn splice(body: &[u8], splices: &mut [Splice<'_>], out: &mut Vec<u8>) {
    // What is inserted where something is taken away stands before it.
    splices.sort_unstable_by_key(|s| (s.at.start, s.at.end));
    let mut from = 0;
    for s in splices {
        out.extend_from_slice(&body[from..s.at.start]);
        out.extend_from_slice(s.text.as_bytes());
        from = s.at.end;
    }
    out.extend_from_slice(&body[from..]);
}

/// The length that [`splice`] gives.
#[must_use]
pub fn spliced_len(body: &[u8], splices: &[Splice<'_>]) -> usize {
    splices.iter().fold(body.len(), |len, s| len + s.text.len() - s.at.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn spliced(body: &str, model: &str) -> Value {
        let peek = Peek::read(body.as_bytes()).unwrap();
        let name = serde_json::to_string(model).unwrap();
        let mut splices: Vec<_> = peek.rename(&name).into_iter().chain(peek.ask_usage()).collect();
        let mut out = Vec::new();
        let len = spliced_len(body.as_bytes(), &splices);
        splice(body.as_bytes(), &mut splices, &mut out);
        assert_eq!(out.len(), len);
        serde_json::from_slice(&out).unwrap()
    }

    fn options() -> impl Strategy<Value = Option<Value>> {
        prop_oneof![
            Just(None),
            Just(Some(Value::Null)),
            Just(Some(json!({}))),
            Just(Some(json!({"include_obfuscation": false}))),
            any::<bool>().prop_map(|b| Some(json!({"a": [1], "include_usage": b, "z": {}}))),
            Just(Some(json!({"include_usage": null}))),
        ]
    }

    proptest! {
        #[test]
        fn splicing_equals_serialising_again(
            model in ".{1,20}", new in ".{1,20}", stream in proptest::option::of(any::<bool>()), options in options(),
            before in proptest::collection::btree_map("[a-l]{1,4}", ".{0,20}", 0..4),
            pretty in any::<bool>(),
        ) {
            let mut tree = json!(before);
            tree["model"] = json!(model);
            if let Some(stream) = stream { tree["stream"] = json!(stream); }
            if let Some(options) = &options { tree["stream_options"] = options.clone(); }
            tree["zz"] = json!([{"model": "inner", "stream": "x"}]);
            let text = if pretty { serde_json::to_string_pretty(&tree).unwrap() } else { tree.to_string() };

            let got = spliced(&text, &new);

            tree["model"] = json!(new);
            if stream == Some(true) {
                let mut o = options.filter(Value::is_object).unwrap_or_else(|| json!({}));
                o["include_usage"] = json!(true);
                tree["stream_options"] = o;
            }
            prop_assert_eq!(got, tree);
        }

        #[test]
        fn no_body_makes_the_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Peek::read(&body);
        }
    }

    #[test]
    fn a_second_model_is_refused_in_any_disguise() {
        for body in [r#"{"model":"a","model":"b"}"#, r#"{"model":"a","mod\u0065l":"b"}"#] {
            assert_eq!(Peek::read(body.as_bytes()), Err(PeekError::Duplicate { name: "model" }), "{body}");
        }
        for (body, name) in [
            (r#"{"model":"a","Model":"b"}"#, "model"),
            (r#"{"MODEL":"a","x":1,"model":"b"}"#, "model"),
            (r#"{"model":"a","Stream":true}"#, "stream"),
            (r#"{"model":"a","ſtream":true}"#, "stream"),
            (r#"{"model":"a","stream":true,"Stream_Options":{}}"#, "stream_options"),
            (r#"{"stream":true,"stream_options":{"Include_Usage":true}}"#, "stream_options.include_usage"),
        ] {
            assert_eq!(Peek::read(body.as_bytes()), Err(PeekError::LetterCase { name }), "{body}");
        }
    }

    #[test]
    fn wrong_types_are_named() {
        for (body, name, found) in [
            (r#"{"model":4}"#, "model", Kind::Number),
            (r#"{"model":"a","stream":"yes"}"#, "stream", Kind::String),
            (r#"{"stream_options":[]}"#, "stream_options", Kind::Array),
            (r#"{"stream_options":{"include_usage":1}}"#, "stream_options.include_usage", Kind::Number),
        ] {
            let Err(PeekError::WrongType { name: n, found: f, .. }) = Peek::read(body.as_bytes()) else {
                panic!("{body} was read");
            };
            assert_eq!((n, f), (name, found));
        }
    }

    #[test]
    fn untouched_bytes_stay_untouched() {
        let body = "{ \"x\" : 1.0e+00 ,\n\t\"model\":\"a\" , \"y\":\"\\u0041\"}";
        let peek = Peek::read(body.as_bytes()).unwrap();
        let mut out = Vec::new();

        splice(body.as_bytes(), &mut [peek.rename("\"b\"").unwrap()], &mut out);

        assert_eq!(String::from_utf8(out).unwrap(), body.replace("\"a\"", "\"b\""));
    }

    #[test]
    fn state_references_are_seen_unless_null() {
        let refers = |body: &str| Peek::read(body.as_bytes()).unwrap().refers_to_state;

        assert_eq!(refers(r#"{"previous_response_id":"resp_1"}"#), Some("previous_response_id"));
        assert_eq!(refers(r#"{"previous_response_id":null,"conversation":{"id":"conv_1"}}"#), Some("conversation"));
        assert_eq!(refers(r#"{"previous_response_id":null}"#), None);
    }
}
