"""OpenAI's Admin API by the official SDK, unmodified: every answer is validated strictly, in order and asynchronously.

Each operation is looked at by what it changes, not by what it answers.
"""

import asyncio
import unittest

import openai
from administrators import administrator, administrator_later
from gateway import Gateway


class Admin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = cls.enterClassContext(Gateway())
        cls.admin = administrator(cls.gateway)

    def test_a_project_walks_from_its_making_to_the_archive(self):
        projects = self.admin.projects

        made = projects.create(name="walk")
        self.assertEqual(projects.retrieve(made.id), made)
        renamed = projects.update(made.id, name="walked")
        archived = projects.archive(made.id)

        self.assertEqual((renamed.name, archived.status), ("walked", "archived"))
        self.assertNotIn(made.id, [project.id for project in projects.list()])
        self.assertIn(made.id, [project.id for project in projects.list(include_archived=True)])

    def test_an_admin_key_works_until_it_is_deleted(self):
        keys = self.admin.admin_api_keys

        made = keys.create(name="ci", expires_in_seconds=600)
        other = administrator(self.gateway, made.value)
        self.assertEqual(other.admin_api_keys.retrieve(made.id).name, "ci")
        deleted = keys.delete(made.id)

        self.assertTrue(deleted.deleted)
        with self.assertRaises(openai.AuthenticationError) as refused:
            other.projects.list()
        self.assertEqual(refused.exception.body["diagnosis"]["cause"], "key_invalid")

    def test_the_asynchronous_client_does_the_same(self):
        async def walk():
            async with administrator_later(self.gateway) as admin:
                made = await admin.projects.create(name="later")
                return made, [project async for project in admin.projects.list(limit=1)]

        made, listed = asyncio.run(walk())

        self.assertIn(made.id, [project.id for project in listed])

    def test_a_project_s_key_administers_nothing_and_is_told_so(self):
        with self.assertRaises(openai.AuthenticationError) as refused:
            administrator(self.gateway, self.gateway.key).projects.list()

        self.assertEqual(refused.exception.body["diagnosis"]["cause"], "serving_key_on_admin")


if __name__ == "__main__":
    unittest.main()
