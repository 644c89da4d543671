"""Everything that /openapi.json describes, called with values on and beyond its bounds by schemathesis.

No answer may be a 5xx, have a status that is not described, or another shape; nothing may answer without a key.
"""

import subprocess
import sys
import tempfile
import unittest

from gateway import Gateway

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "use_after_free",
)


class Description(unittest.TestCase):
    def test_what_is_described_is_what_answers(self):
        with Gateway() as gateway, tempfile.TemporaryDirectory() as directory:
            ran = subprocess.run(
                [
                    *(sys.executable, "-m", "schemathesis.cli", "run", gateway.api_base.removesuffix("/v1") + "/openapi.json"),
                    *("--header", f"Authorization: Bearer {gateway.admin_key}", "--checks", ",".join(CHECKS)),
                    *("--exclude-tag", "tollgate", "--seed", "1", "--max-examples", "8", "--no-shrink"),
                    # Its own key must not be among what it deletes.
                    *("--exclude-operation-id", "admin-api-keys-delete", "--suppress-health-check", "all"),
                ],
                cwd=directory,
                capture_output=True,
                text=True,
                timeout=140,
            )

        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        print(*(line.strip() for line in ran.stdout.splitlines() if " generated, " in line or "Tested:" in line))


if __name__ == "__main__":
    unittest.main()
