"""Every endpoint of administration below OpenAI's paths, called once by the official SDK, in order and asynchronously.

The same walk is gone twice. Each raw body is held against the schema that OpenAI publishes for it; at its end no endpoint that the
gateway describes below OpenAI's paths has been left out. What each operation changes is looked at by the other tests.
"""

import asyncio
import inspect
import time
import unittest

import openai
from administrators import Watch
from gateway import Gateway

OPENAIS = ("/organization/", "/projects/")


async def come(value):
    """What a client answers: the asynchronous one later."""
    return await value if inspect.isawaitable(value) else value


async def projects(admin, post):
    made = await come(admin.projects.create(name="walked"))
    await come(admin.projects.retrieve(made.id))
    await come(admin.projects.update(made.id, name="walked on"))
    await come(admin.projects.list(limit=1))
    await permissions(admin, made.id)
    await keys(admin, post, made.id)
    await members(admin, made.id)
    await come(admin.projects.archive(made.id))


async def permissions(admin, project):
    models, tools = admin.projects.model_permissions, admin.projects.hosted_tool_permissions
    await come(models.update(project, mode="deny_list", model_ids=["sandbox"]))
    await come(models.retrieve(project))
    await come(models.delete(project))
    await come(tools.update(project, web_search={"enabled": False}))
    await come(tools.retrieve(project))


async def keys(admin, post, project):
    accounts, of_project = admin.projects.service_accounts, admin.projects.api_keys
    account = await come(accounts.create(project, name="bot"))
    await come(accounts.retrieve(account.id, project_id=project))
    await come(accounts.update(account.id, project_id=project, name="robot"))
    await come(accounts.list(project))
    await come(accounts.api_keys.create(account.id, project_id=project, name="second"))
    [first, _] = (await come(of_project.list(project))).data
    await come(of_project.retrieve(first.id, project_id=project))
    await come(of_project.update(first.id, project_id=project, scopes=["api.all.read"]))
    # OpenAI's API makes keys of service accounts alone, and neither rotates nor revokes one.
    ours = f"/organization/projects/{project}/api_keys"
    own = await come(post(ours, {"name": "of a user"}))
    await come(post(f"{ours}/{own['id']}/rotate", {"overlap_seconds": 60}))
    await come(post(f"{ours}/{own['id']}/revoke", {}))
    await come(of_project.delete(first.id, project_id=project))
    await come(accounts.delete(account.id, project_id=project))


async def members(admin, project):
    [owner] = (await come(admin.users.list(emails=["owner@localhost"]))).data
    users, groups, roles = admin.projects.users, admin.projects.groups, admin.projects.roles
    role = await come(roles.create(project, role_name="makers", permissions=["api.groups.read"]))
    await come(roles.retrieve(role.id, project_id=project))
    await come(roles.update(role.id, project_id=project, description="Make things."))
    await come(roles.list(project))
    await come(users.create(project, user_id=owner.id, role="member"))
    await come(users.retrieve(owner.id, project_id=project))
    await come(users.update(owner.id, project_id=project, role="owner"))
    await come(users.list(project))
    group = await come(admin.groups.create(name="guests"))
    await come(groups.create(project, group_id=group.id, role="role_project_member"))
    await come(groups.retrieve(group.id, project_id=project))
    await come(groups.list(project))
    for of, one in ((users.roles, {"user_id": owner.id}), (groups.roles, {"group_id": group.id})):
        await assigned(of, {"project_id": project}, one, role.id)
    await come(groups.delete(group.id, project_id=project))
    await come(users.delete(owner.id, project_id=project))
    await come(roles.delete(role.id, project_id=project))


async def assigned(roles, where, whom, role):
    [one] = whom.values()
    await come(roles.create(one, **where, role_id=role))
    await come(roles.list(one, **where))
    await come(roles.retrieve(role, **where, **whom))
    await come(roles.delete(role, **where, **whom))


async def organization(admin):
    [owner] = (await come(admin.users.list(emails=["owner@localhost"]))).data
    role = await come(admin.roles.create(role_name="walkers", permissions=["api.groups.read"]))
    await come(admin.roles.retrieve(role.id))
    await come(admin.roles.update(role.id, description="Walk."))
    await come(admin.roles.list())
    group = await come(admin.groups.create(name="walkers"))
    await come(admin.groups.retrieve(group.id))
    await come(admin.groups.update(group.id, name="runners"))
    await come(admin.groups.list())
    await come(admin.groups.users.create(group.id, user_id=owner.id))
    await come(admin.groups.users.retrieve(owner.id, group_id=group.id))
    await come(admin.groups.users.list(group.id))
    await come(admin.groups.users.delete(owner.id, group_id=group.id))
    await assigned(admin.groups.roles, {}, {"group_id": group.id}, role.id)
    await assigned(admin.users.roles, {}, {"user_id": owner.id}, role.id)
    await come(admin.groups.delete(group.id))
    await come(admin.roles.delete(role.id))
    key = await come(admin.admin_api_keys.create(name="walk"))
    await come(admin.admin_api_keys.retrieve(key.id))
    await come(admin.admin_api_keys.list())
    await come(admin.admin_api_keys.delete(key.id))
    await come(admin.audit_logs.list(limit=100))
    for kind in ("completions", "embeddings", "moderations"):
        await come(getattr(admin.usage, kind)(start_time=int(time.time()) - 60))


async def people(admin, post):
    withdrawn = await come(admin.invites.create(email="runner@example.com", role="reader"))
    await come(admin.invites.retrieve(withdrawn.id))
    await come(admin.invites.list())
    await come(admin.invites.delete(withdrawn.id))
    invite = await come(admin.invites.create(email="walker@example.com", role="reader"))
    accept = f"/tollgate/invites/{invite.token}/accept"
    user = (await come(post(accept, {"name": "Walker", "password": "correct horse battery staple"})))["user"]
    await come(admin.users.retrieve(user["id"]))
    await come(admin.users.update(user["id"], technical_level="expert"))
    await come(admin.users.delete(user["id"]))


async def walk(client):
    """Calls everything below OpenAI's paths."""
    admin, post = client.admin.organization, lambda path, body: client.post(path, body=body, cast_to=object, options=AS_ADMIN)
    await projects(admin, post)
    await organization(admin)
    await people(admin, post)


# Raw requests of the SDK are signed with the serving key unless they ask for the other.
AS_ADMIN = {"security": {"admin_api_key_auth": True}}


class Walk(unittest.TestCase):
    def setUp(self):
        self.gateway = self.enterContext(Gateway())

    def test_every_answer_is_what_openai_specifies(self):
        watch = Watch(self.gateway)

        asyncio.run(walk(watch.client()))

        self.assert_whole(watch)

    def test_every_answer_to_the_asynchronous_client_is_too(self):
        async def later():
            async with watch.client_later() as client:
                await walk(client)

        watch = Watch(self.gateway)

        asyncio.run(later())

        self.assert_whole(watch)

    def test_a_refusal_is_what_openai_specifies(self):
        watch = Watch(self.gateway)

        with self.assertRaises(openai.AuthenticationError):
            watch.client(self.gateway.key).admin.organization.projects.list()

        self.assertEqual((watch.specification.bodies, watch.specification.seen), (1, set()))

    def assert_whole(self, watch):
        ours = {(method, path) for method, path in watch.description.operations if path.startswith(OPENAIS)}
        self.assertEqual(sorted(ours - watch.description.seen), [], "not visited")
        specified, added = len(watch.specification.seen), len(ours) - len(watch.specification.seen)
        print(f"{specified} operations of OpenAI's and {added} beside them, {watch.specification.bodies} bodies, 0 wrong", end=" ")


if __name__ == "__main__":
    unittest.main()
