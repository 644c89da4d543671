"""Structured outputs against an independent judge: random schemas of OpenAI's subset, answers checked by jsonschema.

Fixed seed: the same schemas each time. Formats are checked too.
"""

import http.client
import json
import os
import random
import unittest
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

SCHEMAS = 2000
BASE = urlsplit(os.environ["OPENAI_BASE_URL"])
HEADERS = {"authorization": f"Bearer {os.environ['OPENAI_API_KEY']}", "content-type": "application/json"}

PATTERNS = [
    r"^[A-Z]{3}-\d{4}$", r"^@[a-zA-Z0-9_]+$", r"^(red|green|blue)$", r"^\+?[1-9]\d{1,14}$", r"colou?r", r"^.{3,8}$",
    r"^[^\s@]+@[^\s@]+\.[a-z]{2,}$", r"^(?:[a-f0-9]{2}:){5}[a-f0-9]{2}$", r"^\w+( \w+)*$", r"^[\w.-]+\.txt$",
    r"^#([0-9a-f]{3}|[0-9a-f]{6})$", r"^v\d+\.\d+\.\d+(-[a-z]+)?$", r"^(?P<year>\d{4})/(0[1-9]|1[0-2])$",
]
FORMATS = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"]
NAMES = ["a", "b", "name", "next", "the city", "type", "items", "ü", "a/b~c", "", "$ref"]
STEPS = [1, 3, 0.5, 0.1, 0.01, 2.5, 7, 100, 0.001]


class Schemas:
    """Makes them. `#/$defs/tree` and `#/$defs/list` refer to themselves."""

    def __init__(self, seed):
        self.dice = random.Random(seed)

    def root(self):
        properties = {name: self.part(3) for name in self.names()}
        root = self.object(properties)
        root["$defs"] = {
            "leaf": self.leaf(),
            "tree": self.object({
                "value": {"$ref": "#/$defs/leaf"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
            }),
            "list": self.object({
                "value": {"type": "integer"},
                "next": {"anyOf": [{"$ref": "#/$defs/list"}, {"type": "null"}]},
            }),
        }
        return root

    def object(self, properties):
        required = list(properties)
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    def names(self):
        return self.dice.sample(NAMES, self.dice.randint(0, 5))

    def part(self, depth):
        if depth == 0 or self.dice.random() < 0.4:
            return self.leaf() if self.dice.random() < 0.8 else {"$ref": self.dice.choice(["#/$defs/leaf", "#/$defs/tree", "#/$defs/list"])}
        kind = self.dice.choice(["object", "array", "anyOf", "nullable", "itself"])
        if kind == "object":
            return self.object({name: self.part(depth - 1) for name in self.names()})
        if kind == "array":
            return self.array(depth)
        if kind == "anyOf":
            return {"anyOf": [self.part(depth - 1) for _ in range(self.dice.randint(1, 4))], "description": "one of them"}
        if kind == "itself":
            return {"anyOf": [{"$ref": "#"}, {"type": "null"}]}
        part = self.part(depth - 1)
        if isinstance(part.get("type"), str) and "const" not in part:
            part["type"] = [part["type"], "null"]
        return part

    def array(self, depth):
        array = {"type": "array", "items": self.part(depth - 1)}
        least = self.dice.randint(0, 4)
        if self.dice.random() < 0.5:
            array["minItems"] = least
        if self.dice.random() < 0.5:
            array["maxItems"] = least + self.dice.randint(0, 3)
        return array

    def leaf(self):
        return self.dice.choice([self.string, self.string, self.number, self.number, self.plain])()

    def plain(self):
        values = [1, "two", None, True, {"a": []}, 2.5]
        return self.dice.choice([{"type": "boolean"}, {"type": "null"}, {"enum": values}, {"const": {"k": [1, 2.5]}}])

    def string(self):
        string = {"type": "string"}
        kind = self.dice.randint(0, 5)
        if kind == 1:
            string["pattern"] = self.dice.choice(PATTERNS)
        elif kind == 2:
            string["format"] = self.dice.choice(FORMATS)
        elif kind == 3:
            string["minLength"] = self.dice.randint(0, 60)
            string["maxLength"] = string["minLength"] + self.dice.randint(0, 20)
        elif kind == 4:
            string["enum"] = ["".join(self.dice.choices("xyzü 😀", k=n)) for n in range(self.dice.randint(1, 5))]
        elif kind == 5:
            string.update(pattern="^[a-z]+$", minLength=self.dice.randint(1, 40))
        return string

    def number(self):
        number = {"type": self.dice.choice(["number", "integer"])}
        # Wide enough for a multiple of every step.
        low = self.dice.choice([self.dice.randint(-1000, 1000), self.dice.randint(-10**12, 10**12)])
        if self.dice.random() < 0.6:
            number[self.dice.choice(["minimum", "exclusiveMinimum"])] = low
        if self.dice.random() < 0.6:
            number[self.dice.choice(["maximum", "exclusiveMaximum"])] = low + self.dice.randint(601, 900)
        if self.dice.random() < 0.4 and abs(low) <= 1000:
            number["multipleOf"] = self.dice.choice(STEPS)
        return number


class StructuredOutputs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.connection = http.client.HTTPConnection(BASE.netloc, timeout=60)

    @classmethod
    def tearDownClass(cls):
        cls.connection.close()

    def ask(self, **members):
        body = {"model": "sandbox", "messages": [{"role": "user", "content": "Fill this in."}], **members}
        self.connection.request("POST", f"{BASE.path}/chat/completions", json.dumps(body), HEADERS)
        reply = self.connection.getresponse()
        return reply.status, json.loads(reply.read())

    def test_every_answer_is_an_instance_of_its_schema(self):
        schemas = Schemas(20261121)
        checked = 0
        for _ in range(SCHEMAS):
            schema = schemas.root()
            validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
            asked = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": schema}}
            status, answer = self.ask(response_format=asked, n=2)
            self.assertEqual(status, 200, (answer, json.dumps(schema)))
            for choice in answer["choices"]:
                value = json.loads(choice["message"]["content"])
                faults = [fault.message for fault in validator.iter_errors(value)]
                self.assertEqual(faults, [], f"{json.dumps(value)} is not an instance of {json.dumps(schema)}")
                checked += 1
        self.assertEqual(checked, 2 * SCHEMAS)

    def test_arguments_are_instances_of_their_parameters(self):
        schemas = Schemas(7)
        for _ in range(200):
            schema = schemas.root()
            function = {"name": "f", "strict": True, "parameters": schema}
            status, answer = self.ask(tools=[{"type": "function", "function": function}])
            self.assertEqual(status, 200, (answer, json.dumps(schema)))
            value = json.loads(answer["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"])
            Draft202012Validator(schema).validate(value)


if __name__ == "__main__":
    unittest.main()
