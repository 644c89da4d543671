//! Markdown of the manual as HTML.
//!
//! In: a document of ours. Out: its HTML, and its sections for a table of contents. Links between documents become
//! links between pages; what leads to a file that is not served becomes plain text; the name of a cause leads to its
//! page in the guide.

use std::collections::HashMap;

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};
use tollgate_errors::catalog;

use super::layout::Link;
use super::manual;

/// A document as HTML.
pub(super) struct Rendered {
    pub(super) html: String,
    /// Its sections of the second level.
    pub(super) contents: Vec<Link>,
}

fn parse(source: &str) -> Parser<'_> {
    Parser::new_ext(source, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH)
}

/// Renders a document.
pub(super) fn render(source: &str) -> Rendered {
    let mut events: Vec<Event<'_>> = Vec::new();
    let mut contents = Vec::new();
    let mut ids: HashMap<String, usize> = HashMap::new();
    // Where the heading began that is being read, and its text so far.
    let mut heading: Option<(usize, String)> = None;
    // Links inside links are none; a link that leads nowhere loses its ends.
    let mut links: Vec<bool> = Vec::new();
    for event in parse(source) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                heading = Some((events.len(), String::new()));
                events.push(event);
            }
            Event::End(TagEnd::Heading(level)) => {
                if let Some((at, text)) = heading.take() {
                    let id = unique(&mut ids, slug(&text));
                    if level == HeadingLevel::H2 {
                        contents.push(Link { href: format!("#{id}"), text });
                    }
                    if let Event::Start(Tag::Heading { id: place, .. }) = &mut events[at] {
                        *place = Some(CowStr::from(id));
                    }
                }
                events.push(event);
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => match target(&dest_url) {
                Some(dest_url) => {
                    links.push(true);
                    events.push(Event::Start(Tag::Link { link_type, dest_url: dest_url.into(), title, id }));
                }
                None => links.push(false),
            },
            Event::End(TagEnd::Link) => {
                if links.pop().unwrap_or(false) {
                    events.push(event);
                }
            }
            Event::Code(text) => {
                if let Some((_, heading)) = &mut heading {
                    heading.push_str(&text);
                }
                let slug = links.is_empty() && heading.is_none() && catalog::by_slug(&text).is_some();
                let link = slug.then(|| CowStr::from(format!("/errors/{text}")));
                events.extend(link.clone().map(opening));
                events.push(Event::Code(text));
                events.extend(link.map(|_| Event::End(TagEnd::Link)));
            }
            Event::Text(text) => {
                if let Some((_, heading)) = &mut heading {
                    heading.push_str(&text);
                }
                events.push(Event::Text(text));
            }
            // Our documents hold no HTML; what looks like it is shown as it stands.
            Event::Html(text) | Event::InlineHtml(text) => events.push(Event::Text(text)),
            other => events.push(other),
        }
    }
    let mut out = String::with_capacity(source.len() * 2);
    html::push_html(&mut out, events.into_iter());
    Rendered { html: scrolling_tables(&out), contents }
}

fn opening(dest_url: CowStr<'_>) -> Event<'_> {
    Event::Start(Tag::Link { link_type: LinkType::Inline, dest_url, title: CowStr::from(""), id: CowStr::from("") })
}

/// Wide tables scroll by themselves and not with the page.
fn scrolling_tables(html: &str) -> String {
    html.replace("<table>", "<div class=\"table\"><table>").replace("</table>", "</table></div>")
}

/// Where a link of a document leads when it is served.
fn target(url: &str) -> Option<String> {
    if url.starts_with("https://") || url.starts_with("http://") || url.starts_with('#') || url.starts_with('/') {
        return Some(url.to_owned());
    }
    let (file, fragment) = url.split_once('#').unwrap_or((url, ""));
    let name = file.strip_suffix(".md").filter(|name| manual::is_document(name))?;
    Some(if fragment.is_empty() { format!("/docs/{name}") } else { format!("/docs/{name}#{fragment}") })
}

/// The name of a section in addresses, as GitHub makes it.
fn slug(text: &str) -> String {
    let kept =
        text.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn unique(ids: &mut HashMap<String, usize>, id: String) -> String {
    let count = ids.entry(id.clone()).or_default();
    *count += 1;
    if *count == 1 { id } else { format!("{id}-{}", *count - 1) }
}

/// The first sentence below the title, as text.
pub(super) fn first_paragraph(source: &str) -> String {
    let mut inside = false;
    let mut text = String::new();
    for event in parse(source) {
        match event {
            Event::Start(Tag::Paragraph) => inside = true,
            Event::End(TagEnd::Paragraph) => break,
            Event::Text(part) | Event::Code(part) if inside => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak if inside => text.push(' '),
            _ => {}
        }
    }
    match text.find(". ") {
        Some(end) => text[..=end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_pages_and_files_that_are_not_served_are_text() {
        let html =
            render("[a](errors.md#headers) [b](../README.md) [c](https://x.example) [d](#e)\n\n`key_typo` `x`").html;

        assert!(
            html.contains("<a href=\"/docs/errors#headers\">a</a> b <a href=\"https://x.example\">c</a>"),
            "{html}"
        );
        assert!(html.contains("<a href=\"/errors/key_typo\"><code>key_typo</code></a> <code>x</code>"), "{html}");
    }

    #[test]
    fn headings_have_the_names_that_links_use() {
        let rendered = render("# T\n\n## A provider's own errors\n\n## `keys` list\n\n## `keys` list\n");

        let hrefs: Vec<_> = rendered.contents.iter().map(|link| link.href.as_str()).collect();
        assert_eq!(hrefs, ["#a-providers-own-errors", "#keys-list", "#keys-list-1"]);
        assert!(rendered.html.contains("<h2 id=\"keys-list-1\">"), "{}", rendered.html);
    }

    #[test]
    fn html_in_a_document_is_shown_and_not_run() {
        let html = render("a <script>alert(1)</script> b\n\n<div onclick=x>\n").html;

        assert!(!html.contains("<script") && !html.contains("<div onclick"), "{html}");
    }
}
