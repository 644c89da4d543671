//! The server's own secrets, rotated beneath it.

use std::fs;

use tollgate_testing::wait::until;

use super::Home;
use crate::server;

#[tokio::test]
async fn a_running_server_follows_a_rotation_of_both() {
    let server = server().start().await;
    let key = server.first_key();
    let pepper = server.data_dir().join("pepper");
    let before = fs::read_to_string(&pepper).unwrap();

    let rotated = server.cli_json(&["secrets", "rotate-pepper", "--json"]).await;
    let meanwhile = key.chat("sandbox", "hi").await;
    server.cli_json(&["secrets", "rotate-master-key", "--json"]).await;
    let new = server.key().create().await;
    until("the new key", || async { (new.chat("sandbox", "hi").await.status == 200).then_some(()) }).await;
    let after = key.chat("sandbox", "hi").await;
    let secret = key.secret.clone();
    let again = server.stop().await.start().await;
    let later = again.ask(&tollgate_testing::Ask::get("/v1/models").bearer(&secret)).await;

    assert_eq!((&rotated["rotated"], &rotated["keys"]), (&"pepper".into(), &1.into()));
    assert_eq!((meanwhile.status, after.status, later.status), (200, 200, 200));
    let lines = fs::read_to_string(&pepper).unwrap();
    assert!(lines.starts_with(before.trim_end()) && lines.lines().count() == 2, "a line more");
}

#[test]
fn a_credential_opens_after_a_rotation_and_a_check_tells_what_needs_what() {
    let home = Home::new().with_database();
    assert_eq!(home.run_with(&["credentials", "set", "openai"], b"sk-x").code, Some(0));

    let rotated = home.run(&["secrets", "rotate-master-key"]);
    let checked = home.run(&["secrets", "check", "--json"]).json();
    let table = home.run(&["secrets", "check"]);

    assert!(rotated.code == Some(0) && rotated.err.contains("1 stored credential is sealed"), "{rotated:?}");
    let owner = home.run_with(&["owner", "create", "--email", "ada@example.com"], b"correct horse battery staple\n");
    assert_eq!(owner.code, Some(0), "{owner:?}");
    let events = home.run(&["audit", "list", "--json"]);
    assert!(events.out.contains("tollgate.secret.rotated") && events.out.contains("master_key"), "{events:?}");
    assert_eq!((&checked["pepper"]["keys"], &checked["pepper"]["rotations"]), (&1.into(), &0.into()));
    assert_eq!(checked["master_key"]["credentials"], 1);
    assert!(table.out.contains("master.key") && table.out.contains("1 key, never rotated"), "{table:?}");
}

#[test]
fn what_is_wrong_with_a_secret_is_told_and_nothing_is_rotated() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new().with_database();
    let master = home.path().join(".local/share/tollgate/master.key");
    let before = fs::read(&master).unwrap();
    let rotate = || home.run(&["secrets", "rotate-master-key"]);

    fs::set_permissions(&master, fs::Permissions::from_mode(0o640)).unwrap();
    let open = rotate();
    fs::set_permissions(&master, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&master, &before[..40]).unwrap();
    let short = rotate();
    fs::remove_file(&master).unwrap();
    let missing = rotate();
    fs::write(&master, &before).unwrap();
    fs::set_permissions(&master, fs::Permissions::from_mode(0o600)).unwrap();

    for (ran, words) in [(open, "chmod 600"), (short, "64 hexadecimal digits"), (missing, "restore it from a backup")] {
        assert!(ran.code == Some(1) && ran.err.contains(words), "{words}: {ran:?}");
    }
    assert_eq!(home.run(&["secrets", "check"]).code, Some(0));
}

#[test]
fn a_rotation_counts_the_keys_that_a_check_counts() {
    let home = Home::new().with_database();
    let imported = home.run_with(&["keys", "import", "-"], format!("{} web\n", super::digest("a")).as_bytes());
    assert_eq!(imported.code, Some(0), "{imported:?}");

    let checked = home.run(&["secrets", "check", "--json"]).json();
    let rotated = home.run(&["secrets", "rotate-pepper", "--json"]).json();

    assert_eq!((&checked["pepper"]["keys"], &rotated["keys"]), (&1.into(), &1.into()));
}
