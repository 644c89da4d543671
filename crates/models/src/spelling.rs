//! One name for the many spellings of a model.
//!
//! In: a name as some vendor or router writes it. Out: its canonical form, which is for comparing and never sent. Dates,
//! regions, makers before a dot or a slash, and versions of an API are no part of it; sizes and variants are.

/// Makers that Bedrock writes before a dot.
const MAKERS: [&str; 19] = [
    "ai21",
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "google",
    "luma",
    "meta",
    "minimax",
    "mistral",
    "moonshot",
    "moonshotai",
    "nvidia",
    "openai",
    "qwen",
    "stability",
    "twelvelabs",
    "writer",
    "zai",
];
/// Regions of Bedrock's inference profiles.
const REGIONS: [&str; 9] = ["us", "eu", "apac", "global", "jp", "au", "ca", "us-gov", "sa"];
/// What routers write behind a colon to say how a model is to be served, and not which.
const WAYS: [&str; 9] = ["free", "nitro", "floor", "online", "extended", "exacto", "beta", "latest", "cloud"];

/// Whether two names mean the same model, whoever serves it and whichever dated snapshot they name.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    canonical(a) == canonical(b)
}

/// The canonical form: `us.anthropic.claude-3-5-sonnet-20240620-v1:0`, `anthropic/claude-3.5-sonnet:free` and
/// `claude-3-5-sonnet@20240620` are all `claude-3-5-sonnet`.
#[must_use]
pub fn canonical(name: &str) -> String {
    let name = undated(name);
    let name = name.strip_suffix("-latest").unwrap_or(&name);
    let mut plain = String::with_capacity(name.len());
    let bytes = name.as_bytes();
    for (at, c) in name.char_indices() {
        let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        // `glm-5p1` is how Fireworks writes 5.1.
        let point = matches!(c, '.' | '_' | ':' | ' ') || (c == 'p' && digit(at.checked_sub(1)) && digit(Some(at + 1)));
        plain.push(if point { '-' } else { c });
    }
    // Azure's.
    match plain.strip_prefix("gpt-35") {
        Some(rest) => format!("gpt-3-5{rest}"),
        None => plain,
    }
}

/// The name without maker, region, way of serving and date, in lower case; points stay.
pub(crate) fn undated(name: &str) -> String {
    let name = bare(name);
    let cut = [11, 9].into_iter().find(|&length| {
        name.len() > length && name.is_char_boundary(name.len() - length) && is_date(&name[name.len() - length..])
    });
    name[..name.len() - cut.unwrap_or(0)].to_owned()
}

/// The name without maker, region and way of serving, in lower case; its date stays.
pub(crate) fn bare(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    let name = name.strip_prefix("ft:").map_or(name.as_str(), |tuned| tuned.split(':').next().unwrap_or(tuned));
    let name = name.rsplit('/').next().unwrap_or(name);
    let (name, from_region) = match name.split_once('.') {
        Some((region, rest)) if REGIONS.contains(&region) => (rest, true),
        _ => (name, false),
    };
    let (name, from_maker) = match name.split_once('.') {
        Some((maker, rest)) if MAKERS.contains(&maker) => (rest, true),
        _ => (name, false),
    };
    let name = name.split('@').next().unwrap_or(name);
    let (name, version) = match name.rsplit_once(':') {
        Some((name, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => (name, true),
        Some((name, way)) if WAYS.contains(&way) => (name, false),
        _ => (name, false),
    };
    // Bedrock's `-v1:0`, which is written without its end too.
    let named = name.rsplit_once("-v").filter(|(_, digits)| !digits.is_empty() && is_number(digits));
    match named {
        Some((name, _)) if version || from_region || from_maker => name.to_owned(),
        _ => name.to_owned(),
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// `-2024-08-06` or `-20240806`.
fn is_date(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('-') else { return false };
    let plain = digits.replace('-', "");
    let shape =
        digits.len() == 8 || (digits.as_bytes().get(4) == Some(&b'-') && digits.as_bytes().get(7) == Some(&b'-'));
    shape && plain.len() == 8 && is_number(&plain) && plain.starts_with("20")
}
