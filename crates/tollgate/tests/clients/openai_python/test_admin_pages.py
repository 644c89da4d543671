"""Lists of more than 250 objects: the official SDK pages through each by itself, in order and asynchronously.

One gateway is filled once, and every test reads alone. Buckets of usage are the only list that the SDK leaves to its caller.
"""

import asyncio
import sqlite3
import time
import unittest
from contextlib import closing

from administrators import Watch, administrator
from gateway import Gateway

MANY = 250
AT_ONCE = 8
"""Requests in flight while the gateway is filled."""


class World:
    """What there is: of each kind so many that a list has several pages."""

    def __init__(self, gateway):
        self.gateway = gateway

    async def fill(self):
        async with Watch(self.gateway).client_later() as client:
            self.admin, self.gate = client.admin.organization, asyncio.Semaphore(AT_ONCE)
            self.owner = (await self.admin.users.list()).data[0].id
            self.project = (await self.admin.projects.create(name="many")).id
            await self.alone()
            await self.together()

    async def alone(self):
        admin, project = self.admin, self.project
        await self.many(lambda n: admin.admin_api_keys.create(name=f"{n}"))
        await self.many(lambda n: admin.projects.create(name=f"{n}"))
        await self.many(lambda n: admin.invites.create(email=f"invited{n}@example.com", role="reader"))
        await self.many(lambda n: admin.projects.service_accounts.create(project, name=f"{n}"))
        self.groups = await self.many(lambda n: admin.groups.create(name=f"{n}"))
        self.roles = await self.many(lambda n: admin.roles.create(role_name=f"{n}", permissions=[]))
        self.own_roles = await self.many(lambda n: admin.projects.roles.create(project, role_name=f"{n}", permissions=[]))
        self.users = members(self.gateway)

    async def together(self):
        admin, project = self.admin, self.project
        of, group = admin.projects, self.groups[0]
        role = "role_project_member"
        await self.many(lambda n: admin.groups.users.create(group, user_id=self.users[n]))
        await self.many(lambda n: admin.groups.roles.create(group, role_id=self.roles[n]))
        await self.many(lambda n: admin.users.roles.create(self.users[0], role_id=self.roles[n]))
        await self.many(lambda n: of.users.create(project, user_id=self.users[n], role="member"))
        await self.many(lambda n: of.groups.create(project, group_id=self.groups[n], role=role))
        await self.many(lambda n: of.groups.roles.create(group, project_id=project, role_id=self.own_roles[n]))
        await self.many(lambda n: of.users.roles.create(self.users[0], project_id=project, role_id=self.own_roles[n]))

    async def many(self, make):
        async def one(number):
            async with self.gate:
                return await make(number)

        made = await asyncio.gather(*(one(number) for number in range(MANY)))
        return [getattr(each, "id", None) for each in made]


def members(gateway):
    """Many users, put where they are kept: whoever accepts an invite hashes a password, which is slow on purpose."""
    ids = [f"user-{number:024}" for number in range(MANY)]
    with closing(sqlite3.connect(gateway.directory / "data" / "tollgate.db", timeout=20)) as database, database:
        for number, user in enumerate(ids):
            values = (user, f"member{number}@example.com", f"{number}")
            made = database.execute("INSERT INTO users (id, email, name, created_at) VALUES (?, ?, ?, 0)", values)
            member = "INSERT INTO members (organization, user_row, role, added_at) SELECT min(row_id), ?, 'reader', 0 FROM organizations"
            database.execute(member, (made.lastrowid,))
    return ids


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = cls.enterClassContext(Gateway())
        cls.world = World(cls.gateway)
        asyncio.run(cls.world.fill())

    def pages(self, listed, least=MANY, ordered=True, name="id"):
        """Pages of 20 and, asynchronously, of 100 have the same objects in the same order, each once; and backwards."""

        async def later():
            async with Watch(self.gateway).client_later() as client:
                return [getattr(one, name) async for one in listed(client.admin.organization, limit=100)]

        admin = administrator(self.gateway)
        seen = [getattr(one, name) for one in listed(admin, limit=20)]
        self.assertGreaterEqual(len(seen), least)
        self.assertEqual(len(set(seen)), len(seen))
        self.assertEqual(asyncio.run(later()), seen)
        if ordered:
            oldest, newest = ([getattr(one, name) for one in listed(admin, limit=60, order=order)] for order in ("asc", "desc"))
            self.assertEqual(newest, oldest[::-1])
            self.assertIn(seen, (oldest, newest))

    def test_admin_keys(self):
        self.pages(lambda admin, **page: admin.admin_api_keys.list(**page))

    def test_the_audit_log(self):
        self.pages(lambda admin, **page: admin.audit_logs.list(**page), 10 * MANY, ordered=False)

    def test_projects(self):
        self.pages(lambda admin, **page: admin.projects.list(**page), ordered=False)

    def test_users_of_the_organization_and_of_a_project(self):
        self.pages(lambda admin, **page: admin.users.list(**page), ordered=False)
        self.pages(lambda admin, **page: admin.projects.users.list(self.world.project, **page), ordered=False)

    def test_invites(self):
        self.pages(lambda admin, **page: admin.invites.list(**page), ordered=False)

    def test_service_accounts_and_their_keys(self):
        self.pages(lambda admin, **page: admin.projects.service_accounts.list(self.world.project, **page), ordered=False)
        self.pages(lambda admin, **page: admin.projects.api_keys.list(self.world.project, **page), ordered=False)

    def test_groups_and_their_members(self):
        self.pages(lambda admin, **page: admin.groups.list(**page))
        self.pages(lambda admin, **page: admin.groups.users.list(self.world.groups[0], **page))

    def test_groups_of_a_project(self):
        self.pages(lambda admin, **page: admin.projects.groups.list(self.world.project, **page), name="group_id")

    def test_roles_of_the_organization_and_of_a_project(self):
        self.pages(lambda admin, **page: admin.roles.list(**page))
        self.pages(lambda admin, **page: admin.projects.roles.list(self.world.project, **page))

    def test_roles_that_somebody_has(self):
        group, user, project = self.world.groups[0], self.world.users[0], self.world.project
        self.pages(lambda admin, **page: admin.groups.roles.list(group, **page))
        self.pages(lambda admin, **page: admin.users.roles.list(user, **page))
        self.pages(lambda admin, **page: admin.projects.groups.roles.list(group, project_id=project, **page))
        self.pages(lambda admin, **page: admin.projects.users.roles.list(user, project_id=project, **page))

    def test_buckets_of_usage(self):
        async def later():
            async with Watch(self.gateway).client_later() as client:
                buckets, page = [], await client.admin.organization.usage.completions(**asked, limit=100)
                buckets += page.data
                while page.next_page:
                    page = await client.admin.organization.usage.completions(**asked, limit=100, page=page.next_page)
                    buckets += page.data
                return [bucket.start_time for bucket in buckets]

        end = int(time.time()) // 60 * 60
        asked = {"start_time": end - 60 * MANY, "end_time": end, "bucket_width": "1m"}
        usage, begins = administrator(self.gateway).usage, []
        page = usage.completions(**asked, limit=20)
        begins += [bucket.start_time for bucket in page.data]
        while page.next_page:
            page = usage.completions(**asked, limit=20, page=page.next_page)
            begins += [bucket.start_time for bucket in page.data]

        self.assertEqual(begins, list(range(asked["start_time"], end, 60)))
        self.assertEqual(asyncio.run(later()), begins)


if __name__ == "__main__":
    unittest.main()
