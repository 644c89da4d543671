//! To which name a value is given: the identifiers before it.
//!
//! In: a text and the place of a value in it. Out: the nearest identifiers to the left, words that say nothing left out,
//! whatever the language: `apiKey: "…"`, `os.getenv("OPENAI_API_KEY", "…")`, `<string name="key">…`, `-e KEY=…`.

use std::borrow::Cow;

/// How far to the left is looked. Minified code has its whole program in one line.
const LOOKED_AT: usize = 200;

/// Words between a name and its value.
const SILENT: [&str; 16] = [
    "bearer",
    "string",
    "str",
    "value",
    "default",
    "const",
    "data",
    "static",
    "final",
    "val",
    "var",
    "let",
    "basic",
    "text",
    "u0022",
    "stringvalue",
];

/// Parts of names that mean a secret.
const SECRET: [&str; 7] = ["key", "token", "secret", "credential", "password", "auth", "client"];

/// Parts of names that mean something else although they have one of those in them.
const NO_SECRET: [&str; 20] = [
    "embedding",
    "cache",
    "tokeniz",
    "client_id",
    "clientid",
    "idempotency",
    "hash",
    "md5",
    "sha1",
    "sha2",
    "sha5",
    "checksum",
    "etag",
    "digest",
    "keyboard",
    "author",
    "public_key",
    "publickey",
    "public-key",
    "fingerprint",
];

/// The names before a value, the nearest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    names: Vec<String>,
    /// The rest of the line and the line before, in lower case.
    line: String,
}

impl Names {
    /// Of the value that begins at `at`.
    pub(crate) fn before(bytes: &[u8], at: usize) -> Self {
        let from = at.saturating_sub(LOOKED_AT);
        let window = &without_closing_tags(&bytes[from..at])[..];
        // This line and the one before: YAML and property lists have the name there.
        let mut lines = memchr::memrchr_iter(b'\n', window);
        let same = lines.next().map_or(0, |newline| newline + 1);
        let above = lines.next().map_or(0, |newline| newline + 1);
        let mut names = identifiers(&window[same..]);
        // Behind a name of its own, another line's says nothing.
        if names.is_empty() {
            names = identifiers(&window[above..same]);
        }
        let line = String::from_utf8_lossy(&window[same..]).to_ascii_lowercase();
        Self { names, line }
    }

    /// The nearest name, as it is written.
    pub(crate) fn nearest(&self) -> Option<&str> {
        self.names.first().map(String::as_str)
    }

    /// Whether one of the nearest names contains this word, in lower case.
    pub(crate) fn contain(&self, word: &str) -> bool {
        self.names.iter().any(|name| name.to_ascii_lowercase().contains(word))
    }

    /// Whether the word stands before the value on its line.
    pub(crate) fn on_line(&self, word: &str) -> bool {
        self.line.contains(word)
    }

    /// Whether the nearest names say that the value is a secret.
    pub(crate) fn mean_a_key(&self) -> bool {
        self.names.iter().take(2).any(|name| means_a_key(name))
    }

    /// Whether the nearest name is of no service: `api_key`, `openAiKey`, `self.key1`.
    pub(crate) fn are_anybodys(&self) -> bool {
        self.nearest().is_some_and(|name| parts(name).iter().all(|part| ANYBODYS.contains(&part.as_str())))
    }

    /// Whether one of the names is compiled into what browsers and apps get.
    pub(crate) fn are_compiled_in(&self) -> bool {
        self.names.iter().take(2).any(|name| is_compiled_in(name))
    }
}

/// Parts of names that say nothing of whose key it is, or that it is a language model's.
const ANYBODYS: [&str; 34] = [
    "authorization",
    "api",
    "apim",
    "apikey",
    "key",
    "keys",
    "token",
    "secret",
    "credential",
    "credentials",
    "subscription",
    "ocp",
    "open",
    "ai",
    "openai",
    "access",
    "auth",
    "client",
    "my",
    "the",
    "x",
    "llm",
    "gpt",
    "chat",
    "primary",
    "secondary",
    "service",
    "self",
    "this",
    "config",
    "settings",
    "process",
    "env",
    "os",
];

/// A name's parts in lower case, without digits: `openAiKey1` has `open`, `ai` and `key`.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        let begins = !letter.is_ascii_alphabetic() || (letter.is_ascii_uppercase() && before.is_ascii_lowercase());
        if begins {
            parts.push(String::new());
        }
        if letter.is_ascii_alphabetic() {
            parts.last_mut().expect("it has one from the start").push(letter.to_ascii_lowercase());
        }
        before = letter;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Prefixes of variables that build tools write into bundles. From the tools' documentation: Next.js, Vite, Create React
/// App, Expo, Gatsby, Vue CLI, Nuxt, Astro and SvelteKit, Angular's, Plasmo's.
const COMPILED_IN: [&str; 11] = [
    "NEXT_PUBLIC_",
    "VITE_",
    "REACT_APP_",
    "EXPO_PUBLIC_",
    "GATSBY_",
    "VUE_APP_",
    "NUXT_PUBLIC_",
    "NG_APP_",
    "PLASMO_PUBLIC_",
    "SNOWPACK_PUBLIC_",
    "PUBLIC_",
];

fn means_a_key(name: &str) -> bool {
    // What bundles contain is called public, and is to be found all the same.
    let name = without_prefix(name).unwrap_or(name).to_ascii_lowercase();
    // Which is about no author.
    let name = name.replace("authorization", "auth");
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let is_id = ["id", "_name", "version"].iter().any(|end| name.ends_with(end));
    has(&SECRET) && !has(&NO_SECRET) && !is_id
}

fn is_compiled_in(name: &str) -> bool {
    without_prefix(name).is_some()
}

/// The rest of a name that a build tool writes into bundles.
fn without_prefix(name: &str) -> Option<&str> {
    // `process.env.VITE_KEY`
    let last = name.rsplit('.').next().unwrap_or(name);
    COMPILED_IN.iter().find_map(|prefix| last.strip_prefix(prefix))
}

/// With blanks for `</key>`, which is no name.
fn without_closing_tags(window: &[u8]) -> Cow<'_, [u8]> {
    let mut window = Cow::Borrowed(window);
    let mut from = 0;
    while let Some(begin) = memchr::memmem::find(&window[from..], b"</").map(|begin| from + begin) {
        let end = memchr::memchr(b'>', &window[begin..]).map_or(window.len(), |len| begin + len);
        window.to_mut()[begin..end].fill(b' ');
        from = end;
    }
    window
}

/// At most four, the last first.
fn identifiers(text: &[u8]) -> Vec<String> {
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$');
    let mut found = Vec::new();
    for word in text.rsplit(|byte| !in_name(byte)) {
        let word = String::from_utf8_lossy(word);
        let word = word.trim_matches(['-', '.', '$']);
        let is_silent = word.len() < 3 || SILENT.contains(&word.to_ascii_lowercase().as_str());
        if is_silent || !word.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            continue;
        }
        found.push(word.to_owned());
        if found.len() == 4 {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests;
