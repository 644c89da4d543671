//! Questions about the source of a program that stands in the text.

use crate::explain::case::Case;

/// `axios.post(url, data, headers)`: the headers stand where the options belong, and none of them is sent.
pub(in crate::explain::rules) fn headers_as_options(case: &Case) -> bool {
    case.sentences.iter().any(|s| gives_headers_bare(&s.text))
}

fn gives_headers_bare(text: &str) -> bool {
    const WITH_BODY: [&str; 3] = [".post(", ".put(", ".patch("];
    const WITHOUT: [&str; 2] = [".get(", ".delete("];
    let bare = |call: &str, place: usize| {
        text.match_indices(call).any(|(at, _)| argument(&text[at + call.len()..], place).is_some_and(is_headers))
    };
    text.contains("axios") && (WITH_BODY.iter().any(|call| bare(call, 2)) || WITHOUT.iter().any(|call| bare(call, 1)))
}

/// The argument at this place of a call whose parenthesis has been opened.
fn argument(text: &str, place: usize) -> Option<&str> {
    const LOOKED_AT: usize = 600;
    let (mut depth, mut at_place, mut start) = (0u32, 0, 0);
    for (at, c) in text.char_indices().take(LOOKED_AT) {
        match c {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' if depth > 0 => depth -= 1,
            ',' | ')' if depth == 0 => {
                if at_place == place {
                    return Some(text[start..at].trim());
                }
                if c == ')' {
                    return None;
                }
                at_place += 1;
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// A variable for headers by its name, not `{ headers }` and not a call.
fn is_headers(argument: &str) -> bool {
    argument.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
        && argument.to_ascii_lowercase().ends_with("headers")
}

#[cfg(test)]
mod tests {
    use super::gives_headers_bare;

    #[test]
    fn headers_in_the_place_of_the_options_are_seen() {
        assert!(gives_headers_bare("await axios.post(url, data, headers).then((r) => r.data)"));
        assert!(gives_headers_bare("axios.post('/v1/x', { a: [1, 2], b: f(x) }, reqHeaders)"));
        assert!(gives_headers_bare("axios.get(url, headers)"));
    }

    #[test]
    fn headers_inside_the_options_are_not() {
        assert!(!gives_headers_bare("axios.post(url, data, { headers })"));
        assert!(!gives_headers_bare("axios.post(url, headers)"));
        assert!(!gives_headers_bare("axios.get(url, { headers: headers })"));
        assert!(!gives_headers_bare("requests.post(url, data, headers)"));
    }
}
