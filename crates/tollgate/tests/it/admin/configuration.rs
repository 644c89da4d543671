//! `/v1/tollgate/providers`, `/models`, `/export` and `/import`: changed over the API, each by what it does to real calls.

use std::fs;

use serde_json::{Value as Json, json};
use tollgate_store::admin::configuration::{self as rows, Kind};
use tollgate_store::database::Database;
use tollgate_testing::wait::until;
use tollgate_testing::{Ask, TestServer, Upstream};

use super::Admin;
use crate::reload::{metric, rewrite};
use crate::server;

const PROVIDERS: &str = "/tollgate/providers";
const MODELS: &str = "/tollgate/models";

fn near(upstream: &Upstream) -> Json {
    json!({ "name": "near", "settings": { "base_url": upstream.base_url() } })
}

fn web() -> Json {
    json!({ "name": "web", "settings": { "deployments": [{ "provider": "near", "model": "m" }] } })
}

/// A server with the provider `near` and the model `web`, both made over the API.
async fn furnished(upstream: &Upstream) -> TestServer {
    let server = server().start().await;
    let admin = Admin::first(&server);
    admin.done(PROVIDERS, near(upstream)).await;
    admin.done(MODELS, web()).await;
    server
}

/// What calls of a model are answered with.
async fn status(server: &TestServer, model: &str) -> u16 {
    Admin { server, token: server.first_key().secret }.chat(model).await.status
}

#[tokio::test]
async fn what_is_made_serves_the_next_call_what_is_changed_is_called_next_and_what_is_deleted_is_gone() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    let server = server().start().await;
    let admin = Admin::first(&server);

    let before = status(&server, "web").await;
    let provider = admin.done(PROVIDERS, near(&first)).await;
    let model = admin.done(MODELS, web()).await;
    let made = status(&server, "web").await;
    let moved = json!({ "settings": { "base_url": second.base_url() } });
    let moved = admin.done("/tollgate/providers/near", moved).await;
    let changed = status(&server, "web").await;
    let gone = admin.delete("/tollgate/models/web").await;
    let after = status(&server, "web").await;
    let gone_too = admin.delete("/tollgate/providers/near").await;

    assert_eq!([before, made, changed, after], [404, 200, 200, 404]);
    assert_eq!((first.received().len(), second.received().len()), (1, 1));
    assert_eq!((&provider["origin"]["kind"], &provider["locked"]), (&json!("api"), &json!(false)));
    assert_eq!((&model["id"], &model["deployments"][0]["provider"]), (&json!("web"), &json!("near")));
    assert_eq!(moved["settings"]["base_url"], second.base_url());
    assert_eq!((gone.json()["deleted"].clone(), gone_too.status), (json!(true), 200));
    let events = admin.get("/organization/audit_logs").await.json();
    let all = events["data"].as_array().unwrap();
    // The first start has no actor.
    let acts = all.iter().filter(|event| !event["actor"].is_null());
    let kinds: Vec<&str> = acts.map(|one| one["type"].as_str().unwrap()).collect();
    let expected = [
        "tollgate.provider.deleted",
        "tollgate.model.deleted",
        "tollgate.provider.updated",
        "tollgate.model.created",
        "tollgate.provider.created",
    ];
    assert_eq!(kinds, expected);
    let changed = &events["data"][2]["tollgate.provider.updated"];
    assert_eq!(changed["before"]["settings"]["base_url"], first.base_url());
    assert_eq!(changed["after"]["settings"]["base_url"], second.base_url());
}

#[tokio::test]
async fn what_the_file_defines_is_locked_with_file_and_line() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let admin = Admin::first(&server);
    let file = fs::read_to_string(server.directory().join("tollgate.toml")).unwrap();
    let line = file.lines().position(|line| line == "[providers.openai]").unwrap() + 1;

    let provider = admin.get("/tollgate/providers/openai").await.json();
    let changed = admin.post("/tollgate/providers/openai", json!({ "settings": { "region": "eu" } })).await;
    let deleted = admin.delete("/tollgate/models/gpt-4o-mini").await;
    let made = admin.post(PROVIDERS, json!({ "name": "openai", "settings": {} })).await;

    assert_eq!((&provider["locked"], &provider["origin"]["line"]), (&json!(true), &json!(line)));
    assert_eq!(provider["settings"]["credential"], json!({ "env": "PROVIDER_KEY" }));
    for refused in [&changed, &deleted, &made] {
        assert_eq!((refused.status, refused.cause()), (409, "configuration_locked"), "{}", refused.text());
    }
    assert!(changed.text().contains(&format!("tollgate.toml:{line}")), "{}", changed.text());
    assert_eq!(status(&server, "gpt-4o-mini").await, 200);
}

#[tokio::test]
async fn a_reference_to_what_the_server_alone_may_read_is_refused_with_the_reason() {
    let server = server().variable("SECRET_OF_THE_SERVER", "sk-not-to-be-sent").start().await;
    let admin = Admin::first(&server);

    for settings in [
        json!({ "base_url": "https://a.example/v1", "credential": { "env": "SECRET_OF_THE_SERVER" } }),
        json!({ "base_url": "https://a.example/v1", "credential": { "file": "/etc/passwd" } }),
        json!({ "base_url": "https://a.example/v1", "roots": { "file": "/etc/passwd" } }),
    ] {
        let refused = admin.post(PROVIDERS, json!({ "name": "a", "settings": settings })).await;

        assert_eq!((refused.status, refused.cause()), (400, "configuration_refused"), "{}", refused.text());
        assert!(refused.text().contains("would read them"), "{}", refused.text());
    }
}

#[tokio::test]
async fn everything_is_checked_with_each_change_and_a_wrong_one_changes_nothing() {
    let upstream = Upstream::start().await;
    let server = furnished(&upstream).await;
    let admin = Admin::first(&server);
    let before = admin.get("/tollgate/export").await.json();

    let unknown = json!({ "name": "b", "settings": { "base_url": "https://b.example/v1", "regoin": "eu" } });
    let unknown = admin.post(PROVIDERS, unknown).await;
    let nobody = json!({ "settings": { "deployments": [{ "provider": "nera", "model": "m" }] } });
    let nobody = admin.post("/tollgate/models/web", nobody).await;
    let used = admin.delete("/tollgate/providers/near").await;
    let unset = json!({ "settings": { "credential": { "stored": "nothing" } } });
    let unset = admin.post("/tollgate/providers/near", unset).await;
    let twice = admin.post(MODELS, web()).await;

    for (refused, param, said) in [
        (&unknown, "settings.regoin", "did you mean \\\"region\\\"?"),
        (&nobody, "settings.deployments[0].provider", "did you mean \\\"near\\\"?"),
        (&used, "models.web.deployments[0].provider", "which is no provider"),
        (&unset, "settings.credential.stored", "no credential is stored as"),
    ] {
        assert_eq!((refused.status, refused.cause()), (400, "configuration_refused"), "{}", refused.text());
        assert_eq!(refused.error()["param"], param);
        assert!(refused.text().contains(said), "{}", refused.text());
    }
    assert_eq!((twice.status, twice.cause()), (409, "admin_conflict"));
    assert_eq!(admin.get("/tollgate/export").await.json(), before);
    assert_eq!(status(&server, "web").await, 200);
}

#[tokio::test]
async fn an_exported_configuration_imported_elsewhere_makes_the_same_calls() {
    let upstream = Upstream::start().await;
    let (from, to) = (furnished(&upstream).await, server().start().await);
    let (there, here) = (Admin::first(&from), Admin::first(&to));
    let secret = json!({ "name": "near", "value": "sk-provider-of-import" });
    there.done("/tollgate/credentials", secret.clone()).await;
    there.done("/tollgate/providers/near", json!({ "settings": { "credential": { "stored": "near" } } })).await;
    let mut document = there.get("/tollgate/export").await.json();

    let without = here.post("/tollgate/import", document.clone()).await;
    here.done("/tollgate/credentials", secret).await;
    here.done(PROVIDERS, json!({ "name": "old", "settings": { "base_url": "https://old.example/v1" } })).await;
    document["prune"] = true.into();
    document["dry_run"] = true.into();
    let dry = here.done("/tollgate/import", document.clone()).await;
    let still = here.get("/tollgate/providers/old").await;
    document["dry_run"] = false.into();
    let done = here.done("/tollgate/import", document.clone()).await;
    let again = here.done("/tollgate/import", document.clone()).await;

    assert_eq!((without.status, without.cause()), (400, "configuration_refused"), "{}", without.text());
    assert_eq!(changes(&dry), ["created near", "created web", "deleted old"]);
    assert_eq!((changes(&done), still.status), (changes(&dry), 200));
    assert_eq!(changes(&again), ["unchanged near", "unchanged web"]);
    assert_eq!(here.get("/tollgate/providers/old").await.status, 404);
    assert_eq!([status(&from, "web").await, status(&to, "web").await], [200, 200]);
    let sent: Vec<_> = upstream.received().iter().map(|one| one.header("authorization").unwrap()).collect();
    assert_eq!(sent, ["Bearer sk-provider-of-import", "Bearer sk-provider-of-import"]);
    assert_eq!(here.get("/tollgate/export").await.json(), there.get("/tollgate/export").await.json());
}

fn changes(outcome: &Json) -> Vec<String> {
    let told = |one: &Json| format!("{} {}", one["change"].as_str().unwrap(), one["name"].as_str().unwrap());
    outcome["changes"].as_array().unwrap().iter().map(told).collect()
}

#[tokio::test]
async fn an_import_leaves_what_the_file_defines_and_refuses_what_differs_from_it_whole() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let admin = Admin::first(&server);
    let document = admin.get("/tollgate/export").await.json();
    let mut other = document.clone();
    other["models"][0]["settings"]["tier"] = 2.into();
    other["providers"].as_array_mut().unwrap().push(near(&upstream));

    let same = admin.done("/tollgate/import", document).await;
    let refused = admin.post("/tollgate/import", other).await;
    let twice = admin.post("/tollgate/import", json!({ "models": [web(), web()] })).await;

    assert_eq!(changes(&same), ["unchanged openai", "unchanged gpt-4o-mini"]);
    assert_eq!((refused.status, refused.cause()), (409, "configuration_locked"), "{}", refused.text());
    assert_eq!((twice.status, &twice.error()["param"]), (400, &json!("models[1].name")));
    assert_eq!(admin.get("/tollgate/providers/near").await.status, 404);
}

#[tokio::test]
async fn a_restart_keeps_what_was_set_and_a_reading_of_the_file_at_the_same_time_loses_neither() {
    let upstream = Upstream::start().await;
    let server = furnished(&upstream).await;
    let key = server.first_key().secret;
    let admin = Admin::first(&server);

    rewrite(&server, |text| text + "[models.of_file]\ndeployments = [{ provider = \"near\", model = \"f\" }]\n");
    let of_api = json!({ "name": "meta/of-api", "settings": web()["settings"] });
    admin.done(MODELS, of_api).await;
    until("both are served", || async {
        let both = [status(&server, "of_file").await, status(&server, "meta/of-api").await];
        (both == [200, 200]).then_some(())
    })
    .await;
    let token = admin.token.clone();
    let server = server.stop().await.start().await;

    for model in ["web", "meta/of-api"] {
        assert_eq!(Admin { server: &server, token: key.clone() }.chat(model).await.status, 200, "{model}");
    }
    let admin = Admin { server: &server, token };
    assert_eq!(admin.get("/tollgate/models/meta/of-api").await.json()["id"], "meta/of-api");
    assert_eq!(admin.delete("/tollgate/models/meta%2Fof-api").await.status, 200);
}

#[tokio::test]
async fn a_command_on_the_data_directory_is_done_by_the_server_that_runs_there() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let settings = json!({ "deployments": [{ "provider": "openai", "model": "m" }] }).to_string();

    let made = server.cli_json(&["models", "create", "--name", "web", "--settings", &settings, "--json"]).await;
    let served = status(&server, "web").await;
    let listed = server.cli_json(&["deployments", "list", "--json"]).await;
    let wrong = server.cli(&["models", "update", "web", "--settings", r#"{"teir":1}"#]).await;
    let exported = server.cli(&["export"]).await;
    fs::write(server.directory().join("export.json"), &exported.stdout).unwrap();
    let gone = server.cli(&["models", "delete", "web", "--yes"]).await;
    let after = status(&server, "web").await;
    let file = server.directory().join("export.json");
    let imported = server.cli(&["import", file.to_str().unwrap()]).await;

    assert_eq!((&made["origin"]["kind"], served), (&json!("api"), 200));
    assert!(listed["data"].as_array().unwrap().iter().any(|one| one["id"] == "web:0"), "{listed}");
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(!wrong.status.success() && said.contains("did you mean \"tier\"?"), "{said}");
    assert!(gone.status.success(), "{gone:?}");
    assert!(imported.status.success(), "{imported:?}");
    assert!(String::from_utf8_lossy(&imported.stdout).contains("created"), "{imported:?}");
    assert_eq!((after, status(&server, "web").await), (404, 200));
    let events =
        Admin::first(&server).get("/organization/audit_logs?event_types[]=tollgate.model.created").await.json();
    assert_eq!(events["data"][0]["actor"], Json::Null, "nobody has signed in");
}

#[tokio::test]
async fn a_change_by_another_process_is_noticed_within_a_second() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let database = Database::open(&server.data_dir()).unwrap();

    rows::put(&database, Kind::Model, "web", r#"{"deployments":[{"provider":"openai","model":"m"}]}"#, 1).unwrap();
    metric(&server, r#"tollgate_config_reload_total{result="applied"} 1"#).await;

    assert_eq!(status(&server, "web").await, 200);
}

#[tokio::test]
async fn an_object_that_cannot_be_used_any_more_is_named_and_the_command_that_removes_it_works() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let admin = Admin::first(&server);
    for name in ["one", "two"] {
        let settings = json!({ "deployments": [{ "provider": "openai", "model": "m" }] });
        admin.done(MODELS, json!({ "name": name, "settings": settings })).await;
    }

    rewrite(&server, |text| text.replace("[providers.openai]", "[providers.other]").replace("\"openai\"", "\"other\""));
    metric(&server, r#"tollgate_config_reload_total{result="refused"} 1"#).await;
    let meanwhile = status(&server, "one").await;
    let log = server.log();
    let key = server.first_key().secret;
    let stopped = server.stop().await;
    let said = refused_start(&stopped.data_dir()).await;
    let list = stopped.cli(&["providers", "list"]).await;
    let first = stopped.cli(&["models", "delete", "one", "--config", "tollgate.toml"]).await;
    let second = stopped.cli(&["models", "delete", "two", "--config", "tollgate.toml"]).await;
    let list_after = stopped.cli(&["providers", "list", "--config", "tollgate.toml"]).await;

    assert_eq!(meanwhile, 200);
    for text in [&log, &said] {
        assert!(text.contains("model one, set over the API"), "{text}");
        assert!(text.contains("tollgate models delete one"), "{text}");
    }
    assert!(!list.status.success(), "{list:?}");
    assert!(first.status.success() && second.status.success(), "{first:?} {second:?}");
    assert!(String::from_utf8_lossy(&list_after.stdout).contains("other"), "{list_after:?}");
    drop(key);
}

#[tokio::test]
async fn what_a_changed_file_has_broken_is_mended_step_by_step_and_hinders_nothing_else() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let admin = Admin::first(&server);
    for name in ["one", "two"] {
        let settings = json!({ "deployments": [{ "provider": "openai", "model": "m" }] });
        admin.done(MODELS, json!({ "name": name, "settings": settings })).await;
    }
    rewrite(&server, |text| text.replace("[providers.openai]", "[providers.other]").replace("\"openai\"", "\"other\""));
    metric(&server, r#"tollgate_config_reload_total{result="refused"} 1"#).await;

    let made = admin.post(PROVIDERS, near(&upstream)).await;
    let first = admin.delete("/tollgate/models/one").await;
    let project = admin.post("/organization/projects", json!({ "name": "meanwhile" })).await;
    let dry = admin.post("/tollgate/import", json!({ "prune": true, "dry_run": true })).await;
    let meanwhile = status(&server, "one").await;
    let second = admin.delete("/tollgate/models/two").await;

    assert_eq!((made.status, made.cause()), (400, "configuration_refused"), "{}", made.text());
    assert_eq!((first.status, first.cause()), (503, "configuration_not_in_force"), "{}", first.text());
    assert_eq!([project.status, dry.status, meanwhile, second.status], [200, 200, 200, 200], "{}", dry.text());
    assert_eq!([status(&server, "one").await, status(&server, "gpt-4o-mini").await], [404, 200]);
}

/// What a start on a data directory, with the file beside it, is refused with.
async fn refused_start(data_dir: &std::path::Path) -> String {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_tollgate"));
    let directory = data_dir.parent().unwrap();
    command.env_clear().env("HOME", directory).env("PROVIDER_KEY", "sk-x").current_dir(directory);
    command.args(["config", "check", "--config", "tollgate.toml", "--data-dir"]).arg(data_dir);
    let output = command.output().await.unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn what_tollgate_up_brings_can_be_replaced_and_comes_back() {
    let upstream = Upstream::start().await;
    let server = server().start().await;
    let admin = Admin::first(&server);
    admin.done(PROVIDERS, near(&upstream)).await;

    let before = admin.get("/tollgate/models/sandbox").await.json();
    let locked = admin.delete("/tollgate/models/sandbox").await;
    admin.done(MODELS, json!({ "name": "sandbox", "settings": web()["settings"] })).await;
    let replaced = status(&server, "sandbox").await;
    let asked = upstream.received().len();
    let exported = admin.get("/tollgate/export").await.json();
    admin.delete("/tollgate/models/sandbox").await;

    assert_eq!((&before["origin"]["kind"], &before["locked"]), (&json!("built_in"), &json!(false)));
    assert_eq!((locked.status, locked.cause()), (409, "admin_conflict"));
    assert_eq!((replaced, asked), (200, 1));
    let names: Vec<&Json> = exported["models"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, [&json!("sandbox")]);
    assert_eq!(admin.get("/tollgate/models/sandbox").await.json(), before);
}

#[tokio::test]
async fn the_description_has_the_settings_of_both() {
    let server = server().start().await;

    let document = server.get("/openapi.json").await.json();

    for (path, name, member) in
        [("providers", "ProviderSettings", "base_url"), ("models", "ModelSettings", "deployments")]
    {
        let create = &document["paths"][format!("/tollgate/{path}")]["post"];
        let settings = &create["requestBody"]["content"]["application/json"]["schema"]["properties"]["settings"];
        assert_eq!(settings["$ref"], format!("#/components/schemas/{name}"));
        let schema = &document["components"]["schemas"][name];
        assert!(schema["properties"][member].is_object(), "{schema}");
        assert_eq!(schema["additionalProperties"], false);
    }
}

#[tokio::test]
async fn an_import_may_be_larger_than_other_acts_and_its_bound_is_told() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let notes = "x".repeat(400);
    let provider = |number: usize| json!({ "name": format!("p{number}"), "settings": { "base_url": format!("https://{number}.example/v1/{notes}") } });
    let document = json!({ "providers": (0..3000).map(provider).collect::<Vec<_>>() });
    let size = document.to_string().len();
    let padded = |bytes: usize| format!("{}{}", document, " ".repeat(bytes - size));
    let import = async |body: String| server.ask(&Ask::post("/v1/tollgate/import", body).bearer(&admin.token)).await;

    let done = admin.done("/tollgate/import", document.clone()).await;
    let largest = import(padded(16 << 20)).await;
    let above = import(padded((16 << 20) + 1)).await;
    let other = Ask::post("/v1/organization/projects", " ".repeat(2 << 20)).bearer(&admin.token);
    let other = server.ask(&other).await;

    assert!(size > 1 << 20, "{size}");
    assert_eq!(done["changes"].as_array().map(Vec::len), Some(3000));
    assert_eq!(largest.status, 200, "{}", largest.text());
    for (reply, limit) in [(&above, "16 MiB"), (&other, "1 MiB")] {
        assert_eq!((reply.status, reply.cause()), (413, "body_too_large"), "{}", reply.text());
        assert!(reply.text().contains(limit), "{}", reply.text());
    }
}
