//! The error guide, as pages and as plain text, from the same catalogue as the answers.

use std::fmt::Write as _;

use tollgate_errors::{Cause, Family, catalog};

use super::layout::{self, Link, escape};

/// The list of causes, or one of them, as HTML; `None` where there is no such cause.
pub(super) fn page(slug: &str) -> Option<String> {
    if slug.is_empty() {
        return Some(list_page());
    }
    let cause = catalog::by_slug(slug)?;
    Some(layout::page(cause.title, &format!("/errors/{slug}"), &body(cause), &[]))
}

/// The same as plain text.
pub(super) fn text(slug: &str) -> Option<String> {
    Some(if slug.is_empty() { list_text() } else { cause_text(catalog::by_slug(slug)?) })
}

fn family_title(family: Family) -> &'static str {
    match family {
        Family::Credentials => "Keys and headers",
        Family::Access => "Models and access",
        Family::Address => "Addresses and methods",
        Family::Limits => "Limits and quota",
        Family::Body => "Requests and bodies",
        Family::Content => "Content and images",
        Family::Client => "Your program and its SDK",
        Family::Network => "Connections to providers",
        Family::Server => "Servers",
        Family::Unknown => "Unknown",
    }
}

fn list_page() -> String {
    let mut body = String::from(
        "<h1>Error guide</h1>\n<p>Every failed request names its cause in the header <code>x-tollgate-cause</code> and in \
         the error object. These are all of them.</p>\n",
    );
    let mut contents = Vec::new();
    for family in Family::ALL {
        let (id, title) = (family.name(), family_title(family));
        contents.push(Link { href: format!("#{id}"), text: title.to_owned() });
        let _ = write!(
            body,
            "<h2 id=\"{id}\">{title}</h2>\n<div class=\"table\"><table><thead><tr><th>Status</th><th>Cause</th><th>What \
             happened</th></tr></thead><tbody>\n"
        );
        for cause in catalog::all().iter().filter(|cause| cause.family == family) {
            let _ = writeln!(
                body,
                "<tr><td>{}</td><td><a href=\"/errors/{slug}\"><code>{slug}</code></a></td><td>{}</td></tr>",
                cause.wire.status,
                marked(cause.title),
                slug = cause.slug
            );
        }
        body += "</tbody></table></div>\n";
    }
    layout::page("Error guide", "/errors", &body, &contents)
}

fn retry(cause: &Cause) -> &'static str {
    match cause.retry.answer() {
        Some(true) => "yes, after a while",
        Some(false) => "no, not before something was changed",
        None => "it depends",
    }
}

fn body(cause: &Cause) -> String {
    let mut out =
        format!("<p class=\"slug\">{}</p>\n<h1>{}</h1>\n<dl class=\"facts\">", cause.slug, marked(cause.title));
    let code = cause.wire.code.unwrap_or("null");
    let status = cause.wire.status.to_string();
    for (name, value) in [
        ("Status", status.as_str()),
        ("Type", cause.wire.error_type),
        ("Code", code),
        ("Who has to act", cause.party.name()),
        ("Worth repeating", retry(cause)),
    ] {
        let _ = write!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", escape(value));
    }
    let _ =
        writeln!(out, "</dl>\n<p>The message begins with:</p>\n<p class=\"said\">{}</p>", escape(cause.wire.sentence));
    for (title, items) in [("Reasons", cause.reasons), ("Checks", cause.checks), ("Remedies", cause.remedies)] {
        let _ = writeln!(out, "<h2>{title}</h2>\n<ul>");
        for item in items {
            let _ = writeln!(out, "<li>{}</li>", marked(item));
        }
        out += "</ul>\n";
    }
    if !cause.related.is_empty() {
        let links: Vec<_> =
            cause.related.iter().map(|slug| format!("<a href=\"/errors/{slug}\"><code>{slug}</code></a>")).collect();
        let _ = writeln!(out, "<h2>Related</h2>\n<p>{}</p>", links.join(", "));
    }
    out
}

/// Text of the catalogue as HTML, what stands between backquotes as code.
fn marked(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(at, part)| match at % 2 {
        0 => escape(part),
        _ => format!("<code>{}</code>", escape(part)),
    });
    parts.collect()
}

fn list_text() -> String {
    let mut out = String::from("Causes of failed requests. Each has a page of its own: /errors/SLUG\n\n");
    for cause in catalog::all() {
        let _ = writeln!(out, "{:<32} {} {}", cause.slug, cause.wire.status, cause.title);
    }
    out
}

fn cause_text(cause: &Cause) -> String {
    let mut out = format!("{}\n{}\n\n", cause.title, "=".repeat(cause.title.chars().count()));
    let _ = writeln!(
        out,
        "slug {}, status {}, party {}\nWorth repeating: {}",
        cause.slug,
        cause.wire.status,
        cause.party.name(),
        retry(cause)
    );
    for (title, items) in [("Reasons", cause.reasons), ("Checks", cause.checks), ("Remedies", cause.remedies)] {
        let _ = writeln!(out, "\n{title}");
        for item in items {
            let _ = writeln!(out, "  - {item}");
        }
    }
    if !cause.related.is_empty() {
        let _ = writeln!(out, "\nRelated: {}", cause.related.join(", "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_page_whose_related_ones_exist() {
        for cause in catalog::all() {
            let html = page(cause.slug).expect("it is one of them");

            assert!(html.contains(cause.slug) && html.contains("<h2>Remedies</h2>"), "{}", cause.slug);
        }
        assert_eq!(page("no_such_cause"), None);
    }

    #[test]
    fn text_of_the_catalogue_is_escaped() {
        assert_eq!(marked("`<key>` & \"x\""), "<code>&lt;key&gt;</code> &amp; &quot;x&quot;");
    }
}
