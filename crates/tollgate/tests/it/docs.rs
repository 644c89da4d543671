//! `/docs`, and `/errors` as a browser asks for it.

use tollgate_testing::{Ask, Reply, TestServer};

use crate::server;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn browse(server: &TestServer, path: &str) -> Reply {
    server.ask(&Ask::get(path).header("accept", BROWSER)).await
}

fn assert_safe(page: &Reply) {
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let text = page.text();
    for forbidden in ["<script", "style=\"", "onclick", "http-equiv"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
}

#[tokio::test]
async fn every_link_of_every_page_leads_to_a_page() {
    let server = server().start().await;
    let mut waiting = vec!["/docs".to_owned()];
    let mut seen = waiting.clone();

    while let Some(path) = waiting.pop() {
        let page = browse(&server, &path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        if path.ends_with(".css") {
            assert_eq!(page.header("content-type"), Some("text/css; charset=utf-8"));
            continue;
        }
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert_safe(&page);
        let text = page.text();
        for part in text.split("href=\"").skip(1) {
            let target = part.split(['"', '#']).next().unwrap();
            if target.starts_with('/') && !seen.iter().any(|known| known == target) {
                seen.push(target.to_owned());
                waiting.push(target.to_owned());
            }
        }
    }

    assert!(seen.len() > 140, "{}", seen.len());
    for expected in ["/docs/quickstart", "/docs/errors", "/errors", "/errors/key_typo", "/docs/style.css"] {
        assert!(seen.iter().any(|path| path == expected), "{expected}");
    }
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_not_sent_again() {
    let server = server().start().await;
    let first = browse(&server, "/docs/keys").await;
    let tag = first.header("etag").unwrap().to_owned();

    let again = server.ask(&Ask::get("/docs/keys").header("accept", BROWSER).header("if-none-match", &tag)).await;
    let other = server.ask(&Ask::get("/docs/keys").header("accept", BROWSER).header("if-none-match", "\"x\"")).await;
    let head = server.ask(&Ask::new("HEAD", "/docs/keys").header("accept", BROWSER)).await;

    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(other.status, 200);
    assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, Some(tag.as_str())));
    assert_eq!(head.header("content-length"), Some(first.body.len().to_string().as_str()));
}

#[tokio::test]
async fn terminals_get_text_and_whoever_asks_for_it_gets_markdown() {
    let server = server().start().await;

    let guide = server.get("/errors/key_typo").await;
    let source = server.get("/docs/keys.md").await;
    let asked = server.ask(&Ask::get("/docs/keys").header("accept", "text/markdown")).await;
    let none = browse(&server, "/docs/no-such-page").await;
    let outside = browse(&server, "/docs/../Cargo.toml").await;
    let posted = server.ask(&Ask::post("/docs/keys", "{}")).await;

    assert_eq!(guide.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(source.text().starts_with("# Keys\n") && asked.body == source.body);
    assert_eq!(source.header("content-type"), Some("text/markdown; charset=utf-8"));
    assert_eq!((none.status, none.cause()), (404, "endpoint_not_found"));
    assert_eq!(outside.status, 404);
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET")));
}

#[test]
fn every_example_that_sends_a_body_with_curl_says_that_it_is_json() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages: Vec<_> = docs.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    let mut seen = 0;
    for page in pages.iter().chain([&root.join("README.md")]) {
        let text = std::fs::read_to_string(page).unwrap().replace("\\\n", " ");
        // Where headers are left out by an ellipsis, the type is among them.
        let commands = text.lines().map(str::trim).filter_map(|line| {
            line.trim_start_matches("$ ").strip_prefix("curl ").filter(|rest| !rest.starts_with('…'))
        });
        for command in commands.filter(|command| !command.contains(" … ")) {
            seen += usize::from(command.contains("--json "));
            let has_type = command.to_ascii_lowercase().contains("content-type: application/json");
            assert!(!command.contains(" -d ") || has_type, "{}: curl {command}", page.display());
        }
    }
    assert!(seen >= 5, "the examples of administration are found: {seen}");
}
