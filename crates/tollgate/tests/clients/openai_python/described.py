"""Holds every answer of administration against the description that the gateway itself gives at /openapi.json.

    client = DefaultHttpxClient(event_hooks={"response": [Description(gateway).check]})
"""

import json
import re
import urllib.request

from jsonschema import Draft202012Validator


class Description:
    def __init__(self, gateway):
        self.base = gateway.api_base.rstrip("/")
        with urllib.request.urlopen(self.base.removesuffix("/v1") + "/openapi.json", timeout=20) as answer:
            self.document = json.load(answer)
        self.paths = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), methods) for path, methods in self.document["paths"].items()]

    def check(self, response):
        response.read()
        self.validate(response)

    async def check_later(self, response):
        await response.aread()
        self.validate(response)

    def validate(self, response):
        path = response.request.url.path.removeprefix("/v1")
        method = response.request.method.lower()
        described = [methods[method] for pattern, methods in self.paths if pattern.fullmatch(path) and method in methods]
        assert described, f"{method} {path} is not described"
        answers = described[0]["responses"]
        assert str(response.status_code) in answers, f"{method} {path} answers {response.status_code}, which is not described"
        schema = answers[str(response.status_code)]["content"]["application/json"]["schema"]
        whole = {"allOf": [schema], "components": self.document["components"]}
        wrong = [error.message for error in Draft202012Validator(whole).iter_errors(response.json())]
        assert not wrong, f"{method} {path}: {wrong}"
