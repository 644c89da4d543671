"""The responses API through the current official Python SDK."""

import json
import unittest

from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

MODEL = "sandbox"
WEATHER = {
    "type": "function",
    "name": "weather",
    "description": "The weather of a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}


class Person(BaseModel):
    name: str
    age: int


def client():
    return OpenAI(_strict_response_validation=True, max_retries=0, timeout=20)


class Responses(unittest.TestCase):
    def test_the_stream_helper_gathers_the_answer(self):
        with client().responses.stream(model=MODEL, input="Say hello.") as stream:
            events = list(stream)
            final = stream.get_final_response()

        said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        self.assertEqual((said, final.status), (final.output_text, "completed"))

    def test_a_type_is_filled(self):
        answer = client().responses.parse(model=MODEL, input="Who?", text_format=Person)

        self.assertIsInstance(answer.output_parsed, Person)

    def test_a_type_is_filled_from_a_stream(self):
        with client().responses.stream(model=MODEL, input="Who?", text_format=Person) as stream:
            for _ in stream:
                pass
            final = stream.get_final_response()

        self.assertIsInstance(final.output_parsed, Person)

    def test_a_loop_over_functions_comes_to_its_end(self):
        items = [{"role": "user", "content": "Will it rain in Paris?"}]
        first = client().responses.create(model=MODEL, input=items, tools=[WEATHER])
        call = first.output[0]
        items += first.output
        items.append({"type": "function_call_output", "call_id": call.call_id, "output": "sunny"})
        second = client().responses.create(model=MODEL, input=items, tools=[WEATHER])

        self.assertEqual((call.type, call.name), ("function_call", "weather"))
        self.assertIsInstance(json.loads(call.arguments)["city"], str)
        self.assertTrue(second.output_text)

    def test_a_function_call_is_streamed(self):
        with client().responses.stream(model=MODEL, input="Will it rain?", tools=[WEATHER]) as stream:
            kinds = [event.type for event in stream]

        self.assertIn("response.function_call_arguments.delta", kinds)
        self.assertIn("response.function_call_arguments.done", kinds)

    def test_instructions_and_message_lists_are_taken(self):
        items = [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        ]
        answer = client().responses.create(model=MODEL, instructions="Be kind.", input=items, metadata={"team": "a"})

        self.assertEqual((answer.instructions, answer.metadata), ("Be kind.", {"team": "a"}))
        self.assertEqual(answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens)

    def test_the_raw_answer_shows_the_headers(self):
        raw = client().responses.with_raw_response.create(model=MODEL, input="hi")

        self.assertTrue(raw.request_id.startswith("req_"))
        self.assertTrue(raw.parse().output_text)

    def test_a_raw_stream_names_its_events(self):
        with client().responses.with_streaming_response.create(model=MODEL, input="hi", stream=True) as raw:
            lines = [line for line in raw.iter_lines() if line]

        names = [line[len("event: ") :] for line in lines if line.startswith("event: ")]
        payloads = [json.loads(line[len("data: ") :]) for line in lines if line.startswith("data: ")]
        self.assertEqual(names, [payload["type"] for payload in payloads])
        self.assertEqual([payload["sequence_number"] for payload in payloads], list(range(len(payloads))))


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_create_stream_and_parse(self):
        async with AsyncOpenAI(_strict_response_validation=True, max_retries=0) as client:
            whole = await client.responses.create(model=MODEL, input="Say hello.")
            async with client.responses.stream(model=MODEL, input="Say hello.") as stream:
                final = await stream.get_final_response()
            parsed = await client.responses.parse(model=MODEL, input="Who?", text_format=Person)

        self.assertEqual(final.output_text, whole.output_text)
        self.assertIsInstance(parsed.output_parsed, Person)


if __name__ == "__main__":
    unittest.main()
