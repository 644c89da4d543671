//! `log.format = "json"`: every line that a server writes to standard error is an object.

use std::net::TcpListener;
use std::time::{Duration, SystemTime};

use serde_json::Value as Json;
use tollgate_testing::Authority;

use super::Home;
use crate::{owned, server};

const JSON: &str = "[log]\nformat = \"json\"\n";
const WARNED_OF: &str = "[models.m]\nsuccessor = \"n\"\ndeployments = [{ provider = \"sandbox\", model = \"m\" }]\n";

/// The lines, each of which must be an object with what every line has.
fn objects(log: &str) -> Vec<Json> {
    let object = |line: &str| {
        let json: Json = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert!(json["timestamp"].is_string() && json["level"].is_string() && json["message"].is_string(), "{line}");
        json
    };
    log.lines().map(object).collect()
}

#[tokio::test]
async fn warnings_requests_hints_and_the_end_are_objects() {
    let leaf = Authority::new().leaf_until("localhost", SystemTime::now() - Duration::from_secs(60));
    let server = owned(server())
        .file("cert.pem", &leaf.certificate)
        .file("key.pem", &leaf.key)
        .config("listen = \"0.0.0.0:0\"\nallow_remote = true\n[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"")
        .config(JSON)
        .config(WARNED_OF)
        .variable("GROQ_API_KEY", "gsk_secret")
        .start()
        .await;

    let lines = objects(&server.stop().await.log);

    let find = |what: &str| lines.iter().find(|l| l["message"].as_str().unwrap().contains(what));
    let successor = find("has no effect without shutdown_date").unwrap();
    assert_eq!((&successor["level"], &successor["setting"]), (&"WARN".into(), &"models.m.successor".into()));
    assert!(successor["origin"].as_str().unwrap().contains("tollgate.toml:"), "{successor}");
    assert!(find("links in answers name 127.0.0.1:0").unwrap()["help"].as_str().unwrap().contains("docs_url"));
    assert_eq!(
        find("wrong value").unwrap()["setting"],
        "tls.certificate",
        "an expired certificate is no reason not to start"
    );
    for what in ["GROQ_API_KEY is set", "stopping: requests in flight"] {
        assert_eq!(find(what).unwrap_or_else(|| panic!("{what}: {lines:?}"))["level"], "INFO");
    }
}

#[test]
fn a_start_that_fails_says_why_in_objects() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("listen = \"{}\"\n{JSON}", taken.local_addr().unwrap());
    let run = |text: &str| {
        std::fs::write(home.path().join("t.toml"), text).unwrap();
        let ran = home.run(&["serve", "--config", "t.toml"]);
        assert!(ran.code == Some(1) || ran.code == Some(2), "{ran:?}");
        objects(&ran.err)
    };

    let wrong = run(&format!("lisen = 1\n{JSON}level = \"loud\"\n"));
    let no_toml = run(&format!("{JSON}[models\n"));
    let no_port = run(&port);
    let mut no_file = home.command(&["serve", "--config", "none.toml"]);
    let no_file = objects(&super::Ran::of(&no_file.env("TOLLGATE_LOG_FORMAT", "json").output().unwrap()).err);

    assert_eq!(wrong.len(), 2);
    assert_eq!((&wrong[0]["setting"], &wrong[0]["level"]), (&"lisen".into(), &"ERROR".into()));
    assert!(wrong[0]["help"].as_str().unwrap().contains("listen") && wrong[1]["found"] == "\"loud\"", "{wrong:?}");
    assert!(no_toml.iter().all(|line| line["message"] == "this is not TOML"), "{no_toml:?}");
    let last = no_port.last().unwrap();
    assert!(last["message"].as_str().unwrap().starts_with("cannot listen on") && last["help"].is_string(), "{last}");
    assert!(no_file[0]["message"].as_str().unwrap().contains("none.toml cannot be read"), "{no_file:?}");
}
