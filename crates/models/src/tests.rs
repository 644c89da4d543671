use super::*;

#[test]
fn every_line_of_the_table_is_read() {
    let lines = include_str!("../table.tsv").lines().filter(|line| !line.starts_with('#')).count();

    assert_eq!(all().count(), lines);
    assert!(lines > 1000);
}

#[test]
fn spellings_of_one_model_are_the_same() {
    for (a, b) in [
        ("us.anthropic.claude-3-5-sonnet-20240620-v1:0", "anthropic/claude-3.5-sonnet:free"),
        ("claude-3-5-sonnet@20240620", "claude-3-5-sonnet-latest"),
        ("openai/gpt-4o", "gpt-4o-2024-08-06"),
        ("gpt-35-turbo", "gpt-3.5-turbo"),
        ("ft:gpt-4o-2024-08-06:acme::B1xyz", "gpt-4o"),
        ("accounts/fireworks/models/glm-5p1", "zai-org/GLM-5.1"),
        ("meta-llama/Llama-3.3-70B-Instruct", "llama-3.3-70b-instruct"),
        ("arn:aws:bedrock:us-east-1:1234:inference-profile/us.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
    ] {
        assert!(same(a, b), "{a} is {:?}, {b} is {:?}", canonical(a), canonical(b));
    }
    for (a, b) in [("gpt-4o", "gpt-4o-mini"), ("o1", "o1-pro"), ("llama3:8b", "llama3:70b"), ("gpt-4", "gpt-4-turbo")] {
        assert!(!same(a, b), "{a} and {b}");
    }
}

#[test]
fn no_name_makes_the_reader_of_spellings_panic() {
    for name in ["", "/", ":", ".", "@", "-", "é", "-2024-08-06", "ft:", "a-2024é08-06", "us.", "日本語-20240806x"]
    {
        let _ = (canonical(name), find(None, name), of(Some(Vendor::Bedrock), name));
    }
}

#[test]
fn a_row_is_found_under_its_vendor_s_spellings() {
    for (vendor, name, how, expected) in [
        (Some(Vendor::OpenAi), "gpt-4o-2024-08-06", How::Exact, "gpt-4o-2024-08-06"),
        (Some(Vendor::OpenAi), "gpt-4o-2024-12-24", How::Spelling, "gpt-4o"),
        (None, "openai/gpt-4o", How::Exact, "gpt-4o"),
        (Some(Vendor::OpenRouter), "openai/gpt-5:free", How::OtherVendor, "gpt-5"),
        (
            Some(Vendor::Bedrock),
            "eu.anthropic.claude-3-5-sonnet-20240620-v1:0",
            How::Exact,
            "anthropic.claude-3-5-sonnet-20240620-v1:0",
        ),
        (Some(Vendor::Groq), "openai/gpt-oss-120b", How::Exact, "openai/gpt-oss-120b"),
        (Some(Vendor::Fireworks), "accounts/fireworks/models/glm-5p1", How::Exact, "glm-5p1"),
        (Some(Vendor::Azure), "gpt-35-turbo", How::Exact, "gpt-35-turbo"),
    ] {
        let found = find(vendor, name).unwrap_or_else(|| panic!("{name} is not found"));

        assert_eq!((found.how, found.model.name), (how, expected), "{name}");
    }
    assert!(find(None, "a-model-of-nobody").is_none());
}

#[test]
fn reasoning_models_of_openai_refuse_what_their_reference_says() {
    let at_openai = |name: &str| of(Some(Vendor::OpenAi), name).unwrap_or_else(|| panic!("{name} is not found"));

    let o3 = at_openai("o3-mini");
    assert_eq!((o3.max_tokens, o3.sampling, o3.parallel_tools), (Support::No, Sampling::Fixed, Support::No));
    assert_eq!((o3.vision, o3.context), (Support::No, Some(200_000)));
    let gpt5 = at_openai("gpt-5-2025-08-07");
    assert_eq!((gpt5.max_tokens, gpt5.sampling, gpt5.vision), (Support::No, Sampling::Fixed, Support::Yes));
    assert_eq!(at_openai("gpt-5.4").sampling, Sampling::WithoutReasoning);
    let chat = at_openai("gpt-5-chat-latest");
    assert_eq!((chat.max_tokens, chat.sampling, chat.reasoning), (Support::Yes, Sampling::Free, Support::No));
    // A router translates what it is sent.
    let routed = of(Some(Vendor::OpenRouter), "openai/gpt-5").expect("it is known there");
    assert_eq!((routed.max_tokens, routed.sampling), (Support::Unlisted, Sampling::Unlisted));
}

#[test]
fn what_a_snapshot_cannot_do_is_not_taken_from_a_later_one() {
    let first = of(Some(Vendor::OpenAi), "gpt-4o-2024-05-13").expect("it is in the table");
    let later = of(Some(Vendor::OpenAi), "gpt-4o-2024-08-06").expect("it is in the table");

    assert_eq!((first.json_schema, later.json_schema), (Support::No, Support::Yes));
    assert_eq!((first.max_output, later.max_output), (Some(4096), Some(16_384)));
    // Its tuned form is listed without images, which the model itself takes.
    let tuned = of(Some(Vendor::OpenAi), "ft:gpt-4o-2024-11-20:acme::B1").expect("it is in the table");
    assert_eq!(tuned.vision, Support::Yes);
}

#[test]
fn absence_from_a_list_is_proof_for_openai_s_own_models_only() {
    assert_eq!(of(Some(Vendor::OpenAi), "gpt-3.5-turbo").map(|c| c.vision), Some(Support::No));
    assert_eq!(of(Some(Vendor::Azure), "gpt-4").map(|c| c.json_schema), Some(Support::No));
    assert_eq!(of(Some(Vendor::Perplexity), "sonar-pro").map(|c| c.vision), Some(Support::Unlisted));
    assert_eq!(of(Some(Vendor::Groq), "openai/gpt-oss-20b").map(|c| c.vision), Some(Support::No));
}

#[test]
fn vectors_are_fixed_or_can_be_shortened() {
    let dimensions = |name: &str| of(None, name).map(|c| c.dimensions);

    assert_eq!(dimensions("text-embedding-ada-002"), Some(Dimensions::Fixed));
    assert_eq!(dimensions("text-embedding-3-large"), Some(Dimensions::UpTo(3072)));
    assert_eq!(dimensions("BAAI/bge-base-en-v1.5"), Some(Dimensions::Fixed));
    assert_eq!(dimensions("voyage-4"), Some(Dimensions::Unlisted));
}

#[test]
fn a_model_is_certainly_not_served_where_its_vendor_does_not_list_it() {
    use Endpoint as E;
    let instead = |vendor, name: &str, asked| of(vendor, name).and_then(|c| c.endpoints.instead_of(asked));
    let at_openai = |name: &str, asked| instead(Some(Vendor::OpenAi), name, asked);

    for (name, asked, served) in [
        ("gpt-3.5-turbo-instruct", E::Chat, Some(&[E::Completions][..])),
        ("davinci-002", E::Responses, Some(&[E::Completions])),
        ("ft:babbage-002:acme::B1", E::Chat, Some(&[E::Completions])),
        ("text-embedding-3-small", E::Chat, Some(&[E::Embeddings])),
        ("omni-moderation-latest", E::Chat, Some(&[E::Moderations])),
        ("o3-pro", E::Chat, Some(&[E::Responses])),
        ("gpt-5-codex", E::Chat, Some(&[E::Responses])),
        ("o4-mini-deep-research-2025-06-26", E::Chat, Some(&[E::Responses])),
        ("computer-use-preview", E::Chat, Some(&[E::Responses])),
        ("gpt-4o", E::Embeddings, Some(&[E::Chat, E::Responses])),
        ("gpt-4o", E::Completions, Some(&[E::Chat, E::Responses])),
        ("whisper-1", E::Chat, Some(&[])),
        ("gpt-4o", E::Responses, None),
        ("gpt-5", E::Chat, None),
        ("o3-pro", E::Responses, None),
    ] {
        assert_eq!(at_openai(name, asked), served, "{name} at {asked:?}");
    }
    // A proxy of one's own may translate, and a router does.
    for vendor in [None, Some(Vendor::OpenRouter)] {
        assert_eq!(instead(vendor, "o3-pro", E::Chat), None, "{vendor:?}");
        assert_eq!(instead(vendor, "gpt-4o", E::Completions), None, "{vendor:?}");
    }
    assert_eq!(instead(None, "text-embedding-3-small", E::Chat), Some(&[E::Embeddings][..]));
    // Local servers make vectors with any model.
    assert_eq!(instead(Some(Vendor::Ollama), "llama3", E::Embeddings), None);
}

#[test]
fn a_vendor_is_known_by_its_host() {
    for (host, vendor) in [
        ("api.openai.com", Some(Vendor::OpenAi)),
        ("eu.api.openai.com", Some(Vendor::OpenAi)),
        ("acme.openai.azure.com", Some(Vendor::Azure)),
        ("bedrock-runtime.eu-west-1.amazonaws.com", Some(Vendor::Bedrock)),
        ("us-central1-aiplatform.googleapis.com", Some(Vendor::VertexAi)),
        ("OpenRouter.ai.", Some(Vendor::OpenRouter)),
        ("api.openai.com.example.org", None),
        ("127.0.0.1", None),
    ] {
        assert_eq!(Vendor::of_host(host), vendor, "{host}");
    }
    for vendor in Vendor::all() {
        assert_eq!(Vendor::of_word(vendor.word()), Some(vendor));
        assert!(!vendor.name().is_empty());
    }
}

#[test]
fn whoever_serves_a_model_is_named_with_its_maker_first() {
    assert_eq!(crate::sellers("anthropic/claude-sonnet-4.5").first(), Some(&Vendor::Anthropic));
    assert!(crate::sellers("claude-sonnet-4-5").contains(&Vendor::Bedrock));
    assert_eq!(crate::sellers("gpt4o-my-own"), []);
}
