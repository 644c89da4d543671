//! Takes out of a paste what terminals, web pages and editors put in: colours, invisible characters, entities.
//!
//! In: text. Out: the same text in plain characters, lines ended by `\n`. Words are left as they are.

/// `text` without escape sequences, control and invisible characters, and with entities resolved.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match byte {
            // Java's frameworks put a body in one line.
            b'<' if text[at..].starts_with("<EOL>") => {
                out.push('\n');
                at += "<EOL>".len();
            }
            0x1b => at = after_sequence(bytes, at + 1),
            b'\r' => {
                // A line that a progress display wrote over is a line too.
                if bytes.get(at + 1) != Some(&b'\n') {
                    out.push('\n');
                }
                at += 1;
            }
            b'&' => match entity(&text[at..]) {
                Some((c, len)) => {
                    out.push(c);
                    at += len;
                }
                None => {
                    out.push('&');
                    at += 1;
                }
            },
            // Serialisers of PHP escape slashes.
            b'\\' if bytes.get(at + 1) == Some(&b'/') => at += 1,
            b'\t' => {
                out.push(' ');
                at += 1;
            }
            b'\n' | b' '..=b'~' => {
                out.push(char::from(byte));
                at += 1;
            }
            0..=0x7f => at += 1,
            _ => {
                let c = text[at..].chars().next().unwrap_or(' ');
                out.extend(visible(c));
                at += c.len_utf8();
            }
        }
    }
    out
}

/// The place behind a terminal's escape sequence whose introducer is before `at`.
fn after_sequence(bytes: &[u8], at: usize) -> usize {
    /// Longer ones were not written by any terminal.
    const LONGEST: usize = 256;
    let rest = &bytes[at..bytes.len().min(at + LONGEST)];
    let end = match rest.first() {
        Some(b'[') => {
            let parameters = rest.iter().skip(1).take_while(|b| (0x20..=0x3f).contains(*b)).count();
            rest.get(parameters + 1).filter(|b| (0x40..=0x7e).contains(*b)).map(|_| parameters + 2)
        }
        Some(b']') => rest.iter().position(|b| matches!(b, 0x07 | 0x1b)).map(|len| len + 1),
        Some(_) => Some(1),
        None => None,
    };
    // The rest may begin a character of several bytes.
    let end = at + end.unwrap_or(0);
    if bytes.get(end.wrapping_sub(1)).is_some_and(u8::is_ascii) { end } else { at }
}

/// The character that an entity stands for, and its length; angle brackets are left to the reader of pages.
fn entity(text: &str) -> Option<(char, usize)> {
    const NAMED: [(&str, char); 8] = [
        ("&quot;", '"'),
        ("&#34;", '"'),
        ("&#x22;", '"'),
        ("&#39;", '\''),
        ("&#x27;", '\''),
        ("&apos;", '\''),
        ("&amp;", '&'),
        ("&nbsp;", ' '),
    ];
    NAMED.iter().find(|(name, _)| text.starts_with(name)).map(|(name, c)| (*c, name.len()))
}

fn visible(c: char) -> Option<char> {
    match c {
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{3000}' => Some(' '),
        '\u{2028}' | '\u{2029}' | '\u{85}' => Some('\n'),
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_entities_and_invisible_characters_are_gone() {
        let text = "\u{1b}[31mError\u{1b}[0m:\u{200b} &quot;x&quot;\r\nnext\u{a0}line \u{1b}]0;title\u{7}https:\\/\\/a";

        assert_eq!(plain(text), "Error: \"x\"\nnext line https://a");
    }

    #[test]
    fn a_sequence_without_an_end_takes_nothing_along() {
        assert_eq!(plain("a\u{1b}[é b"), "a[é b");
        assert_eq!(plain("\u{1b}"), "");
        assert_eq!(plain("\u{1b}é"), "é");
    }
}
