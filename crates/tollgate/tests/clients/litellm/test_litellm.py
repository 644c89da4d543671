"""LiteLLM as a client: models are called `openai/NAME`, and the address is given as `api_base`.

LITELLM_LOCAL_MODEL_COST_MAP keeps it from fetching its list of prices when it is imported.
"""

import json
import os
import unittest

import failures
import litellm
import page
from pydantic import BaseModel

MODEL = "openai/sandbox"
HELLO = [{"role": "user", "content": "Will it rain in Paris?"}]
THERE = {"api_base": os.environ["OPENAI_BASE_URL"], "api_key": os.environ["OPENAI_API_KEY"], "num_retries": 0}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Person(BaseModel):
    name: str
    age: int


def complete(**options):
    return litellm.completion(**{"model": MODEL, "messages": HELLO, **THERE, **options})


class Completion(unittest.TestCase):
    def test_an_answer(self):
        answer = complete()

        self.assertTrue(answer.choices[0].message.content)
        self.assertEqual(answer.choices[0].finish_reason, "stop")
        self.assertGreater(answer.usage.total_tokens, 0)

    def test_a_stream_says_the_same_and_ends_with_its_usage(self):
        pieces = list(complete(stream=True, stream_options={"include_usage": True}))
        said = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)

        self.assertEqual(said, complete().choices[0].message.content)
        self.assertGreater(litellm.stream_chunk_builder(pieces, messages=HELLO).usage.total_tokens, 0)

    def test_a_tool_is_called_and_its_result_taken(self):
        first = complete(tools=[WEATHER]).choices[0]
        [call] = first.message.tool_calls
        result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
        second = complete(tools=[WEATHER], messages=[*HELLO, first.message, result]).choices[0]

        self.assertIn("city", json.loads(call.function.arguments))
        self.assertEqual((first.finish_reason, second.finish_reason), ("tool_calls", "stop"))

    def test_a_tool_call_is_streamed(self):
        pieces = list(complete(tools=[WEATHER], stream=True))
        [call] = litellm.stream_chunk_builder(pieces, messages=HELLO).choices[0].message.tool_calls

        self.assertEqual(call.function.name, "weather")

    def test_a_type_is_asked_for(self):
        Person.model_validate_json(complete(response_format=Person).choices[0].message.content)

    def test_the_environment_is_enough(self):
        self.assertTrue(litellm.completion(model=MODEL, messages=HELLO).choices[0].message.content)


class Others(unittest.TestCase):
    def test_responses_and_their_stream(self):
        whole = litellm.responses(model=MODEL, input="Say hello.", **THERE)
        events = list(litellm.responses(model=MODEL, input="Say hello.", stream=True, **THERE))

        self.assertEqual(events[-1].response.output[0].content[0].text, whole.output[0].content[0].text)

    def test_a_conversation_goes_on_from_the_response_that_is_stored(self):
        first = litellm.responses(model=MODEL, input="Will it rain in Paris?", **THERE)
        second = litellm.responses(model=MODEL, input="And tomorrow?", previous_response_id=first.id, **THERE)

        self.assertIn("Paris", second.output[0].content[0].text)

    def test_embeddings(self):
        answer = litellm.embedding(model="openai/text-embedding-3-small", input=["a cat", "b"], dimensions=64, **THERE)

        self.assertEqual([len(item["embedding"]) for item in answer.data], [64, 64])

    def test_a_legacy_completion(self):
        answer = litellm.text_completion(model="text-completion-openai/gpt-3.5-turbo-instruct", prompt="Hello", **THERE)

        self.assertTrue(answer.choices[0].text)

    def test_a_moderation(self):
        answer = litellm.moderation(input="I will kill you", model="omni-moderation-latest", **THERE)

        self.assertTrue(answer.results[0].flagged)


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_an_answer_and_a_stream(self):
        whole = await litellm.acompletion(model=MODEL, messages=HELLO, **THERE)
        stream = await litellm.acompletion(model=MODEL, messages=HELLO, stream=True, **THERE)
        said = "".join([piece.choices[0].delta.content or "" async for piece in stream])

        self.assertEqual(said, whole.choices[0].message.content)


class Errors(unittest.TestCase):
    def test_each_is_of_its_class(self):
        cases = [
            (litellm.AuthenticationError, {"api_key": "sk-wrong-0123456789abcdef"}),
            (litellm.NotFoundError, {"model": "openai/sandbax"}),
            (litellm.BadRequestError, {"temperature": 9}),
            (litellm.Timeout, {"model": "openai/sandbox-slow", "timeout": 0.05}),
        ]
        for kind, options in cases:
            with self.subTest(kind=kind.__name__), self.assertRaises(kind):
                complete(**options)


class OnDemand(unittest.TestCase):
    def test_what_passes_is_asked_three_times_and_what_does_not_once(self):
        there = {name: value for name, value in THERE.items() if name != "num_retries"}
        for model, kind, times in [
            (failures.LIMITED, litellm.RateLimitError, 3),
            (failures.SPENT, litellm.RateLimitError, 1),
            (failures.BROKEN, litellm.InternalServerError, 3),
            (failures.REFUSED, litellm.AuthenticationError, 1),
        ]:
            ask = lambda model: litellm.completion(model=f"openai/{model}", messages=HELLO, **there)
            error, asked = failures.failure(model, ask)

            self.assertEqual((type(error), asked), (kind, times))

    def test_a_stream_that_breaks_off_raises(self):
        with self.assertRaisesRegex(Exception, "broke off before its end"):
            list(complete(model=f"openai/{failures.CUT}", stream=True))


class Page(unittest.TestCase):
    def test_the_example_of_the_page_runs(self):
        self.assertTrue(page.printed("LiteLLM"))


if __name__ == "__main__":
    unittest.main()
