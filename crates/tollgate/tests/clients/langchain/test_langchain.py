"""LangChain's OpenAI package, which reads OPENAI_BASE_URL and OPENAI_API_KEY.

It counts and cuts texts for embeddings itself, with a vocabulary that it would fetch from the network. LlamaIndex brings
the same file in its package, so the tests take it from there: TIKTOKEN_CACHE_DIR is tiktoken's own setting for that.
"""

import asyncio
import math
import os
import unittest
from pathlib import Path

import failures
import openai
import page
import tiktoken
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings
from openai import OpenAI as Sdk
from pydantic import BaseModel

MODEL = "sandbox"
QUESTION = [SystemMessage("Be brief."), HumanMessage("Will it rain in Paris?")]


def setUpModule():
    installed = Path(os.environ["TOLLGATE_CLIENTS"], "llamaindex", "lib")
    [vocabularies] = installed.glob("python*/site-packages/llama_index/core/_static/tiktoken_cache")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(vocabularies)


def chat(**options):
    return ChatOpenAI(**{"model": MODEL, "max_retries": 0, "timeout": 20, **options})


class Person(BaseModel):
    """Who it is."""

    name: str
    age: int


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


class Chat(unittest.TestCase):
    def test_an_answer_has_its_usage_and_end(self):
        answer = chat().invoke(QUESTION)

        self.assertTrue(answer.content)
        self.assertEqual(answer.response_metadata["finish_reason"], "stop")
        self.assertGreater(answer.usage_metadata["total_tokens"], 0)

    def test_a_stream_says_the_same_and_ends_with_its_usage(self):
        pieces = list(chat(stream_usage=True).stream(QUESTION))
        whole = sum(pieces[1:], pieces[0])

        self.assertEqual(whole.content, chat().invoke(QUESTION).content)
        self.assertGreater(whole.usage_metadata["total_tokens"], 0)

    def test_several_at_once(self):
        answers = chat().batch(["one", "two", "three"])

        self.assertEqual([word in answer.content for word, answer in zip(("one", "two", "three"), answers)], [True] * 3)

    def test_a_tool_is_called_and_its_result_taken(self):
        model = chat().bind_tools([weather])
        first = model.invoke(QUESTION)
        [call] = first.tool_calls
        result = weather.invoke(call)
        second = model.invoke([*QUESTION, first, result])

        self.assertIsInstance(result, ToolMessage)
        self.assertEqual((call["name"], second.tool_calls), ("weather", []))
        self.assertTrue(second.content)

    def test_a_tool_call_is_streamed(self):
        pieces = list(chat().bind_tools([weather]).stream(QUESTION))

        self.assertEqual(sum(pieces[1:], pieces[0]).tool_calls[0]["name"], "weather")

    def test_structured_output_in_each_of_its_ways(self):
        for method in ("json_schema", "function_calling"):
            with self.subTest(method=method):
                self.assertIsInstance(chat().with_structured_output(Person, method=method).invoke("Who?"), Person)

    def test_json_mode_gives_an_object(self):
        model = chat().with_structured_output(None, method="json_mode")

        self.assertIsInstance(model.invoke("Answer in JSON."), dict)

    def test_the_responses_api(self):
        model = chat(use_responses_api=True)
        whole = model.invoke(QUESTION)
        pieces = list(model.stream(QUESTION))
        call = model.bind_tools([weather]).invoke(QUESTION)

        self.assertEqual(sum(pieces[1:], pieces[0]).text, whole.text)
        self.assertEqual(call.tool_calls[0]["name"], "weather")
        self.assertIsInstance(model.with_structured_output(Person).invoke("Who?"), Person)

    def test_a_conversation_by_responses_takes_its_own_items_back(self):
        model = chat(use_responses_api=True).bind_tools([weather])
        first = model.invoke(QUESTION)
        second = model.invoke([*QUESTION, first, weather.invoke(first.tool_calls[0])])

        self.assertIsInstance(second, AIMessage)
        self.assertTrue(second.text)

    def test_a_conversation_goes_on_from_the_response_that_is_stored(self):
        model = chat(use_responses_api=True, use_previous_response_id=True)
        first = model.invoke(QUESTION)
        second = model.invoke([*QUESTION, first, HumanMessage("And tomorrow?")])

        self.assertIn("Paris", second.text)

    def test_a_legacy_completion(self):
        self.assertTrue(OpenAI(model="gpt-3.5-turbo-instruct", max_retries=0).invoke("Say hello."))


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_answers_and_streams(self):
        whole = await chat().ainvoke(QUESTION)
        said = "".join([piece.content async for piece in chat().astream(QUESTION)])
        several = await asyncio.gather(*(chat().ainvoke(QUESTION) for _ in range(10)))

        self.assertEqual({said, *(answer.content for answer in several)}, {whole.content})


class Embeddings(unittest.TestCase):
    def test_texts_are_sent_as_tokens_and_come_back_as_unit_vectors(self):
        vectors = OpenAIEmbeddings(model="text-embedding-3-small", dimensions=256).embed_documents(["a cat", "b"])

        self.assertEqual([len(vector) for vector in vectors], [256, 256])
        self.assertAlmostEqual(math.hypot(*vectors[0]), 1, places=3)

    def test_tokens_give_the_vector_of_their_text(self):
        by_tokens = OpenAIEmbeddings(model="text-embedding-3-small")
        by_text = OpenAIEmbeddings(model="text-embedding-3-small", check_embedding_ctx_length=False)

        self.assertEqual(by_tokens.embed_query("a cat sits"), by_text.embed_query("a cat sits"))

    def test_the_server_counts_the_tokens_that_were_sent(self):
        tokens = tiktoken.get_encoding("cl100k_base").encode("Wie viele Zeichen hat ein Känguru? 🦘")
        asked = Sdk().embeddings.create(model="text-embedding-3-small", input=tokens).usage.prompt_tokens
        said = Sdk().embeddings.create(model="text-embedding-3-small", input="Wie viele Zeichen hat ein Känguru? 🦘")

        self.assertEqual((asked, said.usage.prompt_tokens), (len(tokens), len(tokens)))

    def test_texts_can_be_sent_as_they_are(self):
        plain = OpenAIEmbeddings(model="text-embedding-3-small", check_embedding_ctx_length=False)

        self.assertEqual(len(plain.embed_query("a cat")), 1536)

    def test_a_long_text_is_cut_into_pieces(self):
        embeddings = OpenAIEmbeddings(model="text-embedding-3-small", embedding_ctx_length=8)

        self.assertEqual(len(embeddings.embed_query("one two three four five six seven eight nine ten " * 3)), 1536)


class Errors(unittest.TestCase):
    def test_they_are_the_sdk_s(self):
        with self.assertRaises(openai.AuthenticationError):
            chat(api_key="sk-wrong-0123456789abcdef").invoke("hi")
        with self.assertRaises(openai.NotFoundError):
            chat(model="sandbax").invoke("hi")
        with self.assertRaises(openai.BadRequestError):
            chat(temperature=9).invoke("hi")

    def test_its_models_are_those_of_the_server(self):
        self.assertIn(MODEL, [model.id for model in Sdk().models.list()])


class OnDemand(unittest.TestCase):
    def test_the_wait_that_is_asked_for_is_kept_and_a_spent_quota_is_not_asked_again(self):
        for model, kind, times in [
            (failures.LIMITED, openai.RateLimitError, 3),
            (failures.SPENT, openai.RateLimitError, 1),
            (failures.BROKEN, openai.APIError, 3),
            (failures.REFUSED, openai.AuthenticationError, 1),
        ]:
            error, asked = failures.failure(model, lambda model: ChatOpenAI(model=model).invoke("hi"))

            self.assertIsInstance(error, kind)
            self.assertEqual(asked, times)

    def test_a_stream_that_breaks_off_raises(self):
        with self.assertRaises(openai.APIError):
            list(chat(model=failures.CUT).stream("hi"))


class Page(unittest.TestCase):
    def test_the_example_of_the_page_runs(self):
        self.assertTrue(page.printed("LangChain"))


if __name__ == "__main__":
    unittest.main()
