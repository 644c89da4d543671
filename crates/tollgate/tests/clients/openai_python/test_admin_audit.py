"""The audit log by the official SDK: every filter, what each act leaves."""

import asyncio
import unittest

from administrators import administrator, administrator_later
from gateway import Gateway


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

    def test_the_asynchronous_client_does_the_same(self):
        async def walk():
            async with administrator_later(self.gateway) as admin:
                group = await admin.groups.create(name="watched later")
                await admin.groups.delete(group.id)
                return [event.type async for event in admin.audit_logs.list(resource_ids=[group.id], limit=1)]

        self.assertEqual(asyncio.run(walk()), ["group.deleted", "group.created"])


if __name__ == "__main__":
    unittest.main()
