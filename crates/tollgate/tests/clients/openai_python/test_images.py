"""More than sixty addresses of images, good and bad, through the official OpenAI Python SDK: the cause and the time of each.

The hosts are served here; the gateway looks before the call (`images = "check"`) and lets the loopback interface through.
"""

import base64
import socket
import threading
import time
import unittest

from gateway import Gateway
from openai import BadRequestError, OpenAI

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0\0\0\0\0" + b"\0\0\0\0IEND\xae\x42\x60\x82"
JPEG = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03" + bytes(9) + b"\xff\xd9"
FRAME = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
GIF = b"GIF89a\x01\0\x01\0\0\0\0" + FRAME + b"\x3b"
MOVING = b"GIF89a\x01\0\x01\0\0\0\0" + FRAME + FRAME + b"\x3b"
WEBP = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0"
WIDE = PNG[:16] + (9000).to_bytes(4, "big") + PNG[20:]

URL, FORMAT, VALUE, SIZE, BASE64 = "invalid_image_url", "invalid_image_format", "invalid_value", "invalid_image", "invalid_base64"


def said(status, *headers, body=b""):
    lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def file(kind, body):
    return said(200, f"content-type: {kind}", body=body)


def moved(to):
    return said(302, f"location: {to}")


PAGES = {
    "/a.png": (file("image/png", PNG), None, None),
    "/a.jpg": (file("image/jpeg", JPEG), None, None),
    "/a.gif": (file("image/gif", GIF), None, None),
    "/a.webp": (file("image/webp", WEBP), None, None),
    "/octets": (file("application/octet-stream", PNG), None, None),
    "/typeless": (said(200, body=PNG), None, None),
    "/jpg-called": (file("image/jpg", JPEG), None, None),
    "/other-type.png": (file("image/jpeg", PNG), None, None),
    "/signed.png?sig=a%2Fb&exp=9": (file("image/png", PNG), None, None),
    "/moved.png": (moved("/a.png"), None, None),
    "/twice": (moved("/moved.png"), None, None),
    "/thrice": (moved("/twice"), None, None),
    "/four": (moved("/thrice"), "image_redirects", URL),
    "/round": (moved("/round"), "image_redirects", URL),
    "/nowhere": (said(301), "image_redirects", URL),
    "/to-file": (moved("file:///etc/passwd"), "image_redirects", URL),
    "/to-private": (moved("http://10.0.0.1/a.png"), "image_url_not_public", URL),
    "/to-metadata": (moved("http://169.254.169.254/latest/meta-data/"), "image_url_not_public", URL),
    "/401": (said(401, "www-authenticate: Basic"), "image_needs_login", URL),
    "/403": (said(403), "image_needs_login", URL),
    "/private": (moved("/accounts/login"), "image_needs_login", URL),
    "/accounts/login": (file("text/html", b"<!doctype html><title>Sign in</title>"), "image_needs_login", URL),
    "/404": (said(404), "image_host_answered", URL),
    "/410": (said(410), "image_host_answered", URL),
    "/429": (said(429), "image_host_answered", URL),
    "/500": (said(500), "image_host_answered", URL),
    "/503": (said(503), "image_host_answered", URL),
    "/page": (file("text/html; charset=utf-8", b"<!DOCTYPE html>\n<html>"), "image_is_page", FORMAT),
    "/page.png": (file("image/png", b"\n<html><body>not found"), "image_is_page", FORMAT),
    "/a.svg": (file("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "image_invalid", FORMAT),
    "/a.heic": (file("image/heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), "image_invalid", FORMAT),
    "/a.bmp": (file("image/bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"), "image_invalid", FORMAT),
    "/a.pdf": (file("application/pdf", b"%PDF-1.7\n"), "image_invalid", FORMAT),
    "/json": (file("application/json", b'{"error":"no"}'), "image_invalid", FORMAT),
    "/empty.png": (file("image/png", b""), "image_damaged", FORMAT),
    "/start.png": (file("image/png", PNG[:12]), "image_damaged", FORMAT),
    "/half.png": (file("image/png", PNG[:-1]), "image_damaged", FORMAT),
    "/half.jpg": (file("image/jpeg", JPEG[:-1]), "image_damaged", FORMAT),
    "/half.gif": (file("image/gif", GIF[:-3]), "image_damaged", FORMAT),
    "/unmarked.gif": (file("image/gif", GIF[:-1]), None, None),
    "/half.webp": (file("image/webp", WEBP[:-1]), "image_damaged", FORMAT),
    "/cut.png": (b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + PNG, "image_host_unreachable", URL),
    "/ssh": (b"SSH-2.0-OpenSSH_9.7\r\n", "image_host_unreachable", URL),
    "/moving.gif": (file("image/gif", MOVING), "image_animated", FORMAT),
    "/wide.png": (file("image/png", WIDE), "image_dimensions", SIZE),
    "/large.png": (file("image/png", PNG + bytes(1 << 20)), "image_too_large", SIZE),
    "/silent": (None, "image_download_timeout", URL),
}


class Host:
    """Says what PAGES has, and to a silent page nothing."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.open = []
        self.base = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        head = connection.recv(65536).split(b" ")
        # What is not HTTP, such as TLS, has no path.
        path = head[1].decode(errors="replace") if len(head) > 1 else ""
        page = PAGES.get(path, (said(404), None, None))[0]
        if page is None:
            self.open.append(connection)
            return
        try:
            connection.sendall(page)
        except OSError:
            pass
        connection.close()


def addresses(host):
    data = lambda kind, body: f"data:{kind};base64,{base64.b64encode(body).decode()}"
    png = data("image/png", PNG)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]
    served = [(host.base + path, cause, code) for path, (_, cause, code) in PAGES.items()]
    return served + [
        (host.base.replace("http:", "https:") + "/a.png", "image_host_tls", URL),
        (f"http://127.0.0.1:{nobody}/a.png", "image_host_unreachable", URL),
        ("http://169.254.169.254/latest/meta-data/", "image_url_not_public", URL),
        ("http://[::ffff:10.0.0.1]/a.png", "image_url_not_public", URL),
        ("http://2852039166/", "image_url_not_public", URL),
        ("https://images.invalid/a.png", "image_host_not_found", URL),
        ("images.example/a.png", "image_url_malformed", VALUE),
        (host.base + "/a.png\n", "image_url_malformed", VALUE),
        ("http://user:secret@127.0.0.1/a.png", "image_url_malformed", VALUE),
        ("file:///tmp/a.png", "image_url_scheme", VALUE),
        ("gs://bucket/a.png", "image_url_scheme", VALUE),
        (png, None, None),
        (data("image/gif", GIF), None, None),
        (data("image/png", PNG[:-1]), "image_damaged", FORMAT),
        (data("image/jpeg", PNG), "image_type_mismatch", FORMAT),
        (data("image/png", b"hello there"), "image_invalid", FORMAT),
        (png.replace(";base64", ""), "image_base64_invalid", BASE64),
        (png[:40] + "\n" + png[40:], "image_base64_invalid", BASE64),
        (png.replace("base64,", "base64,data:image/png;base64,"), "image_base64_invalid", BASE64),
    ]


class Images(unittest.TestCase):
    def test_addresses_good_and_bad_have_each_their_cause(self):
        host = Host()
        settings = """
[models.vision]
images = "check"
deployments = [{ provider = "sandbox", model = "sandbox" }]

[images]
allowed_hosts = ["127.0.0.1"]
timeout = "1s"
max_bytes = "1MiB"
max_side = 8000
"""
        with Gateway(settings=settings) as gateway:
            client = OpenAI(base_url=gateway.api_base, api_key=gateway.key, max_retries=0, timeout=20)
            asked = addresses(host)
            self.assertGreaterEqual(len(asked), 60)
            for url, cause, code in asked:
                with self.subTest(url=url[:80]):
                    self.ask(client, url, cause, code)

    def ask(self, client, url, cause, code):
        content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
        began, found, named = time.monotonic(), None, None
        try:
            client.chat.completions.create(model="vision", messages=[{"role": "user", "content": content}])
        except BadRequestError as refused:
            found, named = refused.body["diagnosis"]["cause"], refused.code
        took = time.monotonic() - began
        print(f"{found or 'fine':<24} {took * 1000:6.0f} ms  {named or '':<20} {url[:80]!r}")
        self.assertEqual((found, named), (cause, code))
        self.assertLess(took, 2)
