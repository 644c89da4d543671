"""Traps of streams (docs/compatibility.md, 1 to 11), byte for byte."""

import os
import unittest

from gateway import Gateway
from upstream import Reply, Upstream, chunk, events
from wire import Wire

HELLO = [{"role": "user", "content": "Say hello."}]
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


def sandbox():
    return Wire(os.environ["OPENAI_BASE_URL"], os.environ["OPENAI_API_KEY"])


def chat(**options):
    return sandbox().post("chat/completions", {"model": "sandbox", "messages": HELLO, "stream": True, **options})


class Sandbox(unittest.TestCase):
    def test_usage_comes_last_without_choices_and_only_where_asked_for(self):
        unasked = chat().payloads
        asked = chat(stream_options={"include_usage": True}).payloads

        self.assertTrue(all(payload["choices"] and not payload.get("usage") for payload in unasked))
        self.assertEqual(asked[-1]["choices"], [])
        self.assertGreater(asked[-1]["usage"]["total_tokens"], 0)

    def test_a_legacy_completion_does_the_same(self):
        asked = {"model": "gpt-3.5-turbo-instruct", "prompt": "hi", "stream": True}
        unasked = sandbox().post("completions", asked).payloads
        last = sandbox().post("completions", {**asked, "stream_options": {"include_usage": True}}).payloads[-1]

        self.assertTrue(all(payload["choices"] for payload in unasked))
        self.assertEqual(last["choices"], [])

    def test_the_end_of_each_choice_is_null_in_every_chunk_but_its_last(self):
        for options in ({}, {"tools": [WEATHER]}):
            ends = [payload["choices"][0]["finish_reason"] for payload in chat(**options).payloads]

            self.assertEqual(set(ends[:-1]), {None})
            self.assertIn(ends[-1], ("stop", "tool_calls"))

    def test_parts_of_a_tool_call_have_their_index(self):
        parts = [part for p in chat(tools=[WEATHER]).payloads for part in p["choices"][0]["delta"].get("tool_calls", [])]

        self.assertTrue(parts)
        self.assertEqual({part["index"] for part in parts}, {0})

    def test_tool_calls_are_left_out_rather_than_null(self):
        for payload in chat().payloads:
            self.assertNotIn("tool_calls", payload["choices"][0]["delta"])

    def test_nothing_but_chunks_is_sent(self):
        answer = chat(stream_options={"include_usage": True})

        self.assertEqual({payload["object"] for payload in answer.payloads}, {"chat.completion.chunk"})
        lines = [line for line in answer.body.split(b"\n") if line]
        self.assertTrue(all(line.startswith(b"data: ") for line in lines))
        self.assertEqual(lines[-1], b"data: [DONE]")

    def test_a_refusal_before_the_stream_is_plain_json(self):
        answer = chat(model="no-such-model")

        self.assertEqual((answer.status, answer.headers["content-type"]), (404, "application/json"))
        self.assertEqual(answer.cause, "model_not_found")


class Provider(unittest.TestCase):
    """What another server sends through the gateway."""

    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream(lambda request: Reply(200, cls.pieces)))
        gateway = cls.enterClassContext(Gateway({"one": cls.upstream.url}, "[retry]\nattempts = 1\n"))
        cls.wire = Wire(gateway.api_base, gateway.key)

    def streamed(self, *payloads, path="chat/completions", end=b"data: [DONE]\n\n", **options):
        type(self).pieces = events(*payloads, end=end)
        self.upstream.requests.clear()
        return self.wire.post(path, {"model": "one", "stream": True, **options})

    def test_usage_that_the_gateway_asked_for_is_kept_from_a_caller_who_did_not(self):
        usage = {**chunk(), "choices": [], "usage": USAGE}
        answer = self.streamed(chunk({"content": "hi"}), chunk(finish="stop"), usage, messages=HELLO)

        self.assertTrue(self.upstream.requests[0].json["stream_options"]["include_usage"])
        self.assertEqual([len(payload["choices"]) for payload in answer.payloads], [1, 1])

    def test_so_it_is_in_a_legacy_completion(self):
        piece = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m"}
        choice = {"text": "hi", "index": 0, "logprobs": None, "finish_reason": "stop"}
        usage = {**piece, "choices": [], "usage": USAGE}
        answer = self.streamed({**piece, "choices": [choice]}, usage, path="completions", prompt="hi")

        self.assertEqual([len(payload["choices"]) for payload in answer.payloads], [1])

    def test_comments_that_keep_the_connection_alive_stay_comments(self):
        answer = self.streamed(b": keep-alive\n\n", chunk({"content": "hi"}), b":\n\n", chunk(finish="stop"), messages=HELLO)

        self.assertIn(b": keep-alive\n", answer.body)
        self.assertNotIn(b"data: :", answer.body)
        self.assertEqual(len(answer.payloads), 2)

    def test_a_stream_without_its_last_chunk_passes_as_it_is_where_the_provider_says_it_is_done(self):
        answer = self.streamed(chunk({"content": "hi"}), messages=HELLO)

        self.assertEqual(answer.payloads, [chunk({"content": "hi"})])
        self.assertTrue(answer.body.endswith(b"data: [DONE]\n\n"))

    def test_a_stream_without_any_end_ends_in_an_error(self):
        answer = self.streamed(chunk({"content": "hi"}), end=None, messages=HELLO)

        self.assertEqual(answer.payloads[-1]["error"]["diagnosis"]["cause"], "stream_interrupted")
        self.assertNotIn(b"[DONE]", answer.body)

    def test_an_error_in_the_middle_is_a_data_object(self):
        error = {"error": {"message": "Gone.", "type": "server_error", "param": None, "code": None}}
        answer = self.streamed(chunk({"content": "hi"}), error, end=None, messages=HELLO)

        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.payloads[-1]["error"]["message"], "Gone.")

    def test_responses_that_break_off_end_in_a_numbered_error(self):
        first = {"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1", "status": "in_progress"}}
        event = b"event: response.created\n"
        answer = self.streamed(event, first, path="responses", end=None, input="hi")

        self.assertEqual(answer.payloads[0], first)
        self.assertEqual((answer.payloads[-1]["type"], answer.payloads[-1]["sequence_number"]), ("error", 1))
        self.assertIn(b"event: error\n", answer.body)


if __name__ == "__main__":
    unittest.main()
