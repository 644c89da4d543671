"""Every failure that the sandbox can be asked for, as the official OpenAI Python SDK sees it.

The SDK runs unmodified; only its sleep between two attempts is noted instead of slept. What it raises, and whether it
repeats the call by itself, is the table in docs/triggers.md; message and diagnosis are in triggers.jsonl beside this file.
TRIGGERS_UPDATE=1 writes both anew.
"""

import functools
import json
import os
import re
import subprocess
import unittest
from pathlib import Path
from unittest import mock

import openai
from openai import OpenAI

PAGE = Path(__file__).resolve().parents[5] / "docs" / "triggers.md"
TOLD = Path(__file__).resolve().parent / "triggers.jsonl"
MARK = "<!-- The table is written by "
HELLO = [{"role": "user", "content": "Say hello."}]
HEAD = ["name", "status", "exception", "cause", "repeated"]


def failures():
    command = [os.environ["TOLLGATE_BINARY"], "trigger", "--list", "--json"]
    listed = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=30).stdout)
    return [failure for failure in listed["data"] if failure["sandbox"]]


@functools.cache
def client():
    """One for all calls: making one takes longer than a call."""
    return OpenAI(max_retries=1, timeout=20)


def ask(failure, **headers):
    """Calls once more where the SDK wants to; returns what was raised, and the pauses the SDK would have made."""
    streams = failure["sandbox"]["body"]["stream"] or "middle" in headers.values()
    headers = {**failure["sandbox"]["headers"], **headers}
    with mock.patch("time.sleep") as sleep:
        try:
            answer = client().chat.completions.create(
                model="sandbox", messages=HELLO, stream=streams, extra_headers=headers
            )
            chunks = len(list(answer)) if streams else 0
        except openai.APIError as error:
            return error, [call.args[0] for call in sleep.call_args_list]
    raise AssertionError(f"{failure['name']}: no failure, but {chunks} chunks of {answer}")


def row(failure):
    error, pauses = ask(failure)
    kind = type(error).__name__
    cause = error.body["diagnosis"]["cause"]
    if not isinstance(error, openai.APIStatusError):
        return [failure["name"], "200", kind, cause, "no, the stream had begun"]
    wait = error.response.headers.get("retry-after-ms")
    said = error.response.headers["x-should-retry"]
    assert said == str(bool(pauses)).lower(), (failure["name"], said, pauses)
    assert not pauses or wait is None or pauses == [int(wait) / 1000], (failure["name"], wait, pauses)
    when = f", after {wait} ms" if pauses and wait else ""
    return [failure["name"], str(error.status_code), kind, cause, ("yes" if pauses else "no") + when]


def told(failure):
    """What the SDK gives a program to print, without what differs from run to run."""
    error, _ = ask(failure)
    seen = {
        "name": failure["name"],
        "exception": type(error).__name__,
        "message": error.message,
        "diagnosis": error.body["diagnosis"],
    }
    line = json.dumps(seen, ensure_ascii=False)
    line = line.replace(os.environ["OPENAI_API_KEY"][-4:], "last")
    line = re.sub(r"(req|resp|chatcmpl)_[0-9a-f]{16,}", r"\1_…", line)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", line)


def table(rows):
    line = lambda cells: "| " + " | ".join(cells) + " |"
    shown = [[f"`{name}`", status, f"`{kind}`", f"`{cause}`", when] for name, status, kind, cause, when in rows]
    return "\n".join([line(HEAD), "|" + "---|" * len(HEAD), *map(line, shown)]) + "\n"


class Triggers(unittest.TestCase):
    def test_each_failure_is_what_the_page_says(self):
        page = PAGE.read_text()
        above, rest = page.split(MARK)
        mark, _, _ = rest.partition("\n")

        made = above + MARK + mark + "\n\n" + table(map(row, failures()))

        if os.environ.get("TRIGGERS_UPDATE"):
            PAGE.write_text(made)
        self.maxDiff = None
        self.assertEqual(made, PAGE.read_text())

    def test_message_and_diagnosis_of_each_failure_are_those_of_the_snapshot(self):
        made = "".join(told(failure) + "\n" for failure in failures())

        if os.environ.get("TRIGGERS_UPDATE"):
            TOLD.write_text(made)
        self.maxDiff = None
        self.assertEqual(made.splitlines(), TOLD.read_text().splitlines())

    def test_each_failure_in_the_middle_of_a_stream_is_an_error_with_its_cause(self):
        for failure in failures():
            if "middle" not in failure["moments"]:
                continue
            with self.subTest(failure["name"]):
                error, pauses = ask(failure, **{"x-sandbox-error-at": "middle"})

                self.assertIs(type(error), openai.APIError)
                self.assertIn(error.body["diagnosis"]["cause"], (failure["cause"], "stream_interrupted"))
                self.assertEqual(set(error.body) - {"diagnosis"}, {"message", "type", "param", "code"})
                self.assertEqual(pauses, [])

    def test_a_providers_failure_is_translated_before_the_sdk_sees_it(self):
        failure = next(failure for failure in failures() if failure["name"] == "invalid_api_key")

        error, _ = ask(failure, **{"x-sandbox-fault": "upstream"})

        self.assertIs(type(error), openai.InternalServerError)
        self.assertEqual(error.body["diagnosis"]["cause"], "upstream_credential_rejected")


if __name__ == "__main__":
    unittest.main()
