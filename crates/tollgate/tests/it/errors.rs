//! `GET /errors/{slug}`: where the link in every failure leads.

use tollgate_testing::Ask;

use crate::server;

#[tokio::test]
async fn the_link_of_a_failure_leads_to_its_page() {
    let server = server().start().await;
    let key = server.first_key();
    for reply in [
        server.get("/v1/models").await,
        key.chat("no-such-model", "hi").await,
        key.post("/v1/chat/completions", "{").await,
        server.raw_reply(b"GET / HTTP/1.1\r\n\r\n").await,
    ] {
        let link = reply.header("link").unwrap();
        let url = link.strip_prefix('<').and_then(|rest| rest.split_once('>')).unwrap().0;
        let path = url.strip_prefix(&format!("http://{}", server.address())).unwrap();

        let page = server.get(path).await;

        assert_eq!(page.status, 200, "{path}");
        assert!(page.header("content-type").unwrap().starts_with("text/plain"), "{page:?}");
        assert!(page.text().contains(reply.cause()), "{}", page.text());
        assert!(page.request_id().starts_with("req_"));
    }
}

#[tokio::test]
async fn the_guide_lists_its_pages_and_knows_when_there_is_none() {
    let server = server().start().await;

    let list = server.get("/errors").await;
    let none = server.get("/errors/no_such_cause").await;
    let posted = server.ask(&Ask::post("/errors/key_missing", "{}")).await;

    assert_eq!(list.status, 200);
    assert!(list.text().contains("key_missing") && list.text().contains("stream_interrupted"), "{}", list.text());
    assert_eq!((none.status, none.cause()), (404, "endpoint_not_found"), "{}", none.text());
    let mistyped = Ask::get("/errors/key_undefind%3Cb%3E").header("accept", "text/html,application/xhtml+xml");
    let mistyped = server.ask(&mistyped).await;
    let near = Ask::get("/errors/key_undefind").header("accept", "text/html");
    let near = server.ask(&near).await;
    assert_eq!((mistyped.status, near.status), (404, 404));
    assert_eq!(near.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(near.text().contains("href=\"/errors/key_undefined\""), "{}", near.text());
    assert!(!mistyped.text().contains("<b>"), "{}", mistyped.text());
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET")));
}
