//! Models that are about to end, and models that rest for a while.

use insta::assert_snapshot;
use tollgate_testing::{Answer, Reply, Upstream};

use crate::reload::{metric, rewrite};
use crate::server;

/// A model with these settings beside its deployment, as a file has it.
fn model(name: &str, settings: &str) -> String {
    format!("[models.{name}]\ndeployments = [{{ provider = \"openai\", model = \"m\" }}]\n{settings}\n")
}

#[tokio::test]
async fn answers_of_a_model_that_ends_say_when_and_what_follows() {
    let upstream = Upstream::start().await;
    let life = "deprecated_on = \"2025-01-31\"\nshutdown_date = \"2099-01-31\"\nsuccessor = \"gpt-4o-mini\"";
    let server = server()
        .upstream(&upstream)
        .config(&model("ending", life))
        .config(&model("old", "deprecated_on = \"2025-01-31\""))
        .start()
        .await;
    let key = server.first_key();

    let ending = key.chat("ending", "hi").await;
    let old = key.chat("old", "hi").await;
    let usual = key.chat("gpt-4o-mini", "hi").await;
    let listed = key.get("/v1/models/ending").await.json();

    let notice = |reply: &Reply| {
        ["deprecation", "sunset", "x-tollgate-successor"].map(|name| reply.header(name).map(str::to_owned))
    };
    assert_eq!((ending.status, old.status, usual.status), (200, 200, 200));
    let [deprecation, sunset, successor] = notice(&ending);
    assert_eq!(deprecation.as_deref(), Some("@1738281600"));
    assert_eq!(sunset.as_deref(), Some("Sat, 31 Jan 2099 00:00:00 GMT"));
    assert_eq!(successor.as_deref(), Some("gpt-4o-mini"));
    assert_eq!(notice(&old), [Some("@1738281600".to_owned()), None, None]);
    assert_eq!(notice(&usual), [None, None, None]);
    assert_eq!((&listed["deprecated_on"], &listed["successor"]), (&"2025-01-31".into(), &"gpt-4o-mini".into()));
}

#[tokio::test]
async fn a_model_in_maintenance_is_refused_until_its_time() {
    let upstream = Upstream::start().await;
    let rests = "maintenance = { until = \"2099-12-01T08:00Z\", reason = \"new hardware\" }";
    let server = server()
        .upstream(&upstream)
        .config(&model("resting", rests))
        .config(&model("rested", "maintenance = { from = \"2020-01-01T00:00Z\", until = \"2020-01-02T00:00Z\" }"))
        .config(&model("later", "maintenance = { from = \"2099-01-01T00:00Z\", until = \"2099-01-02T00:00Z\" }"))
        .start()
        .await;
    let key = server.first_key();

    let refused = key.chat("resting", "hi").await;
    let others = [key.chat("rested", "hi").await.status, key.chat("later", "hi").await.status];
    let listed = key.get("/v1/models/resting").await.json();

    assert_snapshot!(refused.shown(), @r#"
    503 Service Unavailable
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-organization: org-[id]
    openai-processing-ms: [n]
    x-should-retry: false
    retry-after: 31536000
    retry-after-ms: 31536000000
    x-tollgate-cause: model_maintenance
    link: <http://127.0.0.1:[port]/errors/model_maintenance>; rel="help"

    {
      "error": {
        "code": null,
        "diagnosis": {
          "cause": "model_maintenance",
          "docs": "http://127.0.0.1:[port]/errors/model_maintenance",
          "evidence": [
            "the setting models.\"resting\".maintenance holds until 2099-12-01T08:00:00Z",
            "the operator's reason: new hardware"
          ],
          "party": "gateway",
          "remedy": "Repeat the request after 2099-12-01T08:00:00Z, or use another model from GET /v1/models meanwhile.",
          "retry": true
        },
        "message": "The model `resting` is currently not available. Please try again later. The operator of this gateway has taken the model out of service until 2099-12-01T08:00:00Z: new hardware. Repeat the request after 2099-12-01T08:00:00Z, or use another model from GET /v1/models meanwhile.",
        "param": null,
        "type": "server_error"
      }
    }
    "#);
    assert_eq!(others, [200, 200]);
    assert_eq!(listed["maintenance"]["until"], 4_099_795_200_i64);
    assert_eq!(upstream.received().len(), 2);
}

#[tokio::test]
async fn a_short_maintenance_says_when_to_come_back() {
    let upstream = Upstream::start().await;
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(60);
    let server = server()
        .upstream(&upstream)
        .config(&model("resting", &format!("maintenance = {{ until = \"{until}\" }}")))
        .start()
        .await;

    let refused = server.first_key().chat("resting", "hi").await;

    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert_eq!((refused.status, refused.cause()), (503, "model_maintenance"));
    assert!((40..=60).contains(&wait), "{wait}");
    assert_eq!(refused.header("x-should-retry"), Some("true"));
}

#[tokio::test]
async fn a_model_in_maintenance_stands_in_for_no_other() {
    let upstream = Upstream::start().await;
    upstream.always(Answer::json(503, ""));
    let standing_in = "fallbacks = [{ model = \"resting\" }, { model = \"sandbox\" }]";
    let server = server()
        .config("[retry]\nattempts = 2\npause = \"1ms\"\npause_max = \"1ms\"")
        .upstream(&upstream)
        .config(&model("first", standing_in))
        .config(&model("resting", "maintenance = { until = \"2099-12-01T08:00Z\" }"))
        .start()
        .await;

    let reply = server.first_key().chat("first", "hi").await;

    assert_eq!((reply.status, reply.header("x-tollgate-model")), (200, Some("sandbox")), "{}", reply.text());
    assert_eq!(upstream.received().len(), 1);
}

#[tokio::test]
async fn a_maintenance_begins_and_ends_with_a_changed_file() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config(&model("m", "# rests: ")).start().await;
    let key = server.first_key();
    let rests = "maintenance = { until = \"2099-12-01T08:00Z\" }";

    rewrite(&server, |text| text.replace("# rests: ", rests));
    metric(&server, r#"tollgate_config_reload_total{result="applied"} 1"#).await;
    let during = key.chat("m", "hi").await;
    rewrite(&server, |text| text.replace(rests, ""));
    metric(&server, r#"tollgate_config_reload_total{result="applied"} 2"#).await;
    let after = key.chat("m", "hi").await;

    assert_eq!((during.status, during.cause()), (503, "model_maintenance"));
    assert_eq!(after.status, 200, "{}", after.text());
}
