"""docs/compatibility.md names a test, or says why there is none yet, for each of the 46 traps."""

import re
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent.parent
PAGE = TESTS.parent.parent.parent / "docs" / "compatibility.md"


def rows():
    return re.findall(r"^\| (\d+) \| (.*) \|$", PAGE.read_text(), re.M)


class Page(unittest.TestCase):
    def test_every_trap_is_on_it(self):
        self.assertEqual([int(number) for number, _ in rows()], list(range(1, 47)))

    def test_every_test_that_it_names_exists(self):
        there = "".join(file.read_text() for kind in ("*.py", "*.rs") for file in TESTS.rglob(kind))
        for number, row in rows():
            named = re.findall(r"`((?:test_)?[a-z0-9]+(?:_[a-z0-9]+){4,})`", row.rsplit("|", 1)[1])

            self.assertTrue(named, number)
            for name in named:
                self.assertRegex(there, rf"\b(?:def|fn) {name}\(", number)


if __name__ == "__main__":
    unittest.main()
