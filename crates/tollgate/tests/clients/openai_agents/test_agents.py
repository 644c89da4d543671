"""OpenAI's agents SDK, which calls the responses API unless told otherwise.

It also sends traces, to OpenAI's host whatever OPENAI_BASE_URL says, with OPENAI_API_KEY: here that is a key of the gateway.
The tests run with OPENAI_AGENTS_DISABLE_TRACING=1, but for those that show what happens without it.
"""

import asyncio
import os
import unittest

import agents
import failures
import openai
import page
from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool
from agents.tracing.processors import BackendSpanExporter, BatchTraceProcessor
from openai import AsyncOpenAI
from pydantic import BaseModel
from upstream import Reply, Upstream

QUESTION = "Will it rain in Paris?"


class Person(BaseModel):
    name: str
    age: int


class Calls:
    """Each test by both APIs."""

    def model(self, name="sandbox", **options):
        # A client of its own, for each run has an event loop of its own.
        return self.api(name, AsyncOpenAI(timeout=20, **options))

    def agent(self, **options):
        return Agent("Assistant", **{"model": self.model(), **options})

    def test_an_answer_with_its_usage(self):
        result = Runner.run_sync(self.agent(instructions="Be brief."), QUESTION)

        self.assertTrue(result.final_output)
        self.assertGreater(result.context_wrapper.usage.total_tokens, 0)

    def test_a_tool_is_called_and_the_agent_comes_to_its_end(self):
        called = []
        result = Runner.run_sync(self.agent(tools=[tool("weather", called)]), QUESTION, max_turns=4)

        self.assertEqual(called, ["weather"])
        self.assertTrue(result.final_output)

    def test_two_tools_are_called_in_one_turn(self):
        called = []
        agent = self.agent(tools=[tool("weather", called), tool("forecast", called)])
        result = Runner.run_sync(agent, "Call weather and forecast.", max_turns=2)

        self.assertEqual(sorted(called), ["forecast", "weather"])
        self.assertTrue(result.final_output)

    def test_a_conversation_goes_on_with_what_it_was_given(self):
        agent = self.agent()
        first = Runner.run_sync(agent, QUESTION)
        second = Runner.run_sync(agent, [*first.to_input_list(), {"role": "user", "content": "And tomorrow?"}])

        self.assertTrue(second.final_output)

    def test_a_type_is_filled(self):
        self.assertIsInstance(Runner.run_sync(self.agent(output_type=Person), "Who?").final_output, Person)

    def test_a_stream(self):
        async def gathered():
            result = Runner.run_streamed(self.agent(), QUESTION)
            said = ""
            async for event in result.stream_events():
                if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                    said += event.data.delta
            return said, result.final_output

        said, final = asyncio.run(gathered())

        self.assertEqual(said, final)

    def test_one_agent_hands_over_to_another(self):
        other = Agent("Weather", handoff_description="Knows the weather.", model=self.model())
        desk = self.agent(handoffs=[other], model_settings=ModelSettings(tool_choice="required"))

        self.assertEqual(Runner.run_sync(desk, QUESTION).last_agent.name, "Weather")

    def test_an_unknown_model_is_the_sdk_s_error(self):
        with self.assertRaises(openai.NotFoundError):
            Runner.run_sync(self.agent(model=self.model("sandbax")), QUESTION)

    def test_what_passes_is_asked_three_times_and_what_does_not_once(self):
        for name, kind, times in [
            (failures.LIMITED, openai.RateLimitError, 3),
            (failures.SPENT, openai.RateLimitError, 1),
            (failures.REFUSED, openai.AuthenticationError, 1),
        ]:
            run = lambda name: Runner.run_sync(self.agent(model=self.model(name)), QUESTION)
            error, asked = failures.failure(name, run)

            self.assertEqual((type(error), asked), (kind, times))

    def test_a_stream_that_breaks_off_raises(self):
        async def left():
            agent = self.agent(model=self.model(failures.CUT))
            async for _ in Runner.run_streamed(agent, QUESTION).stream_events():
                pass

        with self.assertRaises((openai.APIError, agents.AgentsException)):
            asyncio.run(left())


def tool(name, called):
    """A tool that notes its name when it is called."""

    def weather(city: str) -> str:
        called.append(name)
        return f"sunny in {city}"

    return function_tool(weather, name_override=name)


class ByResponses(Calls, unittest.TestCase):
    api = OpenAIResponsesModel


class ByChat(Calls, unittest.TestCase):
    api = OpenAIChatCompletionsModel


class Stored(unittest.TestCase):
    def test_a_conversation_goes_on_from_the_response_that_is_stored(self):
        agent = Agent("Assistant", model=OpenAIResponsesModel("sandbox", AsyncOpenAI()))
        first = Runner.run_sync(agent, QUESTION)
        second = Runner.run_sync(agent, "And tomorrow?", previous_response_id=first.last_response_id)

        self.assertIn(QUESTION, second.final_output)


class Defaults(unittest.TestCase):
    def test_the_environment_and_a_model_s_name_are_enough(self):
        self.assertTrue(Runner.run_sync(Agent("Assistant", model="sandbox"), QUESTION).final_output)


class Traces(unittest.TestCase):
    def test_they_go_to_openai_s_host_whatever_the_base_url_says(self):
        self.assertEqual(BackendSpanExporter().endpoint, "https://api.openai.com/v1/traces/ingest")

    def test_they_take_the_gateway_s_key_and_the_conversation_along(self):
        with Upstream(lambda request: Reply(200, {})) as collector:
            self.traced(BackendSpanExporter(endpoint=f"{collector.url}/traces/ingest"))
            [request, *_] = collector.requests

        self.assertEqual(request.headers["authorization"], f"Bearer {os.environ['OPENAI_API_KEY']}")
        self.assertIn(QUESTION, request.body.decode())

    def test_a_key_of_their_own_keeps_the_gateway_s_at_home(self):
        with Upstream(lambda request: Reply(200, {})) as collector:
            self.traced(BackendSpanExporter(api_key="sk-openai", endpoint=f"{collector.url}/traces/ingest"))
            [request, *_] = collector.requests

        self.assertEqual(request.headers["authorization"], "Bearer sk-openai")
        self.assertNotIn(os.environ["OPENAI_API_KEY"], request.body.decode())

    def traced(self, exporter):
        processor = BatchTraceProcessor(exporter)
        agents.set_trace_processors([processor])
        agents.set_tracing_disabled(False)
        self.addCleanup(agents.set_trace_processors, [])
        self.addCleanup(agents.set_tracing_disabled, True)
        Runner.run_sync(Agent("Assistant", model=OpenAIChatCompletionsModel("sandbox", AsyncOpenAI())), QUESTION)
        processor.force_flush()


class Page(unittest.TestCase):
    def test_the_example_of_the_page_runs(self):
        self.assertTrue(page.printed("openai-agents"))


if __name__ == "__main__":
    unittest.main()
