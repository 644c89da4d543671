//! Every mistake with a credential, as it comes over the wire: what was sent, and what its sender is told. The table is
//! the test; its snapshot is written to be read.

use std::fmt::Write as _;

use insta::assert_snapshot;
use tollgate_testing::shown::redact;
use tollgate_testing::{Ask, Reply};

use crate::server;

/// OpenAI's sentences, which each refusal begins with, and how the snapshot calls them.
const SENTENCES: [(&str, &str); 5] = [
    (
        "no_api_key",
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth \
         (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the \
         API from your browser and are prompted for a username and password. You can obtain an API key from ",
    ),
    ("invalid_api_key", "Incorrect API key provided: "),
    ("mismatched_organization", "OpenAI-Organization header should match organization for API key"),
    ("mismatched_project", "OpenAI-Project header should match project for API key"),
    ("missing_scopes", "You have insufficient permissions for this operation. Missing scopes: "),
];

/// What a case is about, the request, and how it is shown.
struct Case {
    about: &'static str,
    ask: Ask,
}

fn case(about: &'static str, ask: Ask) -> Case {
    Case { about, ask }
}

fn models() -> Ask {
    Ask::get("/v1/models")
}

fn header(about: &'static str, value: &str) -> Case {
    case(about, models().header("authorization", value))
}

fn bearer(about: &'static str, token: &str) -> Case {
    header(about, &format!("Bearer {token}"))
}

/// The request without what every one has, and its secret as `KEY`.
fn sent(ask: &Ask, secret: &str, wrong: &str) -> String {
    let mut out = String::new();
    if ask.path != "/v1/models" || ask.headers.is_empty() {
        let _ = writeln!(out, "  > {} {}", ask.method, ask.path);
    }
    for (name, value) in ask.headers.iter().filter(|(name, _)| name != "content-type") {
        let _ = writeln!(out, "  > {name}: {value}");
    }
    if !ask.body.is_empty() {
        let _ = writeln!(out, "  > {}", String::from_utf8_lossy(&ask.body));
    }
    let visible: String = out
        .chars()
        .map(|c| {
            if c == '\n' || !c.is_control() && !is_invisible(c) {
                c.to_string()
            } else {
                c.escape_default().to_string()
            }
        })
        .collect();
    let lower = secret.to_lowercase();
    [
        (secret, "KEY"),
        (wrong, "KEY with one wrong character"),
        (&lower, "KEY in lower case"),
        (&secret[20..], "KEY[20..]"),
        (&secret[20..40], "KEY[20..40]"),
        (&secret[6..20], "KEY[6..20]"),
    ]
    .into_iter()
    .fold(visible, |text, (part, name)| text.replace(part, name))
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{A0}' | '\u{AD}')
}

/// The refusal: status, cause, OpenAI's sentence by its name, what was added to it, and the evidence.
fn told(reply: &Reply) -> String {
    let error = reply.error();
    let message = error["message"].as_str().unwrap();
    let (name, sentence) =
        SENTENCES.iter().find(|(_, s)| message.starts_with(s)).unwrap_or_else(|| panic!("not OpenAI's: {message}"));
    // Links and redacted keys follow the sentence's words; ours begins behind the link.
    let rest = message[sentence.len()..].split_once(&format!("/errors/{}. ", reply.cause())).map(|(_, rest)| rest);
    let rest = rest.unwrap_or(&message[sentence.len()..]).trim_start_matches(". ");
    let evidence = error["diagnosis"]["evidence"].as_array().unwrap().iter().map(|line| match line.as_str().unwrap() {
        // The first eight and the last four characters of a key, which differ from run to run.
        line if line.starts_with("presented: ") && line.contains("****") => "presented: [redacted]",
        line => line,
    });
    let evidence: Vec<_> = evidence.collect();
    format!(
        "  < {} {}, {name}, code {}\n  | {}\n  : {}\n",
        reply.status,
        reply.cause(),
        error["code"],
        redact(&without_moments(rest)),
        redact(&evidence.join("\n  : "))
    )
}

/// Without the moments at which keys ended, which are now.
fn without_moments(text: &str) -> String {
    ["stopped working on ", "expired on "].into_iter().fold(text.to_owned(), |text, words| {
        match text.split_once(words) {
            Some((before, after)) => format!("{before}{words}[moment]{}", &after["2026-01-31T00:00:00Z".len()..]),
            None => text,
        }
    })
}

#[tokio::test]
async fn every_mistake_with_a_credential_is_told_in_openai_s_words_and_ours() {
    let server = server().start().await;
    let key = server.first_key();
    let secret = key.secret.as_str();
    let lacking = server.key().scopes("api.model.read").create().await;
    let disabled = server.key().create().await;
    disabled.disable().await;
    let revoked = server.key().create().await;
    revoked.revoke().await;
    let expired = server.key().expires("1s").create().await;
    let rotated = server.key().create().await;
    rotated.rotate("0s").await;
    for (key, cause) in
        [(&disabled, "key_disabled"), (&revoked, "key_revoked"), (&expired, "key_expired"), (&rotated, "key_rotated")]
    {
        key.until(cause).await;
    }
    let organization = key.get("/v1/models").await.header("openai-organization").unwrap().to_owned();
    let swapped = |from: &str| secret[..30].to_owned() + from + &secret[31..];
    let wrong = if &secret[30..31] == "A" { swapped("B") } else { swapped("A") };
    let chat = |body: String| Ask::post("/v1/chat/completions", body);
    let messages = r#""messages":[{"role":"user","content":"hi"}]"#;

    let mut shown = String::new();
    for Case { about, ask } in [
        // No header.
        case("no header at all", models()),
        case("no header, from a named client", models().header("user-agent", "python-requests/2.32.3")),
        case("no header, from axios", models().header("user-agent", "axios/1.7.2")),
        case("no header, from axios in a browser", models().header("accept", "application/json, text/plain, */*")),
        case(
            "axios: headers given in the second argument, which is the body",
            chat(format!(r#"{{"model":"sandbox",{messages},"headers":{{"Authorization":"Bearer {secret}"}}}}"#))
                .header("user-agent", "axios/1.7.2"),
        ),
        case(
            "axios: configuration and body swapped",
            chat(format!(r#"{{"headers":{{"Authorization":"Bearer {secret}","Content-Type":"application/json"}}}}"#)),
        ),
        case(
            "the header's line put into the body",
            chat(format!(r#"{{"Authorization":"Bearer {secret}",{messages}}}"#)),
        ),
        // In another place.
        case("in api-key, as Azure has it", models().header("api-key", secret)),
        case("in x-api-key, as Anthropic has it", models().header("x-api-key", secret)),
        case("in x-goog-api-key, as Google has it", models().header("x-goog-api-key", secret)),
        case("in a header of one's own", models().header("x-openai-key", secret)),
        case("in a misspelt header", models().header("Authorisation", &format!("Bearer {secret}"))),
        case("in the query", Ask::get(&format!("/v1/models?api_key={secret}"))),
        case("in the query under another name", Ask::get(&format!("/v1/models?x={secret}"))),
        case("in the body", chat(format!(r#"{{"api_key":"{secret}",{messages}}}"#))),
        case("deeper in the body", chat(format!(r#"{{"model":"sandbox","options":{{"token":"{secret}"}}}}"#))),
        case("in a form", chat(format!("model=sandbox&api_key={secret}"))),
        case(
            "only spoken of in a message",
            chat(format!(r#"{{"messages":[{{"role":"user","content":"{secret}"}}]}}"#)),
        ),
        // Another scheme.
        header("an empty header", ""),
        header("Bearer alone", "Bearer"),
        header("the key alone", secret),
        header("Basic, the key as its password", "Basic OnNrLXRnLWFiY2RlZmdoaWprbG1ub3BxcnN0"),
        header("Basic, a user and a password", "Basic dXNlcjpwYXNz"),
        header("Basic and the key as it is", &format!("Basic {secret}")),
        header("Token", &format!("Token {secret}")),
        header("Digest", "Digest username=\"me\""),
        header("Api-Key", &format!("Api-Key {secret}")),
        header("a word of one's own", &format!("Key: {secret}")),
        header("a colon behind Bearer", &format!("Bearer: {secret}")),
        header("no space behind Bearer", &format!("Bearer{secret}")),
        header("a tab behind Bearer", &format!("Bearer\t{secret}")),
        header("the whole value in quotes", &format!("\"Bearer {secret}\"")),
        header("undefined as the whole value", "undefined"),
        header("a variable as the whole value", "$AUTHORIZATION_TOKEN"),
        bearer("Bearer twice", &format!("Bearer {secret}")),
        case("two headers", models().bearer(secret).bearer(secret)),
        header("two headers joined by a proxy", &format!("Bearer {secret}, Bearer {secret}")),
        // Nothing, or not text.
        bearer("undefined", "undefined"),
        bearer("null", "null"),
        bearer("None", "None"),
        bearer("NaN", "NaN"),
        bearer("an object", "[object Object]"),
        bearer("a promise", "[object Promise]"),
        bearer("a function", "() => process.env.OPENAI_API_KEY"),
        bearer("a Python function", "<function get_key at 0x7f1203>"),
        bearer("a dictionary", &format!("{{'api_key': '{secret}'}}")),
        bearer("Python bytes", &format!("b'{secret}'")),
        // A sample, or a variable nobody replaced.
        bearer("a sample value", "YOUR_API_KEY"),
        bearer("a sample in brackets", "<your key>"),
        bearer("a sample with our prefix", "sk-tg-..."),
        bearer("$VARIABLE", "$OPENAI_API_KEY"),
        bearer("${VARIABLE}", "${OPENAI_API_KEY}"),
        bearer("%VARIABLE%", "%OPENAI_API_KEY%"),
        bearer("{{ template }}", "{{ openai_api_key }}"),
        bearer("process.env", "process.env.OPENAI_API_KEY"),
        bearer("os.environ", "os.environ[\"OPENAI_API_KEY\"]"),
        bearer("the name of the variable", "OPENAI_API_KEY"),
        // Spoiled on the way.
        bearer("in double quotes", &format!("\"{secret}\"")),
        bearer("in single quotes", &format!("'{secret}'")),
        bearer("in curly quotes", &format!("“{secret}”")),
        bearer("a quote left at its end", &format!("{secret}\"")),
        bearer("a space before it", &format!(" {secret}")),
        bearer("a space inside", &format!("{} {}", &secret[..20], &secret[20..])),
        bearer("a tab inside", &format!("{}\t{}", &secret[..20], &secret[20..])),
        bearer("the rest of a line break", &format!("{secret}\\n")),
        bearer("an encoded line break", &format!("{secret}%0A")),
        bearer("a no-break space inside", &format!("{}\u{a0}{}", &secret[..20], &secret[20..])),
        bearer("an invisible character", &format!("{secret}\u{200b}")),
        bearer("a long dash", &secret.replacen('-', "–", 1)),
        bearer("a letter of another alphabet", &format!("{}о{}", &secret[..20], &secret[20..])),
        bearer("an accented letter", &format!("{secret}é")),
        // Something else.
        bearer("a web address", "https://api.openai.com/v1"),
        bearer("a sentence", "please use my other key for this"),
        bearer("an e-mail address", "someone@example.com"),
        bearer("JSON", &format!("{{\"key\":\"{secret}\"}}")),
        bearer("a JSON web token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"),
        bearer("a key in base64", "c2stdGctYWJjZGVmZ2hpamtsbW5vcHFyc3Q="),
        bearer("a line of an .env file", &format!("OPENAI_API_KEY={secret}")),
        bearer("the name of a model", "gpt-4o-mini"),
        bearer("the path of a file", "/run/secrets/openai_key"),
        bearer("the id of a key", "key_0aB3xYz01234"),
        // Nearly a key of ours.
        bearer("one wrong character", &wrong),
        bearer("cut off", &secret[..40]),
        bearer("its first characters lost", &secret[2..]),
        bearer("pasted twice", &format!("{secret}{secret}")),
        bearer("one character too many", &format!("{secret}x")),
        bearer("a semicolon behind it", &format!("{secret};")),
        bearer("in lower case", &secret.to_lowercase()),
        bearer("underscores for dashes", &secret.replace('-', "_")),
        // Another's.
        bearer("of nobody known", "sk-1234567890abcdef"),
        bearer("Anthropic's", "sk-ant-api03-aaaaaaaaaaaaaaaaaaaaaaaa"),
        bearer("OpenAI's", "sk-proj-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        bearer("OpenRouter's", "sk-or-v1-0123456789abcdef0123456789abcdef"),
        bearer("Google's", "AIzaSyA0123456789abcdefghijklmnopqrstuv"),
        bearer("Groq's", "gsk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        bearer("DeepSeek's", "sk-0123456789abcdef0123456789abcdef"),
        // A key of ours that may not be used, or not so.
        bearer("expired", &expired.secret),
        bearer("disabled", &disabled.secret),
        bearer("revoked", &revoked.secret),
        bearer("rotated", &rotated.secret),
        bearer("for administration", "sk-tg-admin-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        bearer("the beginning of such a key", "sk-tg-admin-aaaa"),
        bearer("OpenAI's for administration", "sk-admin-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        case("without the permission", chat("{}".into()).bearer(&lacking.secret)),
        case("another organization", models().bearer(secret).header("openai-organization", "org-other")),
        case("null as the organization", models().bearer(secret).header("openai-organization", "null")),
        case("a project's id as the organization", models().bearer(secret).header("openai-organization", "proj_other")),
        case("another project", models().bearer(secret).header("openai-project", "proj_other")),
        case("the organization's id as the project", models().bearer(secret).header("openai-project", &organization)),
    ] {
        let reply = server.ask(&ask).await;

        let raw = format!("{:?}{}", reply.headers, reply.text());
        for known in [secret, &wrong, &expired.secret, &revoked.secret, &secret[12..40]] {
            assert!(!raw.contains(known), "{about}: a secret is told: {raw}");
        }
        assert_eq!(reply.error()["diagnosis"]["cause"], reply.cause(), "{about}");
        assert_eq!(reply.header("x-should-retry"), Some("false"), "{about}");
        let others = [&lacking.secret, &expired.secret, &disabled.secret, &revoked.secret, &rotated.secret];
        let asked = others.iter().fold(sent(&ask, secret, &wrong), |text, other| text.replace(other.as_str(), "KEY"));
        let _ = writeln!(shown, "# {about}\n{}{}", redact(&asked), told(&reply));
    }
    assert_snapshot!("credentials", shown);
}

#[tokio::test]
async fn a_key_in_a_body_that_comes_a_moment_later_is_found_all_the_same() {
    let server = server().start().await;
    let body = format!(r#"{{"api_key":"{}"}}"#, server.first_key().secret);
    let mut connection = server.connect().await;

    let head = format!("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    connection.write(head.as_bytes()).await;
    tokio::task::yield_now().await;
    connection.write(body.as_bytes()).await;
    let first = connection.reply(false).await;
    let second = connection.ask(&models()).await;

    assert_eq!((first.status, first.cause()), (401, "key_in_body"), "{}", first.text());
    assert_eq!(second.cause(), "key_missing", "the connection goes on");
}
