use super::*;

fn names(before: &str) -> Names {
    Names::before(before.as_bytes(), before.len())
}

#[test]
fn the_name_of_a_value_is_found_in_every_language() {
    for (before, name) in [
        ("OPENAI_API_KEY=", "OPENAI_API_KEY"),
        ("  apiKey: '", "apiKey"),
        ("{\\\"api_key\\\": \\\"", "api_key"),
        ("os.getenv(\"OPENAI_API_KEY\", \"", "OPENAI_API_KEY"),
        ("process.env.OPENAI_API_KEY || \"", "process.env.OPENAI_API_KEY"),
        ("-H 'Authorization: Bearer ", "Authorization"),
        ("<string name=\"openai_key\">", "openai_key"),
        ("<key>OPENAI_KEY</key>\n  <string>", "OPENAI_KEY"),
        ("- name: AZURE_KEY\n  value: ", "AZURE_KEY"),
        ("new AzureKeyCredential(\"", "AzureKeyCredential"),
        ("private static final String OPENAI = \"", "OPENAI"),
        ("docker run -e XAI_API_KEY=", "XAI_API_KEY"),
    ] {
        assert_eq!(names(before).nearest(), Some(name), "{before}");
    }
    assert_eq!(names("").nearest(), None);
}

#[test]
fn names_say_whether_a_value_is_a_key() {
    for key in [
        "api_key = \"",
        "'Authorization: Bearer ",
        "AZURE_OPENAI_KEY=",
        "'api-key': '",
        "Ocp-Apim-Subscription-Key: ",
        "credential: ",
    ] {
        assert!(names(key).mean_a_key(), "{key}");
    }
    for other in [
        "md5 = \"",
        "AZURE_CLIENT_ID=",
        "azureCacheKey = ",
        "mistral_tokenizer_key: ",
        "client_id_mistral: ",
        "key_hash: ",
        "etag: ",
        "commit ",
        "public_key = ",
    ] {
        assert!(!names(other).mean_a_key(), "{other}");
    }
}

#[test]
fn a_name_of_another_service_is_not_anybody_s() {
    for name in ["api_key=\"", "openAiApiKey: '", "self.key1 = \"", "'Ocp-Apim-Subscription-Key': '", "OPENAI_API_KEY="]
    {
        assert!(names(name).are_anybodys(), "{name}");
    }
    for name in ["WEATHER_API_KEY=", "datadogKey: '", "commit_key: "] {
        assert!(!names(name).are_anybodys(), "{name}");
    }
}

#[test]
fn variables_that_bundles_contain_are_known() {
    for name in
        ["NEXT_PUBLIC_OPENAI_KEY=", "export VITE_KEY=\"", "ENV REACT_APP_KEY ", "process.env.EXPO_PUBLIC_K || '"]
    {
        assert!(names(name).are_compiled_in(), "{name}");
    }
    for name in ["OPENAI_API_KEY=", "INVITE_KEY=", "MY_NEXT_PUBLIC_KEY="] {
        assert!(!names(name).are_compiled_in(), "{name}");
    }
}
