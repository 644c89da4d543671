"""Stored responses through the current official Python SDK: retrieve, delete, cancel, input items, conversations."""

import time
import unittest

import openai
from openai import OpenAI

MODEL = "sandbox"
TOOLS = [
    {
        "type": "function",
        "name": name,
        "parameters": {"type": "object", "properties": {}, "additionalProperties": False},
        "strict": True,
    }
    for name in ("get_weather", "get_time")
]


def client():
    return OpenAI(_strict_response_validation=True, max_retries=0, timeout=20)


def finished(response):
    end = time.monotonic() + 20
    while response.status in ("queued", "in_progress") and time.monotonic() < end:
        time.sleep(0.05)
        response = client().responses.retrieve(response.id)
    return response


class Stored(unittest.TestCase):
    def test_a_response_is_retrieved_as_it_was_made_and_then_deleted(self):
        made = client().responses.create(model=MODEL, input="Say hello.", metadata={"a": "b"})
        found = client().responses.retrieve(made.id)
        client().responses.delete(made.id)

        self.assertEqual(found.to_dict(), made.to_dict())
        with self.assertRaises(openai.NotFoundError) as gone:
            client().responses.retrieve(made.id)
        self.assertTrue(gone.exception.message.find(f"Response with id '{made.id}' not found.") >= 0)
        self.assertEqual(gone.exception.body["diagnosis"]["cause"], "response_not_found")

    def test_items_of_the_input_are_listed_page_by_page(self):
        messages = [{"role": "user", "content": f"number {number}"} for number in range(5)]
        made = client().responses.create(model=MODEL, input=messages)

        first = client().responses.input_items.list(made.id, limit=2)
        everything = [item.content[0].text for item in client().responses.input_items.list(made.id, limit=2, order="asc")]

        self.assertEqual([item.content[0].text for item in first.data], ["number 4", "number 3"])
        self.assertTrue(first.has_more)
        self.assertEqual(everything, [f"number {number}" for number in range(5)])

    def test_a_conversation_goes_on_without_its_history_being_sent(self):
        first = client().responses.create(model=MODEL, input="My name is Ada.")
        second = client().responses.create(model=MODEL, input="What is it?", previous_response_id=first.id)

        self.assertEqual(second.previous_response_id, first.id)
        self.assertIn("My name is Ada.", second.output_text)
        self.assertGreater(second.usage.input_tokens, first.usage.total_tokens)
        with self.assertRaises(openai.BadRequestError) as unknown:
            client().responses.create(model=MODEL, input="x", previous_response_id="resp_unknown")
        self.assertEqual(unknown.exception.code, "previous_response_not_found")

    def test_functions_are_called_in_parallel_and_answered_in_the_next_turn(self):
        first = client().responses.create(model=MODEL, input="get_weather and get_time", tools=TOOLS)
        outputs = [{"type": "function_call_output", "call_id": c.call_id, "output": "fine"} for c in first.output]
        second = client().responses.create(model=MODEL, input=outputs, previous_response_id=first.id, tools=TOOLS)

        self.assertEqual([call.name for call in first.output], ["get_weather", "get_time"])
        self.assertTrue(second.output_text)

    def test_a_response_is_made_in_the_background(self):
        made = client().responses.create(model=MODEL, input="hi", background=True)
        done = finished(made)

        self.assertIn(made.status, ("queued", "in_progress"))
        self.assertEqual((done.id, done.status), (made.id, "completed"))
        self.assertTrue(done.output_text)

    def test_only_a_response_in_the_background_is_cancelled(self):
        made = client().responses.create(model=MODEL, input="hi", background=True)
        cancelled = client().responses.cancel(made.id)
        whole = client().responses.create(model=MODEL, input="hi")

        self.assertEqual((cancelled.status, client().responses.retrieve(made.id).status), ("cancelled", "cancelled"))
        with self.assertRaises(openai.BadRequestError) as refused:
            client().responses.cancel(whole.id)
        self.assertIn("Cannot cancel a synchronous response.", refused.exception.message)

    def test_a_stream_in_the_background_is_taken_up_again(self):
        stream = client().responses.create(model=MODEL, input="hi", background=True, stream=True)
        events = []
        for event in stream:
            events.append(event)
            if event.sequence_number == 5:
                stream.close()
                break
        rest = list(client().responses.retrieve(events[0].response.id, stream=True, starting_after=5))
        with client().responses.stream(response_id=events[0].response.id, starting_after=5) as again:
            final = again.get_final_response()

        self.assertEqual([event.sequence_number for event in events + rest], list(range(len(events) + len(rest))))
        self.assertEqual((rest[-1].type, final.status), ("response.completed", "completed"))
        self.assertEqual(final.output_text, rest[-1].response.output_text)

    def test_tokens_are_counted_before(self):
        count = client().responses.input_tokens.count(model=MODEL, input="Say hello.", instructions="Be kind.")
        made = client().responses.create(model=MODEL, input="Say hello.", instructions="Be kind.")

        self.assertEqual((count.object, count.input_tokens), ("response.input_tokens", made.usage.input_tokens))


class Shapes(unittest.TestCase):
    def test_reasoning_is_summed_up_and_sealed(self):
        answer = client().responses.create(
            model=MODEL, input="hi", reasoning={"effort": "low", "summary": "auto"}, include=["reasoning.encrypted_content"]
        )
        with client().responses.stream(model=MODEL, input="hi", reasoning={"summary": "auto"}) as stream:
            kinds = [event.type for event in stream]

        self.assertEqual([item.type for item in answer.output], ["reasoning", "message"])
        self.assertTrue(answer.output[0].summary[0].text and answer.output[0].encrypted_content)
        self.assertGreater(answer.usage.output_tokens_details.reasoning_tokens, 0)
        self.assertIn("response.reasoning_summary_text.delta", kinds)
        again = client().responses.create(model=MODEL, input=[*answer.output, {"role": "user", "content": "more"}])
        self.assertTrue(again.output_text)

    def test_log_probabilities_come_where_they_are_asked_for(self):
        asked = {"model": MODEL, "input": "hi", "include": ["message.output_text.logprobs"], "top_logprobs": 3}
        answer = client().responses.create(**asked)
        events = list(client().responses.create(**asked, stream=True))

        part = answer.output[0].content[0]
        self.assertEqual("".join(one.token for one in part.logprobs), part.text)
        self.assertEqual({len(one.top_logprobs) for one in part.logprobs}, {3})
        deltas = [event for event in events if event.type == "response.output_text.delta"]
        self.assertTrue(all(len(delta.logprobs) == 1 for delta in deltas))

    def test_a_refusal_is_a_part_of_its_own(self):
        answer = client().responses.create(model=MODEL, input="hi", metadata={"sandbox": "refusal"})
        events = list(client().responses.create(model=MODEL, input="hi", metadata={"sandbox": "refusal"}, stream=True))

        self.assertEqual(answer.output[0].content[0].type, "refusal")
        said = "".join(event.delta for event in events if event.type == "response.refusal.delta")
        self.assertEqual(said, answer.output[0].content[0].refusal)

    def test_an_answer_that_is_cut_is_incomplete(self):
        answer = client().responses.create(model=MODEL, input="hi " * 50, max_output_tokens=16)
        events = list(client().responses.create(model=MODEL, input="hi " * 50, max_output_tokens=16, stream=True))

        self.assertEqual((answer.status, answer.incomplete_details.reason), ("incomplete", "max_output_tokens"))
        self.assertEqual(events[-1].type, "response.incomplete")

    def test_messages_of_chat_are_told_where_they_belong(self):
        with self.assertRaises(openai.BadRequestError) as moved:
            client().responses.create(model=MODEL, extra_body={"messages": []})

        self.assertEqual((moved.exception.code, moved.exception.param), ("unsupported_parameter", None))
        self.assertIn("this parameter has moved to 'input'", moved.exception.message)


if __name__ == "__main__":
    unittest.main()
