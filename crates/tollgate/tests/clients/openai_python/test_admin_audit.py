"""The audit log by the official SDK: every filter, pages of many events, what each act leaves."""

import asyncio
import unittest

from gateway import Gateway
from openai import AsyncOpenAI
from test_admin import STRICT, administrator


class Audit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = cls.enterClassContext(Gateway())
        cls.admin = administrator(cls.gateway)

    def test_acts_are_found_by_every_filter(self):
        project = self.admin.projects.create(name="audited")
        role = self.admin.projects.roles.create(project.id, role_name="makers", permissions=["api.groups.read"])
        logs = self.admin.audit_logs

        [made] = logs.list(resource_ids=[role.id])
        key = made.actor.api_key
        self.assertEqual((made.type, made.role_created.permissions), ("role.created", ["api.groups.read"]))
        self.assertEqual((made.project.id, made.actor.type), (project.id, "api_key"))
        for found in (
            logs.list(project_ids=[project.id]),
            logs.list(project_ids=[project.id], event_types=["role.created", "project.created"]),
            logs.list(project_ids=[project.id], actor_ids=[key.id]),
            logs.list(project_ids=[project.id], actor_ids=[key.user.id], actor_emails=[key.user.email]),
            logs.list(project_ids=[project.id], effective_at={"gte": made.effective_at - 60, "lte": made.effective_at}),
        ):
            self.assertEqual([event.type for event in found], ["role.created", "project.created"])
        self.assertEqual(list(logs.list(project_ids=[project.id], effective_at={"gt": made.effective_at + 60})), [])

    def test_two_hundred_and_fifty_events_page_by_themselves(self):
        group = self.admin.groups.create(name="renamed")
        for number in range(250):
            self.admin.groups.update(group.id, name=f"renamed {number}")

        async def listed():
            options = {"base_url": self.gateway.api_base, "api_key": "unused", "admin_api_key": self.gateway.admin_key}
            async with AsyncOpenAI(**options, **STRICT) as client:
                logs = client.admin.organization.audit_logs
                return [event.id async for event in logs.list(resource_ids=[group.id], limit=100)]

        seen = [event.id for event in self.admin.audit_logs.list(resource_ids=[group.id], limit=20)]

        self.assertEqual((len(seen), len(set(seen))), (251, 251))
        self.assertEqual(asyncio.run(listed()), seen)


if __name__ == "__main__":
    unittest.main()
