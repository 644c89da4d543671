"""What the current official Python SDK sees of `parameters = "check"` and `"adapt"`: the provider's own error, before the call."""

import unittest

import openai
from gateway import Gateway
from openai import OpenAI
from upstream import Reply, Upstream, completion

HELLO = [{"role": "user", "content": "Say hello."}]
IMAGE = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}]}]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
MODELS = ["gpt-5", "gpt-4o", "gpt-4", "o3-mini", "text-embedding-ada-002"]


def settings(url):
    provider = f'[providers.there]\nbase_url = "{url}"\n'
    of = lambda name, parameters, model: (
        f'[models."{name}"]\nparameters = "{parameters}"\ndeployments = [{{ provider = "there", model = "{model}" }}]\n'
    )
    return provider + "".join(of(name, "check", name) for name in MODELS) + of("adapted", "adapt", "gpt-5")


class RefusedParameters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream(lambda request: Reply(200, completion(content="Hello."))))
        cls.gateway = cls.enterClassContext(Gateway(settings=settings(cls.upstream.url)))
        cls.client = OpenAI(base_url=cls.gateway.api_base, api_key=cls.gateway.key, timeout=20)

    def setUp(self):
        self.upstream.requests.clear()

    def test_each_refusal_is_a_bad_request_with_openai_s_param_and_code(self):
        for model, given, param, code, cause in [
            ("gpt-5", {"max_tokens": 5}, "max_tokens", "unsupported_parameter", "max_completion_tokens_required"),
            ("gpt-5", {"temperature": 0.2}, "temperature", "unsupported_value", "temperature_unsupported"),
            ("gpt-5", {"top_p": 0.5}, "top_p", "unsupported_parameter", "param_unsupported"),
            ("o3-mini", {"parallel_tool_calls": False}, "parallel_tool_calls", "unsupported_parameter", "param_unsupported"),
            ("gpt-4o", {"reasoning_effort": "low"}, None, None, "param_unsupported"),
            ("gpt-4o", {"extra_body": {"num_ctx": 4}}, None, None, "param_unknown"),
            ("gpt-4", {"response_format": SCHEMA}, "response_format", None, "response_format_unsupported"),
            ("gpt-4", {"messages": IMAGE}, "messages", None, "model_no_vision"),
            ("gpt-4", {"messages": [{"role": "user", "content": " a" * 9000}]}, "messages", "context_length_exceeded", "context_length_exceeded"),
            ("gpt-4o", {"max_completion_tokens": 99_999}, "max_completion_tokens", "invalid_value", "max_tokens_too_large"),
        ]:
            with self.subTest(model=model, cause=cause), self.assertRaises(openai.BadRequestError) as raised:
                self.client.chat.completions.create(**{"model": model, "messages": HELLO, **given})
            error = raised.exception
            self.assertEqual((error.param, error.code, error.type), (param, code, "invalid_request_error"))
            self.assertEqual(error.body["diagnosis"]["cause"], cause)
        self.assertEqual(len(self.upstream.requests), 0)

    def test_embeddings_and_responses_are_refused_alike(self):
        with self.assertRaises(openai.BadRequestError) as raised:
            self.client.embeddings.create(model="text-embedding-ada-002", input="a", dimensions=256)
        self.assertEqual((raised.exception.param, raised.exception.code), (None, None))
        self.assertTrue(raised.exception.body["message"].startswith("This model does not support specifying dimensions."))
        with self.assertRaises(openai.BadRequestError) as raised:
            self.client.responses.create(model="gpt-4o", input="a", reasoning={"effort": "low"})
        self.assertEqual((raised.exception.param, raised.exception.code), ("reasoning.effort", "unsupported_parameter"))
        self.assertEqual(len(self.upstream.requests), 0)

    def test_an_adapted_call_is_answered_and_says_what_was_changed(self):
        raw = self.client.chat.completions.with_raw_response.create(
            model="adapted", messages=HELLO, max_tokens=5, temperature=0.2
        )
        self.assertEqual(raw.headers["x-tollgate-adapted"], "max_tokens->max_completion_tokens, temperature dropped")
        self.assertEqual(raw.parse().choices[0].message.content, "Hello.")
        sent = self.upstream.requests[0].json
        self.assertEqual((sent["model"], sent["max_completion_tokens"]), ("gpt-5", 5))
        self.assertFalse({"max_tokens", "temperature"} & set(sent))


if __name__ == "__main__":
    unittest.main()
