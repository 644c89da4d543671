"""The official OpenAI Python SDK, unmodified, against `tollgate up`.

Every answer is validated strictly: an answer that differs from the SDK's types raises. `run` starts the server and
sets OPENAI_BASE_URL, OPENAI_API_KEY and TOLLGATE_SCOPED_KEY (a key that may only list models).
"""

import asyncio
import math
import os
import unittest

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

MODEL = "sandbox"
HELLO = [{"role": "user", "content": "Say hello."}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}


def client(**options):
    return OpenAI(_strict_response_validation=True, max_retries=0, timeout=20, **options)


def lenient():
    """Without strict validation, for two answers that the SDK's own types refuse from OpenAI too: vectors in base64,
    which it decodes only after validating, and `finish_reason: null` in the chunks of a legacy completion."""
    return OpenAI(max_retries=0, timeout=20)


class Person(BaseModel):
    name: str
    age: int


class Chat(unittest.TestCase):
    def test_an_answer_has_every_member_and_usage_adds_up(self):
        answer = client().chat.completions.create(model=MODEL, messages=HELLO)

        self.assertEqual(answer.object, "chat.completion")
        self.assertTrue(answer.id.startswith("chatcmpl-"))
        self.assertEqual(answer.choices[0].finish_reason, "stop")
        self.assertTrue(answer.choices[0].message.content)
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)

    def test_the_same_question_has_the_same_answer(self):
        ask = lambda: client().chat.completions.create(model=MODEL, messages=HELLO).choices[0].message.content

        self.assertEqual(ask(), ask())

    def test_a_stream_says_what_the_whole_answer_says(self):
        whole = client().chat.completions.create(model=MODEL, messages=HELLO)
        chunks = list(client().chat.completions.create(model=MODEL, messages=HELLO, stream=True))

        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        self.assertEqual(text, whole.choices[0].message.content)
        self.assertEqual(chunks[-1].choices[0].finish_reason, "stop")
        self.assertTrue(all(chunk.usage is None for chunk in chunks))

    def test_usage_ends_a_stream_that_asks_for_it(self):
        options = {"include_usage": True}
        stream = client().chat.completions.create(model=MODEL, messages=HELLO, stream=True, stream_options=options)
        chunks = list(stream)

        self.assertEqual(chunks[-1].choices, [])
        self.assertGreater(chunks[-1].usage.completion_tokens, 0)

    def test_the_stream_helper_gathers_an_answer(self):
        with client().chat.completions.stream(model=MODEL, messages=HELLO) as stream:
            kinds = {event.type for event in stream}
            final = stream.get_final_completion()

        self.assertIn("content.delta", kinds)
        self.assertTrue(final.choices[0].message.content)

    def test_a_tool_is_called_and_its_result_taken(self):
        choice = {"type": "function", "function": {"name": "weather"}}
        first = client().chat.completions.create(model=MODEL, messages=HELLO, tools=[WEATHER], tool_choice=choice)
        call = first.choices[0].message.tool_calls[0]
        messages = [
            *HELLO,
            first.choices[0].message.model_dump(exclude_none=True),
            {"role": "tool", "tool_call_id": call.id, "content": "sunny"},
        ]
        second = client().chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER])

        self.assertEqual((first.choices[0].finish_reason, call.function.name), ("tool_calls", "weather"))
        self.assertTrue(second.choices[0].message.content or second.choices[0].message.tool_calls)

    def test_structured_output_satisfies_its_schema(self):
        parsed = client().chat.completions.parse(model=MODEL, messages=HELLO, response_format=Person)

        self.assertIsInstance(parsed.choices[0].message.parsed, Person)

    def test_an_unknown_parameter_is_refused_and_its_vendors_are_named(self):
        with self.assertRaises(openai.BadRequestError) as caught:
            client().chat.completions.create(model=MODEL, messages=HELLO, extra_body={"top_k": 3})

        self.assertIn("Unrecognized request argument supplied: top_k", caught.exception.message)
        self.assertIn("Ollama", str(caught.exception.body["diagnosis"]["evidence"]))


class Others(unittest.TestCase):
    def test_legacy_completions(self):
        whole = client().completions.create(model="gpt-3.5-turbo-instruct", prompt="Say hello.")
        chunks = list(lenient().completions.create(model="gpt-3.5-turbo-instruct", prompt="Say hello.", stream=True))

        self.assertEqual(whole.object, "text_completion")
        self.assertEqual("".join(chunk.choices[0].text for chunk in chunks), whole.choices[0].text)
        self.assertEqual(chunks[-1].choices[0].finish_reason, whole.choices[0].finish_reason)

    def test_responses(self):
        whole = client().responses.create(model=MODEL, input="Say hello.")
        events = list(client().responses.create(model=MODEL, input="Say hello.", stream=True))

        self.assertEqual((whole.object, whole.status), ("response", "completed"))
        self.assertTrue(whole.output_text)
        self.assertEqual([event.sequence_number for event in events], list(range(len(events))))
        self.assertEqual((events[0].type, events[-1].type), ("response.created", "response.completed"))
        self.assertEqual(events[-1].response.output_text, whole.output_text)

    def test_embeddings_are_unit_vectors_of_the_length_asked_for(self):
        asked = ["a cat sits", "a cat sat", "quarterly revenue"]
        answer = lenient().embeddings.create(model="text-embedding-3-small", input=asked, dimensions=256)
        floats = client().embeddings.create(
            model="text-embedding-3-small", input=asked[0], dimensions=256, encoding_format="float"
        )

        vectors = [item.embedding for item in answer.data]
        self.assertEqual([len(vector) for vector in vectors], [256, 256, 256])
        self.assertAlmostEqual(math.hypot(*vectors[0]), 1, places=3)
        for one, other in zip(vectors[0], floats.data[0].embedding):
            self.assertAlmostEqual(one, other, places=5)
        near, far = (sum(a * b for a, b in zip(vectors[0], vector)) for vector in vectors[1:])
        self.assertGreater(near, far)

    def test_moderations(self):
        answer = client().moderations.create(input=["a nice day", "I will kill you"])

        self.assertEqual([result.flagged for result in answer.results], [False, True])

    def test_models(self):
        listed = [model.id for model in client().models.list()]
        one = client().models.retrieve(MODEL)

        self.assertIn(MODEL, listed)
        self.assertEqual((one.id, one.object), (MODEL, "model"))


class Raw(unittest.TestCase):
    def test_the_raw_answer_shows_the_headers(self):
        raw = client().chat.completions.with_raw_response.create(model=MODEL, messages=HELLO)

        self.assertTrue(raw.request_id.startswith("req_"))
        self.assertEqual(raw.headers["openai-version"], "2020-10-01")
        self.assertGreaterEqual(int(raw.headers["openai-processing-ms"]), 0)
        self.assertEqual(raw.headers["x-tollgate-provider"], "sandbox")
        self.assertTrue(raw.parse().choices)

    def test_a_raw_stream_is_read_by_lines(self):
        create = client().chat.completions.with_streaming_response.create
        with create(model=MODEL, messages=HELLO, stream=True) as raw:
            lines = [line for line in raw.iter_lines() if line]

        self.assertEqual(lines[-1], "data: [DONE]")


class Errors(unittest.TestCase):
    def caught(self, kind, call):
        with self.assertRaises(kind) as caught:
            call()
        error = caught.exception
        self.assertIs(type(error), kind)
        self.assertTrue(error.request_id.startswith("req_"))
        self.assertEqual(set(error.body) - {"diagnosis"}, {"message", "type", "param", "code"})
        return error

    def chat(self, **options):
        return client(**options).chat.completions.create

    def test_a_wrong_key(self):
        call = lambda: self.chat(api_key="sk-wrong-0123456789abcdef")(model=MODEL, messages=HELLO)
        error = self.caught(openai.AuthenticationError, call)

        self.assertEqual((error.status_code, error.code), (401, "invalid_api_key"))
        self.assertIn("Incorrect API key provided: sk-wrong", str(error))
        self.assertNotIn("0123456789", str(error))

    def test_a_key_that_lacks_a_permission(self):
        key = os.environ["TOLLGATE_SCOPED_KEY"]
        call = lambda: self.chat(api_key=key)(model=MODEL, messages=HELLO)
        with self.assertRaises((openai.AuthenticationError, openai.PermissionDeniedError)) as caught:
            call()

        self.assertIn("Missing scopes: api.chat.completions.write", str(caught.exception))
        self.assertTrue(list(client(api_key=key).models.list()))

    def test_an_unknown_model(self):
        error = self.caught(openai.NotFoundError, lambda: self.chat()(model="sandbax", messages=HELLO))

        self.assertEqual(error.code, "model_not_found")
        self.assertEqual(error.body["diagnosis"]["cause"], "model_not_found")
        self.assertIn("sandbox", str(error))

    def test_a_wrong_parameter(self):
        error = self.caught(openai.BadRequestError, lambda: self.chat()(model=MODEL, messages=HELLO, temperature=9))

        self.assertEqual((error.status_code, error.param), (400, "temperature"))

    def test_a_wrong_base_url(self):
        url = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
        error = self.caught(openai.NotFoundError, lambda: self.chat(base_url=url)(model=MODEL, messages=HELLO))

        self.assertEqual(error.body["diagnosis"]["cause"], "base_url_includes_path")

    def test_another_organization(self):
        call = lambda: self.chat(organization="org-other")(model=MODEL, messages=HELLO)

        self.assertEqual(self.caught(openai.AuthenticationError, call).code, "mismatched_organization")

    def test_an_error_before_a_stream_is_raised_at_once(self):
        call = lambda: self.chat()(model="sandbax", messages=HELLO, stream=True)

        self.caught(openai.NotFoundError, call)


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_many_at_once(self):
        async with AsyncOpenAI(_strict_response_validation=True, max_retries=0) as client:
            create = client.chat.completions.create
            answers = await asyncio.gather(*(create(model=MODEL, messages=HELLO) for _ in range(50)))

        self.assertEqual(len({answer.choices[0].message.content for answer in answers}), 1)

    async def test_a_stream(self):
        async with AsyncOpenAI(_strict_response_validation=True, max_retries=0) as client:
            stream = await client.chat.completions.create(model=MODEL, messages=HELLO, stream=True)
            chunks = [chunk async for chunk in stream]

        self.assertEqual(chunks[-1].choices[0].finish_reason, "stop")

    async def test_a_stream_that_is_left(self):
        async with AsyncOpenAI(_strict_response_validation=True, max_retries=0) as client:
            stream = await client.chat.completions.create(model="sandbox-slow", messages=HELLO, stream=True)
            await anext(aiter(stream))
            await stream.close()

            self.assertTrue((await client.models.retrieve(MODEL)).id)

    async def test_a_page_of_models(self):
        async with AsyncOpenAI(_strict_response_validation=True) as client:
            self.assertIn(MODEL, [model.id async for model in client.models.list()])


if __name__ == "__main__":
    unittest.main()
