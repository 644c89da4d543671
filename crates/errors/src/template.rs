//! Fills the texts of the catalogue.
//!
//! In: a template and a look-up of facts. Out: text without any placeholder: a fact that is not known gives way to the
//! alternative that its author wrote (`[[with {fact}||without]]`), or else to a neutral word. Values are put in once
//! and never read as templates, so a caller cannot smuggle a placeholder in.

/// Fills `template`, asking `fact` for each placeholder.
pub(crate) fn fill(template: &str, fact: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(start) = rest.find("[[") {
        let Some(len) = rest[start..].find("]]") else { break };
        put(&mut out, &rest[..start], fact);
        let alternatives = rest[start + 2..start + len].split("||");
        if let Some(known) = alternatives.into_iter().find(|a| names(a).all(|name| fact(name).is_some())) {
            put(&mut out, known, fact);
        }
        rest = &rest[start + len + 2..];
    }
    put(&mut out, rest, fact);
    out
}

/// The names of the placeholders in `template`, in order, repeated ones too.
pub(crate) fn names(template: &str) -> impl Iterator<Item = &str> {
    pieces(template).filter_map(|piece| match piece {
        Piece::Name(name) => Some(name),
        Piece::Text(_) => None,
    })
}

/// What stands in every text that `template` makes, or in one of its alternatives: the pieces between the placeholders,
/// without the words that a value may touch.
pub(crate) fn fixed(template: &str) -> Vec<&str> {
    let mut fixed = Vec::new();
    let parts: Vec<&str> = template.split("[[").flat_map(|part| part.split("]]")).flat_map(|p| p.split("||")).collect();
    let mut before = None;
    for (at, part) in parts.iter().enumerate() {
        let pieces: Vec<Piece<'_>> = pieces(part).collect();
        for (n, piece) in pieces.iter().enumerate() {
            let Piece::Text(text) = piece else { continue };
            let follows = if n == 0 { before } else { Some('{') };
            let next = if n + 1 == pieces.len() { parts.get(at + 1).and_then(|p| p.chars().next()) } else { Some('{') };
            fixed.push(whole_words(text, follows, next));
        }
        before = part.chars().next_back().or(before);
    }
    fixed
}

/// `text` without its first and last word, where what stands before or behind it may go on there.
fn whole_words(text: &str, before: Option<char>, next: Option<char>) -> &str {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "-/._:'$%=+@#*<>{}".contains(c));
    let first = text.chars().next();
    let last = text.chars().next_back();
    let blank = char::is_whitespace;
    let from = if joins(before) && joins(first) { text.find(blank).unwrap_or(text.len()) } else { 0 };
    let to = if joins(last) && joins(next) { text.rfind(blank).map_or(0, |at| at + 1) } else { text.len() };
    text.get(from..to).unwrap_or_default()
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// Braces around anything but lower-case letters and underscores are text: `axios.post(url, data, { headers })`.
fn pieces(mut rest: &str) -> impl Iterator<Item = Piece<'_>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((name, after)) = placeholder(rest) {
            rest = after;
            return Some(Piece::Name(name));
        }
        let next = rest.char_indices().skip(1).find(|&(at, c)| c == '{' && placeholder(&rest[at..]).is_some());
        let (text, after) = rest.split_at(next.map_or(rest.len(), |(at, _)| at));
        rest = after;
        Some(Piece::Text(text))
    })
}

fn placeholder(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('{')?.split_once('}')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_name.then_some((name, after))
}

fn put(out: &mut String, template: &str, fact: &dyn Fn(&str) -> Option<String>) {
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Name(name) => match fact(name) {
                Some(value) => out.push_str(&value),
                None => out.push_str(neutral(name)),
            },
        }
    }
}

/// What stands for a fact that nobody brought along.
fn neutral(name: &str) -> &'static str {
    match name {
        "key" => "********",
        "delay" => "a moment",
        "content_type" => "none",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(name: &str) -> Option<String> {
        match name {
            "model" => Some("{gpt} [[x]]".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn a_missing_fact_takes_its_clause_along_or_becomes_a_neutral_word() {
        assert_eq!(fill("A[[ on {date}]].", &facts), "A.");
        assert_eq!(fill("A [[on {date}||some day]].", &facts), "A some day.");
        assert_eq!(fill("Key {key}, limit {limit}.", &facts), "Key ********, limit unknown.");
    }

    #[test]
    fn what_is_fixed_are_the_words_that_touch_no_placeholder() {
        let template = "`{model}` took {n}s until it[[ had begun on {date}||, as ever, began]], and that is all.";

        let fixed = fixed(template);

        let alternatives = [" had begun on ", ", as ever, began"];
        assert_eq!(fixed, [&["`", "` took ", " until it"][..], &alternatives, &[", and that is all."]].concat());
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        assert_eq!(fill("`{model}`[[ or {model}]]", &facts), "`{gpt} [[x]]` or {gpt} [[x]]");
    }

    #[test]
    fn braces_that_hold_no_name_are_text() {
        assert_eq!(fill("f(a, { headers }) {} {X} {", &facts), "f(a, { headers }) {} {X} {");
        assert_eq!(fill("['png'] [[ {", &facts), "['png'] [[ {");
    }
}
