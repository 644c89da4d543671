"""Which clients are tested: how each is installed, where its tests are, and what they do.

A client's tests see nothing but what its packages bring. `packages` are installed by name in their newest version, unless
a version is the point. Adding one is an entry here and a folder of tests.
"""

from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Client:
    name: str
    """Its folder in $TOLLGATE_TOOLS/clients, and its name on the command line."""
    kind: str
    """"python": a virtual environment of its own; "node": a folder of its own; "system": what the machine has."""
    packages: tuple
    """What is installed, and shown in the table with its version."""
    folders: tuple
    """Where its tests are, below this directory."""
    what: str
    """What is run, for the table."""
    beside: tuple = ()
    """Packages that its tests need too."""
    needs: tuple = ()
    """Other clients whose installation its tests use."""
    settings: dict = field(default_factory=dict)
    """Environment variables that keep it from the network."""

    def tests(self):
        pattern = "*.test.mjs" if self.kind == "node" else "test_*.py"
        return sorted(test for folder in self.folders for test in (HERE / folder).glob(pattern))


CLIENTS = [
    Client(
        "openai-python",
        "python",
        ("openai",),
        ("openai_python",),
        "sync, async, streams, tool loop, parse, responses, raw, administration, every error class, retries, timeouts",
        beside=("jsonschema==4.26.0",),
    ),
    Client(
        "schemathesis",
        "python",
        ("schemathesis",),
        ("schemathesis",),
        "everything that /openapi.json describes, with values on and beyond its bounds: no 5xx, nothing that is not described",
    ),
    Client(
        "openai-python-0.28",
        "python",
        ("openai==0.28.1",),
        ("openai_python_0_28",),
        "ChatCompletion.create, acreate, streams, functions, Embedding, Completion, Model, openai.error",
        beside=("numpy",),
    ),
    Client(
        "openai-node",
        "node",
        ("openai",),
        ("openai_node",),
        "chat, .stream(), runTools, zod parse, responses, stored responses, embeddings, errors, retries",
        beside=("zod",),
    ),
    Client(
        "langchain",
        "python",
        ("langchain-openai",),
        ("langchain",),
        "invoke, stream, ainvoke, bind_tools, with_structured_output, responses, tokenised embeddings, errors",
        needs=("llamaindex",),
        settings={"LANGSMITH_TRACING": "false", "LANGCHAIN_TRACING_V2": "false"},
    ),
    Client(
        "llamaindex",
        "python",
        ("llama-index-llms-openai-like", "llama-index-embeddings-openai"),
        ("llamaindex",),
        "OpenAILike and OpenAI: complete, chat, streams, tools, structured output; embeddings, errors",
    ),
    Client(
        "openai-agents",
        "python",
        ("openai-agents",),
        ("openai_agents",),
        "Runner with tools over responses and chat, streams, typed output, hand-over, errors, where traces go",
        settings={"OPENAI_AGENTS_DISABLE_TRACING": "1"},
    ),
    Client(
        "instructor",
        "python",
        ("instructor",),
        ("instructor",),
        "tools, json_schema and responses modes, partial streams, asking again, async, errors",
    ),
    Client(
        "litellm",
        "python",
        ("litellm",),
        ("litellm",),
        "completion and acompletion with api_base, streams, tools, responses, embeddings, errors",
        beside=("mcp",),
        settings={"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"},
    ),
    Client(
        "ai-sdk",
        "node",
        ("ai", "@ai-sdk/openai", "@ai-sdk/openai-compatible"),
        ("ai_sdk",),
        "generateText, streamText, generateObject, tools, by responses, chat and compatible; embeddings, errors",
        beside=("zod",),
    ),
    Client(
        "jsonschema",
        "python",
        ("jsonschema",),
        ("json_schema",),
        "2,000 random schemas of the strict subset: every answer is an instance, formats too",
        beside=("jsonschema[format-nongpl]",),
    ),
    Client(
        "axios",
        "node",
        ("axios",),
        ("axios",),
        "chat, defaults, stream, errors, headers in seven wrong places",
    ),
    Client(
        "curl",
        "system",
        ("curl",),
        ("curl",),
        "chat, -N, --fail, --fail-with-body, --json, h2, HTTP/1.0, bodies in chunks, wrong headers",
    ),
    Client(
        "raw HTTP",
        "system",
        ("python3",),
        ("traps",),
        "the compatibility traps that no client shows",
    ),
]
