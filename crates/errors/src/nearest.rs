//! Which known name an unknown one was likely meant to be.
//!
//! In: names. Out: how many edits lie between them, and the nearest within reason.

/// Edits between two names (insert, delete, change, swap of neighbours), letter case aside; `asked` in lower case.
#[must_use]
pub fn distance(asked: &[char], name: &str) -> usize {
    let name: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    // Three rows of the usual table: the current one, and the two before it.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=asked.len()).collect();
    for (i, letter) in name.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in asked.iter().enumerate() {
            let change = last[j] + usize::from(letter != other);
            let mut edits = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == asked[j - 1] && name[i - 1] == *other {
                edits = edits.min(before[j - 1] + 1);
            }
            row.push(edits);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[asked.len()]
}

/// The known name that resembles `asked` most: at most a third of its letters differ. Punctuation
/// counts for nothing: `maxTokens` is `max_tokens`.
#[must_use]
pub fn nearest<'n>(asked: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let letters = |text: &str| -> String { text.chars().take(64).filter(|c| c.is_alphanumeric()).collect() };
    let asked: Vec<char> = letters(asked).chars().flat_map(char::to_lowercase).collect();
    let edits = known.into_iter().map(|name| (distance(&asked, &letters(name)), name));
    let (edits, name) = edits.min_by_key(|(edits, _)| *edits)?;
    (!asked.is_empty() && edits <= asked.len() / 3).then_some(name)
}

/// At most three names that resemble `asked`, nearest first: parts of names count as near. Names are in lower case, with
/// `_` between their words.
#[must_use]
pub(crate) fn several(asked: &str, known: impl IntoIterator<Item = &'static str>) -> Vec<&'static str> {
    let asked: String = asked.chars().take(64).collect::<String>().to_lowercase().replace('-', "_");
    let letters: Vec<char> = asked.chars().collect();
    let bare = asked.replace('_', "");
    let near = |name: &'static str| {
        let edits = distance(&letters, name);
        let part = |asked: &str, name: &str| name.contains(asked) || asked.contains(name);
        let within = !bare.is_empty() && (part(&asked, name) || part(&bare, &name.replace('_', "")));
        (within || edits <= (name.len() / 3).max(2)).then_some((if within { edits / 4 } else { edits }, name))
    };
    let mut found: Vec<(usize, &str)> = known.into_iter().filter_map(near).collect();
    found.sort_unstable();
    found.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        let of = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), b);

        assert_eq!(of("gpt-4o-mini", "gpt-4o-mini"), 0);
        assert_eq!(of("gpt4o-mini", "gpt-4o-mini"), 1);
        assert_eq!(of("", "abc"), 3);
        assert_eq!(of("kitten", "sitting"), 3);
        assert_eq!(of("modle", "model"), 1);
    }

    #[test]
    fn a_name_is_found_through_slips_and_other_spellings() {
        let known = ["max_tokens", "temperature", "top_p", "n", "messages"];
        for (asked, expected) in [
            ("maxTokens", Some("max_tokens")),
            ("max-tokens", Some("max_tokens")),
            ("temprature", Some("temperature")),
            ("message", Some("messages")),
            ("num_ctx", None),
            ("", None),
        ] {
            assert_eq!(nearest(asked, known), expected, "{asked}");
        }
    }
}
