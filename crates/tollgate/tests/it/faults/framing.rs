use tollgate_testing::Answer;

use super::{Fault, chat, meet, streamed};

fn raw(head: &str, body: &str) -> Answer {
    Answer::raw(format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{head}\r\n{body}"))
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_told_as_the_page_says() {
    let half = r#"{"id":"chatcmpl-1","choices":["#;
    let faults = vec![
        Fault::says("closed before an answer", Answer::nothing()).await,
        Fault::says("reset before an answer", Answer::raw("").reset()).await,
        Fault::says("closed inside the head", Answer::raw("HTTP/1.1 200 OK\r\ncontent-le")).await,
        Fault::says("reset inside the body", Answer::announced(500).piece(half).reset()).await,
        Fault::says("fewer bytes than Content-Length", Answer::announced(500).piece(half).cut()).await,
        Fault::says("chunked body without its end", Answer::chunked().piece(half).cut()).await,
    ];

    meet(faults, chat()).await;
}

#[tokio::test]
async fn an_answer_that_breaks_the_rules_of_http_is_told_as_the_page_says() {
    let huge = format!("x-pad: {}\r\n", "x".repeat(200 << 10));
    let many: String = (0..300).map(|n| format!("x-{n}: y\r\n")).collect();
    let faults = vec![
        Fault::says("no HTTP at all", Answer::raw("SSH-2.0-OpenSSH_9.2\r\n\r\n")).await,
        Fault::says("two Content-Length", raw("content-length: 2\r\ncontent-length: 3\r\n", "{}")).await,
        Fault::says("Content-Length that is no number", raw("content-length: two\r\n", "{}")).await,
        Fault::says(
            "Content-Length beside chunks",
            raw("content-length: 2\r\ntransfer-encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
        )
        .await,
        Fault::says("chunk size that is no number", raw("transfer-encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"))
            .await,
        Fault::says("chunk longer than its size", raw("transfer-encoding: chunked\r\n", "1\r\n{}\r\n0\r\n\r\n")).await,
        Fault::says("huge header", raw(&huge, "{}")).await,
        Fault::says("hundreds of headers", raw(&many, "{}")).await,
        Fault::says("compressed although not asked", raw("content-encoding: gzip\r\ncontent-length: 2\r\n", "{}"))
            .await,
        Fault::says("switching protocols", Answer::raw("HTTP/1.1 101 Switching Protocols\r\n\r\n")).await,
    ];

    meet(faults, chat()).await;
}

#[tokio::test]
async fn a_stream_that_breaks_before_its_first_event_is_told_as_the_page_says() {
    let faults = vec![
        Fault::says("stream closed before its first event", Answer::stream().cut()).await,
        Fault::says("stream with comments only", Answer::stream().piece(": still at it\n\n")).await,
        Fault::says("stream whose first event is no JSON", Answer::stream().event("<html>")).await,
        Fault::says(
            "stream that begins with an error",
            Answer::stream().event(r#"{"error":{"message":"inside","type":"server_error","code":null,"param":null}}"#),
        )
        .await,
        Fault::says("whole answer instead of a stream", Answer::usual()).await,
    ];

    meet(faults, streamed()).await;
}
