//! More than sixty addresses of images, good and bad, and the hosts that serve them.

use std::time::{Duration, SystemTime};

use tollgate_testing::{Authority, Page, Web};

/// 640 × 480 pixels, as far as its header says, and the end.
pub(super) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0\0\0\0\0\
    \0\0\0\0IEND\xae\x42\x60\x82";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03aaaaaaaaa\xff\xd9";
/// One frame, and the end.
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";
/// Two frames.
const MOVING: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\
    \x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";
const WEBP: &[u8] = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0";
/// 9,000 pixels wide.
const WIDE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x23\x28\0\0\x01\xe0\x08\x06\0\0\0\0\0\0\0\
    \0\0\0\0IEND\xae\x42\x60\x82";

const FINE: &str = "fine";

/// As a broken upload leaves it: the header is whole.
pub(super) fn without_end(picture: &[u8]) -> &[u8] {
    &picture[..picture.len() - 3]
}

/// Bytes as a data: URL.
pub(super) fn data_url(media_type: &str, bytes: &[u8]) -> String {
    format!("data:{media_type};base64,{}", base64(bytes))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| bits << 8 | usize::from(group.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let letter = char::from(LETTERS[bits >> (18 - 6 * at) & 63]);
            text.push(if at > group.len() { '=' } else { letter });
        }
    }
    text
}

/// Hosts whose certificates are in order, or not.
pub(super) struct Hosts {
    good: Web,
    expired: Web,
    stranger: Web,
    misnamed: Web,
    early: Web,
}

impl Hosts {
    pub(super) async fn start(authority: &Authority) -> Self {
        let day = Duration::from_secs(86_400);
        let serve = async |leaf: tollgate_testing::tls::Leaf| {
            let web = Web::start_tls(leaf.server(&["http/1.1"])).await;
            web.put("/a.png", Page::file("image/png", PNG));
            web
        };
        Self {
            good: serve(authority.leaf("localhost")).await,
            expired: serve(authority.leaf_until("localhost", SystemTime::now() - day)).await,
            stranger: serve(Authority::new().leaf("localhost")).await,
            misnamed: serve(authority.leaf("images.example")).await,
            early: serve(authority.leaf_from("localhost", SystemTime::now() + day)).await,
        }
    }
}

/// What lies at the paths of a host in clear text.
pub(super) fn furnish(web: &Web) {
    let image = |content_type: &str, bytes: &[u8]| Page::file(content_type, bytes);
    let large = [PNG, &vec![0; 1 << 20]].concat();
    for (path, page) in [
        ("/a.png", image("image/png", PNG)),
        ("/a.jpg", image("image/jpeg", JPEG)),
        ("/a.gif", image("image/gif", GIF)),
        ("/a.webp", image("image/webp", WEBP)),
        ("/octets", image("application/octet-stream", PNG)),
        ("/none", Page::answer(200, &[], PNG)),
        ("/jpg-called", image("image/jpg", JPEG)),
        ("/chunked.png", Page::chunked("image/png", PNG)),
        ("/other-type.png", image("image/jpeg", PNG)),
        ("/signed.png?sig=a%2Fb&exp=9", image("image/png", PNG)),
        ("/moved.png", Page::redirect("/a.png")),
        ("/thrice", Page::redirect("/twice")),
        ("/twice", Page::redirect("/moved.png")),
        ("/four", Page::redirect("/thrice")),
        ("/round", Page::redirect("/round")),
        ("/nowhere", Page::answer(301, &[], b"")),
        ("/to-file", Page::redirect("file:///etc/passwd")),
        ("/to-metadata", Page::redirect("http://169.254.169.254/latest/meta-data/")),
        ("/401", Page::answer(401, &["www-authenticate: Basic"], b"")),
        ("/403", Page::answer(403, &[], b"")),
        ("/404", Page::answer(404, &[], b"")),
        ("/410", Page::answer(410, &[], b"")),
        ("/429", Page::answer(429, &[], b"")),
        ("/500", Page::answer(500, &[], b"")),
        ("/503", Page::answer(503, &[], b"")),
        ("/private", Page::redirect("/accounts/login?next=/private")),
        ("/accounts/login?next=/private", image("text/html", b"<!doctype html><title>Sign in</title>")),
        ("/page", image("text/html; charset=utf-8", b"<!DOCTYPE html>\n<html><body><img src=a.png>")),
        ("/page.png", image("image/png", b"\n<html><body>not found</body></html>")),
        ("/a.svg", image("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>")),
        ("/a.heic", image("image/heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")),
        ("/a.bmp", image("image/bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0")),
        ("/a.pdf", image("application/pdf", b"%PDF-1.7\n")),
        ("/json", image("application/json", b"{\"error\":\"no\"}")),
        ("/empty.png", image("image/png", b"")),
        ("/start.png", image("image/png", &PNG[..12])),
        ("/half.png", image("image/png", without_end(PNG))),
        ("/half.jpg", image("image/jpeg", without_end(JPEG))),
        ("/half.gif", image("image/gif", without_end(GIF))),
        ("/unmarked.gif", image("image/gif", &GIF[..GIF.len() - 1])),
        ("/half.webp", image("image/webp", without_end(WEBP))),
        ("/cut.png", Page::cut("image/png", PNG, 5000)),
        ("/moving.gif", image("image/gif", MOVING)),
        ("/wide.png", image("image/png", WIDE)),
        ("/large.png", image("image/png", &large)),
        ("/large-chunked.png", Page::chunked("image/png", &large)),
        ("/silent", Page::Silence),
        ("/stalls", Page::Stalls(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc".to_vec())),
        ("/ssh", Page::Raw(b"SSH-2.0-OpenSSH_9.7\r\n".to_vec())),
    ] {
        web.put(path, page);
    }
}

/// Each with its cause and OpenAI's code.
pub(super) fn all(web: &Web, hosts: &Hosts) -> Vec<(String, &'static str, Option<&'static str>)> {
    const URL: Option<&str> = Some("invalid_image_url");
    const FORMAT: Option<&str> = Some("invalid_image_format");
    const VALUE: Option<&str> = Some("invalid_value");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let plain_as_tls = format!("https://localhost:{}/a.png", web.address().port());
    let png = data_url("image/png", PNG);
    let served = [
        ("/a.png", FINE, None),
        ("/a.jpg", FINE, None),
        ("/a.gif", FINE, None),
        ("/a.webp", FINE, None),
        ("/octets", FINE, None),
        ("/none", FINE, None),
        ("/jpg-called", FINE, None),
        ("/chunked.png", FINE, None),
        ("/other-type.png", FINE, None),
        ("/signed.png?sig=a%2Fb&exp=9", FINE, None),
        ("/moved.png", FINE, None),
        ("/thrice", FINE, None),
        ("/four", "image_redirects", URL),
        ("/round", "image_redirects", URL),
        ("/nowhere", "image_redirects", URL),
        ("/to-file", "image_redirects", URL),
        ("/to-metadata", "image_url_not_public", URL),
        ("/401", "image_needs_login", URL),
        ("/403", "image_needs_login", URL),
        ("/private", "image_needs_login", URL),
        ("/404", "image_host_answered", URL),
        ("/410", "image_host_answered", URL),
        ("/429", "image_host_answered", URL),
        ("/500", "image_host_answered", URL),
        ("/503", "image_host_answered", URL),
        ("/page", "image_is_page", FORMAT),
        ("/page.png", "image_is_page", FORMAT),
        ("/a.svg", "image_invalid", FORMAT),
        ("/a.heic", "image_invalid", FORMAT),
        ("/a.bmp", "image_invalid", FORMAT),
        ("/a.pdf", "image_invalid", FORMAT),
        ("/json", "image_invalid", FORMAT),
        ("/empty.png", "image_damaged", FORMAT),
        ("/start.png", "image_damaged", FORMAT),
        ("/half.png", "image_damaged", FORMAT),
        ("/half.jpg", "image_damaged", FORMAT),
        ("/half.gif", "image_damaged", FORMAT),
        ("/unmarked.gif", FINE, None),
        ("/half.webp", "image_damaged", FORMAT),
        ("/cut.png", "image_host_unreachable", URL),
        ("/moving.gif", "image_animated", FORMAT),
        ("/wide.png", "image_dimensions", Some("invalid_image")),
        ("/large.png", "image_too_large", Some("invalid_image")),
        ("/large-chunked.png", "image_too_large", Some("invalid_image")),
        ("/silent", "image_download_timeout", URL),
        ("/stalls", "image_download_timeout", URL),
        ("/ssh", "image_host_unreachable", URL),
    ];
    let mut all: Vec<_> = served.into_iter().map(|(path, cause, code)| (web.url(path), cause, code)).collect();
    all.extend([
        (hosts.good.url("/a.png"), FINE, None),
        (hosts.expired.url("/a.png"), "image_host_tls", URL),
        (hosts.early.url("/a.png"), "image_host_tls", URL),
        (hosts.stranger.url("/a.png"), "image_host_tls", URL),
        (hosts.misnamed.url("/a.png"), "image_host_tls", URL),
        (plain_as_tls, "image_host_tls", URL),
        (format!("http://127.0.0.1:{closed}/a.png"), "image_host_unreachable", URL),
        ("http://169.254.169.254/latest/meta-data/".to_owned(), "image_url_not_public", URL),
        ("https://images.invalid/a.png".to_owned(), "image_host_not_found", URL),
        ("images.example/a.png".to_owned(), "image_url_malformed", VALUE),
        (format!("{}\n", web.url("/a.png")), "image_url_malformed", VALUE),
        ("file:///tmp/a.png".to_owned(), "image_url_scheme", VALUE),
        ("gs://bucket/a.png".to_owned(), "image_url_scheme", VALUE),
        (png.clone(), FINE, None),
        (data_url("image/png", without_end(PNG)), "image_damaged", FORMAT),
        (png.replace("image/png", "image/jpeg"), "image_type_mismatch", FORMAT),
        (png.replace(";base64", ""), "image_base64_invalid", Some("invalid_base64")),
        (format!("{}\n{}", &png[..40], &png[40..]), "image_base64_invalid", Some("invalid_base64")),
        (png.replace("base64,", "base64,data:image/png;base64,"), "image_base64_invalid", Some("invalid_base64")),
    ]);
    all
}
