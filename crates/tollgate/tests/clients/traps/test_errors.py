"""Traps of errors and limits (docs/compatibility.md, 24 to 33), byte for byte."""

import os
import unittest

from gateway import Gateway
from upstream import Reply, Upstream
from wire import Wire

HELLO = [{"role": "user", "content": "Say hello."}]
MEMBERS = {"message", "type", "param", "code"}


def sandbox(key=None):
    return Wire(os.environ["OPENAI_BASE_URL"], key or os.environ["OPENAI_API_KEY"])


class Own(unittest.TestCase):
    def test_a_missing_key_is_401_with_a_whole_error(self):
        for headers in ({"authorization": None}, {"authorization": ""}, {"authorization": "Bearer "}):
            answer = sandbox().post("chat/completions", {"model": "sandbox", "messages": HELLO}, **headers)

            self.assertEqual(answer.status, 401)
            self.assertEqual(set(answer.json["error"]) - {"diagnosis"}, MEMBERS)

    def test_a_refusal_shows_nothing_of_the_inside(self):
        key = "sk-tg-" + "a" * 50
        said = sandbox(key).get("/v1/models").body.decode().lower()

        self.assertNotIn(key, said)
        for inside in ("sqlite", "sha", "table", "panicked", "select ", "hash"):
            self.assertNotIn(inside, said)

    def test_missing_scopes_are_named(self):
        scoped = sandbox(os.environ["TOLLGATE_SCOPED_KEY"])
        answer = scoped.post("embeddings", {"model": "sandbox-embedding", "input": "hi"})

        self.assertEqual(answer.status, 401)
        self.assertIn("Missing scopes: api.embeddings.write", answer.json["error"]["message"])

    def test_every_answer_has_an_id(self):
        answers = [
            sandbox().get("/v1/models"),
            sandbox().get("/v1/no/such/path"),
            sandbox("sk-wrong").get("/v1/models"),
            sandbox().post("chat/completions", b"{"),
        ]

        self.assertTrue(all(answer.headers["x-request-id"].startswith("req_") for answer in answers))
        self.assertEqual(len({answer.headers["x-request-id"] for answer in answers}), len(answers))


class Provider(unittest.TestCase):
    """What another server's failures look like through the gateway, which makes one attempt."""

    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream(lambda request: cls.reply))
        settings = "[retry]\nattempts = 1\n[breaker]\nfailures = 0\n[cors]\norigins = ['*']\n"
        gateway = cls.enterClassContext(Gateway({"one": cls.upstream.url}, settings))
        cls.wire = Wire(gateway.api_base, gateway.key)

    def answered(self, *reply, **headers):
        type(self).reply = Reply(*reply)
        return self.wire.post("chat/completions", {"model": "one", "messages": HELLO}, **headers)

    def test_errors_of_another_form_become_openai_s(self):
        forms = [
            (422, {"detail": [{"loc": ["body", "messages"], "msg": "field required"}]}),
            (400, {"object": "error", "message": "too long", "type": "BadRequestError", "param": None, "code": 400}),
            (500, b"<html><body>502 Bad Gateway</body></html>"),
            (503, b""),
        ]
        for status, body in forms:
            answer = self.answered(status, body)

            self.assertEqual(answer.status, status)
            self.assertEqual(set(answer.json["error"]) - {"diagnosis"}, MEMBERS, body)
            self.assertNotIsInstance(answer.json["error"]["code"], int)

    def test_a_success_that_holds_nothing_is_a_failure(self):
        for body in (b"null", b"", b"{}x"):
            answer = self.answered(200, body)

            self.assertEqual(answer.status, 502, body)
            self.assertEqual(set(answer.json["error"]) - {"diagnosis"}, MEMBERS)

    def test_a_message_that_clients_match_on_gets_nothing_appended(self):
        error = {"message": "Rate limit reached for m in organization o", "type": "requests", "param": None, "code": "x"}
        answer = self.answered(429, {"error": error}).json["error"]

        self.assertEqual({name: answer[name] for name in MEMBERS}, error)

    def test_a_limit_carries_its_wait_where_browsers_can_read_it(self):
        answer = self.answered(
            429, {"error": {"message": "No.", "type": "requests", "param": None, "code": None}}, {"retry-after": "7"},
            origin="https://app.example.com",
        )

        self.assertEqual((answer.headers["retry-after"], answer.headers["x-should-retry"]), ("7", "true"))
        exposed = answer.headers["access-control-expose-headers"]
        self.assertTrue(exposed == "*" or {"retry-after", "x-request-id"} <= set(exposed.lower().split(", ")), exposed)

    def test_a_limit_without_a_wait_gets_none_that_is_made_up(self):
        answer = self.answered(429, {"error": {"message": "No.", "type": "requests", "param": None, "code": None}})

        self.assertEqual(answer.headers["x-should-retry"], "true")

    def test_a_provider_s_own_figures_of_limits_stay_away(self):
        figures = {"x-ratelimit-remaining-requests": "-1", "x-ratelimit-limit-tokens": "0"}
        answer = self.answered(400, {"error": {"message": "No.", "type": "a", "param": None, "code": None}}, figures)

        self.assertEqual([name for name in answer.headers if name.startswith("x-ratelimit")], [])

    def test_a_spent_quota_says_not_to_ask_again(self):
        for code in ("insufficient_quota", "billing_hard_limit_reached"):
            error = {"message": "You exceeded your current quota.", "type": code, "param": None, "code": code}
            answer = self.answered(429, {"error": error})

            self.assertEqual((answer.status, answer.headers["x-should-retry"]), (429, "false"))
            self.assertNotIn("retry-after", answer.headers)

    def test_an_overload_stays_one(self):
        error = {"message": "Overloaded.", "type": "service_unavailable_error", "param": None, "code": "server_is_overloaded"}
        answer = self.answered(503, {"error": error})

        self.assertEqual((answer.status, answer.json["error"]["code"]), (503, "server_is_overloaded"))


if __name__ == "__main__":
    unittest.main()
