"""Instructor, which fills types and asks again where an answer does not fit."""

import unittest
from typing import Literal

import failures
import instructor
import page
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel, Field, field_validator

MODEL = "sandbox"
HELLO = [{"role": "user", "content": "Ann is 42."}]


class Address(BaseModel):
    street: str
    zip_code: str


class Person(BaseModel):
    name: str
    age: int = Field(ge=0)
    kind: Literal["customer", "staff"]
    addresses: list[Address]


def client(mode=instructor.Mode.TOOLS):
    return instructor.from_openai(OpenAI(max_retries=0, timeout=20), mode=mode)


class Filling(unittest.TestCase):
    def test_in_each_mode(self):
        for mode in (instructor.Mode.TOOLS, instructor.Mode.JSON_SCHEMA):
            with self.subTest(mode=mode):
                filled = client(mode).create(model=MODEL, messages=HELLO, response_model=Person, max_retries=0)

                self.assertIsInstance(filled, Person)

    def test_by_the_responses_api(self):
        responses = client(instructor.Mode.RESPONSES_TOOLS)

        filled = responses.create(model=MODEL, messages=HELLO, response_model=Person, max_retries=0)
        self.assertIsInstance(filled, Person)

    def test_with_the_answer_beside_it(self):
        filled, answer = client().create_with_completion(model=MODEL, messages=HELLO, response_model=Person)

        self.assertIsInstance(filled, Person)
        self.assertGreater(answer.usage.total_tokens, 0)

    def test_from_a_stream_bit_by_bit(self):
        parts = list(client().create_partial(model=MODEL, messages=HELLO, response_model=Person))

        self.assertTrue(parts[-1].name)

    def test_a_list_from_a_stream(self):
        for person in client().create_iterable(model=MODEL, messages=HELLO, response_model=Person):
            self.assertIsInstance(person, Person)

    def test_by_the_provider_s_name(self):
        named = instructor.from_provider(f"openai/{MODEL}")

        self.assertIsInstance(named.create(messages=HELLO, response_model=Person), Person)

    def test_what_does_not_fit_is_asked_again_with_the_reason(self):
        class Never(BaseModel):
            name: str

            @field_validator("name")
            @classmethod
            def never(cls, name):
                raise ValueError("no name will do")

        asked = []
        counted = client()
        counted.on("completion:kwargs", lambda **request: asked.append(str(request["messages"])))
        with self.assertRaises(Exception):
            counted.create(model=MODEL, messages=HELLO, response_model=Never, max_retries=1)

        self.assertEqual(["no name will do" in messages for messages in asked], [False, True])


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_it_fills_a_type(self):
        filled = await instructor.from_openai(AsyncOpenAI(max_retries=0)).create(
            model=MODEL, messages=HELLO, response_model=Person
        )

        self.assertIsInstance(filled, Person)


class OnDemand(unittest.TestCase):
    def test_what_passes_is_asked_three_times_and_what_does_not_once(self):
        patient = instructor.from_openai(OpenAI())
        for model, status, times in [(failures.LIMITED, "429", 3), (failures.SPENT, "429", 1), (failures.REFUSED, "401", 1)]:
            ask = lambda model: patient.create(model=model, messages=HELLO, response_model=Person)
            error, asked = failures.failure(model, ask)

            self.assertIn(f"Error code: {status}", str(error))
            self.assertEqual(asked, times)


class Page(unittest.TestCase):
    def test_the_example_of_the_page_runs(self):
        self.assertTrue(page.printed("instructor"))


if __name__ == "__main__":
    unittest.main()
