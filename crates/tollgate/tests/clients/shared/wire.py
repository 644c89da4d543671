"""HTTP without a client library: what is sent and what comes back, byte for byte."""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def cause(self):
        return self.json["error"]["diagnosis"]["cause"]

    @property
    def payloads(self):
        """What the `data:` lines of a stream hold, without the mark at its end."""
        lines = [line[6:] for line in self.body.split(b"\n") if line.startswith(b"data: ")]
        return [json.loads(line) for line in lines if line != b"[DONE]"]


class Wire:
    def __init__(self, api_base, key):
        self.base = urlsplit(api_base)
        self.key = key

    def ask(self, method, path, body=None, headers=None):
        """One request on a connection of its own. A dict is sent as JSON; a header of None is left out."""
        asked = {"authorization": f"Bearer {self.key}", "content-type": "application/json", **(headers or {})}
        connection = http.client.HTTPConnection(self.base.hostname, self.base.port, timeout=20)
        try:
            sent = json.dumps(body).encode() if isinstance(body, dict) else body
            connection.request(method, path, sent, {name: value for name, value in asked.items() if value is not None})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def post(self, path, body, **headers):
        return self.ask("POST", f"/v1/{path}", body, {name.replace("_", "-"): value for name, value in headers.items()})

    def get(self, path, **headers):
        return self.ask("GET", path, None, {name.replace("_", "-"): value for name, value in headers.items()})
