"""Traps of paths, headers and clients (docs/compatibility.md, 34 to 46), byte for byte."""

import os
import unittest

from gateway import Gateway
from upstream import Reply, Upstream, completion
from wire import Wire

HELLO = [{"role": "user", "content": "Say hello."}]
BODY = {"model": "sandbox", "messages": HELLO}


def sandbox(key=None):
    return Wire(os.environ["OPENAI_BASE_URL"], key or os.environ["OPENAI_API_KEY"])


class Paths(unittest.TestCase):
    def test_without_v1_it_works_and_twice_is_told(self):
        self.assertEqual(sandbox().ask("POST", "/chat/completions", BODY).status, 200)
        for path, cause in {
            "/v1/chat/completions/chat/completions": "base_url_includes_path",
            "/v1/v1/chat/completions": "base_url_double_v1",
        }.items():
            answer = sandbox().ask("POST", path, BODY)

            self.assertEqual((answer.status, answer.cause), (404, cause))
            self.assertTrue(answer.json["error"]["message"].startswith(f"Invalid URL (POST {path})"))

    def test_the_list_of_models_tests_a_connection_and_its_key(self):
        self.assertEqual(sandbox().get("/v1/models").status, 200)
        self.assertEqual(sandbox().get("/models/sandbox").json["id"], "sandbox")
        self.assertEqual(sandbox().get("/v1/models", authorization="Bearer ").cause, "key_empty")

    def test_a_model_s_name_may_have_slashes(self):
        settings = "[models.'Qwen/Qwen2.5-7B']\ndeployments = [{ provider = 'sandbox', model = 'sandbox' }]\n"
        with Gateway({}, settings) as gateway:
            answer = Wire(gateway.api_base, gateway.key).get("/v1/models/Qwen/Qwen2.5-7B")

        self.assertEqual(answer.json["id"], "Qwen/Qwen2.5-7B")

    def test_azure_s_way_is_refused_with_what_to_do(self):
        key = os.environ["OPENAI_API_KEY"]
        named = sandbox().post("chat/completions", BODY, authorization=None, api_key=key)
        path = "/openai/deployments/sandbox/chat/completions?api-version=2024-10-21"
        by_path = sandbox().ask("POST", path, BODY, {"authorization": None, "api-key": key})

        self.assertEqual((named.status, named.cause), (401, "auth_header_wrong_name"))
        self.assertEqual(by_path.status, 404)
        self.assertNotIn(key, named.body.decode() + by_path.body.decode())


class Headers(unittest.TestCase):
    def test_a_content_type_may_name_its_characters(self):
        for kind in ("application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"):
            self.assertEqual(sandbox().post("chat/completions", BODY, content_type=kind).status, 200, kind)

    def test_organization_and_project_are_checked_and_stay_here(self):
        with Upstream(lambda request: Reply(200, completion())) as upstream, Gateway({"one": upstream.url}) as gateway:
            wire = Wire(gateway.api_base, gateway.key)
            mine = wire.get("/v1/models").headers["openai-organization"]
            asked = {"model": "one", "messages": HELLO}
            right = wire.post("chat/completions", asked, openai_organization=mine)
            wrong = wire.post("chat/completions", asked, openai_project="proj_other")
            sent = upstream.requests

        self.assertEqual((right.status, wrong.status, wrong.json["error"]["code"]), (200, 401, "mismatched_project"))
        self.assertEqual(len(sent), 1)
        self.assertFalse([name for name in sent[0].headers if name.startswith("openai-")])

    def test_an_empty_organization_is_none(self):
        answer = sandbox().get("/v1/models", openai_organization="", openai_project="")

        self.assertEqual(answer.status, 200)

    def test_keys_of_a_wrong_shape_are_diagnosed(self):
        causes = {
            '"sk-tg-abc"': "key_quoted",
            "undefined": "key_undefined",
            "null": "key_undefined",
            "sk-or-v1-" + "0" * 64: "key_wrong_provider",
            "https://api.example.com/v1": "key_not_a_key",
            "YOUR_API_KEY": "key_placeholder",
            "Bearer sk-tg-abc": "key_double_bearer",
        }
        for key, cause in causes.items():
            self.assertEqual(sandbox(key).get("/v1/models").cause, cause, key)

    def test_a_browser_may_call_where_that_is_set(self):
        preflight = {
            "origin": "https://app.example.com",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,x-stainless-lang",
        }
        with Gateway({}, "[cors]\norigins = ['https://app.example.com']\n") as gateway:
            wire = Wire(gateway.api_base, gateway.key)
            asked = wire.ask("OPTIONS", "/v1/chat/completions", None, {**preflight, "authorization": None})
            answered = wire.post("chat/completions", BODY, origin="https://app.example.com")
        refused = sandbox().ask("OPTIONS", "/v1/chat/completions", None, {**preflight, "authorization": None})

        self.assertEqual(asked.headers["access-control-allow-origin"], "https://app.example.com")
        allowed = asked.headers["access-control-allow-headers"].lower()
        self.assertTrue(allowed == "*" or "authorization" in allowed and "x-stainless-lang" in allowed, allowed)
        self.assertEqual(answered.headers["access-control-allow-origin"], "https://app.example.com")
        self.assertNotIn("access-control-allow-origin", refused.headers)


class Cursor(unittest.TestCase):
    def test_a_body_of_responses_sent_to_chat_is_told_what_it_lacks(self):
        answer = sandbox().post("chat/completions", {"model": "sandbox", "input": "hi", "stream": True})

        self.assertEqual(answer.status, 400)
        self.assertIn("messages", answer.body.decode())


if __name__ == "__main__":
    unittest.main()
