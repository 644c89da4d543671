"""How failures look to the current official Python SDK: the class that is raised, and how often it asks again.

A provider behind the gateway does as told. The gateway itself makes one attempt, so that every request of the SDK is one
there.
"""

import asyncio
import os
import socket
import time
import unittest

import failures
import openai
from gateway import Gateway
from openai import AsyncOpenAI, OpenAI
from upstream import Reply, Upstream, chunk, completion, events

HELLO = [{"role": "user", "content": "Say hello."}]
ONE_ATTEMPT = "[retry]\nattempts = 1\n[breaker]\nfailures = 0\n"


def refusal(kind="invalid_request_error", code=None):
    return {"error": {"message": "No.", "type": kind, "param": None, "code": code}}


class Behind(unittest.TestCase):
    """A gateway before a provider that answers with `self.reply`."""

    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream(lambda request: cls.answer(request)))
        cls.gateway = cls.enterClassContext(Gateway({"one": cls.upstream.url}, ONE_ATTEMPT))

    def setUp(self):
        self.upstream.requests.clear()

    def client(self, **options):
        options = {"max_retries": 0, "timeout": 20, **options}
        return OpenAI(base_url=self.gateway.api_base, api_key=self.gateway.key, **options)

    def caught(self, kind, answer, max_retries=0, **options):
        """The error of a chat where the provider answers so; it must be of exactly that class."""
        type(self).answer = staticmethod(lambda request: answer)
        with self.assertRaises(kind) as caught:
            self.client(max_retries=max_retries).chat.completions.create(model="one", messages=HELLO, **options)
        self.assertIs(type(caught.exception), kind)
        return caught.exception


class Classes(Behind):
    def test_each_status_raises_its_class(self):
        classes = {
            400: openai.BadRequestError,
            404: openai.NotFoundError,
            408: openai.APIStatusError,
            409: openai.ConflictError,
            413: openai.APIStatusError,
            415: openai.APIStatusError,
            422: openai.UnprocessableEntityError,
            429: openai.RateLimitError,
            500: openai.InternalServerError,
            503: openai.InternalServerError,
            504: openai.InternalServerError,
        }
        for status, kind in classes.items():
            with self.subTest(status=status):
                error = self.caught(kind, Reply(status, refusal()))

                self.assertEqual((error.status_code, error.type, error.param), (status, "invalid_request_error", None))
                self.assertTrue(error.request_id.startswith("req_"))

    def test_a_provider_that_refuses_the_gateway_is_not_the_caller_s_fault(self):
        for status in (401, 403):
            error = self.caught(openai.InternalServerError, Reply(status, refusal(code="invalid_api_key")))

            self.assertEqual((error.status_code, error.code), (502, None))

    def test_the_caller_s_own_refusals_raise_their_classes(self):
        scoped = os.environ["TOLLGATE_SCOPED_KEY"]
        cases = [
            (openai.AuthenticationError, OpenAI(api_key="sk-wrong-0123456789abcdef", max_retries=0)),
            (openai.AuthenticationError, OpenAI(organization="org-other", max_retries=0)),
            (openai.AuthenticationError, OpenAI(project="proj_other", max_retries=0)),
            (openai.AuthenticationError, OpenAI(api_key=scoped, max_retries=0)),
        ]
        for kind, client in cases:
            with self.assertRaises(kind):
                client.chat.completions.create(model="sandbox", messages=HELLO)

    def test_wrong_parameters_and_models_raise_their_classes(self):
        client = OpenAI(max_retries=0)
        with self.assertRaises(openai.BadRequestError) as wrong:
            client.chat.completions.create(model="sandbox", messages=HELLO, n=0)
        with self.assertRaises(openai.NotFoundError):
            client.chat.completions.create(model="no-such-model", messages=HELLO)
        with self.assertRaises(openai.NotFoundError):
            client.models.retrieve("no-such-model")
        with self.assertRaises(openai.NotFoundError):
            client.post("/no/such/path", cast_to=object)
        with self.assertRaises(openai.APIStatusError) as method:
            client.get("/chat/completions", cast_to=object)

        self.assertEqual((wrong.exception.param, method.exception.status_code), ("n", 405))

    def test_nobody_at_the_address_is_a_connection_error(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
            with self.assertRaises(openai.APIConnectionError):
                OpenAI(base_url=url, max_retries=0).models.list()

    def test_a_caller_s_own_timeout_is_a_timeout_error(self):
        began = time.monotonic()
        with self.assertRaises(openai.APITimeoutError):
            OpenAI(max_retries=0, timeout=0.05).chat.completions.create(model="sandbox-slow", messages=HELLO)

        self.assertLess(time.monotonic() - began, 5)

    def test_an_error_in_the_middle_of_a_stream_is_raised(self):
        pieces = events(chunk({"content": "hel"}), {"error": {"message": "Gone.", "type": "server_error"}}, end=None)
        type(self).answer = staticmethod(lambda request: Reply(200, pieces))
        stream = self.client().chat.completions.create(model="one", messages=HELLO, stream=True)
        arrived = []
        with self.assertRaises(openai.APIError) as caught:
            for piece in stream:
                arrived.append(piece.choices[0].delta.content)

        self.assertEqual((arrived, caught.exception.message), (["hel"], "Gone."))

    def test_a_stream_that_breaks_off_is_raised_and_explained(self):
        type(self).answer = staticmethod(lambda request: Reply(200, events(chunk({"content": "hel"}), end=None)))
        stream = self.client().chat.completions.create(model="one", messages=HELLO, stream=True)
        with self.assertRaises(openai.APIError) as caught:
            list(stream)

        self.assertEqual(caught.exception.body["diagnosis"]["cause"], "stream_interrupted")

    def test_an_error_before_a_stream_has_its_status(self):
        error = self.caught(openai.RateLimitError, Reply(429, refusal("requests", "rate_limit_exceeded")), stream=True)

        self.assertEqual((error.code, error.type), ("rate_limit_exceeded", "requests"))


class Retries(Behind):
    def asked(self, answer, **options):
        """How often the provider was asked until the SDK gave up, and how long that took."""
        began = time.monotonic()
        self.caught(options.pop("kind", openai.RateLimitError), answer, **options)
        return len(self.upstream.requests), time.monotonic() - began

    def test_a_limit_is_asked_again_after_the_time_it_names(self):
        limited = Reply(429, refusal("requests", "rate_limit_exceeded"), {"retry-after-ms": "60"})
        asked, seconds = self.asked(limited, max_retries=2)

        self.assertEqual(asked, 3)
        self.assertGreaterEqual(seconds, 0.12)
        # Without the header the SDK would wait at least 0.375 s, then 0.75 s.
        self.assertLess(seconds, 1.1)

    def test_seconds_are_kept_too(self):
        asked, seconds = self.asked(Reply(429, refusal("requests"), {"retry-after": "1"}), max_retries=1)

        self.assertEqual(asked, 2)
        self.assertGreaterEqual(seconds, 1)

    def test_a_spent_quota_is_not_asked_again(self):
        asked, _ = self.asked(Reply(429, refusal("insufficient_quota", "insufficient_quota")), max_retries=3)

        self.assertEqual(asked, 1)

    def test_a_wait_of_minutes_is_not_waited_for(self):
        asked, seconds = self.asked(Reply(429, refusal("requests"), {"retry-after": "300"}), max_retries=3)

        self.assertEqual(asked, 1)
        self.assertLess(seconds, 5)

    def test_a_refusal_of_the_request_is_not_asked_again(self):
        asked, _ = self.asked(Reply(400, refusal()), kind=openai.BadRequestError, max_retries=3)

        self.assertEqual(asked, 1)

    def test_a_failure_that_passes_is_never_seen(self):
        left = [Reply(500, refusal("server_error")), Reply(200, completion())]
        type(self).answer = staticmethod(lambda request: left.pop(0))
        answer = self.client(max_retries=2).chat.completions.create(model="one", messages=HELLO)

        self.assertEqual((answer.choices[0].message.content, len(self.upstream.requests)), ("hello", 2))

    def test_the_asynchronous_client_does_the_same(self):
        limited = Reply(429, refusal("requests"), {"retry-after-ms": "20"})
        type(self).answer = staticmethod(lambda request: limited)

        async def ask():
            url, key = self.gateway.api_base, self.gateway.key
            async with AsyncOpenAI(base_url=url, api_key=key, max_retries=1) as client:
                await client.chat.completions.create(model="one", messages=HELLO)

        with self.assertRaises(openai.RateLimitError):
            asyncio.run(ask())
        self.assertEqual(len(self.upstream.requests), 2)


class Azure(unittest.TestCase):
    def test_its_client_is_told_the_path(self):
        host = os.environ["OPENAI_BASE_URL"].removesuffix("/v1")
        key = os.environ["OPENAI_API_KEY"]
        client = openai.AzureOpenAI(azure_endpoint=host, api_key=key, api_version="2024-10-21", max_retries=0)
        with self.assertRaises(openai.NotFoundError) as caught:
            client.chat.completions.create(model="sandbox", messages=HELLO)

        self.assertIn("/v1/chat/completions", caught.exception.message)


class OnDemand(unittest.TestCase):
    """Failures of the sandbox, with the SDK's own number of retries."""

    def failed(self, model, **options):
        return failures.failure(
            model, lambda model: list(OpenAI().chat.completions.create(model=model, messages=HELLO, **options))
        )

    def test_what_passes_is_asked_three_times_and_what_does_not_once(self):
        for model, kind, times in [
            (failures.LIMITED, openai.RateLimitError, 3),
            (failures.BROKEN, openai.InternalServerError, 3),
            (failures.SPENT, openai.RateLimitError, 1),
            (failures.REFUSED, openai.AuthenticationError, 1),
        ]:
            with self.subTest(model=model):
                error, asked = self.failed(model)

                self.assertEqual((type(error), asked), (kind, times))

    def test_the_same_holds_before_a_stream_and_nothing_is_asked_again_amid_one(self):
        limited, asked = self.failed(failures.LIMITED, stream=True)
        cut, once = self.failed(failures.CUT, stream=True)

        self.assertEqual((type(limited), asked), (openai.RateLimitError, 3))
        self.assertEqual((type(cut), once), (openai.APIError, 1))


class Options(Behind):
    def test_headers_of_the_caller_stay_here(self):
        type(self).answer = staticmethod(lambda request: Reply(200, completion()))
        client = self.client(default_headers={"x-team": "search", "cookie": "a=b"}, default_query={"debug": "1"})
        client.chat.completions.create(model="one", messages=HELLO, extra_headers={"x-trace": "t"})

        [request] = self.upstream.requests
        self.assertEqual(request.path, "/v1/chat/completions")
        self.assertFalse({"x-team", "x-trace", "cookie", "authorization"} & set(request.headers))

    def test_the_caller_s_organization_and_project_are_accepted_and_stay_here(self):
        type(self).answer = staticmethod(lambda request: Reply(200, completion()))
        mine = self.client().models.with_raw_response.list().headers["openai-organization"]
        self.client(organization=mine).chat.completions.create(model="one", messages=HELLO)

        self.assertNotIn("openai-organization", self.upstream.requests[0].headers)

    def test_an_unknown_member_reaches_the_provider(self):
        type(self).answer = staticmethod(lambda request: Reply(200, completion()))
        self.client().chat.completions.create(model="one", messages=HELLO, extra_body={"top_k": 3})

        self.assertEqual(self.upstream.requests[0].json["top_k"], 3)

    def test_many_at_once_on_one_client_are_answered(self):
        async def ask():
            async with AsyncOpenAI(max_retries=0) as client:
                create = client.embeddings.create
                return await asyncio.gather(*(create(model="sandbox-embedding", input=f"text {n}") for n in range(40)))

        self.assertEqual({len(answer.data[0].embedding) for answer in asyncio.run(ask())}, {1536})


if __name__ == "__main__":
    unittest.main()
