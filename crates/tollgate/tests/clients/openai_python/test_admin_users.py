"""Users of an organization and of its projects, by the official SDK: every answer is validated strictly."""

import asyncio
import unittest

import openai
from administrators import administrator, administrator_later
from gateway import Gateway


class Users(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = cls.enterClassContext(Gateway())
        cls.admin = administrator(cls.gateway)

    def test_the_first_owner_is_listed_retrieved_and_stays(self):
        [owner] = self.admin.users.list(emails=["owner@localhost"])
        self.assertEqual(self.admin.users.retrieve(owner.id), owner)
        self.assertEqual(self.admin.users.update(owner.id, technical_level="expert").technical_level, "expert")

        for refused in (lambda: self.admin.users.delete(owner.id), lambda: self.admin.users.update(owner.id, role="reader")):
            with self.assertRaises(openai.ConflictError):
                refused()
        self.assertEqual(self.admin.users.retrieve(owner.id).role, "owner")

    def test_a_user_walks_into_a_project_and_out_of_it(self):
        [owner] = self.admin.users.list(emails=["owner@localhost"])
        project = self.admin.projects.create(name="walk of a user")
        users = self.admin.projects.users

        added = users.create(project.id, email=owner.email, role="member")
        self.assertEqual(users.retrieve(added.id, project_id=project.id), added)
        changed = users.update(added.id, project_id=project.id, role="owner")
        self.assertEqual([(user.id, user.role) for user in users.list(project.id)], [(owner.id, "owner")])
        self.assertIn(project.id, [one.id for one in self.admin.users.retrieve(owner.id).projects.data])
        deleted = users.delete(added.id, project_id=project.id)

        self.assertEqual((changed.role, deleted.deleted), ("owner", True))
        self.assertEqual(list(users.list(project.id)), [])

    def test_the_asynchronous_client_does_the_same(self):
        async def walk():
            async with administrator_later(self.gateway) as admin:
                [owner] = [user async for user in admin.users.list(limit=1)]
                project = await admin.projects.create(name="walk later")
                await admin.projects.users.create(project.id, user_id=owner.id, role="owner")
                return owner, [user async for user in admin.projects.users.list(project.id)]

        owner, listed = asyncio.run(walk())

        self.assertEqual([(user.id, user.role) for user in listed], [(owner.id, "owner")])


if __name__ == "__main__":
    unittest.main()
