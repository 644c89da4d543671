//! For whom a piece of code is, by its own words: browsers and apps, or a server.
//!
//! In: the text of a file. Out: yes or no. Asked only of files with a key in them, so nothing is searched in vain.

use memchr::memmem;

/// More than this of a file is not read to decide.
const LOOKED_AT: usize = 256 * 1024;

/// What only code in a browser or an app says.
const SHIPPED: [&str; 33] = [
    "dangerouslyAllowBrowser",
    "\"use client\"",
    "'use client'",
    "window.",
    "document.",
    "localStorage",
    "sessionStorage",
    "navigator.",
    "XMLHttpRequest",
    "import.meta.env",
    "chrome.runtime",
    "chrome.storage",
    "browser.runtime",
    "manifest_version",
    "from 'react'",
    "from \"react\"",
    "react-dom",
    "react-native",
    "from 'vue'",
    "from \"vue\"",
    "@angular/core",
    "svelte/",
    "customElements",
    "\"expo\"",
    "expo-constants",
    "import android",
    "androidx.",
    "UnityEngine",
    "firebase/app",
    "from 'electron'",
    "require('electron')",
    "new Vue(",
    "jQuery",
];

/// What only code on a server says.
const SERVING: [&str; 33] = [
    "require('express')",
    "require(\"express\")",
    "from 'express'",
    "from \"express\"",
    "fastify",
    "createServer(",
    "'koa'",
    "@nestjs/",
    "'node:",
    "\"node:",
    "require('fs')",
    "require(\"fs\")",
    "require('http')",
    "from 'fs'",
    "from \"fs\"",
    "'use server'",
    "\"use server\"",
    "NextApiRequest",
    "NextRequest",
    "getServerSideProps",
    "process.argv",
    "process.exit",
    "Deno.",
    "Bun.serve",
    "discord.js",
    "firebase-admin",
    "dotenv",
    "import Vapor",
    "import Hummingbird",
    "package:shelf",
    "exports.handler",
    "\"server-only\"",
    "'server-only'",
];

/// What a program that was built for a server still loads.
const BUILT_TO_SERVE: [&str; 7] = [
    "require(\"express\")",
    "require('express')",
    "require(\"http\")",
    "require('http')",
    "require(\"node:http\")",
    "exports.handler",
    "Bun.serve",
];

/// What settings of build tools say where they write a value into the bundle.
const WRITING: [&str; 5] = ["DefinePlugin", "EnvironmentPlugin", "define:", "env:", "extra:"];

pub(super) fn is_shipped_by_its_text(text: &[u8]) -> bool {
    has_one_of(text, &SHIPPED)
}

/// Whether a client says that it runs in a browser, whatever else it imports and wherever it lies.
pub(super) fn allows_browsers(text: &[u8]) -> bool {
    has_one_of(text, &SHIPPED[..3])
}

pub(super) fn serves_requests(text: &[u8]) -> bool {
    has_one_of(text, &SERVING) && !allows_browsers(text)
}

/// Of a build script of Android's.
pub(super) fn builds_an_app(text: &[u8]) -> bool {
    has_one_of(text, &["buildConfigField", "com.android.application"])
}

/// Of built code, which may have words of both in the libraries that it contains.
pub(super) fn is_built_for_a_server(text: &[u8]) -> bool {
    has_one_of(text, &BUILT_TO_SERVE)
}

pub(super) fn writes_into_bundles(text: &[u8]) -> bool {
    has_one_of(text, &WRITING)
}

/// Whether a Rust file's own tests, which stand at its foot, have begun.
pub(super) fn is_behind_tests_of_rust(before: &[u8]) -> bool {
    let mark = b"#[cfg(test)]";
    memmem::rfind(before, mark).is_some_and(|at| before[at + mark.len()..].trim_ascii_start().starts_with(b"mod "))
}

fn has_one_of(text: &[u8], words: &[&str]) -> bool {
    let text = &text[..text.len().min(LOOKED_AT)];
    words.iter().any(|word| memmem::find(text, word.as_bytes()).is_some())
}
