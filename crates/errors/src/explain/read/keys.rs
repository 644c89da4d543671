//! Finds what was sent or echoed as a key.
//!
//! In: a line, a header's value. Out: keys with their shape in the notes. A key that is shown with stars in its middle
//! is judged as if they were letters: the stars are the provider's.

use std::sync::LazyLock;

use memchr::memmem;

use super::notes::Notes;
use crate::explain::case::EchoedKey;
use crate::explain::starts::Needles;
use crate::presented::{Shape, shape_of};
use crate::vendors::{VENDORS, Vendor, vendor_of};

/// Keys of Tollgate itself: at any other host, the base URL is not the gateway's.
static OWN: Vendor = Vendor { name: "a Tollgate gateway", id: "tollgate", prefix: "sk-tg-", least: 2 };
/// Keys of hexadecimal digits, as Azure, Zhipu and others issue them and OpenAI never did.
static HEXADECIMAL: Vendor = Vendor { name: "another provider", id: "hexadecimal", prefix: "", least: 32 };

/// What a message has before the key it refuses, in lower case.
const ECHOED: [&str; 12] = [
    "api key provided: ",
    "api key provided:",
    "api key: ",
    "key provided: ",
    "token passed. key=",
    "key passed: ",
    "received api key = ",
    "received=",
    "invalid token: ",
    "api_key:",
    "invalid key: ",
    "illegal header value ",
];
/// What people write before a key of theirs.
const NAMED: [&str; 5] = ["key in use: ", "key used: ", "using key ", "with key ", "key is "];
/// All that a key may stand behind: in most lines there is none of it.
static MARKS: LazyLock<Needles> =
    LazyLock::new(|| Needles::new(ECHOED.into_iter().chain(NAMED).chain(["bearer ", "basic ", "?key=", "&key="])));
/// A longer echo is cut.
const SHOWN_MAX_BYTES: usize = 300;
/// Of what follows the words of a refusal, what is looked at.
const ECHO_MAX_BYTES: usize = 2 * 1024;

/// Notes the keys in a line.
pub(super) fn in_text(text: &str, notes: &mut Notes) {
    if MARKS.first(text, |_| true).is_none() {
        return;
    }
    let lower = text.to_ascii_lowercase();
    for before in ECHOED {
        for at in memmem::find_iter(lower.as_bytes(), before).take(4) {
            echoed(&text[at + before.len()..], before, notes);
        }
    }
    for before in NAMED {
        for at in memmem::find_iter(lower.as_bytes(), before).take(4) {
            let shown = word(&text[at + before.len()..]);
            if holds_a_key(shown) {
                note(shown, notes);
            }
        }
    }
    for scheme in ["bearer ", "basic "] {
        for at in memmem::find_iter(lower.as_bytes(), scheme).take(8) {
            // A shell replaces a variable but in single quotation marks.
            let variable = text[at + scheme.len()..].starts_with('$');
            let quote = text[..at].rfind(['"', '\'']).map(|at| text.as_bytes()[at]);
            if !variable || quote == Some(b'\'') {
                let opened = text.as_bytes()[..at].last().copied().filter(|mark| quote == Some(*mark));
                sent(&text[at..], opened, notes);
            }
        }
    }
    let queries = ["?key=", "&key="].into_iter().flat_map(|name| memmem::find_iter(lower.as_bytes(), name));
    for at in queries.take(4) {
        let value = word(&text[at + 5..]);
        if !value.is_empty() {
            note(&value.replace("%27", "'").replace("%22", "\""), notes);
        }
    }
}

/// What follows the words of a refusal, up to where the sentence goes on.
fn echoed(rest: &str, before: &str, notes: &mut Notes) {
    // A line of a program: `if not api_key: raise …`.
    if ["raise", "return", "pass", "throw", "print"].contains(&word(rest.trim_start())) {
        return;
    }
    // Quotation marks that went through a URL on their way.
    let rest = &rest[..rest.floor_char_boundary(ECHO_MAX_BYTES)];
    if rest.contains("%22") || rest.contains("%27") {
        return echoed(&rest.replace("%22", "\"").replace("%27", "'"), before, notes);
    }
    let rest = rest.trim_start_matches(' ');
    if before.starts_with("illegal") {
        let value = rest.trim_start_matches(['b', '\'', '"']);
        if let Some(end) = value.find(['\'', '"']) {
            authorization(&value[..end], notes);
        }
        return;
    }
    let end = [". You can", ". Find", " not found", ", please", ". Please", "\n"]
        .iter()
        .filter_map(|end| rest.find(end))
        .min()
        .unwrap_or_else(|| rest.len().min(rest.find(' ').unwrap_or(rest.len())));
    let end = if before.contains("provided") { end } else { rest[..end].find(' ').unwrap_or(end) };
    let shown = rest[..end].trim_end_matches(['.', ',']);
    // A quotation mark belongs to the key where it also begins with one.
    let quoted = shown.starts_with(['"', '\'', '{']);
    let shown = if quoted { shown } else { &shown[..shown.find(['"', '\'']).unwrap_or(shown.len())] };
    let shown = shown.trim_end_matches(['.', ',']);
    // `API key: [GoogleGenerativeAI Error]: …` echoes nothing.
    let other = !before.contains("provided") && shown.starts_with('[');
    if !shown.is_empty() && !other && shown.len() < SHOWN_MAX_BYTES * 4 {
        note(shown, notes);
    }
}

/// `Bearer …` somewhere in a text, behind this quotation mark.
fn sent(text: &str, quote: Option<u8>, notes: &mut Notes) {
    let value = text.split_once(' ').map_or("", |(_, value)| value);
    // In prose the word is followed by prose.
    let shown = word(value);
    let prose = ["auth", "token", "scheme", "authentication", "key", "header", "your_key", "prefix", "is", "and", "or"];
    let lower = shown.trim_end_matches(['.', ')', ',', ':']).to_ascii_lowercase();
    // `expected Bearer <token>` shows the form.
    let form = ["<token>", "<key>", "<api-key>", "<api_key>", "<apikey>", "{token}", "<api key"]
        .iter()
        .any(|f| lower.starts_with(f));
    if form || shown.trim_matches(['\'', '"']).is_empty() || prose.contains(&lower.as_str()) || lower == "your_key" {
        return;
    }
    let is_key = lower.contains("sk-")
        || shown.contains("***")
        || shown.starts_with(['{', '$', '<', '\'', '"', '['])
        || vendor_of(shown).is_some()
        || ["undefined", "null", "none", "bearer"].contains(&lower.as_str());
    if is_key {
        // `"Bearer sk-… "`: white space before the mark that closes.
        let behind = value.get(shown.len()..).unwrap_or_default();
        let closes =
            |mark: u8| behind.starts_with(char::is_whitespace) && behind.trim_start().as_bytes().first() == Some(&mark);
        let spaced = quote.is_some_and(closes) && text.len() - behind.len() > "bearer ".len();
        note(&if spaced { format!("{shown} ") } else { shown.to_owned() }, notes);
    }
}

/// A header's value: `Bearer x`, or the key without it.
pub(super) fn authorization(value: &str, notes: &mut Notes) {
    let (scheme, key) = match value.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => ("bearer", key),
        _ if value.trim().eq_ignore_ascii_case("bearer") => ("bearer", ""),
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("basic") => ("basic", key),
        _ => ("", value),
    };
    if scheme != "basic" {
        note(key, notes);
    }
}

/// Notes a key as it was shown.
pub(super) fn note(shown: &str, notes: &mut Notes) {
    let shown = &shown[..shown.floor_char_boundary(SHOWN_MAX_BYTES)];
    let shape = shape(shown);
    if let Some(Shape::OtherVendor(vendor)) = &shape {
        notes.key_vendors.push(vendor.id);
    }
    notes.key(EchoedKey { shown: shown.to_owned(), shape });
}

/// The shape of a key of which the middle may be stars.
fn shape(shown: &str) -> Option<Shape> {
    let trimmed = shown.trim();
    // Brackets around what is a key otherwise were copied from a sample.
    let bare = trimmed.trim_matches(['<', '>', '$', '{', '}', '[', ']']);
    if bare.len() < trimmed.len() && holds_a_key(bare) {
        return Some(if trimmed.starts_with('<') {
            Shape::Quoted('<')
        } else {
            Shape::NotAKey("a key in the brackets of a template")
        });
    }
    if trimmed.starts_with('{') && trimmed.len() > 1 && !trimmed.starts_with("{{") {
        return Some(Shape::Object("a JSON object or a dictionary instead of the key in it"));
    }
    let stars = shown.chars().filter(|c| *c == '*').count();
    // LibreChat's word for a key that its users are to enter.
    if trimmed.starts_with("user_pro") {
        return Some(Shape::Placeholder("user_provided".to_owned()));
    }
    let visible = trimmed.split('*').next().unwrap_or_default();
    if visible.starts_with(OWN.prefix) {
        return Some(Shape::OtherVendor(&OWN));
    }
    if stars > 0
        && let Some(shape) = shortened(visible, trimmed)
    {
        return Some(shape);
    }
    if stars > 0
        && visible.split(' ').filter(|word| word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphabetic())).count() > 2
    {
        return Some(Shape::NotAKey("a sentence"));
    }
    if stars == shown.chars().count() && stars > 0 {
        return None;
    }
    let filled: String = fill(shown);
    let shape = shape_of(filled.as_bytes());
    let short = filled.trim().len() < 12 && !filled.starts_with("sk-");
    match shape {
        // Shortened without a sign of it.
        None if short && by_start(&filled).is_some() => by_start(&filled).map(Shape::OtherVendor),
        None if short && stars == 0 => Some(Shape::NotAKey("a text too short for a key")),
        Some(Shape::Whitespace { .. }) if is_words(trimmed) => Some(Shape::NotAKey("words instead of a key")),
        Some(Shape::NotAKey(_)) if stars > 0 && holds_a_key(&filled) => None,
        None if stars > 0 => by_start(&filled).or_else(|| by_hint(trimmed)).map(Shape::OtherVendor),
        shape => shape,
    }
}

/// What the ends of a shortened text tell, of which eight characters and four are left.
fn shortened(visible: &str, shown: &str) -> Option<Shape> {
    const NAME_LEAST: usize = 6;
    let in_name = |b: u8| b.is_ascii_uppercase() || b == b'_';
    let name = visible.strip_suffix(['=', ':']).unwrap_or(visible);
    if visible.starts_with("export ")
        || name.len() >= NAME_LEAST && name.bytes().all(in_name) && by_start(name).is_none()
    {
        let end = shown.rsplit('*').next().unwrap_or_default();
        let reference = name.len() == visible.len() && !end.is_empty() && end.bytes().all(in_name);
        return Some(match reference {
            true => Shape::Placeholder(String::new()),
            false => Shape::NotAKey("a whole line `NAME=value` of an .env file instead of the value alone"),
        });
    }
    // `apiKey: ****`, a line of settings.
    if visible.trim_end().ends_with([':', '=']) && !visible.contains("://") && !visible.starts_with("http") {
        return Some(Shape::NotAKey("a whole line of settings instead of the value alone"));
    }
    // The start of `{"`, in base64.
    if visible.starts_with("eyJ") {
        return Some(Shape::NotAKey("a JSON web token, as sign-ins issue it"));
    }
    let hexadecimal = visible.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let mixed = visible.bytes().any(|b| b.is_ascii_digit()) && visible.bytes().any(|b| b.is_ascii_lowercase());
    (visible.len() >= NAME_LEAST && hexadecimal && mixed && shown.len() >= HEXADECIMAL.least)
        .then_some(Shape::OtherVendor(&HEXADECIMAL))
}

/// Whether these are a few short words, none of which begins as keys do: `my key`, `key 3`.
fn is_words(text: &str) -> bool {
    const WORD_MAX: usize = 12;
    text.contains(' ')
        && text.split(' ').all(|word| word.len() < WORD_MAX && !holds_a_key(word) && !word.starts_with("sk"))
        && text.split(' ').any(|word| word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// Stars and dots of a shortened key as letters, enough of them for every vendor's form.
fn fill(shown: &str) -> String {
    let first = shown.find(['*', '…']);
    let dots = shown.find("...").filter(|at| *at > 2);
    let Some(first) = first.or(dots).filter(|_| !shown.contains("xxx")) else { return shown.replace('*', "0") };
    let filled = shown.replace(['*', '…'], "a").replace("...", "aaa");
    if filled.len() >= 51 { filled } else { format!("{}{}{}", &shown[..first], "a0".repeat(12), &filled[first..]) }
}

fn holds_a_key(text: &str) -> bool {
    (text.starts_with("sk-") && text.len() > 8) || by_start(text).is_some()
}

/// The vendor whose prefix this begins with, however long it is.
fn by_start(text: &str) -> Option<&'static Vendor> {
    VENDORS.iter().find(|vendor| vendor.prefix.len() > 2 && text.starts_with(vendor.prefix))
}

/// The only vendor whose prefix begins with these two or three characters, behind which stars follow.
fn by_hint(shown: &str) -> Option<&'static Vendor> {
    let hint = shown.split('*').next().filter(|hint| (2..=3).contains(&hint.len()))?;
    let mut fitting = VENDORS.iter().filter(|vendor| vendor.prefix.starts_with(hint));
    let first = fitting.next()?;
    fitting.all(|vendor| vendor.id == first.id).then_some(first)
}

fn word(text: &str) -> &str {
    if text.starts_with('{') {
        return text.split_whitespace().next().unwrap_or("");
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | '&')).unwrap_or(text.len());
    if end == 0 { text.split_whitespace().next().unwrap_or("") } else { &text[..end] }
}

/// Whether keys of this vendor open no language-model API.
fn is_foreign(id: &str) -> bool {
    ["github", "gitlab", "slack", "stripe", "pinecone", "tavily", "langsmith", "langfuse", "helicone"].contains(&id)
}

/// Takes back the shape of keys that are the called provider's own.
pub(super) fn settle(notes: &mut Notes) {
    let providers = notes.case.providers.clone();
    // Others than OpenAI and xAI refuse keys with other words.
    let theirs = notes.messages().any(|(text, _)| text.contains("ncorrect API key provided"));
    let known_host = notes.case.addresses.iter().any(|a| super::provider_of(&a.host).is_some());
    for key in &mut notes.case.keys {
        if let Some(Shape::OtherVendor(vendor)) = &key.shape {
            // A gateway of this kind refuses its own keys too, and only OpenAI's words tell that a key is not OpenAI's.
            if vendor.id == OWN.id && !known_host || vendor.id == HEXADECIMAL.id && !(theirs && known_host) {
                key.shape = None;
                continue;
            }
            let bedrock = vendor.id == "aws" && providers.iter().any(|p| p == "bedrock");
            // Who refuses with their words is one of them, whoever else is named beside.
            let own = (!theirs || matches!(vendor.id, "openai" | "xai")) && providers.iter().any(|p| p == vendor.id)
                || bedrock;
            // Without any provider named, nothing says that it is another's, but for keys of no such API.
            let fits = if theirs { matches!(vendor.id, "openai" | "xai") } else { !is_foreign(vendor.id) };
            if own || providers.is_empty() && fits {
                key.shape = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;
    use super::*;

    fn shape_in(text: &str) -> Option<Shape> {
        let case = case_of(text);
        assert!(!case.keys.is_empty(), "no key in {text}");
        case.keys[0].shape.clone()
    }

    #[test]
    fn what_is_echoed_is_told_by_its_visible_start() {
        let echo = |key: &str| {
            shape_in(&format!(
                "Incorrect API key provided: {key}. You can find your API key at https://platform.openai.com/account/api-keys."
            ))
        };

        assert_eq!(echo("sk-proj-****************************************MxYA"), None);
        assert_eq!(echo("sk-PMafP***************************************E873"), None);
        assert!(matches!(echo("undefined"), Some(Shape::Undefined(_))));
        assert!(matches!(echo("ADD_YOUR*****HERE"), Some(Shape::Placeholder(_))));
        assert!(matches!(echo("sk-xxxxxx"), Some(Shape::Placeholder(_))));
        assert!(matches!(echo("https://********************************keys"), Some(Shape::NotAKey(_))));
        assert!(matches!(echo("ai"), Some(Shape::NotAKey(_))));
        assert!(
            matches!(echo("sk-or-v1*************************94f6"), Some(Shape::OtherVendor(v)) if v.id == "openrouter")
        );
        assert!(
            matches!(echo("AIzaFAKE***************************s3hY"), Some(Shape::OtherVendor(v)) if v.id == "gemini")
        );
        assert!(matches!(echo("ghp_uB5y**WCYe"), Some(Shape::OtherVendor(v)) if v.id == "github"));
        assert!(matches!(echo("<sk-PkKJ****************************SGb>"), Some(Shape::Quoted('<'))));
        assert!(matches!(echo("\"sk-proj*******************************pUA\""), Some(Shape::Quoted('"'))));
        assert!(matches!(echo("{'defaul****************"), Some(Shape::Object(_))));
        assert!(matches!(echo("Bearer sk-abcdef"), Some(Shape::DoubleBearer)));
        assert!(matches!(echo("gs***Q6"), Some(Shape::OtherVendor(v)) if v.id == "groq"));
    }

    #[test]
    fn what_follows_a_colon_is_not_always_a_key() {
        assert!(case_of("Invalid API key: [GoogleGenerativeAI Error]: Error fetching").keys.is_empty());
        assert_eq!(
            case_of("Consumer 'api_key:AIzaFAKEgeZ0000000000' has been suspended").keys[0].shown,
            "AIzaFAKEgeZ0000000000"
        );
    }

    #[test]
    fn a_foreign_key_is_told_though_nobody_is_named() {
        assert!(
            matches!(shape_in("Incorrect API key provided: ghp_uB5y**WCYe"), Some(Shape::OtherVendor(v)) if v.id == "github")
        );
    }

    #[test]
    fn headers_are_told_too() {
        assert_eq!(shape_in("Illegal header value b'Bearer '"), Some(Shape::Empty));
        assert!(matches!(shape_in("-H 'Authorization: Bearer undefined'"), Some(Shape::Undefined(_))));
        assert!(matches!(
            shape_in("Illegal header value b'Bearer  sk-FAKEfakeFAKEfake '"),
            Some(Shape::Whitespace { .. })
        ));
    }

    #[test]
    fn prose_about_keys_holds_none() {
        let text = "You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)";

        assert!(case_of(text).keys.is_empty(), "{:?}", case_of(text).keys);
    }
}
