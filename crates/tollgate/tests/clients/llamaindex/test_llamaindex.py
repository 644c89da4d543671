"""LlamaIndex: `OpenAILike` for any model name, `OpenAI` for OpenAI's own names, and the embeddings.

They read OPENAI_API_KEY; the address is given as `api_base`.
"""

import os
import unittest

import failures
import openai
import page
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel

QUESTION = [ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content="Will it rain?")]
THERE = {"api_base": os.environ["OPENAI_BASE_URL"], "max_retries": 0, "timeout": 20}


class Person(BaseModel):
    """Who it is."""

    name: str
    age: int


def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


def like(**options):
    known = {"model": "sandbox", "is_chat_model": True, "is_function_calling_model": True, "context_window": 8192}
    return OpenAILike(api_key=os.environ["OPENAI_API_KEY"], **THERE, **{**known, **options})


class Like(unittest.TestCase):
    def test_chat_and_its_stream(self):
        whole = like().chat(QUESTION).message.content
        pieces = list(like().stream_chat(QUESTION))

        self.assertEqual("".join(piece.delta or "" for piece in pieces), whole)

    def test_complete_goes_by_chat_where_the_model_is_one(self):
        self.assertTrue(like().complete("Say hello.").text)
        self.assertTrue(list(like().stream_complete("Say hello."))[-1].text)

    def test_complete_goes_by_completions_where_it_is_not(self):
        instruct = like(model="gpt-3.5-turbo-instruct", is_chat_model=False, is_function_calling_model=False)

        self.assertTrue(instruct.complete("Say hello.").text)
        self.assertTrue(list(instruct.stream_complete("Say hello."))[-1].text)

    def test_a_tool_is_called(self):
        answer = like().chat_with_tools([FunctionTool.from_defaults(weather)], user_msg="Will it rain?")
        [call] = like().get_tool_calls_from_response(answer)

        self.assertEqual(call.tool_name, "weather")
        self.assertIsInstance(call.tool_kwargs["city"], str)

    def test_a_type_is_filled(self):
        self.assertIsInstance(like().as_structured_llm(Person).complete("Who?").raw, Person)

    def test_errors_are_the_sdk_s(self):
        with self.assertRaises(openai.NotFoundError):
            like(model="sandbax").complete("hi")


class Own(unittest.TestCase):
    def test_a_model_of_openai_s_name(self):
        model = OpenAI(model="gpt-4o-mini", **THERE)

        self.assertTrue(model.chat(QUESTION).message.content)
        self.assertTrue(list(model.stream_chat(QUESTION))[-1].message.content)

    def test_a_type_is_filled(self):
        model = OpenAI(model="gpt-4o-mini", **THERE)

        self.assertIsInstance(model.as_structured_llm(Person).complete("Who?").raw, Person)


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_chat_and_its_stream(self):
        whole = (await like().achat(QUESTION)).message.content
        pieces = [piece.delta or "" async for piece in await like().astream_chat(QUESTION)]

        self.assertEqual("".join(pieces), whole)


class Embeddings(unittest.TestCase):
    def test_texts_and_queries(self):
        model = OpenAIEmbedding(model="text-embedding-3-small", dimensions=256, **THERE)
        one, other = model.get_text_embedding_batch(["a cat sits", "quarterly revenue"])
        asked = model.get_query_embedding("a cat sat")
        near, far = (sum(a * b for a, b in zip(asked, vector)) for vector in (one, other))

        self.assertEqual(len(one), 256)
        self.assertGreater(near, far)

    def test_a_model_of_any_name(self):
        model = OpenAIEmbedding(model_name="sandbox-embedding", **THERE)

        self.assertEqual(len(model.get_text_embedding("a cat")), 1536)


class OnDemand(unittest.TestCase):
    def test_failures_have_the_sdk_s_classes_and_are_asked_once_where_it_may_not_retry(self):
        for model, kind in [
            (failures.LIMITED, openai.RateLimitError),
            (failures.SPENT, openai.RateLimitError),
            (failures.BROKEN, openai.InternalServerError),
            (failures.REFUSED, openai.AuthenticationError),
        ]:
            error, asked = failures.failure(model, lambda model: like(model=model).complete("hi"))

            self.assertIsInstance(error, kind)
            self.assertEqual(asked, 1)

    def test_a_stream_that_breaks_off_raises(self):
        with self.assertRaises(openai.APIError):
            list(like(model=failures.CUT).stream_complete("hi"))


class Page(unittest.TestCase):
    def test_the_example_of_the_page_runs(self):
        self.assertTrue(page.printed("LlamaIndex"))


if __name__ == "__main__":
    unittest.main()
