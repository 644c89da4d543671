"""Keys of projects, service accounts and permissions, by the official SDK: every answer is validated strictly.

Each operation is looked at by what a caller with the key may do afterwards.
"""

import asyncio
import unittest

import openai
from administrators import STRICT, Watch, administrator, administrator_later
from gateway import Gateway
from openai import DefaultHttpxClient, OpenAI


class Keys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = cls.enterClassContext(Gateway())
        cls.admin = administrator(cls.gateway)

    def caller(self, value):
        return OpenAI(base_url=self.gateway.api_base, api_key=value, **STRICT)

    def chat(self, value):
        messages = [{"role": "user", "content": "hi"}]
        return self.caller(value).chat.completions.create(model="sandbox", messages=messages)

    def refused(self, kind, ask):
        with self.assertRaises(kind) as refused:
            ask()
        return refused.exception.body["diagnosis"]["cause"]

    def test_a_service_account_walks_from_its_first_key_to_its_end(self):
        project = self.admin.projects.create(name="walk of an account")
        accounts = self.admin.projects.service_accounts

        made = accounts.create(project.id, name="bot", expires_in_seconds=600)
        self.chat(made.api_key.value)
        self.assertEqual(accounts.retrieve(made.id, project_id=project.id).role, "member")
        renamed = accounts.update(made.id, project_id=project.id, name="robot", role="owner")
        more = accounts.api_keys.create(made.id, project_id=project.id, name="2", scopes=["api.all.read"])
        self.caller(more.value).models.list()
        missing = self.refused(openai.AuthenticationError, lambda: self.chat(more.value))
        self.assertEqual([account.id for account in accounts.list(project.id)], [made.id])
        self.assertTrue(accounts.delete(made.id, project_id=project.id).deleted)

        self.assertEqual((renamed.name, renamed.role, missing), ("robot", "owner", "key_insufficient_scopes"))
        for value in (made.api_key.value, more.value):
            self.assertEqual(self.refused(openai.AuthenticationError, lambda: self.chat(value)), "key_revoked")
        alone = accounts.create(project.id, name="alone", create_service_account_only=True)
        self.assertEqual((alone.role, alone.api_key), ("none", None))

    def test_a_key_is_listed_changed_and_deleted(self):
        project = self.admin.projects.create(name="walk of a key")
        keys = self.admin.projects.api_keys
        value = self.admin.projects.service_accounts.create(project.id, name="bot").api_key.value

        [listed] = keys.list(project.id, owner_project_access="active")
        self.assertEqual(keys.retrieve(listed.id, project_id=project.id), listed)
        self.assertEqual(list(keys.list(project.id, owner_project_access="inactive")), [])
        narrowed = keys.update(listed.id, project_id=project.id, scopes=["api.all.read"], expires_in_seconds=60)
        cause = self.refused(openai.AuthenticationError, lambda: self.chat(value))
        keys.update(listed.id, project_id=project.id, scopes=[])
        self.chat(value)
        deleted = keys.delete(listed.id, project_id=project.id)

        self.assertEqual((listed.owner.type, listed.expires_at, cause), ("service_account", None, "key_insufficient_scopes"))
        self.assertIsNotNone(narrowed.expires_at)
        self.assertTrue(deleted.deleted)
        self.assertEqual(self.refused(openai.AuthenticationError, lambda: self.chat(value)), "key_revoked")
        with self.assertRaises(openai.NotFoundError):
            keys.retrieve(listed.id, project_id=project.id)

    def test_a_key_says_what_it_is_as_it_is_described(self):
        watch = Watch(self.gateway)
        check = DefaultHttpxClient(event_hooks={"response": [watch.check]})
        client = OpenAI(base_url=self.gateway.api_base, api_key=self.gateway.key, http_client=check, **STRICT)

        first = client.get("/tollgate/key", cast_to=object)
        self.refused(openai.NotFoundError, lambda: self.caller(self.gateway.key).models.retrieve("nobody"))
        after = client.get("/tollgate/key", cast_to=object)

        self.assertEqual((first["object"], after["id"]), ("tollgate.key", first["id"]))
        self.assertNotIn("value", after)
        self.assertIn(("GET", "/tollgate/key"), watch.description.seen)

    def test_permissions_of_a_project_hold_for_its_keys(self):
        project = self.admin.projects.create(name="walk of permissions")
        value = self.admin.projects.service_accounts.create(project.id, name="bot").api_key.value
        models, tools = self.admin.projects.model_permissions, self.admin.projects.hosted_tool_permissions

        self.assertEqual(models.retrieve(project.id).api_model_ids, [])
        models.update(project.id, mode="deny_list", model_ids=["sandbox"])
        cause = self.refused(openai.PermissionDeniedError, lambda: self.chat(value))
        self.assertTrue(models.delete(project.id).deleted)
        self.chat(value)
        off = tools.update(project.id, web_search={"enabled": False})
        self.assertEqual(tools.retrieve(project.id), off)
        search = lambda: self.caller(value).responses.create(model="sandbox", input="hi", tools=[{"type": "web_search"}])

        self.assertEqual(cause, "project_lacks_model")
        self.assertEqual((off.web_search.enabled, off.mcp.enabled), (False, True))
        self.assertEqual(self.refused(openai.PermissionDeniedError, search), "hosted_tool_denied")

    def test_the_asynchronous_client_does_the_same(self):
        async def walk():
            async with administrator_later(self.gateway) as admin:
                projects = admin.projects
                project = await projects.create(name="keys later")
                for number in range(5):
                    await projects.service_accounts.create(project.id, name=f"bot {number}")
                accounts = [account.id async for account in projects.service_accounts.list(project.id, limit=2)]
                keys = [key.id async for key in projects.api_keys.list(project.id, limit=2)]
                return accounts, keys

        accounts, keys = asyncio.run(walk())

        self.assertEqual((len(set(accounts)), len(set(keys))), (5, 5))


if __name__ == "__main__":
    unittest.main()
