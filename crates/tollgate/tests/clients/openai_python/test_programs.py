"""Programs that really make a caller's mistake, run by `tollgate trigger` with this SDK, and explained from what they print."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

BINARY = os.environ["TOLLGATE_BINARY"]


def trigger(*arguments, path):
    environment = {**os.environ, "PATH": path}
    return subprocess.run([BINARY, "trigger", *arguments], env=environment, capture_output=True, text=True, timeout=60)


def programs():
    listed = json.loads(trigger("--list", "--json", path=os.environ["PATH"]).stdout)["data"]
    return [entry for entry in listed if entry["program"] and entry["program"]["language"] == "python"]


class Programs(unittest.TestCase):
    def test_each_makes_its_mistake_and_is_explained_by_what_it_prints(self):
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.assertGreater(len(programs()), 5)
        for entry in programs():
            with self.subTest(entry["name"]):
                done = trigger(entry["name"], "--json", path=path)

                seen = json.loads(done.stdout)
                self.assertEqual((seen["cause"], done.returncode), (entry["cause"], 0), seen["body"])
                self.assertGreaterEqual(seen["diagnosis"]["confidence"], 0.5, seen["diagnosis"])
                self.assertIn("openai", seen["body"])

    def test_without_an_interpreter_the_program_is_printed_and_the_command_fails(self):
        done = trigger("key_not_configured", path="/nowhere")

        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("client = openai.OpenAI()", done.stdout)
        self.assertIn("was not made to happen: python3 cannot be run", done.stderr)


if __name__ == "__main__":
    unittest.main()
