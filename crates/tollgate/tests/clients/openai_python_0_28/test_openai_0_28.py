"""The last OpenAI Python SDK before 1.0, still met in the wild: module-level calls, dicts that answer to attributes, and
the classes of `openai.error`. It reads OPENAI_API_KEY, but OPENAI_API_BASE instead of OPENAI_BASE_URL.
"""

import json
import math
import os
import unittest

import failures
import openai
import page
from gateway import Gateway
from upstream import Reply, Upstream

MODEL = "sandbox"
HELLO = [{"role": "user", "content": "Say hello."}]
WEATHER = {
    "name": "weather",
    "description": "The weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def setUpModule():
    openai.api_base = os.environ["OPENAI_BASE_URL"]


class Chat(unittest.TestCase):
    def test_an_answer(self):
        answer = openai.ChatCompletion.create(model=MODEL, messages=HELLO)

        self.assertTrue(answer.choices[0].message.content)
        self.assertEqual(answer["choices"][0]["finish_reason"], "stop")
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)
        self.assertEqual(answer.organization[:4], "org-")

    def test_the_time_that_the_server_took_is_read(self):
        answer = openai.ChatCompletion.create(model="sandbox-slow", messages=HELLO)

        self.assertGreaterEqual(answer.response_ms, 100)

    def test_a_stream_says_the_same(self):
        whole = openai.ChatCompletion.create(model=MODEL, messages=HELLO)
        said = ""
        for chunk in openai.ChatCompletion.create(model=MODEL, messages=HELLO, stream=True):
            said += chunk["choices"][0]["delta"].get("content") or ""

        self.assertEqual(said, whole.choices[0].message.content)

    def test_a_function_is_called_in_the_old_way(self):
        first = openai.ChatCompletion.create(model=MODEL, messages=HELLO, functions=[WEATHER], function_call="auto")
        message = first.choices[0].message
        result = {"role": "function", "name": "weather", "content": "sunny"}
        second = openai.ChatCompletion.create(model=MODEL, messages=[*HELLO, message, result], functions=[WEATHER])

        self.assertEqual((first.choices[0].finish_reason, message.function_call.name), ("function_call", "weather"))
        self.assertIn("city", json.loads(message.function_call.arguments))
        self.assertEqual(second.choices[0].finish_reason, "stop")

    def test_a_function_call_is_streamed_in_the_old_way(self):
        asked = {"model": MODEL, "messages": HELLO, "functions": [WEATHER], "stream": True}
        deltas = [chunk.choices[0].delta for chunk in openai.ChatCompletion.create(**asked)]
        calls = [delta["function_call"] for delta in deltas if delta.get("function_call")]

        self.assertEqual(calls[0].name, "weather")
        self.assertIn("city", json.loads("".join(call.get("arguments", "") for call in calls)))

    def test_tools_of_today_pass_through_it(self):
        tools = [{"type": "function", "function": WEATHER}]
        answer = openai.ChatCompletion.create(model=MODEL, messages=HELLO, tools=tools)

        self.assertEqual(answer.choices[0].message.tool_calls[0].function.name, "weather")


class Others(unittest.TestCase):
    def test_a_completion_and_its_stream(self):
        asked = {"model": "gpt-3.5-turbo-instruct", "prompt": "Say hello."}
        whole = openai.Completion.create(**asked)
        said = "".join(chunk.choices[0].text for chunk in openai.Completion.create(**asked, stream=True))

        self.assertEqual((whole.object, said), ("text_completion", whole.choices[0].text))

    def test_embeddings_are_asked_for_in_base64_and_decoded(self):
        [item] = openai.Embedding.create(model="text-embedding-ada-002", input=["a cat sits"]).data

        self.assertEqual(len(item.embedding), 1536)
        self.assertAlmostEqual(math.hypot(*item.embedding), 1, places=3)

    def test_moderations(self):
        self.assertTrue(openai.Moderation.create(input="I will kill you").results[0].flagged)

    def test_models(self):
        listed = [model.id for model in openai.Model.list().data]

        self.assertIn(MODEL, listed)
        self.assertEqual(openai.Model.retrieve(MODEL).id, MODEL)


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_an_answer_and_a_stream(self):
        whole = await openai.ChatCompletion.acreate(model=MODEL, messages=HELLO)
        stream = await openai.ChatCompletion.acreate(model=MODEL, messages=HELLO, stream=True)
        said = [chunk.choices[0].delta.get("content") or "" async for chunk in stream]

        self.assertEqual("".join(said), whole.choices[0].message.content)

    async def test_an_embedding(self):
        answer = await openai.Embedding.acreate(model="text-embedding-3-small", input="a cat")

        self.assertEqual(len(answer.data[0].embedding), 1536)

    async def test_an_error(self):
        with self.assertRaises(openai.error.InvalidRequestError):
            await openai.ChatCompletion.acreate(model="no-such-model", messages=HELLO)


class Errors(unittest.TestCase):
    def test_a_wrong_key(self):
        with self.assertRaises(openai.error.AuthenticationError) as caught:
            openai.ChatCompletion.create(model=MODEL, messages=HELLO, api_key="sk-wrong-0123456789abcdef")

        self.assertEqual(caught.exception.http_status, 401)
        self.assertEqual(caught.exception.json_body["error"]["code"], "invalid_api_key")
        self.assertIn("Incorrect API key provided: sk-wrong", str(caught.exception))
        self.assertTrue(caught.exception.headers["x-request-id"].startswith("req_"))

    def test_another_organization(self):
        with self.assertRaises(openai.error.AuthenticationError) as caught:
            openai.ChatCompletion.create(model=MODEL, messages=HELLO, organization="org-other")

        self.assertEqual(caught.exception.json_body["error"]["code"], "mismatched_organization")

    def test_an_unknown_model(self):
        with self.assertRaises(openai.error.InvalidRequestError) as caught:
            openai.ChatCompletion.create(model="sandbax", messages=HELLO)

        self.assertEqual((caught.exception.http_status, caught.exception.code), (404, "model_not_found"))
        self.assertIn("does not exist or you do not have access to it", str(caught.exception))

    def test_a_wrong_parameter(self):
        with self.assertRaises(openai.error.InvalidRequestError) as caught:
            openai.ChatCompletion.create(model=MODEL, messages=HELLO, temperature=9)

        self.assertEqual(caught.exception.param, "temperature")

    def test_an_error_before_a_stream(self):
        with self.assertRaises(openai.error.InvalidRequestError):
            openai.ChatCompletion.create(model="sandbax", messages=HELLO, stream=True)

    def test_statuses_of_a_provider(self):
        error = {"error": {"message": "No.", "type": "server_error", "param": None, "code": None}}
        classes = {
            400: openai.error.InvalidRequestError,
            404: openai.error.InvalidRequestError,
            429: openai.error.RateLimitError,
            500: openai.error.APIError,
            503: openai.error.ServiceUnavailableError,
        }
        answers = []
        with Upstream(lambda request: answers[0]) as upstream:
            with Gateway({"one": upstream.url}, "[retry]\nattempts = 1\n") as gateway:
                for status, kind in classes.items():
                    answers[:] = [Reply(status, error)]
                    with self.subTest(status=status), self.assertRaises(kind):
                        options = {"api_base": gateway.api_base, "api_key": gateway.key}
                        openai.ChatCompletion.create(model="one", messages=HELLO, **options)


class OnDemand(unittest.TestCase):
    def test_failures_have_their_classes_and_are_asked_once(self):
        for model, kind in [
            (failures.LIMITED, openai.error.RateLimitError),
            (failures.SPENT, openai.error.RateLimitError),
            (failures.BROKEN, openai.error.APIError),
            (failures.REFUSED, openai.error.AuthenticationError),
        ]:
            error, asked = failures.failure(model, lambda model: openai.ChatCompletion.create(model=model, messages=HELLO))

            self.assertEqual((type(error), asked), (kind, 1))

    def test_a_stream_that_breaks_off_raises(self):
        with self.assertRaises(openai.error.APIError):
            list(openai.ChatCompletion.create(model=failures.CUT, messages=HELLO, stream=True))


class Page(unittest.TestCase):
    def test_the_example_of_the_page_runs(self):
        self.assertTrue(page.printed("OpenAI for Python before 1.0"))


if __name__ == "__main__":
    unittest.main()
