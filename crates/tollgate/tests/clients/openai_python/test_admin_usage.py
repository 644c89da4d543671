"""Usage of an organization, by the official SDK: every answer is validated strictly, in order and asynchronously."""

import asyncio
import time
import unittest

from administrators import administrator, administrator_later
from gateway import Gateway
from openai import OpenAI

MADE = {"completions": 2, "embeddings": 1, "moderations": 1}
LATEST_S = 10
"""Records are among the sums within a second; this is when a test gives up."""


def requests(page):
    """How many there are on a page, each under the name of its model."""
    results = [result for bucket in page.data for result in bucket.results]
    assert all(result.model for result in results), page
    return sum(result.num_model_requests for result in results)


class Usage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = cls.enterClassContext(Gateway())
        client = OpenAI(base_url=cls.gateway.api_base, api_key=cls.gateway.key)
        cls.asked = {"start_time": int(time.time()) - 60, "group_by": ["model"]}
        for _ in range(2):
            client.chat.completions.create(model="sandbox", messages=[{"role": "user", "content": "hi"}])
        client.embeddings.create(model="sandbox-embedding", input="hi")
        client.moderations.create(input="hi")

    def test_what_was_used_is_added_up_by_kind(self):
        usage = administrator(self.gateway).usage
        deadline, counts = time.monotonic() + LATEST_S, {}
        while time.monotonic() < deadline and counts != MADE:
            counts = {kind: requests(getattr(usage, kind)(**self.asked)) for kind in MADE}

        self.assertEqual(counts, MADE)

    def test_the_asynchronous_client_is_told_the_same(self):
        async def told():
            deadline, counts = time.monotonic() + LATEST_S, {}
            async with administrator_later(self.gateway) as admin:
                while time.monotonic() < deadline and counts != MADE:
                    pages = await asyncio.gather(*(getattr(admin.usage, kind)(**self.asked) for kind in MADE))
                    counts = dict(zip(MADE, map(requests, pages)))
            return counts

        self.assertEqual(asyncio.run(told()), MADE)


if __name__ == "__main__":
    unittest.main()
