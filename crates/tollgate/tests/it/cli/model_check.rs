//! `tollgate models check`, and `POST /v1/tollgate/models/check` behind it: what they say is what happens.

use insta::assert_snapshot;
use serde_json::{Value as Json, json};
use tollgate_testing::{Answer, TestKey, TestServer, Upstream};

use super::{Home, Ran};
use crate::server;

const MODELS: &str = r#"
[models.open]
deployments = [{ provider = "openai", model = "gpt-4o" }]
[models.vectors]
deployments = [{ provider = "openai", model = "text-embedding-3-small" }]
endpoints = ["embeddings"]
[models.old]
deployments = [{ provider = "openai", model = "old" }]
shutdown_date = "2020-01-31"
successor = "open"
[models.resting]
deployments = [{ provider = "openai", model = "m" }]
endpoints = ["chat_completions", "responses"]
maintenance = { until = "2099-12-01T08:00Z", reason = "new hardware" }
[models.far]
deployments = [{ provider = "openai", model = "far", region = "us-east-1" }]
fallbacks = [{ model = "both" }]
[models.both]
deployments = [{ provider = "openai", model = "a", region = "us-east-1" }, { provider = "openai", model = "b", region = "eu-west-1" }]
[models.misplaced]
parameters = "check"
deployments = [{ provider = "openai", model = "text-embedding-3-small" }]
[models.passed]
deployments = [{ provider = "openai", model = "text-embedding-3-small" }]
[models.responds]
parameters = "adapt"
deployments = [{ provider = "openai", model = "mine" }]
capabilities = { base_model = "openai/o3-pro" }
[models.mixed]
parameters = "check"
deployments = [{ provider = "openai", model = "text-embedding-3-large" }, { provider = "openai", model = "gpt-4o" }]
[models.chosen]
parameters = "check"
deployments = [{ provider = "openai", model = "text-embedding-3-large" }]
endpoints = ["chat_completions", "embeddings"]
[models.dear]
tier = 3
deployments = [{ provider = "openai", model = "dear", region = "eu-west-1" }]
"#;

/// Those models, and two that are not there.
const NAMES: [&str; 14] = [
    "open",
    "vectors",
    "old",
    "resting",
    "opne",
    "claude-3.5-sonnet",
    "far",
    "both",
    "misplaced",
    "passed",
    "responds",
    "mixed",
    "chosen",
    "dear",
];

const ENDPOINTS: [&str; 6] =
    ["chat_completions", "completions", "embeddings", "responses", "moderations", "responses_input_tokens"];

/// The call that the question is about.
async fn call(key: &TestKey<'_>, model: &str, endpoint: &str) -> (u16, String) {
    let (path, member) = match endpoint {
        "chat_completions" => ("chat/completions", json!([{ "role": "user", "content": "hi" }])),
        "responses_input_tokens" => ("responses/input_tokens", json!("hi")),
        other => (other, json!("hi")),
    };
    let name = match endpoint {
        "chat_completions" => "messages",
        "completions" => "prompt",
        _ => "input",
    };
    let reply = key.post(&format!("/v1/{path}"), json!({ "model": model, name: member }).to_string()).await;
    (reply.status, reply.cause().to_owned())
}

/// What the server says of it.
async fn checked(key: &TestKey<'_>, model: &str, endpoint: &str) -> Json {
    let body = json!({ "model": model, "endpoint": endpoint }).to_string();
    let reply = key.post("/v1/tollgate/models/check", body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// The verdict as a call has it: status and cause.
fn verdict(document: &Json) -> (u16, String) {
    match document["allowed"] == true {
        true => (200, String::new()),
        false => {
            let status = document["status"].as_u64().and_then(|status| u16::try_from(status).ok());
            (status.unwrap(), document["cause"].as_str().unwrap().to_owned())
        }
    }
}

fn layer<'d>(document: &'d Json, name: &str) -> &'d Json {
    document["layers"].as_array().unwrap().iter().find(|layer| layer["layer"] == name).unwrap()
}

async fn ran(server: &TestServer, arguments: &[&str]) -> Ran {
    Ran::of(&server.cli(arguments).await)
}

fn parsed(ran: &Ran) -> Json {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[tokio::test]
async fn what_is_said_of_a_call_is_what_becomes_of_it() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config(MODELS).start().await;
    let keys = [
        server.first_key(),
        server.key().models("open,v*,gpt-4o").create().await,
        server.key().deny_models("open,rest*").create().await,
        server.key().scopes("api.model.read").create().await,
        server.key().scopes("api.embeddings.write,api.chat.completions.write").create().await,
        server.key().regions("eu-*").create().await,
        server.key().regions("us-east-1").tier(3).create().await,
        server.key().tier(2).deny_models("open").create().await,
    ];
    let config = server.directory().join("tollgate.toml").display().to_string();
    let mut allowed = 0;
    for (at, key) in keys.iter().enumerate() {
        for model in NAMES {
            for endpoint in ENDPOINTS {
                let said = checked(key, model, endpoint).await;

                let happened = call(key, model, endpoint).await;

                assert_eq!(verdict(&said), happened, "key {at}, {model}, {endpoint}: {said}");
                allowed += u32::from(happened.0 == 200);
            }
            let file = server.directory().join("key.txt");
            std::fs::write(&file, &key.secret).unwrap();
            let endpoint = if model == "vectors" { "embeddings" } else { "chat" };
            let arguments = ["models", "check", model, "--key", "@key.txt", "--endpoint", endpoint, "--json"];

            let read = ran(&server, &[&arguments[..], &["--config", &config]].concat()).await;
            let asked = ran(&server, &arguments).await;

            assert_eq!(verdict(&parsed(&read)), verdict(&parsed(&asked)), "{model}: {read:?} {asked:?}");
            let code = i32::from(parsed(&asked)["allowed"] != true);
            assert_eq!((read.code, asked.code), (Some(code), Some(code)), "{read:?} {asked:?}");
            assert!(!format!("{read:?}{asked:?}").contains(&key.secret));
        }
    }
    assert!((60..200).contains(&allowed), "{allowed}: neither all nor nothing is allowed");
}

#[tokio::test]
async fn an_endpoint_that_a_model_is_not_served_at_refuses_or_is_a_doubt() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config(MODELS).start().await;
    let key = server.first_key();

    let refused = checked(&key, "misplaced", "chat_completions").await;
    let passed = checked(&key, "passed", "chat_completions").await;
    let mixed = checked(&key, "mixed", "chat_completions").await;
    let responds = checked(&key, "responds", "chat_completions").await;

    assert_eq!(verdict(&refused), (404, "model_wrong_endpoint".to_owned()));
    let told = layer(&refused, "capabilities");
    assert_eq!(told["setting"], "models.\"misplaced\".parameters");
    let what = told["what"].as_str().unwrap();
    let is = "text-embedding-3-small is an embedding model: it is served at v1/embeddings, and was asked at v1/chat/completions";
    assert!(what.ends_with(is), "{what}");
    assert_eq!(refused["remedy"], "Call v1/embeddings, or choose a model that serves v1/chat/completions.");
    assert_eq!((verdict(&passed).0, passed["doubts"].as_array().unwrap().len()), (200, 1), "{passed}");
    assert_eq!(
        (verdict(&mixed).0, layer(&mixed, "capabilities")["verdict"].as_str()),
        (200, Some("refused")),
        "{mixed}"
    );
    assert_eq!(verdict(&responds), (404, "model_responses_only".to_owned()));
    assert_eq!(upstream.received().len(), 0);
}

#[tokio::test]
async fn each_layer_is_told_with_its_setting() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config(MODELS).start().await;
    let key = server.key().models("open,re*").expires("2099-01-31").create().await;
    std::fs::write(server.directory().join("key.txt"), &key.secret).unwrap();
    let shown = |ran: &Ran| {
        ran.out.replace(&key.id, "key_[id]").lines().map(|line| without_ids(line) + "\n").collect::<String>()
    };

    let allowed = ran(&server, &["models", "check", "open", "--key", "@key.txt"]).await;
    let refused =
        ran(&server, &["models", "check", "resting", "--key", "@key.txt", "--endpoint", "/v1/completions"]).await;

    assert_eq!((allowed.code, refused.code), (Some(0), Some(1)), "{allowed:?} {refused:?}");
    assert_snapshot!(shown(&allowed), @r#"
    open at /v1/chat/completions with key_[id]: allowed
    LAYER           VERDICT  SETTING                                       WHAT
    key             ok       tollgate keys show key_[id]           key_[id] of proj_[id] is active
    expiry          ok       tollgate keys expire key_[id]         it ends at 2099-01-31T00:00:00Z
    permissions     ok       tollgate keys create --scopes                 the key's permissions grant `api.chat.completions.write`
    model           ok       models."open"                                 it is configured, with 1 deployment
    project_models  ok       model_permissions of the project              the project may use every model
    key_models      ok       tollgate keys create --models, --deny-models  the key's allow list (`open`, `re*`) covers it
    tier            ok       models."open".tier                            every key may use it
    region          ok       tollgate keys create --regions                the key's calls may be served everywhere
    lifecycle       ok       models."open".shutdown_date                   no end is set
    endpoint        ok       models."open".endpoints                       it serves v1/chat/completions, v1/responses, v1/completions, v1/embeddings, v1/moderations: models."open".endpoints leaves nothing out, and the provider decides
    maintenance     ok       models."open".maintenance                     none is set
    deployment      ok       models."open".deployments[0]                  openai/gpt-4o is asked
    capabilities    ok                                                     openai/gpt-4o: kind chat, context up to 128000 tokens, output up to 16384 tokens, takes tools, images, JSON schemas, does not take reasoning
    "#);
    assert_snapshot!(shown(&refused), @r#"
    resting at /v1/completions with key_[id]: refused with 404 chat_model_on_completions
    LAYER           VERDICT    SETTING                                       WHAT
    key             ok         tollgate keys show key_[id]           key_[id] of proj_[id] is active
    expiry          ok         tollgate keys expire key_[id]         it ends at 2099-01-31T00:00:00Z
    permissions     ok         tollgate keys create --scopes                 the key's permissions grant `api.completions.write`
    model           ok         models."resting"                              it is configured, with 1 deployment
    project_models  ok         model_permissions of the project              the project may use every model
    key_models      ok         tollgate keys create --models, --deny-models  the key's allow list (`open`, `re*`) covers it
    tier            ok         models."resting".tier                         every key may use it
    region          ok         tollgate keys create --regions                the key's calls may be served everywhere
    lifecycle       ok         models."resting".shutdown_date                no end is set
    endpoint        refused    models."resting".endpoints                    `resting` answers chat messages, and the request went to /v1/completions
    maintenance     refused    models."resting".maintenance                  The operator of this gateway has taken the model out of service until 2099-12-01T08:00:00Z: new hardware
    deployment      ok         models."resting".deployments[0]               openai/m is asked
    capabilities    not known                                                openai/m: the table of known models has no such model
    "#);
    assert!(refused.err.contains("\nhelp: "), "{refused:?}");
}

/// Ids of projects, which differ each time.
fn without_ids(line: &str) -> String {
    match line.split_once("proj_") {
        Some((before, rest)) => {
            let after = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
            format!("{before}proj_[id]{after}")
        }
        None => line.to_owned(),
    }
}

#[tokio::test]
async fn regions_and_tier_are_told_with_the_deployments_that_remain() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config(MODELS).start().await;
    let bound = server.key().regions("eu-*").tier(3).create().await;

    let both = checked(&bound, "both", "chat_completions").await;
    let open = checked(&bound, "open", "chat_completions").await;
    let far = checked(&bound, "far", "chat_completions").await;
    let dear = checked(&server.first_key(), "dear", "chat_completions").await;

    let told =
        |document: &Json| (layer(document, "region")["what"].clone(), layer(document, "deployment")["what"].clone());
    assert_eq!(
        told(&both),
        (
            json!("1 of 2 deployments may be asked: the key's calls may be served in `eu-*` only"),
            json!("openai/a is in `us-east-1`, where the key's calls may not be served")
        )
    );
    assert_eq!(both["allowed"], true);
    assert_eq!(layer(&both, "deployment")["setting"], "models.\"both\".deployments[0].region");
    assert_eq!(layer(&open, "deployment")["setting"], "providers.openai.region");
    let of_both = both["layers"].as_array().unwrap();
    let known: Vec<_> = of_both.iter().filter(|layer| layer["layer"] == "capabilities").collect();
    assert_eq!(known.len(), 1, "of a deployment that is not asked, nothing matters: {both}");
    assert_eq!(verdict(&far), (403, "region_unsupported".to_owned()));
    assert_eq!(layer(&far, "region")["setting"], "tollgate keys create --regions");
    assert_eq!(verdict(&dear), (404, "model_access_tier".to_owned()));
    assert_eq!(layer(&dear, "tier")["setting"], "models.\"dear\".tier");
    let use_instead = dear["remedy"].as_str().unwrap();
    assert!(use_instead.starts_with("Use `"), "{dear}");
}

#[tokio::test]
async fn a_key_that_may_not_be_used_is_the_first_to_be_told() {
    let server = server().start().await;
    let file = server.directory().join("key.txt");
    let (disabled, expired) = (server.key().create().await, server.key().expires("1s").create().await);
    disabled.disable().await;
    disabled.until("key_disabled").await;
    expired.until("key_expired").await;
    let config = server.directory().join("tollgate.toml").display().to_string();

    for (secret, cause, late) in [
        (disabled.secret.as_str(), "key_disabled", false),
        (expired.secret.as_str(), "key_expired", true),
        ("sk-proj-0123456789abcdefghij0123456789", "key_wrong_provider", false),
    ] {
        std::fs::write(&file, secret).unwrap();
        let arguments = ["models", "check", "sandbox", "--key", "@key.txt", "--json"];
        let asked = parsed(&ran(&server, &arguments).await);
        let read = ran(&server, &[&arguments[..], &["--config", &config]].concat()).await;

        assert_eq!(verdict(&asked), (401, cause.to_owned()));
        assert_eq!(verdict(&parsed(&read)), (401, cause.to_owned()));
        assert_eq!(layer(&parsed(&read), "expiry")["verdict"] == "refused", late, "{read:?}");
        assert!(!format!("{asked}{read:?}").contains(secret));
    }
}

#[tokio::test]
async fn a_key_can_be_named_by_its_id_and_read_from_standard_input() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config(MODELS).start().await;
    let narrow = server.key().models("gpt-*").create().await;
    let home = Home::new();
    let url = format!("http://{}/v1", server.address());
    let config = server.directory().join("tollgate.toml").display().to_string();
    let of_key =
        |key: &str| ["models", "check", "open", "--config", &config, "--key", key, "--json"].map(str::to_owned);

    let [by_id, nobody] = [of_key(&narrow.id), of_key("key_000000000000")];
    let by_id = ran(&server, &by_id.each_ref().map(String::as_str)).await;
    let nobody = ran(&server, &nobody.each_ref().map(String::as_str)).await;
    let elsewhere = ran(&server, &["models", "check", "open", "--key", &narrow.id]).await;
    let piped =
        home.run_with(&["models", "check", "open", "--url", &url, "--key", "-", "--json"], narrow.secret.as_bytes());
    let none = home.run(&["models", "check", "sandbox"]);
    let wrong = home.run(&["models", "check", "sandbox", "--endpoint", "images"]);

    assert_eq!(parsed(&by_id)["key"], narrow.id);
    assert_eq!(verdict(&parsed(&by_id)), (403, "key_lacks_model".to_owned()), "{by_id:?}");
    assert!(!by_id.err.contains("list of processes"), "{by_id:?}");
    assert_eq!(verdict(&parsed(&nobody)), (401, "key_invalid".to_owned()), "{nobody:?}");
    let refused = elsewhere.code == Some(2) && elsewhere.out.is_empty() && elsewhere.err.contains("--config");
    assert!(refused, "it does not answer from other settings than the server's: {elsewhere:?}");
    assert_eq!((piped.code, verdict(&parsed(&piped)).1.as_str()), (Some(1), "key_lacks_model"), "{piped:?}");
    assert!(none.code == Some(2) && none.err.contains("no key is given"), "{none:?}");
    assert!(wrong.code == Some(2) && wrong.err.contains("chat_completions"), "{wrong:?}");
}

#[tokio::test]
async fn a_running_server_knows_which_deployments_are_left_alone() {
    let upstream = Upstream::start().await;
    upstream.always(Answer::json(503, ""));
    let server = server()
        .config("[retry]\nattempts = 1\n[breaker]\nfailures = 1\nopen = \"30s\"\nopen_max = \"30s\"")
        .upstream(&upstream)
        .config(MODELS)
        .config("[models.backed]\ndeployments = [{ provider = \"openai\", model = \"b\" }]\nfallbacks = [{ model = \"sandbox\" }]")
        .start()
        .await;
    let key = server.first_key();
    for model in ["open", "backed"] {
        call(&key, model, "chat_completions").await;
    }

    let left_alone = checked(&key, "open", "chat_completions").await;
    let happened = call(&key, "open", "chat_completions").await;
    let backed = checked(&key, "backed", "chat_completions").await;
    let served = call(&key, "backed", "chat_completions").await;

    assert_eq!(happened, (503, "circuit_open".to_owned()));
    assert_eq!(verdict(&left_alone), happened);
    assert!(layer(&left_alone, "deployment")["what"].as_str().unwrap().contains("is left alone"), "{left_alone}");
    assert_eq!((served.0, verdict(&backed).0), (200, 200), "{backed}");
    assert_eq!(layer(&backed, "fallback")["verdict"], "ok");
}

#[tokio::test]
async fn a_question_that_cannot_be_read_is_refused_as_elsewhere() {
    let server = server().start().await;
    let key = server.first_key();

    for (body, cause) in [
        ("", "body_empty"),
        ("{", "json_body_invalid"),
        ("{}", "param_missing"),
        (r#"{"model":"m","endpoint":"images"}"#, "param_invalid_type"),
    ] {
        let reply = key.post("/v1/tollgate/models/check", body).await;

        assert_eq!((reply.status, reply.cause()), (400, cause), "{body}: {}", reply.text());
    }
    assert_eq!(server.get("/v1/tollgate/models/check").await.status, 405);
}

#[test]
fn a_pattern_that_matches_no_model_is_warned_of_where_the_configuration_is_known() {
    let home = Home::new().with_database();
    let file = home.path().join("tollgate.toml");
    std::fs::write(&file, format!("[providers.openai]\ndialect = \"sandbox\"\n{MODELS}")).unwrap();
    let create = ["keys", "create", "--name", "k", "--models", "opne,vec*,gpt-4o", "--deny-models", "vektors"];

    let known = home.run(&[&create[..], &["--config", "tollgate.toml"]].concat());
    let unknown = home.run(&create);

    assert_eq!((known.code, unknown.code), (Some(0), Some(0)), "{known:?} {unknown:?}");
    assert!(known.err.contains("warning: no configured model matches \"opne\"; did you mean \"open\"?"), "{known:?}");
    assert!(known.err.contains("no configured model matches \"vektors\""), "{known:?}");
    assert!(!known.err.contains("vec*") && !known.err.contains("gpt-4o"), "{known:?}");
    assert!(!unknown.err.contains("warning"), "{unknown:?}");
}

#[test]
fn what_a_provider_may_refuse_is_warned_of_and_changes_no_verdict() {
    let home = Home::new().with_database();
    let provider = "[providers.openai]\nbase_url = \"https://api.openai.com/v1\"\n";
    let models = "[models.past]\ndeployments = [{ provider = \"openai\", model = \"gpt-4-0314\" }]\n\
                  [models.talks]\ndeployments = [{ provider = \"openai\", model = \"gpt-4o\" }]\n";
    std::fs::write(home.path().join("tollgate.toml"), format!("{provider}{models}")).unwrap();
    let key = home.run(&["keys", "create", "--name", "k", "--json"]).json()["id"].as_str().unwrap().to_owned();
    let check =
        |more: &[&str]| home.run(&[&["models", "check", "--config", "tollgate.toml", "--key", &key], more].concat());

    let past = check(&["past"]);
    let elsewhere = check(&["talks", "--endpoint", "embeddings"]);
    let doubts = check(&["talks", "--endpoint", "embeddings", "--json"]).json()["doubts"].clone();
    let fits = check(&["talks", "--json"]).json()["doubts"].clone();

    assert_eq!((past.code, elsewhere.code), (Some(0), Some(0)), "{past:?} {elsewhere:?}");
    let gone = "warning: OpenAI gave 2026-03-26 as the last day of gpt-4-0314, which has passed: it may refuse it";
    assert!(past.err.contains(gone), "{past:?}");
    assert!(elsewhere.err.contains("at another endpoint than v1/embeddings"), "{elsewhere:?}");
    assert_eq!((doubts.as_array().unwrap().len(), fits.as_array().unwrap().len()), (1, 0), "{doubts} {fits}");
}

#[tokio::test]
async fn an_id_that_no_key_has_is_looked_for_in_the_list_of_keys() {
    let server = server().start().await;

    let config = server.directory().join("tollgate.toml").display().to_string();
    let arguments = ["models", "check", "sandbox", "--key", "key_AAAAAAAAAAAA"];

    let beside = ran(&server, &[&arguments[..], &["--config", &config]].concat()).await;
    let stopped = server.stop().await;
    let alone = Ran::of(&stopped.cli(&arguments).await);

    for asked in [&beside, &alone] {
        assert_eq!(asked.code, Some(1), "{asked:?}");
        assert!(asked.err.contains("Look for the id in `tollgate keys list`"), "{asked:?}");
    }
    assert!(alone.err.contains("no server runs") && !beside.err.contains("no server runs"), "{alone:?} {beside:?}");
}
