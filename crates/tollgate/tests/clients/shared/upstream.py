"""A provider that does as told, on a port of its own: for what the sandbox does not do.

    with Upstream(lambda request: Reply(429, {"error": {...}}, {"retry-after": "1"})) as upstream:
        ...
        upstream.requests[0].json["model"]
"""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Request:
    method: str
    path: str
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Reply:
    status: int = 200
    body: object = field(default_factory=dict)
    """A dict is sent as JSON, bytes as they are, a list of bytes as pieces of a stream."""
    headers: dict = field(default_factory=dict)


class Upstream:
    def __init__(self, answer):
        self.requests = []
        self.answer = answer
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def handler(self):
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                request = Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                upstream.requests.append(request)
                send(self, upstream.answer(request))

            do_GET = do_POST

            def log_message(self, *_):
                pass

        return Handler


def send(handler, reply):
    stream = isinstance(reply.body, list)
    body = json.dumps(reply.body).encode() if isinstance(reply.body, dict) else reply.body
    handler.send_response(reply.status)
    handler.send_header("content-type", "text/event-stream" if stream else "application/json")
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    if not stream:
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    for piece in body:
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        handler.wfile.flush()
    handler.wfile.write(b"0\r\n\r\n")


def events(*payloads, end=b"data: [DONE]\n\n"):
    """The pieces of a chat stream: an object is an event, bytes are sent as they are."""
    framed = [p if isinstance(p, bytes) else b"data: %s\n\n" % json.dumps(p).encode() for p in payloads]
    return [*framed, end] if end else framed


def completion(**message):
    """A whole chat answer, as OpenAI gives it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "upstream-model",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "hello", "refusal": None, **message},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def chunk(delta=None, finish=None, **members):
    """A chunk of a chat stream, as OpenAI gives it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "upstream-model",
        "choices": [{"index": 0, "delta": delta or {}, "logprobs": None, "finish_reason": finish}],
        **members,
    }
