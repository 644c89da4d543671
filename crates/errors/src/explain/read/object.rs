//! Reads objects as programs print them: JSON, Python's and JavaScript's forms, cut off or broken by line ends.
//!
//! In: a text and the place of an opening brace. Out: a [`Value`] and where it ends; nothing where the brace opens
//! something else. It never refuses what it has begun: a missing end is the end of the text. Each byte is looked at
//! a bounded number of times, and nesting beyond [`DEPTH_MAX`] is read as plain text.

use super::escapes::unescaped;

/// Objects nested deeper than this are text.
const DEPTH_MAX: u32 = 40;
/// White space after a brace, and lookahead after a quotation mark.
const BLANKS_MAX: usize = 200;
/// A member's name is not longer.
const NAME_MAX_BYTES: usize = 80;
/// A value without quotation marks is not longer.
const BARE_MAX_BYTES: usize = 2000;

/// What stands in an object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Object(Vec<(String, Value)>),
    List(Vec<Value>),
    /// In quotation marks, without them and with escapes resolved.
    Text(String),
    /// Numbers, truth values, names and whatever else has no quotation marks.
    Word(String),
}

/// An object that was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) value: Value,
    /// The place behind it.
    pub(super) end: usize,
    /// Lines that stood in it and are not members: what came behind an object that was cut off.
    pub(super) strangers: Vec<String>,
}

/// The object that the brace at `at` opens.
pub(super) fn object_at(text: &str, at: usize) -> Option<Read> {
    if !opens_object(text.as_bytes(), at) {
        return None;
    }
    let mut reader = Reader { bytes: text.as_bytes(), at, depth: 0, strangers: Vec::new() };
    let value = reader.object();
    Some(Read { value, end: reader.at, strangers: reader.strangers })
}

/// Whether the brace at `at` is followed by a name and what separates it from its value.
fn opens_object(bytes: &[u8], at: usize) -> bool {
    let start = after_blanks(bytes, at + 1);
    let Some(first) = bytes.get(start) else { return false };
    let name = &bytes[start..bytes.len().min(start + NAME_MAX_BYTES)];
    let len = match first {
        b'"' | b'\'' => name.iter().skip(1).position(|b| b == first || *b == b'\n').map_or(0, |len| len + 2),
        b'u' | b'b' if matches!(name.get(1), Some(b'\'' | b'"')) => {
            name.iter().skip(2).position(|b| *b == name[1] || *b == b'\n').map_or(0, |len| len + 3)
        }
        0xe2 if name.starts_with("“".as_bytes()) => {
            name.windows(3).position(|w| w == "”".as_bytes()).map_or(0, |len| len + 3)
        }
        b if b.is_ascii_alphabetic() || b"_$@".contains(b) => name.iter().take_while(|b| in_name(**b)).count(),
        _ => 0,
    };
    let separator = after_blanks(bytes, start + len);
    let rest = &bytes[separator.min(bytes.len())..];
    // The paths of Python and Rust (`a::b`) name no members.
    len > 0 && (rest.starts_with(b":") && !rest.starts_with(b"::") || rest.starts_with(b"=>"))
}

fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_$@.-".contains(&byte)
}

fn after_blanks(bytes: &[u8], at: usize) -> usize {
    let mut behind = at;
    while behind < at + BLANKS_MAX {
        match blank_len(bytes, behind) {
            0 => break,
            len => behind += len,
        }
    }
    behind
}

/// Bytes of the blank at this place: white space, or a line end that is written `\n` between members.
fn blank_len(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b) if b.is_ascii_whitespace() => 1,
        Some(b'\\') if matches!(bytes.get(at + 1), Some(b'n' | b'r' | b't')) => 2,
        _ => 0,
    }
}

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
    depth: u32,
    strangers: Vec<String>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        loop {
            match blank_len(self.bytes, self.at) {
                0 => break,
                len => self.at += len,
            }
        }
    }

    /// The brace is at hand.
    fn object(&mut self) -> Value {
        self.at += 1;
        self.depth += 1;
        let mut members = Vec::new();
        loop {
            self.skip_separators();
            match self.peek() {
                None => break,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(_) => {
                    let before = self.at;
                    if let Some(name) = self.name() {
                        let value = self.value();
                        members.push((name, value));
                    } else {
                        self.stranger(before);
                    }
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
        self.depth -= 1;
        Value::Object(members)
    }

    /// Keeps the rest of a line that begins like no member, if it is a line of prose.
    fn stranger(&mut self, from: usize) {
        const LINE_MAX_BYTES: usize = 600;
        let line_starts = self.bytes[..from].iter().rev().take(80).find(|b| !b" \t".contains(b)) == Some(&b'\n');
        let line = &self.bytes[from..self.bytes.len().min(from + LINE_MAX_BYTES)];
        let line = &line[..line.iter().position(|b| *b == b'\n').unwrap_or(line.len())];
        let words = line.split(|b| *b == b' ').filter(|word| word.iter().any(u8::is_ascii_alphabetic)).count();
        if line_starts && words > 3 && self.strangers.len() < 20 {
            self.strangers.push(String::from_utf8_lossy(line).into_owned());
            self.at = self.at.max(from + line.len());
        }
    }

    fn skip_separators(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b',' | b';' | b')' | b']') => self.at += 1,
                _ => break,
            }
        }
    }

    /// A member's name with what separates it; `None`, and one step on, where none is.
    fn name(&mut self) -> Option<String> {
        let name = match self.string() {
            Some(name) => name,
            None => {
                let len = self.bytes[self.at..].iter().take(NAME_MAX_BYTES).take_while(|b| in_name(**b)).count();
                let name = String::from_utf8_lossy(&self.bytes[self.at..self.at + len]).into_owned();
                self.at += len;
                name
            }
        };
        self.skip_blanks();
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(b'=') => self.at += 1 + usize::from(self.bytes.get(self.at + 1) == Some(&b'>')),
            // As protocol buffers are printed: `metadata { … }`.
            Some(b'{') if !name.is_empty() => {}
            _ => return None,
        }
        (!name.is_empty()).then_some(name)
    }

    fn value(&mut self) -> Value {
        self.skip_blanks();
        if let Some(text) = self.string() {
            return Value::Text(text);
        }
        match self.peek() {
            Some(b'{') if self.depth < DEPTH_MAX => self.object(),
            Some(b'[' | b'(') if self.depth < DEPTH_MAX && !self.is_named_bracket() => self.list(),
            _ => self.bare(),
        }
    }

    /// `[Object]`, `[Circular *1]`: how JavaScript shortens.
    fn is_named_bracket(&self) -> bool {
        let rest = &self.bytes[self.at..];
        rest[0] == b'[' && rest.get(1).is_some_and(u8::is_ascii_uppercase)
    }

    fn list(&mut self) -> Value {
        self.at += 1;
        self.depth += 1;
        let mut values = Vec::new();
        loop {
            self.skip_blanks();
            while self.peek() == Some(b',') {
                self.at += 1;
                self.skip_blanks();
            }
            match self.peek() {
                None => break,
                Some(b']' | b')') => {
                    self.at += 1;
                    break;
                }
                // The list was cut off, and its object goes on.
                Some(b'}') => break,
                Some(_) => {
                    let before = self.at;
                    values.push(self.value());
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
        self.depth -= 1;
        Value::List(values)
    }

    fn bare(&mut self) -> Value {
        let start = self.at;
        let mut open = 0u32;
        for byte in self.bytes.iter().skip(start).take(BARE_MAX_BYTES) {
            match byte {
                b'(' | b'[' => open += 1,
                b')' | b']' if open > 0 => open -= 1,
                b',' | b'}' | b']' | b')' if open == 0 => break,
                b'\n' => break,
                _ => {}
            }
            self.at += 1;
        }
        let word = String::from_utf8_lossy(&self.bytes[start..self.at]);
        let written = ["\\n", "\\r", "\\t"];
        let bare = written.iter().fold(word.trim(), |word, end| word.trim_end_matches(end).trim_end());
        Value::Word(bare.to_owned())
    }

    /// A string at hand, with those that follow it by `+` or directly; `None` and unmoved where none begins.
    fn string(&mut self) -> Option<String> {
        let mut out = self.one_string()?;
        loop {
            let before = self.at;
            self.skip_blanks();
            if self.peek() == Some(b'+') {
                self.at += 1;
                self.skip_blanks();
            } else if self.at == before {
                return Some(out);
            }
            match self.one_string() {
                Some(more) => out.push_str(&more),
                None => {
                    self.at = before;
                    return Some(out);
                }
            }
        }
    }

    fn one_string(&mut self) -> Option<String> {
        let rest = &self.bytes[self.at..];
        let prefix = usize::from(matches!(rest, [b'b' | b'u' | b'r' | b'B' | b'U', b'\'' | b'"', ..]));
        let rest = &rest[prefix..];
        let (open, close): (usize, &[u8]) = match rest {
            [b'"', ..] => (1, b"\""),
            [b'\'', ..] => (1, b"'"),
            [b'`', ..] => (1, b"`"),
            _ if rest.starts_with("“".as_bytes()) => ("“".len(), "”".as_bytes()),
            _ => return None,
        };
        self.at += prefix + open;
        let mut out = Vec::new();
        while let Some(byte) = self.peek() {
            if byte == b'\\' {
                self.escape(&mut out);
            } else if byte == close[0] && self.bytes[self.at..].starts_with(close) && self.closes(close.len()) {
                self.at += close.len();
                break;
            } else if byte == b'\n' {
                self.skip_blanks();
                if out.last() != Some(&b' ') {
                    out.push(b' ');
                }
            } else if byte == b'{' && self.embeds(close) {
                self.embedded(&mut out);
            } else {
                let plain = |b: &&u8| **b != close[0] && !matches!(**b, b'\\' | b'\n' | b'{');
                let rest = &self.bytes[self.at + 1..];
                let len = 1 + rest.iter().take_while(plain).count();
                out.extend_from_slice(&self.bytes[self.at..self.at + len]);
                self.at += len;
            }
        }
        Some(String::from_utf8_lossy(&out).into_owned())
    }

    /// Whether the brace here opens an object whose quotation marks are the string's own, which nobody escaped.
    fn embeds(&self, mark: &[u8]) -> bool {
        let first = after_blanks(self.bytes, self.at + 1);
        let name = self.bytes.get(first + 1..).unwrap_or_default();
        let len = name.iter().take(NAME_MAX_BYTES).take_while(|b| in_name(**b)).count();
        len > 0
            && name.get(len) == mark.first()
            && self.depth < DEPTH_MAX
            && mark.len() == 1
            && self.bytes.get(first) == mark.first()
            && opens_object(self.bytes, self.at)
    }

    /// Takes an object over as it stands, for whoever peels the string.
    fn embedded(&mut self, out: &mut Vec<u8>) {
        let (start, strangers) = (self.at, self.strangers.len());
        self.object();
        self.strangers.truncate(strangers);
        out.extend_from_slice(&self.bytes[start..self.at]);
    }

    /// Whether a quotation mark here ends the string: something that may follow a value must follow.
    fn closes(&self, len: usize) -> bool {
        let behind = self.at + len;
        let next = after_blanks(self.bytes, behind);
        match self.bytes.get(next) {
            None => true,
            Some(b',' | b':' | b'}' | b']' | b')' | b'+' | b';') => true,
            Some(b'=') => self.bytes.get(next + 1) == Some(&b'>'),
            Some(_) => self.bytes.get(behind..next).is_some_and(|gap| gap.contains(&b'\n')),
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) {
        let (bytes, len) = unescaped(&self.bytes[self.at..]);
        out.extend_from_slice(bytes.as_slice());
        self.at += len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        object_at(text, text.find('{').unwrap()).unwrap().value
    }

    fn member<'v>(value: &'v Value, path: &str) -> &'v Value {
        path.split('.').fold(value, |value, name| match value {
            Value::Object(members) => &members.iter().find(|(n, _)| n == name).unwrap().1,
            other => panic!("{other:?} has no {name}"),
        })
    }

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    #[test]
    fn one_error_reads_alike_in_every_language() {
        for written in [
            r#"{"error": {"message": "it's wrong", "code": null}}"#,
            r#"{'error': {'message': "it's wrong", 'code': None}}"#,
            r#"{u'error': {u'message': u'it\'s wrong', u'code': None}}"#,
            "{\n  error: {\n    message: \"it's wrong\",\n    code: undefined\n  }\n}",
            "{\n  error: {\n    message: \"it's \" +\n      'wrong',\n    code: undefined\n  }\n}",
            r#"{"error"=>{"message"=>"it's wrong", "code"=>nil}}"#,
            r#"{“error”: {“message”: “it's wrong”}}"#,
            r#"{"error": {"message": "it's wrong"#,
        ] {
            assert_eq!(member(&read(written), "error.message"), &text("it's wrong"), "{written}");
        }
    }

    #[test]
    fn quotation_marks_that_nobody_escaped_do_not_end_a_text() {
        let value = read(r#"{'message': 'The model 'x' is gone', 'code': 5}"#);

        assert_eq!(member(&value, "message"), &text("The model 'x' is gone"));
        assert_eq!(member(&value, "code"), &Value::Word("5".to_owned()));
    }

    #[test]
    fn an_object_in_a_string_is_kept_whole_where_nobody_escaped_its_quotation_marks() {
        for inner in [
            r#"{"message":"tool_use ids were found"}"#,
            r#"{"error": {"code": 7, "why": "no"}}"#,
            r#"upstream said {"detail":["a","b"]} and left"#,
            r#"{\n  "code": 429,\n  "status": "X"\n}\n"#,
            r#"{"raw":"{"deep":"it is deep"}"}"#,
        ] {
            let value = read(&format!(r#"{{"error": {{"message":"{inner}","code":400}}, "n": 1}}"#));

            let Value::Text(found) = member(&value, "error.message") else { panic!("{value:?}") };
            assert_eq!(found.trim(), inner.strip_suffix("\\n").unwrap_or(inner));
            assert_eq!(member(&value, "error.code"), &Value::Word("400".to_owned()), "{inner}");
        }
    }

    #[test]
    fn a_brace_at_the_end_of_a_string_opens_nothing() {
        let value = read(r#"{"prefix": "fn main() {", "suffix": "}", "list": ["{", "x"], "n": 5}"#);

        assert_eq!(member(&value, "prefix"), &text("fn main() {"));
        assert_eq!(member(&value, "n"), &Value::Word("5".to_owned()));
    }

    #[test]
    fn line_ends_that_are_written_out_between_members_are_blanks() {
        let value = read(r#"{\n  "code": 429,\n  "limit": 5\n}"#);

        assert_eq!(member(&value, "code"), &Value::Word("429".to_owned()));
        assert_eq!(member(&value, "limit"), &Value::Word("5".to_owned()));
    }

    #[test]
    fn escapes_are_resolved() {
        let value = read(r#"{"a": "x\n\u4e2d\ud83d\ude00\/", 'b': b'\xe4\xb8\xad'}"#);

        assert_eq!(member(&value, "a"), &text("x\n中😀/"));
        assert_eq!(member(&value, "b"), &text("中"));
    }

    #[test]
    fn shortened_values_and_calls_are_words() {
        let value = read("{ a: [Object], b: Optional(\"x, y\"), c: [ 1, 'z' ], d: [Circular *1] }");

        assert_eq!(member(&value, "a"), &Value::Word("[Object]".to_owned()));
        assert_eq!(member(&value, "b"), &Value::Word("Optional(\"x, y\")".to_owned()));
        assert_eq!(member(&value, "c"), &Value::List(vec![Value::Word("1".to_owned()), text("z")]));
    }

    #[test]
    fn a_line_behind_an_object_that_was_cut_off_is_kept() {
        let read = object_at("{ \"model\": \"x\",\nupstream connect error or disconnect before headers", 0).unwrap();

        assert_eq!(read.strangers, ["upstream connect error or disconnect before headers"]);
    }

    #[test]
    fn braces_of_code_and_prose_open_nothing() {
        for written in ["{ headers }", "fn main() { let x = 1; }", "{}", "{ std::mem }", "{{{{", "${KEY}"] {
            assert!(object_at(written, written.find('{').unwrap()).is_none(), "{written}");
        }
    }
}
