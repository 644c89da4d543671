"""Usage of an organization, by the official SDK: every answer is validated strictly."""

import time
import unittest

from gateway import Gateway
from openai import OpenAI
from test_admin import administrator


class Usage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = cls.enterClassContext(Gateway())
        cls.admin = administrator(cls.gateway)

    def test_what_was_used_is_added_up_by_kind(self):
        client = OpenAI(base_url=self.gateway.api_base, api_key=self.gateway.key)
        since = int(time.time()) - 60
        for _ in range(2):
            client.chat.completions.create(model="sandbox", messages=[{"role": "user", "content": "hi"}])
        client.embeddings.create(model="sandbox-embedding", input="hi")
        client.moderations.create(input="hi")

        deadline = time.monotonic() + 10
        counts = {}
        while time.monotonic() < deadline and counts != {"completions": 2, "embeddings": 1, "moderations": 1}:
            for kind in ("completions", "embeddings", "moderations"):
                page = getattr(self.admin.usage, kind)(start_time=since, group_by=["model"])
                results = [result for bucket in page.data for result in bucket.results]
                counts[kind] = sum(result.num_model_requests for result in results)
                self.assertTrue(all(result.model for result in results))

        self.assertEqual(counts, {"completions": 2, "embeddings": 1, "moderations": 1})


if __name__ == "__main__":
    unittest.main()
