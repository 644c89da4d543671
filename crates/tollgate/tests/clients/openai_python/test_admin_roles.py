"""Roles, groups and who has which, by the official SDK: every answer is validated strictly, in order and asynchronously."""

import asyncio
import unittest

import openai
from administrators import administrator, administrator_later
from gateway import Gateway


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = cls.enterClassContext(Gateway())
        cls.admin = administrator(cls.gateway)
        cls.me = cls.admin.admin_api_keys.list().data[0].owner.id

    def test_a_role_of_the_organization_walks_from_its_making_to_its_end(self):
        roles = self.admin.roles

        made = roles.create(role_name="makers", permissions=["api.groups.read"], description="Make things.")
        self.assertEqual(roles.retrieve(made.id), made)
        changed = roles.update(made.id, role_name="takers", permissions=["api.groups.write"])
        self.assertEqual((changed.name, changed.permissions), ("takers", ["api.groups.write"]))
        self.assertEqual((changed.description, changed.resource_type), ("Make things.", "api.organization"))
        self.assertIn(made.id, [role.id for role in roles.list()])
        self.assertTrue(roles.delete(made.id).deleted)

        with self.assertRaises(openai.NotFoundError):
            roles.retrieve(made.id)

    def test_a_role_of_a_project_walks_likewise(self):
        project = self.admin.projects.create(name="roles")
        roles = self.admin.projects.roles

        made = roles.create(project.id, role_name="makers", permissions=["api.groups.read"])
        self.assertEqual(roles.retrieve(made.id, project_id=project.id), made)
        changed = roles.update(made.id, project_id=project.id, description="Make things.")
        self.assertEqual((changed.description, changed.resource_type), ("Make things.", "api.project"))
        listed = [role.id for role in roles.list(project.id)]
        self.assertEqual(listed, ["role_project_owner", "role_project_member", made.id])
        self.assertTrue(roles.delete(made.id, project_id=project.id).deleted)

        self.assertNotIn(made.id, [role.id for role in roles.list(project.id)])

    def test_a_group_is_filled_assigned_a_role_and_emptied(self):
        groups, role = self.admin.groups, self.admin.roles.create(role_name="group role", permissions=[])

        made = groups.create(name="team")
        self.assertEqual(groups.retrieve(made.id), made)
        self.assertEqual(groups.update(made.id, name="crew").name, "crew")
        self.assertIn("crew", [group.name for group in groups.list(order="desc")])
        self.assertEqual(groups.users.create(made.id, user_id=self.me).user_id, self.me)
        self.assertEqual([user.id for user in groups.users.list(made.id)], [self.me])
        self.assertEqual(groups.users.retrieve(self.me, group_id=made.id).id, self.me)
        given = groups.roles.create(made.id, role_id=role.id)
        self.assertEqual((given.group.id, given.role.id), (made.id, role.id))
        self.assertEqual([one.id for one in groups.roles.list(made.id)], [role.id])
        self.assertEqual(groups.roles.retrieve(role.id, group_id=made.id).created_by, self.me)
        self.assertTrue(groups.roles.delete(role.id, group_id=made.id).deleted)
        self.assertEqual(list(groups.roles.list(made.id)), [])
        self.assertTrue(groups.users.delete(self.me, group_id=made.id).deleted)
        self.assertEqual(list(groups.users.list(made.id)), [])
        self.assertTrue(groups.delete(made.id).deleted)

        with self.assertRaises(openai.NotFoundError):
            groups.retrieve(made.id)

    def test_a_user_is_assigned_a_role_and_loses_it(self):
        role = self.admin.roles.create(role_name="user role", permissions=[])
        roles = self.admin.users.roles

        given = roles.create(self.me, role_id=role.id)
        self.assertEqual((given.user.id, given.role), (self.me, role))
        self.assertEqual([one.id for one in roles.list(self.me)], [role.id])
        self.assertEqual(roles.retrieve(role.id, user_id=self.me).created_by_user_obj["id"], self.me)
        self.assertTrue(roles.delete(role.id, user_id=self.me).deleted)

        self.assertEqual(list(roles.list(self.me)), [])

    def test_groups_and_users_have_roles_in_a_project(self):
        project, group = self.admin.projects.create(name="shared"), self.admin.groups.create(name="guests")
        projects = self.admin.projects
        role = projects.roles.create(project.id, role_name="own", permissions=[])

        added = projects.groups.create(project.id, group_id=group.id, role="role_project_member")
        self.assertEqual(projects.groups.retrieve(group.id, project_id=project.id), added)
        self.assertEqual([one.group_name for one in projects.groups.list(project.id)], ["guests"])
        of_group = {"project_id": project.id, "group_id": group.id}
        self.assertEqual(projects.groups.roles.create(group.id, project_id=project.id, role_id=role.id).role, role)
        listed = [one.id for one in projects.groups.roles.list(group.id, project_id=project.id)]
        self.assertEqual(listed, ["role_project_member", role.id])
        self.assertEqual(projects.groups.roles.retrieve(role.id, **of_group).name, "own")
        self.assertTrue(projects.groups.roles.delete(role.id, **of_group).deleted)
        self.assertTrue(projects.groups.delete(group.id, project_id=project.id).deleted)
        self.assertEqual(list(projects.groups.list(project.id)), [])
        self.assertEqual(list(projects.groups.roles.list(group.id, project_id=project.id)), [])
        of_user = {"project_id": project.id, "user_id": self.me}
        self.assertEqual(projects.users.roles.create(self.me, project_id=project.id, role_id=role.id).user.id, self.me)
        self.assertEqual(projects.users.roles.retrieve(role.id, **of_user).id, role.id)
        self.assertEqual([one.id for one in projects.users.roles.list(self.me, project_id=project.id)], [role.id])
        self.assertTrue(projects.users.roles.delete(role.id, **of_user).deleted)

        self.assertEqual(list(projects.users.roles.list(self.me, project_id=project.id)), [])

    def test_the_asynchronous_client_does_the_same(self):
        async def walk():
            async with administrator_later(self.gateway) as admin:
                role = await admin.roles.create(role_name="later", permissions=["api.users.read"])
                group = await admin.groups.create(name="later")
                await admin.groups.roles.create(group.id, role_id=role.id)
                given = [one.id async for one in admin.groups.roles.list(group.id, limit=1)]
                await admin.roles.delete(role.id)
                return role.id, given, [one.id async for one in admin.groups.roles.list(group.id)]

        role, given, after = asyncio.run(walk())

        self.assertEqual((given, after), ([role], []))


if __name__ == "__main__":
    unittest.main()
