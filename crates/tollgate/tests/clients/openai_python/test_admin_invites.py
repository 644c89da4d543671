"""Invites, and what comes of them, by the official SDK: every answer of OpenAI's own paths is validated strictly.

What OpenAI's API lacks (accepting, sessions, organizations) is called through the SDK's raw requests.
"""

import asyncio
import json
import unittest
import urllib.error
import urllib.request

import openai
from administrators import administrator, administrator_later
from gateway import Gateway

PASSWORD = "correct horse battery staple"


def post(gateway, path, body, token=None):
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(gateway.api_base + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


class Invites(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = cls.enterClassContext(Gateway())
        cls.admin = administrator(cls.gateway)

    def test_an_invite_walks_from_its_making_to_a_member_who_is_then_removed(self):
        project = self.admin.projects.create(name="invited to")
        made = self.admin.invites.create(
            email="ada@example.com", role="reader", projects=[{"id": project.id, "role": "owner"}]
        )
        self.assertEqual(self.admin.invites.retrieve(made.id).status, "pending")

        session = post(self.gateway, f"/tollgate/invites/{made.token}/accept", {"name": "Ada", "password": PASSWORD})
        ada = administrator(self.gateway, session["token"])
        self.assertEqual(ada.projects.update(project.id, name="hers").name, "hers")
        self.assertEqual([user.name for user in ada.projects.users.list(project.id)], ["Ada"])
        with self.assertRaises(openai.PermissionDeniedError):
            ada.projects.create(name="beyond")
        [user] = self.admin.users.list(emails=["ada@example.com"])
        self.assertEqual(self.admin.users.update(user.id, role="owner").role, "owner")
        self.assertEqual(ada.projects.create(name="now within").name, "now within")
        self.assertTrue(self.admin.users.delete(user.id).deleted)

        self.assertEqual(self.admin.invites.retrieve(made.id).status, "accepted")
        with self.assertRaises(openai.AuthenticationError) as refused:
            ada.projects.list()
        self.assertEqual(refused.exception.body["diagnosis"]["cause"], "session_ended")

    def test_a_withdrawn_invite_lets_nobody_in(self):
        made = self.admin.invites.create(email="bob@example.com", role="owner")
        self.assertTrue(self.admin.invites.delete(made.id).deleted)

        with self.assertRaises(urllib.error.HTTPError) as refused:
            post(self.gateway, f"/tollgate/invites/{made.token}/accept", {"name": "Bob", "password": PASSWORD})
        refused.exception.close()
        self.assertEqual(refused.exception.code, 404)
        self.assertNotIn(made.id, [invite.id for invite in self.admin.invites.list()])

    def test_the_asynchronous_client_does_the_same_and_lists_page_by_themselves(self):
        async def walk():
            async with administrator_later(self.gateway) as admin:
                invites = admin.invites
                made = [await invites.create(email=f"p{n}@example.com", role="reader") for n in range(25)]
                return {one.id for one in made}, [one.id async for one in invites.list(limit=10)]

        made, listed = asyncio.run(walk())

        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual(made, set(listed))

    def test_another_organization_is_made_and_sees_nothing_of_the_first(self):
        made = post(
            self.gateway, "/tollgate/organizations", {"name": "Acme", "owner_email": "eve@example.com"}, self.gateway.admin_key
        )
        accept = f"/tollgate/invites/{made['invite']['token']}/accept"
        session = post(self.gateway, accept, {"name": "Eve", "password": PASSWORD})
        eve = administrator(self.gateway, session["token"])

        self.assertEqual([project.name for project in eve.projects.list()], ["default"])
        self.assertEqual([user.email for user in eve.users.list()], ["eve@example.com"])
        [theirs] = [project for project in self.admin.projects.list() if project.name == "default"]
        with self.assertRaises(openai.NotFoundError):
            eve.projects.retrieve(theirs.id)


if __name__ == "__main__":
    unittest.main()
