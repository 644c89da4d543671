//! Settings that change while the server runs.

use std::fs;

use tollgate_testing::server::Signal;
use tollgate_testing::wait::until;
use tollgate_testing::{Answer, Ask, Gate, TestServer, Upstream};

use crate::server;

/// Changes the configuration file in one step, as a careful editor does.
pub(crate) fn rewrite(server: &TestServer, change: impl Fn(String) -> String) {
    let file = server.directory().join("tollgate.toml");
    let draft = server.directory().join("draft.toml");
    fs::write(&draft, change(fs::read_to_string(&file).unwrap())).unwrap();
    fs::rename(draft, file).unwrap();
}

/// Waits until the metrics have this line.
pub(crate) async fn metric(server: &TestServer, line: &str) {
    until(line, || async { server.get("/metrics").await.text().lines().any(|l| l == line).then_some(()) }).await;
}

const APPLIED: &str = r#"tollgate_config_reload_total{result="applied"} 1"#;
const REFUSED: &str = r#"tollgate_config_reload_total{result="refused"} 1"#;

#[tokio::test]
async fn a_changed_file_holds_without_a_restart() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[diagnosis]\nshow = \"body\"").start().await;
    let key = server.first_key();
    let before = key.chat("new", "hi").await;

    rewrite(&server, |text| {
        text.replace("show = \"body\"", "show = \"off\"")
            + "[models.new]\ndeployments = [{ provider = \"openai\", model = \"gpt-4o-mini\" }]\n"
    });
    metric(&server, APPLIED).await;

    assert_eq!((before.status, before.error().get("diagnosis").is_some()), (404, true));
    assert_eq!(key.chat("new", "hi").await.status, 200);
    assert!(key.chat("none", "hi").await.error().get("diagnosis").is_none());
    assert!(server.log().contains("the settings were read again"), "{}", server.log());
    metric(&server, "tollgate_config_reload_successful 1").await;
}

#[tokio::test]
async fn a_wrong_file_changes_nothing_and_is_told_with_its_lines() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let lines = fs::read_to_string(server.directory().join("tollgate.toml")).unwrap().lines().count();

    rewrite(&server, |text| text + "[limits]\nbody = \"much\"\n");
    metric(&server, REFUSED).await;
    let meanwhile = key.chat("gpt-4o-mini", "hi").await;
    let log = server.log();
    rewrite(&server, |text| text.replace("much", "1MiB"));
    metric(&server, APPLIED).await;

    assert_eq!(meanwhile.status, 200);
    let place = format!("tollgate.toml:{}:", lines + 2);
    assert!(log.contains(&place) && log.contains("limits.body"), "{log}");
    assert!(log.contains("the changed settings are refused"), "{log}");
    metric(&server, "tollgate_config_reload_successful 1").await;
}

#[tokio::test]
async fn what_is_in_flight_keeps_what_it_began_with() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    upstream.answer(Answer::json(200, "{}").held(&gate));
    let server = server().upstream(&upstream).model("old", "openai", "m").start().await;
    let key = server.first_key();
    let mut busy = server.connect().await;
    busy.write(&key.chat_ask("old", "hi").bearer(&key.secret).bytes("x")).await;
    upstream.request(0).await;

    rewrite(&server, |text| text.replace("[models.\"old\"]", "[models.\"new\"]"));
    metric(&server, APPLIED).await;
    gate.open();

    assert_eq!(busy.reply(false).await.status, 200);
    assert_eq!(key.chat("old", "hi").await.status, 404);
    assert_eq!(key.chat("new", "hi").await.status, 200);
}

#[tokio::test]
async fn connections_and_breakers_of_what_did_not_change_survive() {
    let (upstream, broken) = (Upstream::start().await, Upstream::start().await);
    for _ in 0..3 {
        broken.answer(Answer::json(500, "{}"));
    }
    let server = server()
        .config("workers = 1\n[retry]\nattempts = 1\n[breaker]\nfailures = 3\nopen = \"1h\"\nopen_max = \"1h\"")
        .upstream(&upstream)
        .provider("broken", &broken.base_url(), "")
        .model("broken", "broken", "m")
        .start()
        .await;
    let key = server.first_key();
    key.chat("gpt-4o-mini", "hi").await;
    for _ in 0..3 {
        key.chat("broken", "hi").await;
    }

    rewrite(&server, |text| text + "[models.new]\ndeployments = [{ provider = \"openai\", model = \"m\" }]\n");
    metric(&server, APPLIED).await;
    let (used, refused) = (key.chat("new", "hi").await, key.chat("broken", "hi").await);

    assert_eq!((used.status, upstream.connections()), (200, 1), "the connection was used again");
    assert_eq!((refused.status, broken.received().len()), (503, 3), "{}", refused.text());
}

#[tokio::test]
async fn a_changed_credential_is_sent_from_then_on() {
    let upstream = Upstream::start().await;
    let server = server()
        .file("key", "sk-provider-first\n")
        .config(&format!(
            "[providers.openai]\nbase_url = \"{}\"\ncredential = {{ file = \"key\" }}",
            upstream.base_url()
        ))
        .model("m", "openai", "m")
        .start()
        .await;
    let key = server.first_key();
    key.chat("m", "hi").await;

    fs::write(server.directory().join("key"), "sk-provider-second\n").unwrap();
    metric(&server, APPLIED).await;
    key.chat("m", "hi").await;

    let sent: Vec<_> = upstream.received().iter().map(|r| r.header("authorization").unwrap()).collect();
    assert_eq!(sent, ["Bearer sk-provider-first", "Bearer sk-provider-second"]);
}

#[tokio::test]
async fn a_signal_brings_in_what_no_file_shows() {
    let upstream = Upstream::start().await;
    let builder = server();
    let store = |secret: &str| {
        let (database, secrets) = tollgate::wiring::open(&builder.data_dir()).unwrap();
        tollgate_control::use_cases::credentials::set_credential(&database, &secrets.master, "a", secret, 1).unwrap();
    };
    store("sk-provider-first");
    let provider = format!("[providers.a]\nbase_url = \"{}\"\ncredential = {{ stored = \"a\" }}", upstream.base_url());
    let server = builder.clone().config(&provider).model("m", "a", "m").start().await;
    let key = server.first_key();
    key.chat("m", "hi").await;

    store("sk-provider-second");
    server.signal(Signal::HUP);
    metric(&server, APPLIED).await;
    key.chat("m", "hi").await;

    let sent: Vec<_> = upstream.received().iter().map(|r| r.header("authorization").unwrap()).collect();
    assert_eq!(sent, ["Bearer sk-provider-first", "Bearer sk-provider-second"]);
}

#[tokio::test]
async fn what_only_a_start_can_change_is_named() {
    let server = server().config("workers = 1").start().await;

    rewrite(&server, |text| text.replace("workers = 1", "workers = 2") + "[journal]\nsync = \"strict\"\n");
    metric(&server, APPLIED).await;

    let log = server.log();
    assert!(log.contains("workers, journal: changed too, and held from the next start only"), "{log}");
}

#[tokio::test]
async fn ten_changes_under_load_fail_nobody() {
    let upstream = Upstream::start().await;
    let server = server().config("workers = 1").upstream(&upstream).start().await;
    let key = server.first_key();
    let ask = key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret);
    let calls = async {
        let mut connection = server.connect().await;
        let mut answered = 0;
        while !server.get("/metrics").await.text().contains("{result=\"applied\"} 10") {
            for _ in 0..10 {
                assert_eq!(connection.ask(&ask).await.status, 200);
                answered += 1;
            }
        }
        answered
    };
    let changes = async {
        for change in 1..=10 {
            server.signal(Signal::HUP);
            metric(&server, &format!("tollgate_config_reload_total{{result=\"applied\"}} {change}")).await;
        }
    };

    let (answered, ()) = tokio::join!(calls, changes);

    assert!(answered >= 10, "{answered}");
    assert_eq!(upstream.connections(), 1);
    let again = server.ask(&Ask::get("/v1/models").bearer(&key.secret)).await;
    assert_eq!(again.status, 200);
}
