//! The frame of every page: the links at its side, the table of contents, the style sheet.
//!
//! In: a title and HTML that is ours. Out: a whole page. No script, no image, no font: one style sheet.

use std::fmt::Write as _;

use super::manual;

/// Light and dark, narrow and wide, on paper.
pub(super) const STYLE: &str = include_str!("style.css");

/// A link.
pub(super) struct Link {
    pub(super) href: String,
    pub(super) text: String,
}

/// A page; `path` is its own, so that the link to it is marked.
pub(super) fn page(title: &str, path: &str, body: &str, contents: &[Link]) -> String {
    let mut side = String::new();
    let guide = Link { href: "/errors".to_owned(), text: "Error guide".to_owned() };
    for link in manual::links().iter().chain([&guide]) {
        let current = if link.href == path || (link.href == "/errors" && path.starts_with("/errors")) {
            " aria-current=\"page\""
        } else {
            ""
        };
        let _ = writeln!(side, "<li><a href=\"{}\"{current}>{}</a></li>", link.href, escape(&link.text));
    }
    let mut sections = String::new();
    for link in contents {
        let _ = writeln!(sections, "<li><a href=\"{}\">{}</a></li>", link.href, escape(&link.text));
    }
    if !sections.is_empty() {
        sections = format!(
            "<nav class=\"contents\" aria-label=\"On this page\"><p>On this page</p><ul>\n{sections}</ul></nav>\n"
        );
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · Tollgate</title>\n\
         <link rel=\"stylesheet\" href=\"/docs/style.css\">\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to content</a>\n\
         <header><a href=\"/docs\">Tollgate</a></header>\n\
         <nav class=\"side\" aria-label=\"Manual\"><ul>\n{side}</ul></nav>\n\
         <main id=\"main\">\n{body}</main>\n{sections}</body>\n</html>\n",
        title = escape(title),
    )
}

/// Text as HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
