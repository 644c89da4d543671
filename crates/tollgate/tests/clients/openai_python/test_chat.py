"""Chat through the current official Python SDK: what test_sdk.py does not show already."""

import json
import unittest

import page
from openai import AsyncOpenAI, OpenAI, pydantic_function_tool
from pydantic import BaseModel, Field

MODEL = "sandbox"
HELLO = [{"role": "user", "content": "Say hello."}]


def client(**options):
    return OpenAI(_strict_response_validation=True, max_retries=0, timeout=20, **options)


class Weather(BaseModel):
    """The weather of a city."""

    city: str
    days: int = Field(ge=1, le=7)


class Step(BaseModel):
    explanation: str
    output: str


class Solution(BaseModel):
    steps: list[Step]
    final: float
    certain: bool


class Tools(unittest.TestCase):
    def test_a_loop_over_tools_comes_to_its_end(self):
        tools = [pydantic_function_tool(Weather)]
        messages = [{"role": "user", "content": "Will it rain in Paris?"}]
        turns = []
        for _ in range(5):
            choice = client().chat.completions.create(model=MODEL, messages=messages, tools=tools).choices[0]
            turns.append(choice.finish_reason)
            messages.append(choice.message)
            for call in choice.message.tool_calls or []:
                Weather.model_validate_json(call.function.arguments)
                messages.append({"role": "tool", "tool_call_id": call.id, "content": json.dumps({"rain": False})})
            if choice.finish_reason == "stop":
                break

        self.assertEqual(turns, ["tool_calls", "stop"])

    def test_several_tools_are_called_at_once_where_the_question_names_them(self):
        tools = [pydantic_function_tool(Weather, name=name) for name in ("weather", "forecast")]
        asked = [{"role": "user", "content": "Call weather and forecast."}]
        both = client().chat.completions.parse(model=MODEL, messages=asked, tools=tools).choices[0].message
        with client().chat.completions.stream(model=MODEL, messages=asked, tools=tools) as stream:
            streamed = stream.get_final_completion().choices[0].message
        one = client().chat.completions.create(model=MODEL, messages=asked, tools=tools, parallel_tool_calls=False)

        self.assertEqual([call.function.name for call in both.tool_calls], ["weather", "forecast"])
        self.assertEqual([call.function.name for call in streamed.tool_calls], ["weather", "forecast"])
        self.assertEqual(len(one.choices[0].message.tool_calls), 1)

    def test_arguments_are_parsed_into_the_tool_s_type(self):
        answer = client().chat.completions.parse(model=MODEL, messages=HELLO, tools=[pydantic_function_tool(Weather)])

        self.assertIsInstance(answer.choices[0].message.tool_calls[0].function.parsed_arguments, Weather)

    def test_a_stream_of_a_tool_call_is_gathered(self):
        tools = [pydantic_function_tool(Weather)]
        with client().chat.completions.stream(model=MODEL, messages=HELLO, tools=tools) as stream:
            kinds = [event.type for event in stream]
            final = stream.get_final_completion()

        self.assertIn("tool_calls.function.arguments.delta", kinds)
        self.assertIn("tool_calls.function.arguments.done", kinds)
        self.assertIsInstance(final.choices[0].message.tool_calls[0].function.parsed_arguments, Weather)

    def test_no_tool_is_called_where_none_may_be(self):
        tools = [pydantic_function_tool(Weather)]
        answer = client().chat.completions.create(model=MODEL, messages=HELLO, tools=tools, tool_choice="none")

        self.assertIsNone(answer.choices[0].message.tool_calls)
        self.assertTrue(answer.choices[0].message.content)


class Parsing(unittest.TestCase):
    def test_a_nested_type_is_filled(self):
        answer = client().chat.completions.parse(model=MODEL, messages=HELLO, response_format=Solution)

        self.assertIsInstance(answer.choices[0].message.parsed, Solution)

    def test_a_type_is_filled_from_a_stream(self):
        with client().chat.completions.stream(model=MODEL, messages=HELLO, response_format=Solution) as stream:
            for _ in stream:
                pass
            final = stream.get_final_completion()

        self.assertIsInstance(final.choices[0].message.parsed, Solution)

    def test_json_mode_answers_with_an_object(self):
        asked = [{"role": "user", "content": "Answer in JSON."}]
        answer = client().chat.completions.create(
            model=MODEL, messages=asked, response_format={"type": "json_object"}
        )

        self.assertIsInstance(json.loads(answer.choices[0].message.content), dict)


class Options(unittest.TestCase):
    def test_several_choices_come_with_their_index(self):
        answer = client().chat.completions.create(model=MODEL, messages=HELLO, n=3)

        self.assertEqual([choice.index for choice in answer.choices], [0, 1, 2])

    def test_several_choices_of_a_stream_each_end(self):
        stream = client().chat.completions.create(model=MODEL, messages=HELLO, n=2, stream=True)
        ends = {c.index: c.finish_reason for chunk in stream for c in chunk.choices if c.finish_reason}

        self.assertEqual(ends, {0: "stop", 1: "stop"})

    def test_a_limit_of_tokens_cuts_the_answer(self):
        for limit in ({"max_tokens": 2}, {"max_completion_tokens": 2}):
            answer = client().chat.completions.create(model=MODEL, messages=HELLO, **limit)

            self.assertEqual(answer.choices[0].finish_reason, "length")
            self.assertLessEqual(answer.usage.completion_tokens, 2)

    def test_an_image_is_taken(self):
        pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": pixel}}]
        answer = client().chat.completions.create(model=MODEL, messages=[{"role": "user", "content": content}])

        self.assertTrue(answer.choices[0].message.content)

    def test_developer_and_system_messages_and_names_are_taken(self):
        messages = [
            {"role": "developer", "content": "Be brief."},
            {"role": "system", "content": [{"type": "text", "text": "Be kind."}]},
            {"role": "user", "name": "ann", "content": "hi"},
            {"role": "assistant", "content": "hello"},
            {"role": "user", "content": "again"},
        ]

        self.assertTrue(client().chat.completions.create(model=MODEL, messages=messages).choices[0].message.content)


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_a_loop_over_tools(self):
        async with AsyncOpenAI(_strict_response_validation=True, max_retries=0) as client:
            create = client.chat.completions.create
            tools = [pydantic_function_tool(Weather)]
            first = (await create(model=MODEL, messages=HELLO, tools=tools)).choices[0]
            call = first.message.tool_calls[0]
            result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
            second = (await create(model=MODEL, messages=[*HELLO, first.message, result], tools=tools)).choices[0]

        self.assertEqual((first.finish_reason, second.finish_reason), ("tool_calls", "stop"))

    async def test_parse(self):
        async with AsyncOpenAI(_strict_response_validation=True, max_retries=0) as client:
            answer = await client.chat.completions.parse(model=MODEL, messages=HELLO, response_format=Solution)

        self.assertIsInstance(answer.choices[0].message.parsed, Solution)

    async def test_the_stream_helper(self):
        async with AsyncOpenAI(_strict_response_validation=True, max_retries=0) as client:
            async with client.chat.completions.stream(model=MODEL, messages=HELLO) as stream:
                said = "".join([event.delta async for event in stream if event.type == "content.delta"])
                final = await stream.get_final_completion()

        self.assertEqual(said, final.choices[0].message.content)


class Page(unittest.TestCase):
    def test_the_example_of_the_page_runs(self):
        self.assertTrue(page.printed("OpenAI for Python"))


if __name__ == "__main__":
    unittest.main()
