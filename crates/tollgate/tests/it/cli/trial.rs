//! `tollgate config check` beside what the configuration refers to: stored credentials and certificates; and what a
//! server that others reach should have.

use std::time::{Duration, SystemTime};

use tollgate_testing::Authority;

use super::{Home, Ran};
use crate::{owned, server};

const STORED: &str = "[providers.a]\nbase_url = \"https://a\"\ncredential = { stored = \"kept\" }\n\
                      [models.m]\ndeployments = [{ provider = \"a\", model = \"m\" }]\n";
const TLS: &str = "[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n\
                   [providers.a]\ndialect = \"sandbox\"\n[models.m]\ndeployments = [{ provider = \"a\", model = \"m\" }]\n";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Home {
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    fn check(&self, config: &str) -> Ran {
        self.write("tollgate.toml", config);
        self.run(&["config", "check", "--config", "tollgate.toml"])
    }
}

#[test]
fn a_stored_credential_is_tried() {
    let home = Home::new();
    let nowhere = home.check(STORED);
    assert!(!home.path().join(".local").exists(), "a check makes no data directory");
    let home = home.with_database();
    let missing = home.check(STORED);
    home.run_with(&["credentials", "set", "kept"], b"sk-very-secret\n");
    let right = home.check(STORED);
    let master = home.path().join(".local/share/tollgate/master.key");
    let key = std::fs::read_to_string(&master).unwrap();
    std::fs::write(&master, key.chars().rev().collect::<String>().trim_start()).unwrap();
    let other_key = home.check(STORED);
    std::fs::remove_file(&master).unwrap();
    let no_key = home.check(STORED);

    assert_eq!((nowhere.code, right.code), (Some(0), Some(0)), "{nowhere:?} {right:?}");
    assert!(
        nowhere.err.contains("warning: tollgate.toml:3:25: providers.a.credential.stored: \"kept\" cannot be tried")
    );
    assert_eq!(right.err, "note: tollgate.toml: fine; 1 provider, 1 model\n");
    for ran in [&missing, &other_key, &no_key] {
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
        assert!(
            ran.err.starts_with("error: tollgate.toml:3:25: providers.a.credential.stored: wrong value\n"),
            "{ran:?}"
        );
        assert!(!ran.err.contains("very-secret"), "{ran:?}");
    }
    assert!(missing.err.contains("keeps nothing") && missing.err.contains("run: tollgate credentials set kept\n"));
    assert!(other_key.err.contains("is not the one that the keys or credentials in the database were made with"));
    assert!(no_key.err.contains("master.key is missing") && !master.exists(), "{no_key:?}");
}

#[test]
fn hints_name_the_data_directory_where_it_is_not_the_usual_one() {
    let home = Home::new();
    let directory = home.path().join("my data");
    tollgate::wiring::open(&directory).unwrap();

    let missing = home.check(&format!("data_dir = \"my data\"\n{STORED}"));

    let hint = format!("run: tollgate credentials set kept --data-dir '{}'\n", directory.display());
    assert!(missing.err.contains(&hint), "{missing:?}");
}

#[test]
fn a_certificate_is_tried_with_its_key_and_its_dates() {
    let home = Home::new();
    let (authority, now) = (Authority::new(), SystemTime::now());
    let check = |certificate: &str, key: &str| {
        home.write("cert.pem", certificate);
        home.write("key.pem", key);
        home.check(TLS)
    };
    let until = |end| {
        let leaf = authority.leaf_until("localhost", end);
        check(&leaf.certificate, &leaf.key)
    };

    let (long, soon, over) = (until(now + 15 * DAY), until(now + 13 * DAY + DAY / 2), until(now - DAY));
    let tomorrow = authority.leaf_from("localhost", now + DAY);
    let early = check(&tomorrow.certificate, &tomorrow.key);
    let (one, other) = (authority.leaf("localhost"), authority.leaf("localhost"));
    let mixed_up = check(&one.certificate, &other.key);
    let no_certificate = check(&one.key, &one.key);
    let no_key = check(&one.certificate, &one.certificate);

    assert_eq!((long.code, long.err.lines().count()), (Some(0), 1), "{long:?}");
    assert_eq!(soon.code, Some(0));
    assert!(soon.err.starts_with("warning: tollgate.toml:2:15: tls.certificate: the certificate expires at 20"));
    assert!(soon.err.contains("Z, in 13 days\n"), "{soon:?}");
    for (ran, place, found) in [
        (&over, "tollgate.toml:2:15: tls.certificate", "found: one that expired at 20"),
        (&early, "tollgate.toml:2:15: tls.certificate", "found: one that is valid from 20"),
        (&mixed_up, "tollgate.toml:3:7: tls.key", "key.pem is not the private key of the certificate in cert.pem"),
        (&no_certificate, "tollgate.toml:2:15: tls.certificate", "found: cert.pem: it holds no certificate"),
        (&no_key, "tollgate.toml:3:7: tls.key", "found: key.pem: "),
    ] {
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.starts_with(&format!("error: {place}: wrong value\n")) && ran.err.contains(found), "{ran:?}");
    }
}

#[tokio::test]
async fn links_of_a_server_on_every_address_can_be_followed_on_its_own_machine() {
    let server = owned(server().config("listen = \"0.0.0.0:0\"\nallow_remote = true")).start().await;

    let refused = server.get("/v1/models").await;

    let link = format!("<http://127.0.0.1:{}/errors/key_missing>", server.address().port());
    assert!(refused.header("link").unwrap().starts_with(&link), "{:?}", refused.header("link"));
    assert!(server.log().contains("callers send their keys and requests in clear text"), "{}", server.log());
}
