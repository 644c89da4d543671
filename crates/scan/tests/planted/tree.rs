//! The tree: files with keys, and files with what only looks like one.
//!
//! In: a directory. Out: the tree in it, and where its keys are. Keys are made from a seed as it is written, so that no
//! file of this repository holds one; each carries the word FAKE (where it is hexadecimal: fa4e).

use std::fs;
use std::path::Path;

/// A key, and what must be said of it.
#[derive(Debug)]
pub(crate) struct Planted {
    pub(crate) path: String,
    pub(crate) line: u64,
    pub(crate) provider: String,
    pub(crate) severity: String,
}

/// Writes the tree.
pub(crate) fn plant(root: &Path) -> Vec<Planted> {
    let mut planted = Vec::new();
    for (severity, path, template) in KEYS {
        write(root, path, &filled(template, path, severity, &mut planted));
    }
    for (at, (path, template)) in LOOK_ALIKES.iter().enumerate() {
        // None of them is another's context.
        let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
        write(root, &format!("{directory}/like{at}/{file}"), &filled(template, path, "none", &mut Vec::new()));
    }
    planted
}

fn write(root: &Path, path: &str, text: &str) {
    let file = root.join(path.trim_start_matches('/'));
    fs::create_dir_all(file.parent().expect("it is below the root")).expect("the directory is ours");
    fs::write(file, text).expect("the directory is ours");
}

/// The template with `«form»` replaced by keys of that form, `«64:form»` by such keys in base64, and `«user64:form»` by a
/// user's name and such a key, in base64 together.
fn filled(template: &str, path: &str, severity: &str, planted: &mut Vec<Planted>) -> String {
    let mut text = String::new();
    for (at, part) in template.split('«').enumerate() {
        let Some((form, rest)) = part.split_once('»').filter(|_| at > 0) else {
            text += part;
            continue;
        };
        let line = text.matches('\n').count() as u64 + 1;
        let seed = path.bytes().fold(at as u64 + 17, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let (encoding, form) = form.split_once(':').unwrap_or(("", form));
        let (provider, key) = key(form, seed);
        text += &match encoding {
            "64" => base64(&key),
            "user64" => base64(&format!("user:{key}")),
            _ => key,
        };
        planted.push(Planted {
            path: path.to_owned(),
            line,
            provider: provider.to_owned(),
            severity: severity.to_owned(),
        });
        text += rest;
    }
    text
}

const TOKEN: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(text: &str) -> String {
    let mut encoded = String::new();
    for group in text.as_bytes().chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(group.get(at).copied().unwrap_or(0)));
        let letter = |at: usize| char::from(BASE64.as_bytes()[bits >> (18 - 6 * at) & 63]);
        encoded.extend((0..4).map(|at| if at > group.len() { '=' } else { letter(at) }));
    }
    encoded
}

/// Letters from a seed, with a mark in them.
fn letters(alphabet: &str, mark: &str, len: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(alphabet.as_bytes()[(state >> 33) as usize % alphabet.len()])
    };
    let half = (len - mark.len()) / 2;
    let head: String = (0..half).map(|_| next()).collect();
    let tail: String = (half + mark.len()..len).map(|_| next()).collect();
    format!("{head}{mark}{tail}")
}

fn key(form: &str, seed: u64) -> (&'static str, String) {
    let token = |len| letters(TOKEN, "FAKE", len, seed);
    let alphanumeric = |len| letters(ALPHANUMERIC, "FAKE", len, seed);
    let hex = |len| letters(HEX, "fa4e", len, seed);
    match form {
        "openai" => ("openai", format!("sk-{}T3BlbkFJ{}", alphanumeric(20), letters(ALPHANUMERIC, "", 20, seed + 1))),
        "openai-token" => ("openai", format!("sk-{}a", token(47))),
        "openai-proj" => ("openai", format!("sk-proj-{}T3BlbkFJ{}", token(74), letters(TOKEN, "", 74, seed + 1))),
        "openai-svc" => ("openai", format!("sk-svcacct-{}", token(60))),
        "openai-admin" => ("openai", format!("sk-admin-{}", token(60))),
        "anthropic" => ("anthropic", format!("sk-ant-api03-{}AA", token(93))),
        "anthropic-oat" => ("anthropic", format!("sk-ant-oat01-{}AA", token(93))),
        "gemini" => ("gemini", format!("AIza{}", token(35))),
        "hf" => ("huggingface", format!("hf_{}", alphanumeric(34))),
        "groq" => ("groq", format!("gsk_{}", alphanumeric(52))),
        "xai" => ("xai", format!("xai-{}", alphanumeric(80))),
        "aws-id" => ("aws", format!("AKIA{}", letters(BASE32, "FAKE", 16, seed))),
        "aws-secret" => ("aws", letters(BASE64, "FAKE", 40, seed)),
        "azure" => ("azure", hex(32)),
        "azure84" => ("azure", alphanumeric(84)),
        "openrouter" => ("openrouter", format!("sk-or-v1-{}", letters(HEX, "FAKE", 64, seed))),
        "perplexity" => ("perplexity", format!("pplx-{}", alphanumeric(48))),
        "replicate" => ("replicate", format!("r8_{}", alphanumeric(37))),
        "nvidia" => ("nvidia", format!("nvapi-{}", token(64))),
        "mistral" => ("mistral", alphanumeric(32)),
        "deepseek" => ("deepseek", format!("sk-{}", hex(32))),
        "github" => ("github", format!("ghp_{}", alphanumeric(36))),
        "cohere" => ("cohere", alphanumeric(40)),
        "deepgram" => ("deepgram", hex(40)),
        "account" => ("google", letters(BASE64, "FAKE", 64, seed)),
        "pem" => ("private-key", letters(BASE64, "FAKE", 64, seed)),
        "hex32" => ("none", letters(HEX, "", 32, seed)),
        "hex40" => ("none", letters(HEX, "", 40, seed)),
        "hex64" => ("none", letters(HEX, "", 64, seed)),
        "base64" => ("none", letters(BASE64, "", 400, seed)),
        "alnum20" => ("none", letters(ALPHANUMERIC, "7", 20, seed)),
        "alnum40" => ("none", letters(ALPHANUMERIC, "7", 40, seed)),
        other => panic!("no form is called {other}"),
    }
}

/// Severity, path and content. All keys of a file are of its severity.
#[rustfmt::skip]
const KEYS: [(&str, &str, &str); 75] = [
    // Shipped to browsers.
    ("critical", "web/src/App.tsx", "import OpenAI from 'openai'\nexport default function App() {\n  const client = new OpenAI({ apiKey: '«openai-proj»', dangerouslyAllowBrowser: true })\n}\n"),
    ("critical", "web/src/Chat.vue", "<script setup>\nconst key = \"«gemini»\"\n</script>\n"),
    ("critical", "web/src/lib/api.js", "const KEY = '«xai»'\nwindow.ask = (text) => fetch('https://api.x.ai', { headers: { authorization: `Bearer ${KEY}` } })\n"),
    ("critical", "web/index.html", "<html><script>\n  fetch(url, { headers: { 'x-api-key': '«anthropic»' } })\n</script></html>\n"),
    ("critical", "web/dist/assets/index-4f2a.js", "var e=\"production\",t={apiKey:\"«openai»\"};function n(){return t}console.log(n());\n"),
    ("critical", "web/dist/assets/index-4f2a.js.map", "{\"version\":3,\"sourcesContent\":[\"const a = 1\\nconst key = '«groq»'\\n\"]}\n"),
    ("critical", "next/.next/static/chunks/main.js", "(self.webpackChunk=self.webpackChunk||[]).push([[1],{2:(e,t)=>{t.k=\"«openrouter»\"}}]);\n"),
    ("critical", "next/out/chat.html", "<script>self.__next_f.push([1,\"{\\\"key\\\":\\\"«openai-token»\\\"}\"])</script>\n"),
    ("critical", "site/public/config.js", "export const HF = '«hf»';\n"),
    ("critical", "site/static/vendor.min.js", "!function(){var k='«gemini»';}();\n"),
    ("critical", "web/.env.production", "VITE_OPENAI_API_KEY=«openai-proj»\nREACT_APP_GEMINI_KEY='«gemini»'\n"),
    ("critical", "next/.env.local", "NEXT_PUBLIC_ANTHROPIC_API_KEY=«anthropic»\n"),
    ("critical", "mobile/.env", "EXPO_PUBLIC_GROQ_API_KEY=\"«groq»\"\n"),
    ("critical", "deploy/web.Dockerfile", "FROM node:22\nENV NEXT_PUBLIC_XAI_API_KEY=«xai»\n"),
    ("critical", "web/vite.config.ts", "export default { define: { 'process.env.KEY': JSON.stringify('«openrouter»') } }\n"),
    // Shipped to apps.
    ("critical", "ios/App/Keys.swift", "enum Keys {\n    static let openAI = \"«openai-proj»\"\n}\n"),
    ("critical", "ios/App/Info.plist", "<dict>\n  <key>GEMINI_KEY</key>\n  <string>«gemini»</string>\n</dict>\n"),
    ("critical", "android/app/src/main/res/values/strings.xml", "<resources>\n  <string name=\"hf_token\">«hf»</string>\n</resources>\n"),
    ("critical", "android/app/src/main/java/a/Keys.kt", "object Keys {\n  const val AZURE_OPENAI_KEY = \"«azure»\"\n}\n"),
    ("critical", "mobile/lib/main.dart", "const apiKey = '«anthropic»';\n"),
    ("critical", "extension/background.js", "chrome.runtime.onMessage.addListener(() => {})\nconst k = \"«openai-token»\"\n"),
    // Code of servers.
    ("high", "server/main.py", "import openai\n\nopenai.api_key = \"«openai»\"\n"),
    ("high", "server/fallback.py", "import os\nkey = os.getenv(\"ANTHROPIC_API_KEY\", \"«anthropic-oat»\")\n"),
    ("high", "server/azure_client.py", "from openai import AzureOpenAI\n\nclient = AzureOpenAI(\n    azure_endpoint=\"https://x.openai.azure.com\",\n    api_version=\"2024-10-21\",\n    api_key=\"«azure»\",\n)\n"),
    ("high", "server/azure_new.py", "import requests\nheaders = {\"api-key\": \"«azure84»\"}\nrequests.post(\"https://x.openai.azure.com/openai/deployments/a\", headers=headers)\n"),
    ("high", "server/Speech.cs", "var credential = new AzureKeyCredential(\"«azure»\");\n"),
    ("high", "server/index.ts", "import express from 'express'\nconst key = process.env.OPENAI_API_KEY || '«openai-proj»'\n"),
    ("high", "app/api/chat/route.ts", "export async function POST() { const key = '«groq»' }\n"),
    ("high", "cmd/main.go", "package main\n\nconst token = \"«hf»\"\n"),
    ("high", "src/main.rs", "fn main() { let key = \"«xai»\"; }\n"),
    ("high", "src/main/java/Client.java", "class Client { String key = \"«openrouter»\"; }\n"),
    ("high", "lib/client.rb", "client = OpenAI::Client.new(access_token: \"«openai-svc»\")\n"),
    ("high", "api/index.php", "<?php $key = '«gemini»';\n"),
    ("high", "scripts/run.sh", "export OPENAI_ADMIN_KEY=«openai-admin»\ncurl -H \"x-api-key: «anthropic»\" https://api.anthropic.com/v1/messages\n"),
    ("high", "infra/main.tf", "provider \"aws\" {\n  access_key = \"«aws-id»\"\n  secret_key = \"x\"\n}\n"),
    ("high", "config/credentials.ini", "[default]\naws_access_key_id = «aws-id»\naws_secret_access_key = «aws-secret»\n"),
    ("high", "config/app.yaml", "openai:\n  api_key: «openai-token»\nperplexity: «perplexity»\n"),
    ("high", "config/settings.json", "{\n  \"replicate\": \"«replicate»\",\n  \"github\": \"«github»\"\n}\n"),
    // Images, CI, notebooks, documents.
    ("high", "Dockerfile", "FROM python:3.13\nENV OPENAI_API_KEY=«openai-proj»\n"),
    ("high", "docker-compose.yml", "services:\n  web:\n    environment:\n      - HF_TOKEN=«hf»\n"),
    ("high", ".github/workflows/ci.yml", "jobs:\n  test:\n    env:\n      OPENAI_API_KEY: «openai-proj»\n"),
    ("high", ".gitlab-ci.yml", "variables:\n  GROQ_API_KEY: \"«groq»\"\n"),
    ("high", "k8s/secret.yaml", "env:\n  - name: AZURE_OPENAI_API_KEY\n    value: «azure»\n"),
    ("high", "notebooks/analysis.ipynb", "{\"cells\": [{\"source\": [\n\"os.environ[\\\"OPENAI_API_KEY\\\"] = \\\"«openai-proj»\\\"\\n\"],\n\"outputs\": [{\"text\": [\"using key «anthropic»\\n\"]}]}]}\n"),
    ("high", "README.md", "# How to run\n\n    export GEMINI_API_KEY=«gemini»\n"),
    ("high", "docs/setup.rst", "Set the key to ``«openrouter»``.\n"),
    ("high", "notes.txt", "nvidia: «nvidia»\n"),
    // Without a prefix, beside their vendor's name; private keys.
    ("high", "config/llm.yaml", "mistral:\n  model: large\n  api_key: «mistral»\ndeepgram:\n  api_key: «deepgram»\n"),
    ("high", "config/llm.toml", "[cohere]\napi_key = \"«cohere»\"\n"),
    ("high", "config/llm.json", "{\n  \"cohere\": {\n    \"apiKey\": \"«cohere»\"\n  }\n}\n"),
    ("high", "config/litellm.yaml", "- model_name: m\n  litellm_params:\n    model: mistral/large\n    api_key: «mistral»\n"),
    ("high", "server/mistral.py", "client = Mistral(\n    api_key=\"«mistral»\",\n)\n"),
    ("high", "scripts/ask.sh", "curl https://api.mistral.ai/v1/models \\\n  -H 'Authorization: Bearer «mistral»'\n"),
    ("high", "config/two.json", "{\"a\":\"«openai-proj»\",\"b\":\"«groq»\"}\n"),
    ("high", "deploy/account.json", "{\n  \"type\": \"service_account\",\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\n«account»\\n-----END PRIVATE KEY-----\\n\"\n}\n"),
    ("high", "deploy/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n«pem»\n-----END OPENSSH PRIVATE KEY-----\n"),
    ("low", "src/tls_test.cc", "const char k[] = R\"(-----BEGIN RSA PRIVATE KEY-----\n«pem»\n-----END RSA PRIVATE KEY-----)\";\n"),
    // In base64: secrets of Kubernetes, headers, configuration of npm and Docker.
    ("high", "k8s/openai.yaml", "apiVersion: v1\nkind: Secret\ndata:\n  OPENAI_API_KEY: «64:openai-proj»\n  anthropic-key: \"«64:anthropic»\"\n"),
    ("high", "k8s/azure.yaml", "apiVersion: v1\nkind: Secret\ndata:\n  AZURE_OPENAI_API_KEY: «64:azure»\n  MISTRAL_API_KEY: «64:mistral»\n"),
    ("high", "k8s/list.json", "{\"kind\": \"Secret\", \"data\": {\"key\": \"«64:groq»\", \"token\": \"«64:hf»\"}}\n"),
    ("high", "scripts/langfuse.sh", "curl -H 'Authorization: Basic «user64:openai-svc»' https://x/api\n"),
    ("high", "app/.npmrc", "//npm.pkg.github.com/:_auth=«user64:github»\n"),
    ("high", "deploy/config.json", "{\"auths\": {\"ghcr.io\": {\"auth\": \"«user64:github»\"}}}\n"),
    ("high", "config/aws.json", "{\"id\": \"«64:aws-id»\"}\n"),
    ("low", "tests/secret.yaml", "data:\n  key: «64:openrouter»\n"),
    // Environment files.
    ("medium", ".env", "OPENAI_API_KEY=«openai-proj»\nANTHROPIC_API_KEY=\"«anthropic»\"\nMISTRAL_API_KEY=«mistral»\n"),
    ("medium", "server/.env.local", "AZURE_OPENAI_ENDPOINT=https://x.openai.azure.com\nAZURE_OPENAI_API_KEY=«azure»\nDEEPSEEK_API_KEY=«deepseek»\n"),
    ("medium", "deploy/prod.env", "AWS_ACCESS_KEY_ID=«aws-id»\nAWS_SECRET_ACCESS_KEY=«aws-secret»\n"),
    ("medium", ".env.test", "XAI_API_KEY=«xai»\n"),
    // Tests and fixtures.
    ("low", "tests/test_client.py", "KEY = \"«openai-proj»\"\n"),
    ("low", "tests/fixtures/response.json", "{\"key\": \"«gemini»\"}\n"),
    ("low", "web/src/client.test.ts", "const key = '«anthropic»'\n"),
    ("low", "cmd/client_test.go", "const key = \"«groq»\"\n"),
    ("low", "web/__tests__/chat.js", "const key = '«openrouter»'\n"),
    ("low", "src/test/java/ClientTest.java", "class ClientTest { String key = \"«xai»\"; }\n"),
];

/// Path and content of what must not be found. Each is in a directory of its own.
#[rustfmt::skip]
pub(crate) const LOOK_ALIKES: [(&str, &str); 76] = [
    ("src/a.py", "openai.api_key = \"YOUR_OPENAI_API_KEY\"\n"),
    ("src/a.py", "openai.api_key = \"sk-YOUR_KEY_HERE_sk1234567890\"\n"),
    ("src/a.py", "key = \"sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\n"),
    ("src/a.py", "key = \"sk-proj-XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\"\n"),
    ("src/a.py", "key = \"<your-anthropic-api-key>\"\n"),
    ("src/a.py", "key = os.environ[\"OPENAI_API_KEY\"]\n"),
    ("src/a.py", "key = os.getenv('AZURE_OPENAI_API_KEY', '')\n"),
    ("src/a.ts", "const key = process.env.NEXT_PUBLIC_OPENAI_API_KEY\n"),
    ("src/a.ts", "const key = import.meta.env.VITE_GEMINI_KEY\n"),
    ("src/a.ts", "const key = `sk-${suffix}`\n"),
    ("docker-compose.yml", "environment:\n  - OPENAI_API_KEY=${OPENAI_API_KEY}\n"),
    (".github/workflows/ci.yml", "env:\n  OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY }}\n"),
    ("k8s/a.yaml", "apiKey: {{ .Values.openai.apiKey }}\n"),
    (".env.example", "OPENAI_API_KEY=sk-...\n"),
    (".env.example", "OPENAI_API_KEY=\nANTHROPIC_API_KEY=sk-ant-api03-...\n"),
    (".env.example", "GEMINI_API_KEY=AIza********************************\n"),
    (".env.example", "GROQ_API_KEY=gsk_your_groq_api_key_goes_right_here_please_thanks\n"),
    (".env.example", "HF_TOKEN=hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"),
    (".env.example", "XAI_API_KEY=xai-REPLACE_ME_WITH_YOUR_KEY_0123456789abcdefgh\n"),
    (".env.example", "OPENROUTER_API_KEY=sk-or-v1-0000000000000000000000000000000000000000000000000000000000000000\n"),
    (".env.example", "AZURE_OPENAI_API_KEY=00000000000000000000000000000000\n"),
    (".env.example", "AZURE_OPENAI_API_KEY=0123456789abcdef0123456789abcdef\n"),
    (".env.example", "AZURE_OPENAI_API_KEY=your-azure-openai-api-key-32-char\n"),
    ("README.md", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"),
    ("README.md", "Keys look like `AKIAXXXXXXXXXXXXXXXX`.\n"),
    ("README.md", "Keys start with `sk-`, `sk-proj-`, `sk-ant-`, `AIza`, `hf_`, `gsk_`, `xai-` or `sk-or-v1-`.\n"),
    ("README.md", "Incorrect API key provided: sk-«alnum20»...wxyz.\n"),
    ("README.md", "Incorrect API key provided: sk-«alnum20»********************wxyz.\n"),
    ("README.md", "The key is sk-proj-«alnum20»… and so on.\n"),
    ("README.md", "export OPENAI_API_KEY=\"sk-1234567890abcdef1234567890abcdef1234567890abcdef\"\n"),
    ("README.md", "export OPENAI_API_KEY=\"sk-abcdefghijklmnopqrstuvwxyz123456\"\n"),
    ("README.md", "OPENAI_API_KEY='$(cat /run/secrets/openai)'\n"),
    ("styles/a.css", ".sk-fading-circle .sk-circle-fade-container-animation-delay-12 { }\n"),
    ("styles/a.css", ".sk-folding-cube-container-wrapper-element:before { }\n"),
    ("src/a.html", "<div class=\"sk-three-bounce sk-child sk-bounce-animation-1-2-3-4-5-6\"></div>\n"),
    ("src/a.py", "from huggingface_hub import hf_hub_download, hf_raise_for_status_and_retry_later\n"),
    ("src/a.py", "def hf_load_pretrained_model_with_tokenizer_v2(): pass\n"),
    ("src/a.py", "task = \"task-«alnum40»\"\n"),
    ("src/a.py", "disk = \"disk-«alnum40»\"\n"),
    ("src/a.py", "url = \"https://cdn.x/risk-«alnum40»\"\n"),
    ("src/a.py", "gsk_flags = [\"gsk_renderer_flag_disable_vulkan_support\"]\n"),
    ("src/a.c", "static GskRenderNode *gsk_render_node_deserialize_from_bytes_internal_v2 (void);\n"),
    ("src/a.py", "XAI = \"xai-explainable-artificial-intelligence-toolkit\"\n"),
    ("src/a.py", "commit = \"«hex40»\"\n"),
    ("src/a.py", "sha256 = \"«hex64»\"\n"),
    ("src/a.py", "md5 = \"«hex32»\"  # of the Azure image\n"),
    ("src/a.py", "AZURE_TENANT_ID = \"«hex32»\"\n"),
    ("src/a.py", "azure_etag = \"«hex32»\"\n"),
    ("src/a.py", "cache_key = \"«hex32»\"\n"),
    ("deploy/a.yaml", "azure: true\nimage: registry.x/app@sha256:«hex64»\n"),
    ("deploy/a.yaml", "subscriptionId: 7d1f0a52-93cb-4d0e-8f3a-2b61c5e4a907 # azure\n"),
    ("package-lock.json", "{\"integrity\": \"sha512-«base64»==\"}\n"),
    ("yarn.lock", "  resolved \"https://registry.x/a/-/a-1.0.0.tgz#«hex40»\"\n"),
    ("Cargo.lock", "checksum = \"«hex64»\"\n"),
    ("src/a.html", "<img src=\"data:image/png;base64,«base64»\">\n"),
    ("src/a.txt", "eyJ«base64»AIza«alnum40»\n"),
    ("src/a.txt", "AKIA is a place name, ASIA too; ASIAN-PACIFIC-REGION-1, AKIASTREETNUMBERTEN\n"),
    ("src/a.txt", "AZUREAKIA«alnum40»\n"),
    ("src/a.ipynb", "{\"cells\": [{\"outputs\": [{\"text\": [\"Incorrect API key provided: sk-ab*****wxyz\"]}]}]}\n"),
    ("src/a.py", "secret_access_key = get_secret(\"prod/aws/secret_access_key/of/the/team\")\n"),
    ("src/a.py", "pattern = re.compile(r\"sk-[A-Za-z0-9]{48}|sk-ant-api03-[\\w-]{93}AA|AIza[\\w-]{35}|hf_[a-zA-Z]{34}\")\n"),
    ("src/a.py", "key = \"sk-proj-«alnum20»7\"  # tollgate:allow, revoked\n"),
    ("k8s/a.yaml", "kind: Secret\ndata:\n  OPENAI_API_KEY: c2stWU9VUl9PUEVOQUlfQVBJX0tFWV9HT0VTX0hFUkU=\n"),
    ("k8s/a.yaml", "kind: Secret\ndata:\n  password: Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ==\n"),
    ("k8s/a.yaml", "kind: SealedSecret\nspec:\n  encryptedData:\n    AZURE_OPENAI_API_KEY: «base64»\n"),
    ("scripts/a.sh", "curl -H 'Authorization: Basic dXNlcjoke09QRU5BSV9BUElfS0VZfSwgcmVhZCBmcm9tIHRoZSBlbnZpcm9ubWVudA=='\n"),
    (".npmrc", "_auth=dXNlcjo8dGhlIHRva2VuIG9mIHRoZSByZWdpc3RyeT4=\n"),
    ("src/a.html", "<script src=\"data:text/javascript;base64,Y29uc3Qga2V5ID0gcHJvY2Vzcy5lbnYuT1BFTkFJX0FQSV9LRVk=\"></script>\n"),
    ("infra/main.tf", "key_vault_key_id = \"https://foo.vault.azure.net/keys/k/«hex32»\"\n"),
    ("src/a.py", "azureCacheKey = \"«hex32»\"\n"),
    ("config/a.yaml", "mistral:\n  model: large\nother:\n  weather_api_key: «hex32»\n"),
    ("config/a.yaml", "incoherent:\n  api_key: «alnum40»\n"),
    ("README.md", "We put them together:\nkey: «hex64»\n"),
    ("README.md", "export OPENAI_API_KEY=sk-proj-abc123def456ghi789jkl012mno345\n"),
    ("src/a.py", "headers = {\"Idempotency-Key\": \"sk-test-idempotency-run-2024-11-20-a1b2c3\"}\n"),
    ("src/a.py", "if line == \"-----BEGIN PRIVATE KEY-----\": pass\n"),
];
