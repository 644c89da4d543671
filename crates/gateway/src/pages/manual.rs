//! The manual: the files of `docs/` as they are in the repository, in the order in which they are read.

use super::layout::{self, Link};
use super::markdown;

/// A document: its name in the address, its source.
struct Document {
    name: &'static str,
    source: &'static str,
}

macro_rules! documents {
    ($($name:literal),* $(,)?) => {
        &[$(Document { name: $name, source: include_str!(concat!("../../../../docs/", $name, ".md")) }),*]
    };
}

/// All documents of `docs/`; a test compares.
static DOCUMENTS: &[Document] = documents![
    "quickstart",
    "clients",
    "cli",
    "keys",
    "administration",
    "sandbox",
    "triggers",
    "errors",
    "explain",
    "doctor",
    "scan",
    "models",
    "providers",
    "parameters",
    "images",
    "reliability",
    "configuration",
    "operations",
    "http",
    "records",
    "metrics",
    "traces",
    "performance",
    "compatibility",
];

/// Whether there is a document of this name.
pub(super) fn is_document(name: &str) -> bool {
    source(name).is_some()
}

/// The source of a document.
pub(super) fn source(name: &str) -> Option<&'static str> {
    DOCUMENTS.iter().find(|d| d.name == name).map(|d| d.source)
}

/// The links to all documents, for the side of every page.
pub(super) fn links() -> Vec<Link> {
    DOCUMENTS.iter().map(|d| Link { href: format!("/docs/{}", d.name), text: title(d).to_owned() }).collect()
}

fn title(document: &Document) -> &str {
    document.source.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(document.name)
}

/// A document as a page, or the index.
pub(super) fn page(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some(index());
    }
    let document = DOCUMENTS.iter().find(|d| d.name == name)?;
    let rendered = markdown::render(document.source);
    Some(layout::page(title(document), &format!("/docs/{name}"), &rendered.html, &rendered.contents))
}

fn index() -> String {
    let mut body = String::from(
        "<h1>Manual</h1>\n<p>How to run this gateway, and how to call it. It comes with the binary and is of the same version.</p>\n<dl class=\"index\">\n",
    );
    for document in DOCUMENTS {
        let first = markdown::first_paragraph(document.source);
        body += &format!(
            "<dt><a href=\"/docs/{}\">{}</a></dt><dd>{}</dd>\n",
            document.name,
            layout::escape(title(document)),
            layout::escape(&first)
        );
    }
    body += "<dt><a href=\"/errors\">Error guide</a></dt><dd>Every cause of a failure: reasons, checks, remedies.</dd>\n</dl>\n";
    layout::page("Manual", "/docs", &body, &[])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_document_of_the_repository_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .expect("the repository has its docs")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".md").map(str::to_owned))
            .collect();
        let served: BTreeSet<String> = DOCUMENTS.iter().map(|d| d.name.to_owned()).collect();

        assert_eq!(served, files);
    }

    #[test]
    fn every_document_becomes_a_page_whose_links_lead_somewhere() {
        for document in DOCUMENTS {
            let html = page(document.name).expect("it is one of them");
            for (at, _) in html.match_indices("href=\"/docs/") {
                let rest = &html[at + "href=\"/docs/".len()..];
                let target = &rest[..rest.find('"').expect("the attribute ends")];
                let (name, fragment) = target.split_once('#').unwrap_or((target, ""));
                let there = name == "style.css" || is_document(name);
                assert!(there, "{} links to {target}", document.name);
                if !fragment.is_empty() && name != document.name {
                    let other = markdown::render(source(name).expect("checked above"));
                    assert!(other.html.contains(&format!("id=\"{fragment}\"")), "{} links to {target}", document.name);
                }
            }
            for (at, _) in html.match_indices("href=\"#") {
                let rest = &html[at + "href=\"#".len()..];
                let fragment = &rest[..rest.find('"').expect("the attribute ends")];
                assert!(html.contains(&format!("id=\"{fragment}\"")), "{}#{fragment}", document.name);
            }
        }
    }
}
