// OpenAI's Admin API by the official Node SDK: a walk through roles, groups and the audit log, and pages of both kinds.

import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

const admin = new OpenAI({ adminAPIKey: process.env.TOLLGATE_ADMIN_KEY, maxRetries: 0, timeout: 20_000 }).admin.organization;

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

test("a group is given a role, and the audit log knows of it", async () => {
  const role = await admin.roles.create({ role_name: "node", permissions: ["api.groups.read"] });
  const group = await admin.groups.create({ name: "node" });

  const given = await admin.groups.roles.create(group.id, { role_id: role.id });
  assert.deepEqual([given.group.id, given.role.id], [group.id, role.id]);
  assert.deepEqual((await all(admin.groups.roles.list(group.id))).map((one) => one.id), [role.id]);
  const [event] = await all(admin.auditLogs.list({ resource_ids: [group.id], event_types: ["role.assignment.created"] }));
  assert.equal(event["role.assignment.created"].principal_id, group.id);
  await admin.roles.delete(role.id);

  assert.deepEqual(await all(admin.groups.roles.list(group.id)), []);
});

test("lists page by themselves, whatever their envelope", async () => {
  const made = [];
  for (let number = 0; number < 25; number += 1) made.push((await admin.groups.create({ name: `page ${number}` })).id);

  const groups = (await all(admin.groups.list({ limit: 10 }))).map((group) => group.id);
  const events = await all(admin.auditLogs.list({ resource_ids: made, limit: 10 }));

  assert.deepEqual(groups.slice(-25), made);
  assert.equal(events.length, 25);
});

test("a refusal has its class and its cause", async () => {
  await assert.rejects(admin.roles.retrieve("role_nobody"), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.error.diagnosis.cause, "admin_object_not_found");
    return true;
  });
});
