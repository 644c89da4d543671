"""Traps of bodies (docs/compatibility.md, 12 to 23), byte for byte."""

import base64
import os
import struct
import unittest

from gateway import Gateway
from upstream import Reply, Upstream, completion
from wire import Wire

HELLO = [{"role": "user", "content": "Say hello."}]


def sandbox():
    return Wire(os.environ["OPENAI_BASE_URL"], os.environ["OPENAI_API_KEY"])


def chat(**options):
    return sandbox().post("chat/completions", {"model": "sandbox", "messages": HELLO, **options})


def embeddings(**options):
    return sandbox().post("embeddings", {"model": "text-embedding-3-small", "input": "a cat", **options})


class Sandbox(unittest.TestCase):
    def test_vectors_in_base64_are_the_numbers(self):
        numbers = embeddings(encoding_format="float").json["data"][0]["embedding"]
        packed = base64.b64decode(embeddings(encoding_format="base64").json["data"][0]["embedding"])

        for one, other in zip(struct.unpack(f"<{len(numbers)}f", packed), numbers, strict=True):
            self.assertAlmostEqual(one, other, places=6)

    def test_tokens_are_taken_for_a_text_one_and_several(self):
        self.assertEqual(len(embeddings(input=[64, 8415]).json["data"]), 1)
        self.assertEqual(len(embeddings(input=[[64, 8415], [1]]).json["data"]), 2)

    def test_members_that_are_often_forgotten_are_there(self):
        [choice] = chat().json["choices"]

        self.assertIsNone(choice["logprobs"])
        self.assertIsNone(choice["message"]["refusal"])

    def test_a_tool_call_without_text_is_taken_back(self):
        call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
        for content in ({"content": None}, {"content": ""}, {}):
            messages = [
                *HELLO,
                {"role": "assistant", "tool_calls": [call], **content},
                {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
            ]

            self.assertEqual(chat(messages=messages).status, 200, content)

    def test_text_in_parts_is_taken_in_every_role(self):
        part = [{"type": "text", "text": "hi"}]
        messages = [{"role": role, "content": part} for role in ("developer", "system", "user", "assistant", "user")]

        self.assertEqual(chat(messages=messages).status, 200)

    def test_parameters_of_other_servers_are_refused_and_their_vendors_are_named(self):
        foreign = {"top_k": 3, "num_ctx": 4096, "num_keep": 1, "enable_thinking": False, "thinking": {"type": "disabled"}}
        for name, value in foreign.items():
            answer = chat(**{name: value})

            self.assertEqual((answer.status, answer.cause), (400, "param_unknown"))
            self.assertTrue(answer.json["error"]["message"].startswith(f"Unrecognized request argument supplied: {name}"))
            self.assertIn("it is a parameter of", str(answer.json["error"]["diagnosis"]["evidence"]))

    def test_dimensions_of_a_model_that_has_one_length_are_refused(self):
        answer = embeddings(model="text-embedding-ada-002", dimensions=256)

        self.assertEqual((answer.status, answer.cause), (400, "dimensions_unsupported"))
        self.assertTrue(answer.json["error"]["message"].startswith("This model does not support specifying dimensions."))

    def test_a_form_where_json_is_due_is_named(self):
        form = b'--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nsandbox\r\n--x--\r\n'
        answer = sandbox().post("chat/completions", form, content_type="multipart/form-data; boundary=x")

        self.assertEqual((answer.status, answer.cause), (400, "content_type_wrong"))
        self.assertEqual(answer.json["error"]["code"], "unsupported_content_type")

    def test_a_body_of_codex_is_taken(self):
        text = lambda words: [{"type": "input_text", "text": words}]
        answer = sandbox().post(
            "responses",
            {
                "model": "sandbox",
                "stream": True,
                "store": False,
                "input": [
                    {"type": "message", "id": "msg_1", "role": "developer", "content": text("You are a coding agent.")},
                    {"type": "message", "id": "msg_2", "role": "user", "content": text("Say hello.")},
                ],
                "tools": [
                    {"type": "function", "name": "exec_command", "strict": False, "parameters": {"type": "object"}},
                    {"type": "namespace", "name": "agents", "description": "Sub-agents.", "tools": []},
                    {"type": "web_search", "external_web_access": False},
                ],
                "tool_choice": "auto",
                "parallel_tool_calls": True,
                "reasoning": {"summary": "auto"},
                "include": ["reasoning.encrypted_content"],
                "prompt_cache_key": "01a1fdae",
                # Not in OpenAI's specification, but sent to its API with every request.
                "client_metadata": {"thread_id": "01a1fdae"},
            },
            session_id="01a1fdae",
            originator="codex_exec",
        )

        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.payloads[-1]["type"], "response.completed")


class Provider(unittest.TestCase):
    """What goes to another server, and comes back, untouched."""

    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream(lambda request: Reply(200, cls.answer)))
        gateway = cls.enterClassContext(Gateway({"one": cls.upstream.url}))
        cls.wire = Wire(gateway.api_base, gateway.key)

    def sent(self, path, body, answer=None):
        """What the provider gets of the body, and the caller of the answer."""
        type(self).answer = answer or completion()
        self.upstream.requests.clear()
        got = self.wire.post(path, {"model": "one", **body})
        return self.upstream.requests[0].json, got.json

    def test_whatever_a_caller_asks_reaches_the_provider(self):
        asked = {
            "messages": [{"role": "developer", "content": [{"type": "text", "text": "hi"}]}],
            "max_tokens": 1,
            "max_completion_tokens": 2,
            "temperature": 0.0,
            "reasoning_effort": "low",
            "top_k": 3,
            "enable_thinking": False,
        }
        sent, _ = self.sent("chat/completions", asked)

        self.assertEqual(sent, {"model": "upstream-model", **asked})

    def test_tokens_and_the_encoding_of_embeddings_reach_the_provider(self):
        vector = {"object": "embedding", "index": 0, "embedding": "AACAPw=="}
        answer = {"object": "list", "data": [vector], "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        asked = {"input": [[1, 2], [3]], "encoding_format": "base64"}
        sent, got = self.sent("embeddings", asked, answer)

        self.assertEqual((sent, got), ({"model": "upstream-model", **asked}, answer))

    def test_items_and_ids_of_responses_are_neither_changed_nor_added(self):
        items = [
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"},
            {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "sunny", "status": "completed"},
        ]
        message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": []}
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        answer = {"id": "resp_upstream", "object": "response", "status": "completed", "output": [message], "usage": usage}
        sent, got = self.sent("responses", {"input": items}, answer)

        self.assertEqual((sent["input"], got), (items, answer))


if __name__ == "__main__":
    unittest.main()
