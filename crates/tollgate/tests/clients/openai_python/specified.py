"""Holds the body of every answer of administration against the schema that OpenAI publishes for it.

The schemas are those of `specification/administration.json`. What Tollgate adds to OpenAI's paths is in none of them, and is
passed over; an error has one shape wherever it comes from.
"""

import json
import re
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator

DOCUMENT = json.loads(Path(__file__).with_name("specification").joinpath("administration.json").read_text())
ERROR = {"$ref": "#/components/schemas/ErrorResponse"}


def matcher(path):
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", path))


OPERATIONS = [(name.split(" ")[0], matcher(name.split(" ")[1]), name) for name in DOCUMENT["operations"]]


@cache
def validator(operation):
    schema = ERROR if operation is None else DOCUMENT["operations"][operation]
    return Draft202012Validator({"allOf": [schema], "components": {"schemas": DOCUMENT["schemas"]}})


def operation_of(method, path):
    """What OpenAI calls it; None where it is ours alone. A path without names goes before one with them."""
    named = [name for verb, pattern, name in OPERATIONS if verb == method and pattern.fullmatch(path)]
    return min(named, key=lambda name: name.count("{"), default=None)


class Specification:
    """Counts, too: which operations were seen to succeed, and how many bodies were as they should be."""

    def __init__(self):
        self.seen = set()
        self.bodies = 0

    def validate(self, response):
        method, path = response.request.method, response.request.url.path.removeprefix("/v1")
        operation = operation_of(method, path)
        if not response.is_success:
            self.hold(None, response)
        elif operation is not None:
            self.hold(operation, response)
            self.seen.add(operation)

    def hold(self, operation, response):
        wrong = [f"{error.json_path}: {error.message}" for error in validator(operation).iter_errors(response.json())]
        assert not wrong, f"{response.request.method} {response.request.url.path} is not what OpenAI specifies: {wrong}"
        self.bodies += 1
