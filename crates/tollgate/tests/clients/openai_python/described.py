"""Holds every answer of administration against the description that the gateway itself gives at /openapi.json."""

import json
import re
import urllib.request

from jsonschema import Draft202012Validator


class Description:
    def __init__(self, gateway):
        self.base = gateway.api_base.rstrip("/")
        with urllib.request.urlopen(self.base.removesuffix("/v1") + "/openapi.json", timeout=20) as answer:
            self.document = json.load(answer)
        self.paths = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in self.document["paths"]]
        self.operations = {(method.upper(), path) for path, methods in self.document["paths"].items() for method in methods}
        self.seen = set()
        """Which of them have succeeded."""

    def validate(self, response):
        method, path = response.request.method, response.request.url.path.removeprefix("/v1")
        described = [one for pattern, one in self.paths if pattern.fullmatch(path) and (method, one) in self.operations]
        assert described, f"{method} {path} is not described"
        answers = self.document["paths"][described[0]][method.lower()]["responses"]
        assert str(response.status_code) in answers, f"{method} {path} answers {response.status_code}, which is not described"
        schema = answers[str(response.status_code)]["content"]["application/json"]["schema"]
        whole = {"allOf": [schema], "components": self.document["components"]}
        wrong = [error.message for error in Draft202012Validator(whole).iter_errors(response.json())]
        assert not wrong, f"{method} {path}: {wrong}"
        if response.is_success:
            self.seen.add((method, described[0]))
