//! Reads web pages: title, headings and what their text says.
//!
//! In: a text that may hold a page. Out: the text without it; the page's words in the notes.

use super::notes::Notes;
use super::prose;
use crate::explain::terms::normal;

/// How pages and XML begin, in lower case.
const STARTS: [&str; 12] = [
    "<!doctype html",
    "<html",
    "<head",
    "<body",
    "<title",
    "<h1",
    "<center>",
    "<error>",
    "<errorresponse",
    "<?xml",
    "<div",
    "<p>",
];
/// Of a page's text, what is read.
const TEXT_MAX_BYTES: usize = 16 * 1024;

/// Whether a text holds a page.
pub(super) fn looks_like(text: &str) -> bool {
    start(text).is_some()
}

fn start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', bytes).find(|at| {
        STARTS.iter().any(|s| bytes.get(*at..*at + s.len()).is_some_and(|b| b.eq_ignore_ascii_case(s.as_bytes())))
    })
}

/// Takes the page out of `text` and reads it; `None` where there is none.
pub(super) fn take(text: &str, depth: u8, notes: &mut Notes) -> Option<String> {
    let start = start(text)?;
    let (before, rest) = text.split_at(start);
    let end = end(rest);
    let (page, after) = rest.split_at(end);
    read(page, depth, notes);
    Some(format!("{before}\n{after}"))
}

/// The last closing tag ends a page, or its text does.
fn end(text: &str) -> usize {
    let lower_end = ["</html>", "</HTML>", "</Error>", "</ErrorResponse>"];
    lower_end.iter().filter_map(|tag| text.find(tag).map(|at| at + tag.len())).min().unwrap_or_else(|| {
        // Cut off: up to the last tag's line.
        let last = memchr::memrchr(b'>', text.as_bytes()).map_or(0, |at| at + 1);
        text[last..].find('\n').map_or(text.len(), |line| last + line)
    })
}

fn read(page: &str, depth: u8, notes: &mut Notes) {
    // Cloudflare's pages name their error in the address of its explanation.
    if let Some((_, rest)) = page.split_once("errorcode_") {
        let digits = rest.bytes().take(4).take_while(u8::is_ascii_digit).count();
        super::members::code("code", &rest[..digits], depth + 1, notes);
    }
    let mut words = String::new();
    let mut headings = String::new();
    let mut rest = page;
    let mut tag = String::new();
    while let Some(open) = rest.find('<') {
        text_of(&tag, &rest[..open], depth, &mut words, &mut headings, notes);
        let close = rest[open..].find('>').map_or(rest.len(), |at| open + at + 1);
        tag = rest[open..close].trim_matches(['<', '>']).split_whitespace().next().unwrap_or("").to_ascii_lowercase();
        rest = &rest[close..];
        if matches!(tag.as_str(), "script" | "style" | "svg") {
            let end = format!("</{tag}");
            rest = rest.find(&end).map_or("", |at| &rest[at..]);
        }
        if ["p", "/p", "br", "br/", "div", "/div", "li", "h1", "h2", "/h1", "/h2", "title", "/title", "td", "tr"]
            .contains(&tag.as_str())
        {
            words.push('\n');
        }
    }
    text_of(&tag, rest, depth, &mut words, &mut headings, notes);
    if !headings.trim().is_empty() {
        let known = notes.case.page.take().unwrap_or_default();
        notes.case.page = Some(format!("{known}{}", normal(&headings)));
    }
    notes.is_page = true;
    let cut = words.floor_char_boundary(TEXT_MAX_BYTES);
    for line in words[..cut].lines().map(str::trim).filter(|line| !line.is_empty()) {
        prose::message(line, depth, notes);
    }
}

fn text_of(tag: &str, text: &str, depth: u8, words: &mut String, headings: &mut String, notes: &mut Notes) {
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return;
    }
    match tag {
        // AWS and other services answer in XML.
        "code" | "errorcode" => super::members::code("code", &text, depth + 1, notes),
        "title" | "h1" | "h2" | "h3" => {
            headings.push_str(&text);
            headings.push('\n');
        }
        _ => {}
    }
    words.push_str(&text);
    words.push(' ');
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;

    #[test]
    fn a_page_gives_its_title_and_its_words() {
        let case = case_of(
            "Chat endpoint returned HTTP 405: <html>\n<head><title>405 Not Allowed</title></head>\n<body>\n<center><h1>405 Not Allowed</h1></center>\n<hr><center>nginx/1.18.0</center>\n</body>\n</html>",
        );

        assert!(case.page.as_deref().unwrap_or_default().contains("405 not allowed"));
        assert_eq!(case.statuses, [405]);
        assert!(case.sentences.iter().any(|s| s.text == "nginx/1.18.0"));
    }

    #[test]
    fn a_service_that_answers_in_xml_is_read_too() {
        let case = case_of("<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature</Message></Error>");

        assert!(case.code_is(&["signaturedoesnotmatch"]));
        assert!(case.sentences.iter().any(|s| s.text.contains("The request signature")));
    }
}
