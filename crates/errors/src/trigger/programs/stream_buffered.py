import http.client, http.server, os, threading, time, urllib.parse

import openai

server = urllib.parse.urlsplit(os.environ["OPENAI_BASE_URL"])
reach = http.client.HTTPSConnection if server.scheme == "https" else http.client.HTTPConnection


class Proxy(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        upstream = reach(server.netloc)
        upstream.request("POST", self.path, body, headers)
        answer = upstream.getresponse()
        whole = answer.read()  # the mistake: it returns when the stream has ended
        self.send_response(answer.status)
        self.send_header("content-type", answer.getheader("content-type"))
        self.send_header("content-length", str(len(whole)))
        self.end_headers()
        self.wfile.write(whole)

    def log_message(self, *_):
        pass


proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
threading.Thread(target=proxy.serve_forever, daemon=True).start()

url = f"http://127.0.0.1:{proxy.server_port}{server.path}"
client = openai.OpenAI(base_url=url, max_retries=0)
began = time.monotonic()
stream = client.chat.completions.create(
    model="sandbox",
    messages=[{"role": "user", "content": "hi"}],
    stream=True,
    # The sandbox needs more than a second for them.
    extra_headers={"x-sandbox-tokens": "12", "x-sandbox-chunk-ms": "120"},
)
came = [time.monotonic() - began for _ in stream]

for number, after in enumerate(came, 1):
    print(f"chunk {number} after {after:.2f} s")
if came[-1] - came[0] < came[0] / 2:
    print(f"openai, POST {url}/chat/completions with stream=True: all {len(came)} chunks of the stream came at once,")
    print(f"after {came[0]:.2f} s, through the proxy")
