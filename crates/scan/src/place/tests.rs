use super::*;

fn at(path: &str, text: &str) -> Severity {
    severity(&Place::file(path), &Names::default(), text.as_bytes(), text.len())
}

#[test]
fn what_browsers_get_is_critical() {
    for (path, text) in [
        ("dist/assets/index-a81f.js", ""),
        ("build/static/js/main.3f.js", ""),
        ("build/static/js/main.3f.js.map", ""),
        (".next/static/chunks/app/page-1.js", ""),
        ("out/index.html", ""),
        ("public/config.js", ""),
        ("web/vendor.min.js", ""),
        ("src/App.tsx", "export default function App() {}"),
        ("src/Chat.vue", ""),
        ("src/lib/Chat.svelte", ""),
        ("index.html", "<script>"),
        ("src/chat.js", "document.querySelector('#x')"),
        ("src/ai.ts", "new OpenAI({ apiKey, dangerouslyAllowBrowser: true })"),
        ("src/environments/environment.prod.ts", "export const environment = {}"),
        ("vite.config.ts", "export default { define: { KEY: 'x' } }"),
        ("extension/background.js", "chrome.runtime.onMessage"),
        ("frontend/src/openai.js", "export const key = ''"),
        ("src/firebase.ts", "import { initializeApp } from 'firebase/app'"),
        ("main.a81f.map", "{}"),
    ] {
        assert_eq!(at(path, text), Severity::Critical, "{path}");
    }
}

#[test]
fn what_apps_get_is_critical() {
    for (path, text) in [
        ("ios/App/Keys.swift", "let key = \"\""),
        ("ios/App/Info.plist", ""),
        ("lib/main.dart", ""),
        ("android/app/src/main/java/x/Keys.java", ""),
        ("app/src/main/res/values/strings.xml", ""),
        ("Assets/Chat.cs", "using UnityEngine;"),
        ("app/google-services.json", ""),
        ("app/build.gradle", "buildConfigField \"String\", \"KEY\""),
        ("mobile/App.js", ""),
    ] {
        assert_eq!(at(path, text), Severity::Critical, "{path}");
    }
    let inside = Place { members: vec!["classes.dex".to_owned()], ..Place::file("release/app.apk") };
    assert_eq!(severity(&inside, &Names::default(), b"", 0), Severity::Critical);
}

#[test]
fn code_images_ci_notebooks_and_documents_are_high() {
    for (path, text) in [
        ("src/main.py", ""),
        ("server/index.ts", ""),
        ("src/index.js", "const app = require('express')()"),
        ("app/api/chat/route.ts", ""),
        ("pages/api/chat.tsx", ""),
        (".next/server/app/page.js", ""),
        ("dist/server.js", ""),
        ("src/App.tsx", "'use server'"),
        ("Dockerfile", ""),
        (".github/workflows/ci.yml", ""),
        ("analysis.ipynb", ""),
        ("README.md", ""),
        ("cmd/main.go", ""),
        ("contest/solution.py", ""),
        ("src/latest.js", ""),
        ("web/server.js", "require('express')"),
        ("src/firebase.ts", "import admin from 'firebase-admin'"),
        ("app/build.gradle", "plugins {}"),
        ("Sources/App/routes.swift", "import Vapor"),
    ] {
        assert_eq!(at(path, text), Severity::High, "{path}");
    }
}

#[test]
fn environment_files_are_medium_unless_an_image_has_them() {
    for path in [".env", ".env.local", ".env.test", "config/prod.env", "deploy/.envrc"] {
        assert_eq!(at(path, ""), Severity::Medium, "{path}");
    }
    let image =
        |member: &str| Place { members: vec![member.to_owned(), "app/.env".to_owned()], ..Place::file("i.tar") };
    assert_eq!(severity(&image("0a/layer.tar"), &Names::default(), b"", 0), Severity::High);
    assert_eq!(severity(&image("blobs/sha256/0a"), &Names::default(), b"", 0), Severity::High);
    assert_eq!(severity(&image("backup.tar"), &Names::default(), b"", 0), Severity::Medium);
}

#[test]
fn tests_and_fixtures_are_low() {
    for path in [
        "tests/test_client.py",
        "src/client.test.ts",
        "src/Chat.spec.tsx",
        "pkg/client_test.go",
        "test_client.py",
        "spec/client_spec.rb",
        "src/test/java/ClientTest.java",
        "src/ClientTest.java",
        "e2e/login.ts",
        "fixtures/response.json",
        "testdata/golden.txt",
        "tests/.env",
    ] {
        assert_eq!(at(path, ""), Severity::Low, "{path}");
    }
}

#[test]
fn the_tests_at_the_foot_of_a_rust_file_are_tests() {
    assert_eq!(at("src/a.rs", "fn a() {}\n\n#[cfg(test)]\nmod tests {\n"), Severity::Low);
    assert_eq!(at("src/a.rs", "#[cfg(test)]\nuse x;\nfn a() {}\n"), Severity::High);
}

#[test]
fn a_name_that_is_compiled_in_makes_any_place_but_a_test_critical() {
    let before = b"NEXT_PUBLIC_OPENAI_API_KEY=";
    let names = Names::before(before, before.len());

    for path in [".env", "Dockerfile", ".github/workflows/deploy.yml", "docker-compose.yml"] {
        assert_eq!(severity(&Place::file(path), &names, b"", 0), Severity::Critical, "{path}");
    }
    assert_eq!(severity(&Place::file("tests/.env"), &names, b"", 0), Severity::Low);
}
