//! The error guide, as pages and as plain text, from the same catalogue as the answers.

use std::fmt::Write as _;

use tollgate_errors::{Cause, Family, Snippet, catalog, guide};

use super::layout::{self, Link, escape};

/// The list of causes, or one of them, as HTML; `None` where there is no such cause.
pub(super) fn page(slug: &str) -> Option<String> {
    if slug.is_empty() {
        return Some(list_page());
    }
    let cause = catalog::by_slug(slug)?;
    let body = body(cause);
    Some(layout::page(cause.title, &format!("/errors/{slug}"), &body, &contents(&body)))
}

/// What a browser gets where there is no cause of this name; `near` is one that resembles it.
pub(super) fn absent(slug: &str, near: Option<&str>) -> String {
    let shown: String = slug.chars().take(80).collect();
    let mut body = format!("<h1>No such cause</h1>\n<p>There is no cause <code>{}</code>.</p>\n", escape(&shown));
    if let Some(near) = near {
        let _ = writeln!(body, "<p>Perhaps <a href=\"/errors/{near}\"><code>{near}</code></a> is meant.</p>");
    }
    body += "<p><a href=\"/errors\">All causes</a></p>\n";
    layout::page("No such cause", "/errors", &body, &[])
}

/// The same as plain text.
pub(super) fn text(slug: &str) -> Option<String> {
    Some(if slug.is_empty() { list_text() } else { guide::page(catalog::by_slug(slug)?) })
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
        Family::Network => "Connections and proxies",
        Family::Server => "Servers",
        Family::Unknown => "Unknown",
    }
}

fn list_page() -> String {
    let mut body = format!(
        "<h1>Error guide</h1>\n<p>Every failed request names its cause in the header <code>x-tollgate-cause</code> and in \
         the error object. These are all {} causes, also those that only other servers or your own program make; \
         <code>tollgate explain</code> finds the one of a text that you paste.</p>\n",
        catalog::all().len()
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
                status(cause),
                marked(cause.title),
                slug = cause.slug
            );
        }
        body += "</tbody></table></div>\n";
    }
    layout::page("Error guide", "/errors", &body, &contents)
}

fn body(cause: &Cause) -> String {
    let mut out = format!(
        "<p class=\"slug\">{}</p>\n<h1>{}</h1>\n<p>{}</p>\n",
        cause.slug,
        marked(cause.title),
        marked(cause.recognised)
    );
    facts(&mut out, cause);
    if !cause.example.is_empty() {
        section(&mut out, "Example", &format!("<pre class=\"wide\"><code>{}</code></pre>", escape(cause.example)));
    }
    for (title, items) in [("Reasons", cause.reasons), ("Checks", cause.checks), ("Remedies", cause.remedies)] {
        let items: String = items.iter().map(|item| format!("<li>{}</li>\n", marked(item))).collect();
        section(&mut out, title, &format!("<ul>\n{items}</ul>"));
    }
    if !cause.snippets.is_empty() {
        let code =
            |s: &Snippet| format!("<h3>{}</h3>\n<pre><code>{}</code></pre>\n", s.language.title(), escape(s.code));
        section(&mut out, "Code", &cause.snippets.iter().map(code).collect::<String>());
    }
    answer(&mut out, cause);
    if let Some(provoked) = guide::provoked(cause) {
        let command = escape(&provoked.command);
        let how = format!("<pre><code>{command}</code></pre>\n<p>{}</p>", marked(provoked.how));
        section(&mut out, "Make it happen", &how);
    }
    let related: String = cause.related.iter().filter_map(|slug| catalog::by_slug(slug)).map(link).collect();
    section(&mut out, "Related", &format!("<ul>\n{related}</ul>"));
    out
}

/// The sections of a cause's page, for its table of contents.
fn contents(body: &str) -> Vec<Link> {
    let heads = body.split("<h2 id=\"").skip(1);
    let link = |head: &str| {
        let (id, rest) = head.split_once("\">")?;
        Some(Link { href: format!("#{id}"), text: rest.split('<').next()?.to_owned() })
    };
    heads.filter_map(link).collect()
}

fn section(out: &mut String, title: &str, body: &str) {
    let id = title.to_lowercase().replace(' ', "-");
    let _ = writeln!(out, "<h2 id=\"{id}\">{title}</h2>\n{body}");
}

fn facts(out: &mut String, cause: &Cause) {
    *out += "<dl class=\"facts\">";
    for (name, value) in [
        ("Seen with status", guide::statuses(cause).as_str()),
        ("Who acts", guide::who_acts(cause.party)),
        ("Worth repeating", guide::retry(cause)),
    ] {
        let _ = write!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", escape(value));
    }
    let _ = writeln!(out, "</dl>\n<p>{}</p>", marked(cause.retry_advice));
}

/// What this gateway says, of causes that a server tells.
fn answer(out: &mut String, cause: &Cause) {
    if !cause.is_answered() {
        return;
    }
    let (wire, code) = (&cause.wire, cause.wire.code.unwrap_or("null"));
    let told = format!(
        "<p>Status <code>{}</code>, type <code>{}</code>, code <code>{code}</code>. The message begins with:</p>\n\
         <p class=\"said\">{}</p>",
        wire.status,
        wire.error_type,
        escape(wire.sentence)
    );
    section(out, "What this gateway answers", &told);
}

fn link(cause: &'static Cause) -> String {
    format!("<li><a href=\"/errors/{slug}\"><code>{slug}</code></a>: {}</li>\n", marked(cause.title), slug = cause.slug)
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
    let mut out =
        format!("{} causes of failed requests. Each has a page of its own: /errors/SLUG\n", catalog::all().len());
    for family in Family::ALL {
        let _ = writeln!(out, "\n{}", family_title(family));
        for cause in catalog::all().iter().filter(|cause| cause.family == family) {
            let _ = writeln!(out, "  {:<34} {:<4} {}", cause.slug, status(cause), cause.title);
        }
    }
    out
}

/// The status that this gateway answers with; a dash where no server tells the cause.
fn status(cause: &Cause) -> String {
    if cause.is_answered() { cause.wire.status.to_string() } else { "–".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_page_whose_related_ones_exist() {
        for cause in catalog::all() {
            let html = page(cause.slug).expect("it is one of them");

            assert!(html.contains(cause.slug) && html.contains("<h2 id=\"remedies\">Remedies</h2>"), "{}", cause.slug);
        }
        assert_eq!(page("no_such_cause"), None);
    }

    #[test]
    fn text_of_the_catalogue_is_escaped() {
        assert_eq!(marked("`<key>` & \"x\""), "<code>&lt;key&gt;</code> &amp; &quot;x&quot;");
    }
}
