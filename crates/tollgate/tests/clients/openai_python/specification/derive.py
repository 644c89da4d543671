#!/usr/bin/env python3
"""Takes from OpenAI's description of its API what answers of administration look like.

    derive.py openapi.yaml > administration.json

In: `openapi.yaml` of github.com/openai/openai-openapi (MIT licence, in `LICENSE` beside this). Out: each operation below
`/organization` and `/projects` with the schema of its answer, and the schemas that those refer to, without descriptions and
examples. Parameters and bodies of requests are left out: SDKs send them. Needs PyYAML.
"""

import json
import sys

import yaml

ROOTS = ("/organization", "/projects")
METHODS = ("get", "post", "delete")
ERROR = "ErrorResponse"
"""What every error is, whatever the operation."""
# What a validator looks at; the rest is for readers.
KEPT = {
    *("$ref", "type", "enum", "const", "format", "properties", "required", "additionalProperties", "items", "anyOf", "oneOf", "allOf"),
    *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern"),
}


def compact(schema):
    if isinstance(schema, list):
        return [compact(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: part for name, part in schema.items() if name in KEPT}
    return {name: members(part) if name == "properties" else compact(part) for name, part in kept.items()}


def members(properties):
    return {name: compact(schema) for name, schema in properties.items()}


def references(schema):
    """The names of the schemas that this one refers to."""
    if isinstance(schema, list):
        return set().union(*map(references, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"].rsplit("/", 1)[1]} if "$ref" in schema else set()
    return own.union(*(references(part) for part in schema.values()))


def operations(document):
    for path, methods in sorted(document["paths"].items()):
        if not path.startswith(ROOTS):
            continue
        for method in METHODS:
            answer = methods.get(method, {}).get("responses", {}).get("200")
            if answer:
                yield f"{method.upper()} {path}", compact(answer["content"]["application/json"]["schema"])


def derived(document):
    found = dict(operations(document))
    schemas, wanted = {}, references(list(found.values())) | {ERROR}
    while wanted - schemas.keys():
        for name in wanted - schemas.keys():
            schemas[name] = compact(document["components"]["schemas"][name])
            wanted = wanted | references(schemas[name])
    return found, dict(sorted(schemas.items()))


def lines(named):
    """One line for each, so that a difference can be read."""
    return ",\n".join(f"{json.dumps(name)}:{json.dumps(schema, separators=(',', ':'))}" for name, schema in named.items())


def main():
    with open(sys.argv[1]) as file:
        document = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    found, schemas = derived(document)
    source = f"openapi.yaml {document['info']['version']} of github.com/openai/openai-openapi, by derive.py; MIT licence, see LICENSE"
    print(f'{{"source":{json.dumps(source)},\n"operations":{{\n{lines(found)}\n}},\n"schemas":{{\n{lines(schemas)}\n}}}}')


main()
