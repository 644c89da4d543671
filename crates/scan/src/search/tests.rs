use tollgate_core::key::Secret;

use super::*;

/// A body of this length out of letters and digits, always the same for a seed.
fn body(seed: u64, len: usize) -> String {
    from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", seed, len)
}

fn hex(seed: u64, len: usize) -> String {
    from("0123456789abcdef", seed, len)
}

fn from(letters: &str, seed: u64, len: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        letters.as_bytes()[(state >> 33) as usize % letters.len()] as char
    };
    (0..len).map(|_| next()).collect()
}

fn found(text: &str) -> Vec<(&'static str, String)> {
    let candidates = Search::new().candidates(text.as_bytes(), Content::Text);
    candidates.into_iter().map(|one| (one.vendor, one.key)).collect()
}

fn vendors(text: &str) -> Vec<&'static str> {
    found(text).into_iter().map(|(vendor, _)| vendor).collect()
}

#[test]
fn every_prefix_announces_a_key_of_its_vendor() {
    for (seed, form) in PREFIXED.iter().enumerate().filter(|(_, form)| form.proof != Proof::OurChecksum) {
        let letters = match form.alphabet {
            Alphabet::Hex | Alphabet::Uuid => "0123456789abcdef",
            Alphabet::Lower => "abcdefghijklmnopqrstuvwxyz0123456789",
            _ => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        };
        let letters = if form.proof == Proof::AwsId { "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" } else { letters };
        for len in [form.least.max(20.min(form.most)), form.most.min(200)] {
            let key = format!("{}{}", form.prefix, from(letters, seed as u64 + 7, len));

            assert_eq!(found(&format!("k = \"{key}\"\n")), [(form.vendor, key.clone())], "{key}");
        }
    }
}

#[test]
fn a_key_of_ours_must_have_the_right_checksum() {
    let mut next = 0u8;
    let secret = Secret::generate(|| {
        next = next.wrapping_mul(73).wrapping_add(41);
        next
    });
    let wrong = format!("{}x", &secret.reveal()[..secret.reveal().len() - 1]);

    assert_eq!(vendors(&format!("key: {}", secret.reveal())), ["tollgate"]);
    assert_eq!(vendors(&format!("key: {wrong}")), [""; 0]);
}

#[test]
fn a_key_is_found_whatever_stands_around_it() {
    let key = format!("sk-proj-{}", body(3, 60));
    for text in [
        key.clone(),
        format!("'{key}'"),
        format!("key={key};"),
        format!("Bearer%20{key}%22"),
        format!("{{\\\"key\\\": \\\"{key}\\\"}}"),
        format!("one\\n{key}\\n"),
        format!("\\u0022{key}\\u0022"),
        format!("It is {key}. Keep it."),
        format!("**{key}**"),
        format!("<string>{key}</string>"),
        format!("${{OPENAI_API_KEY:-{key}}}"),
        format!("https://h/?key={key}&x=1"),
    ] {
        assert_eq!(found(&text), [("openai", key.clone())], "{text}");
    }
}

#[test]
fn what_looks_like_a_key_and_is_none_is_left_alone() {
    let key = body(5, 30);
    for text in [
        "sk-YOUR_OPENAI_API_KEY_GOES_HERE".to_owned(),
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".to_owned(),
        "sk-...".to_owned(),
        format!("sk-{}...wxyz", &key[..20]),
        format!("sk-{}…", &key[..20]),
        format!("sk-{}********", &key[..20]),
        "sk-${OPENAI_KEY}".to_owned(),
        "class=\"sk-fading-circle-container-element\"".to_owned(),
        format!("task-{key}"),
        format!("disk-{key}"),
        format!("Zm9vYmFy{key}AIza{}", body(6, 35)),
        "from huggingface_hub import hf_hub_download_with_progress_bar".to_owned(),
        "AKIAIOSFODNN7EXAMPLE".to_owned(),
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        format!("AKIA{}", body(6, 24).to_uppercase()),
        "ASIAPACIFICSOUTHEAST".to_owned(),
        format!("sha256:{}", hex(1, 64)),
        format!("commit {}", hex(2, 40)),
        format!("etag: \"{}\" # azure", hex(3, 32)),
        format!("AZURE_OPENAI_ENDPOINT=https://x.openai.azure.com\nWEATHER_API_KEY={}", hex(4, 32)),
        format!("md5 = {}", hex(4, 32)),
        format!("api_key = {}", hex(4, 32)),
    ] {
        assert!(found(&text).is_empty(), "{text}: {:?}", found(&text));
    }
}

#[test]
fn azures_keys_are_told_by_what_stands_around_them() {
    let (old, new) = (hex(7, 32), body(8, 84));
    for text in [
        format!("AZURE_OPENAI_API_KEY={old}"),
        format!("client = AzureOpenAI(\n    api_key=\"{old}\",\n    azure_endpoint=ENDPOINT,\n)"),
        format!("curl https://x.openai.azure.com/openai -H 'api-key: {old}'"),
        format!("new AzureKeyCredential(\"{old}\")"),
        format!("- name: AZURE_OPENAI_KEY\n  value: {old}"),
        format!("headers['Ocp-Apim-Subscription-Key'] = '{old}'"),
    ] {
        assert_eq!(found(&text), [("azure", old.clone())], "{text}");
        let text = text.replace(&old, &new);
        assert_eq!(found(&text), [("azure", new.clone())], "{text}");
    }
    let marked = format!("{}JQQJ99{}", body(9, 46), body(10, 32));
    assert_eq!(found(&format!("x = '{marked}'")), [("azure", marked)]);
}

#[test]
fn an_aws_secret_is_found_by_its_name_or_beside_its_id() {
    let secret = format!("{}/{}+{}", body(11, 12), body(12, 12), body(13, 14));
    let id = format!("AKIA{}", from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 14, 16));

    assert_eq!(found(&format!("AWS_SECRET_ACCESS_KEY={secret}")), [("aws", secret.clone())]);
    assert_eq!(found(&format!("secretAccessKey: '{secret}'")), [("aws", secret.clone())]);
    assert_eq!(found(&format!("{id},{secret}\n")), [("aws", id), ("aws", secret)]);
}

#[test]
fn keys_without_a_prefix_are_found_by_the_name_they_are_given_to() {
    for (text, vendor) in [
        (format!("MISTRAL_API_KEY={}", body(1, 32)), "mistral"),
        (format!("client = cohere.Client(\"{}\")", body(2, 40)), "cohere"),
        (format!("TOGETHER_API_KEY: {}", hex(3, 64)), "together"),
        (format!("const deepgramApiKey = '{}'", hex(4, 40)), "deepgram"),
        (format!("ASSEMBLYAI_API_KEY={}", hex(5, 32)), "assemblyai"),
        (format!("'xi-api-key': '{}'", hex(6, 32)), "elevenlabs"),
        (format!("CLOUDFLARE_API_TOKEN={}", body(7, 40)), "cloudflare"),
    ] {
        assert_eq!(vendors(&text), [vendor], "{text}");
    }
}

#[test]
fn keys_without_a_prefix_are_found_where_their_vendor_stands_beside_them() {
    let (k32, k40, h40, h64) = (body(31, 32), body(32, 40), hex(33, 40), hex(34, 64));
    for (text, vendor) in [
        (format!("mistral:\n  model: large\n  api_key: {k32}\n"), "mistral"),
        (format!("providers:\n  - deepgram:\n      api_key: {h40}\n"), "deepgram"),
        (format!("[cohere]\nmodel = \"command\"\napi_key = \"{k40}\"\n"), "cohere"),
        (format!("[providers.cohere]\napi_key = \"{k40}\"\n"), "cohere"),
        (format!("{{\n  \"cohere\": {{\n    \"apiKey\": \"{k40}\"\n  }}\n}}\n"), "cohere"),
        (format!("together:\n    api_key: '{h64}'\n"), "together"),
        (format!("- model_name: m\n  litellm_params:\n    model: mistral/large\n    api_key: {k32}\n"), "mistral"),
        (format!("client = Mistral(\n    api_key=\"{k32}\",\n)\n"), "mistral"),
        (format!("const client = new Mistral({{\n  apiKey: '{k32}',\n}})\n"), "mistral"),
        (format!("llm = ChatMistralAI(\n    temperature=0,\n    api_key=\"{k32}\",\n)\n"), "mistral"),
        (format!("curl https://api.mistral.ai/v1/models -H 'Authorization: Bearer {k32}'\n"), "mistral"),
        (format!("curl https://api.mistral.ai/v1 \\\n  -H \"Authorization: Bearer {k32}\"\n"), "mistral"),
        (format!("curl -H 'Authorization: Token {h40}' \\\n  https://api.deepgram.com/v1\n"), "deepgram"),
        (format!("LLM_BASE_URL=https://api.mistral.ai/v1\nLLM_API_KEY={k32}\n"), "mistral"),
        (format!("llm:\n  provider: mistral\n  api_key: {k32}\n"), "mistral"),
        (
            format!("post(\n  \"https://api.mistral.ai\",\n  headers={{\"Authorization\": \"Bearer {k32}\"}},\n)"),
            "mistral",
        ),
    ] {
        assert_eq!(vendors(&text), [vendor], "{text}");
    }
}

#[test]
fn a_word_of_a_vendor_near_by_makes_nothing_a_key() {
    let (k32, k40, h64) = (body(35, 32), body(36, 40), hex(37, 64));
    for text in [
        // A sentence, another word, another block, another service, no key.
        format!("We put it together:\nkey = {h64}\n"),
        format!("incoherent:\n  api_key: {k40}\n"),
        format!("coherent = f(\n  api_key = '{k40}')\n"),
        format!("mistral:\n  model: large\nother:\n  api_key: {k32}\n"),
        format!("[cohere]\nmodel = 'a'\n[other]\napi_key = '{k40}'\n"),
        format!("mistral:\n  weather_api_key: {k32}\n"),
        format!("mistral:\n  revision: {k32}\n  cache_key: {k32}\n"),
        format!("- model: openai/x\n  api_key: {k32}\n- model: mistral/large\n  api_key: os.environ/KEY\n"),
        format!("mistral is fine\napi_key: {k32}\n"),
        format!("key_vault_key_id = \"https://foo.vault.azure.net/keys/k/{}\"\n", hex(38, 32)),
        format!("azureCacheKey = '{0}'\nmistral_tokenizer_key = '{0}'\nclient_id_mistral = '{0}'\n", hex(39, 32)),
        format!("https://cdn.x/pa-{}", hex(40, 44)),
        format!("cohere,embedding_key\n{k40},1\n"),
        "https://maps.googleapis.com/?key=AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe".to_owned(),
        "export OPENAI_API_KEY=sk-proj-abc123def456ghi789jkl012mno345".to_owned(),
        "Idempotency-Key: sk-test-idempotency-run-2024-11-20-a1b2c3".to_owned(),
    ] {
        assert!(found(&text).is_empty(), "{text}: {:?}", found(&text));
    }
}

#[test]
fn private_keys_are_found_in_files_and_in_one_line() {
    let lines = [format!("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC{}", body(41, 32)), body(42, 64), body(43, 20)];
    let armour = |kind: &str, end: &str| {
        format!("-----BEGIN {kind}PRIVATE KEY-----{end}{}{end}-----END {kind}PRIVATE KEY-----{end}", lines.join(end))
    };
    let account = format!(
        "{{\n  \"type\": \"service_account\",\n  \"private_key\": \"{}\",\n  \"client_email\": \"a@b.iam.gserviceaccount.com\"\n}}",
        armour("", "\\n")
    );

    assert_eq!(found(&armour("RSA ", "\n")), [("private-key", lines[0].clone())]);
    assert_eq!(vendors(&armour("OPENSSH ", "\r\n")), ["private-key"]);
    assert_eq!(vendors(&format!("key: |\n  {}", armour("EC ", "\n  "))), ["private-key"]);
    assert_eq!(found(&account), [("google", lines[0].clone())]);
    for text in [
        armour("ENCRYPTED ", "\n"),
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----".to_owned(),
        "if line == \"-----BEGIN PRIVATE KEY-----\" {".to_owned(),
        format!("-----BEGIN PUBLIC KEY-----\n{}\n", body(44, 64)),
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n".to_owned(),
    ] {
        assert!(found(&text).is_empty(), "{text}: {:?}", found(&text));
    }
}

#[test]
fn sk_is_whose_its_form_and_its_name_say() {
    let long = body(21, 48);
    for (text, vendor) in [
        (format!("OPENAI_API_KEY=sk-{long}"), "openai"),
        (format!("DEEPSEEK_API_KEY=sk-{}", hex(22, 32)), "deepseek"),
        (format!("key = 'sk-{}'", hex(22, 32)), "deepseek"),
        (format!("STABILITY_API_KEY=sk-{long}"), "stability"),
        (format!("LITELLM_MASTER_KEY=sk-{}", body(23, 22)), "litellm"),
        (format!("MOONSHOT_API_KEY=sk-{long}"), "moonshot"),
        (format!("DEEPSEEK_API_KEY=sk-{}T3BlbkFJ{}", body(1, 20), body(2, 20)), "openai"),
    ] {
        assert_eq!(vendors(&text), [vendor], "{text}");
    }
}

#[test]
fn long_runs_of_almost_keys_take_one_pass() {
    let encoded = "a2V5OiBzay1ub3RoaW5nIGhlcmUu";
    for unit in [
        "sk-",
        "azure",
        "AIza",
        "akia=",
        "secret_access_key=",
        "JQQJ99",
        "azure_key=",
        "mistral/a ",
        "mistral/a\n",
        "-----BEGIN PRIVATE KEY-----\\n",
        encoded,
        &format!("{encoded}\n"),
    ] {
        let text = unit.repeat(1_000_000 / unit.len());

        assert!(found(&text).is_empty(), "{unit}");
    }
}
