//! A journal with a changed byte: said by every command that reads it, and everything else is still read.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::process::Output;

use crate::server;

fn lines(output: &Output) -> usize {
    output.stdout.split(|b| *b == b'\n').filter(|line| !line.is_empty()).count()
}

#[tokio::test]
async fn a_changed_byte_is_told_with_code_1_and_costs_its_entry_alone() {
    let server = server().config("workers = 1").start().await;
    let key = server.first_key();
    for _ in 0..5 {
        key.chat("sandbox", "hi").await;
    }
    let whole = server.journal().await;
    assert_eq!(server.cli(&["journal", "verify"]).await.status.code(), Some(0));
    let segment = whole[2]["segment"].as_str().unwrap();
    let file = OpenOptions::new().write(true).open(server.data_dir().join("journal").join(segment)).unwrap();
    file.write_all_at(b"~", whole[2]["offset"].as_u64().unwrap() + 10).unwrap();

    let dumped = server.cli(&["journal", "dump"]).await;
    let verified = server.cli(&["journal", "verify", "--json"]).await;

    for output in [&dumped, &verified] {
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("{segment} is damaged from byte")), "{said}");
        assert!(said.contains("error: the journal is not whole: 1 damaged place,"), "{said}");
    }
    assert_eq!(lines(&dumped), whole.len() - 1);
    let verified: serde_json::Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!((&verified["damaged"][0]["from"], &verified["torn"]), (&whole[2]["offset"], &serde_json::json!([])));
}

#[tokio::test]
async fn entries_of_several_threads_are_dumped_by_time() {
    let server = server().config("workers = 3").start().await;
    let key = server.first_key();
    for _ in 0..30 {
        key.chat("sandbox", "hi").await;
    }

    let times: Vec<_> = server.journal().await.iter().map(|e| e["at_ms"].as_u64().unwrap()).collect();

    assert_eq!(times.len(), 60);
    assert!(times.is_sorted(), "{times:?}");
}
