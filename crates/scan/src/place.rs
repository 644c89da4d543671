//! How bad a key is at its place: who can read it there.
//!
//! In: path, names of the value, and the text where the path leaves it open. Out: a severity. What browsers and apps get is
//! critical, for everybody has it; tests and fixtures are low; `.env` files are medium; all else is high.

mod audience;

use self::audience::{is_shipped_by_its_text, serves_requests};
use crate::finding::{Place, Severity};
use crate::names::Names;

/// What archives of apps are called: their files are on everybody's device.
const APPS: [&str; 7] = [".apk", ".aab", ".ipa", ".xapk", ".crx", ".xpi", ".appx"];

/// Directories of tests and of what they read.
const TESTS: [&str; 20] = [
    "test",
    "tests",
    "__tests__",
    "testing",
    "spec",
    "specs",
    "e2e",
    "fixture",
    "fixtures",
    "__fixtures__",
    "testdata",
    "test_data",
    "test-data",
    "mocks",
    "mock",
    "__mocks__",
    "cypress",
    "cassettes",
    "__snapshots__",
    "androidtest",
];

/// Directories that build tools write.
pub(crate) const BUILD_OUTPUT: [&str; 4] = ["dist", "build", "out", ".next"];

/// Directories whose files a web server hands out.
const SERVED: [&str; 8] = ["public", "static", "www", "wwwroot", "htdocs", "public_html", "assets", "_next"];

/// Directories of code that runs on a server.
const SERVERS: [&str; 13] = [
    "server",
    "servers",
    "api",
    "backend",
    "functions",
    "lambda",
    "lambdas",
    "scripts",
    "cli",
    "bin",
    "cron",
    "workers",
    "middleware",
];

/// Directories of code that runs in browsers or apps, unless it says otherwise.
const FRONTENDS: [&str; 13] = [
    "frontend",
    "front-end",
    "client",
    "web",
    "webapp",
    "web-app",
    "ui",
    "browser",
    "spa",
    "renderer",
    "mobile",
    "extension",
    "chrome-extension",
];

/// What browsers load.
const WEB: [&str; 11] = ["js", "mjs", "cjs", "css", "html", "htm", "json", "map", "svg", "webmanifest", "wasm"];

/// The severity of a key at byte `at` of `text`, which is at `place`, given to `names`.
pub(crate) fn severity(place: &Place, names: &Names, text: &[u8], at: usize) -> Severity {
    let inner = Path::of(place.members.last().unwrap_or(&place.path));
    let all: Vec<Path> = std::iter::once(&place.path).chain(&place.members).map(|path| Path::of(path)).collect();
    let in_tests_of_file = inner.extension() == "rs" && audience::is_behind_tests_of_rust(&text[..at.min(text.len())]);
    if in_tests_of_file || all.iter().any(Path::is_test) {
        return Severity::Low;
    }
    let in_app = all[..all.len() - 1].iter().any(|path| path.ends_with_one_of(&APPS));
    if in_app || names.are_compiled_in() || inner.is_shipped(text) {
        return Severity::Critical;
    }
    // Whoever gets the image gets its files, whatever they are called.
    let in_image = place.members.iter().any(|member| member.ends_with("layer.tar") || member.contains("blobs/sha256/"));
    if inner.is_env() && !in_image { Severity::Medium } else { Severity::High }
}

/// Whether a file is one of `.env`, which are read although git is told to ignore them.
pub(crate) fn is_env(name: &str) -> bool {
    name.starts_with(".env") || name.ends_with(".env") || matches!(name, ".flaskenv" | ".dev.vars")
}

/// A path in lower case, in parts.
struct Path {
    directories: Vec<String>,
    name: String,
    /// As it is written, for endings that have an upper case letter.
    written: String,
}

impl Path {
    fn of(path: &str) -> Self {
        let written = path.rsplit('/').next().unwrap_or(path).to_owned();
        let lower = path.to_ascii_lowercase();
        let mut directories: Vec<String> = lower.split('/').map(str::to_owned).collect();
        let name = directories.pop().unwrap_or_default();
        Self { directories, name, written }
    }

    fn is_in(&self, directories: &[&str]) -> bool {
        self.directories.iter().any(|directory| directories.contains(&directory.as_str()))
    }

    fn ends_with_one_of(&self, endings: &[&str]) -> bool {
        endings.iter().any(|ending| self.name.ends_with(ending))
    }

    fn extension(&self) -> &str {
        self.name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    fn stem(&self) -> &str {
        self.name.split('.').next().unwrap_or("")
    }

    fn is_env(&self) -> bool {
        is_env(&self.name)
    }

    fn is_test(&self) -> bool {
        let source = matches!(
            self.extension(),
            "py" | "go"
                | "rs"
                | "js"
                | "jsx"
                | "ts"
                | "tsx"
                | "mjs"
                | "rb"
                | "java"
                | "kt"
                | "cs"
                | "php"
                | "swift"
                | "c"
                | "cc"
                | "cpp"
                | "cxx"
                | "scala"
                | "dart"
                | "ex"
                | "exs"
                | "snap"
        );
        let written = self.written.split('.').next().unwrap_or("");
        self.is_in(&TESTS)
            || (source
                && (self.name.contains(".test.")
                    || self.name.contains(".spec.")
                    || self.name.starts_with("test_")
                    || self.stem().ends_with("_test")
                    || self.stem().ends_with("_spec")
                    || self.stem() == "conftest"
                    || written.ends_with("Test")
                    || written.ends_with("Tests")))
    }

    /// Whether browsers or apps get it.
    fn is_shipped(&self, text: &[u8]) -> bool {
        self.is_bundle(text) || self.is_of_an_app(text) || self.is_a_page(text)
    }

    /// Written by a build tool, or handed out as it is. What is built for a server stays there.
    fn is_bundle(&self, text: &[u8]) -> bool {
        let web = WEB.contains(&self.extension());
        let on_server = self.is_in(&["server", "functions", "lambda", "backend", "api"])
            || (self.stem() == "server" && web)
            || audience::is_built_for_a_server(text);
        let minified = [".min.js", ".bundle.js", ".chunk.js", ".bundle.mjs", ".bundle", ".jsbundle", ".map"];
        if self.ends_with_one_of(&minified) {
            return !on_server;
        }
        web && (self.is_in(&BUILD_OUTPUT) || self.is_in(&SERVED)) && !on_server
    }

    fn is_on_server(&self) -> bool {
        self.is_in(&SERVERS) || matches!(self.stem(), "server" | "lambda" | "cli")
    }

    fn is_of_an_app(&self, text: &[u8]) -> bool {
        let android =
            self.is_in(&["android"]) || (self.is_in(&["app"]) && self.is_in(&["main"]) && self.is_in(&["src"]));
        match self.extension() {
            "swift" => !serves_requests(text) && self.name != "package.swift",
            "dart" => !serves_requests(text) && !self.is_in(&["bin", "server"]),
            "plist" | "xcconfig" | "storyboard" | "xib" | "pbxproj" => true,
            "m" | "mm" => memchr::memmem::find(text, b"#import").is_some(),
            "kt" | "java" | "cs" => android || is_shipped_by_its_text(text),
            "xml" => android || matches!(self.name.as_str(), "androidmanifest.xml" | "strings.xml" | "secrets.xml"),
            "gradle" | "kts" => android || audience::builds_an_app(text),
            "properties" => android,
            "json" => {
                matches!(self.name.as_str(), "google-services.json" | "app.json" | "manifest.json") && {
                    android || self.name == "google-services.json" || is_shipped_by_its_text(text)
                }
            }
            _ => false,
        }
    }

    /// Code that a page loads, by its kind, its place or its own words.
    fn is_a_page(&self, text: &[u8]) -> bool {
        let on_server = (self.is_on_server() && !audience::allows_browsers(text)) || serves_requests(text);
        match self.extension() {
            "html" | "htm" | "xhtml" => true,
            "jsx" | "tsx" | "vue" | "svelte" => !on_server,
            "js" | "mjs" | "cjs" | "ts" => {
                let compiled_in = self.name.contains(".config.") && audience::writes_into_bundles(text);
                let settings = self.stem().starts_with("environment") && self.is_in(&["environments"]);
                let shipped = self.is_in(&FRONTENDS) || is_shipped_by_its_text(text);
                settings || compiled_in || (!on_server && shipped)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
