"""curl, as documentation shows it."""

import base64
import json
import os
import subprocess
import unittest

import page

BASE = os.environ["OPENAI_BASE_URL"]
KEY = os.environ["OPENAI_API_KEY"]
HELLO = {"model": "sandbox", "messages": [{"role": "user", "content": "Say hello."}]}
BEARER = ("-H", f"Authorization: Bearer {KEY}")
JSON = ("-H", "Content-Type: application/json")


def curl(path, *arguments, body=None):
    """Exit code and output of `curl -sS BASE/path …`."""
    data = () if body is None else ("-d", json.dumps(body))
    command = ["curl", "-sS", "-m", "20", f"{BASE}/{path}", *arguments, *data]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout


class Chat(unittest.TestCase):
    def test_an_answer(self):
        code, output = curl("chat/completions", *BEARER, *JSON, body=HELLO)

        self.assertEqual(code, 0)
        self.assertTrue(json.loads(output)["choices"][0]["message"]["content"])

    def test_a_stream(self):
        code, output = curl("chat/completions", "-N", *BEARER, *JSON, body={**HELLO, "stream": True})

        self.assertEqual(code, 0)
        self.assertTrue(output.startswith("data: {"))
        self.assertTrue(output.endswith("data: [DONE]\n\n"))

    def test_by_http_2_and_by_http_1_0(self):
        for version in ("--http2-prior-knowledge", "--http1.0"):
            code, output = curl("chat/completions", version, *BEARER, *JSON, body=HELLO)

            self.assertEqual((code, json.loads(output)["object"]), (0, "chat.completion"))

    def test_an_answer_where_compression_is_offered(self):
        code, output = curl("chat/completions", "--compressed", *BEARER, *JSON, body=HELLO)

        self.assertEqual((code, json.loads(output)["object"]), (0, "chat.completion"))

    def test_a_body_in_pieces_with_expect(self):
        arguments = ("-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue")
        code, output = curl("chat/completions", *arguments, *BEARER, *JSON, body=HELLO)

        self.assertEqual((code, json.loads(output)["object"]), (0, "chat.completion"))

    def test_models(self):
        code, output = curl("models", *BEARER)

        self.assertIn("sandbox", [model["id"] for model in json.loads(output)["data"]])

    def test_json_sets_the_type_by_itself(self):
        code, output = curl("chat/completions", *BEARER, "--json", json.dumps(HELLO))

        self.assertEqual((code, json.loads(output)["object"]), (0, "chat.completion"))


class Page(unittest.TestCase):
    def test_the_example_of_the_page_runs(self):
        command = page.example("curl", "bash")
        output = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20).stdout

        self.assertTrue(output.endswith("data: [DONE]\n\n"))


class Failures(unittest.TestCase):
    def test_fail_ends_with_22_and_says_nothing(self):
        self.assertEqual(curl("chat/completions", "--fail", *JSON, body=HELLO), (22, ""))

    def test_fail_with_body_ends_with_22_and_shows_it(self):
        code, output = curl("chat/completions", "--fail-with-body", *JSON, body=HELLO)

        self.assertEqual((code, json.loads(output)["error"]["diagnosis"]["cause"]), (22, "key_missing"))

    def test_a_stream_that_is_refused_is_plain_json(self):
        code, output = curl("chat/completions", "-N", "-f", *BEARER, *JSON, body={**HELLO, "model": "no", "stream": True})

        self.assertEqual((code, output), (22, ""))

    def test_without_a_content_type_the_answer_says_how(self):
        code, output = curl("chat/completions", *BEARER, body=HELLO)
        error = json.loads(output)["error"]

        self.assertEqual(error["diagnosis"]["cause"], "content_type_wrong")
        self.assertIn("application/json", error["message"])

    def test_a_key_as_user_name_is_named(self):
        code, output = curl("models", "-u", f"{KEY}:")
        error = json.loads(output)["error"]

        self.assertEqual(error["diagnosis"]["cause"], "auth_scheme_basic")
        self.assertNotIn(base64.b64encode(f"{KEY}:".encode()).decode(), output)

    def test_a_quoted_shell_variable_is_named(self):
        code, output = curl("models", "-H", "Authorization: Bearer $OPENAI_API_KEY")

        self.assertEqual(json.loads(output)["error"]["code"], "invalid_api_key")


if __name__ == "__main__":
    unittest.main()
