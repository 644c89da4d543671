// Programs that really make a caller's mistake, run by `tollgate trigger` with this SDK, and explained from what they print.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";

// A program finds its packages from the folder that it is run in.
const trigger = (...more) =>
  spawnSync(process.env.TOLLGATE_BINARY, ["trigger", ...more], { cwd: import.meta.dirname, encoding: "utf8" });

test("each makes its mistake and is explained by what it prints", () => {
  const listed = JSON.parse(trigger("--list", "--json").stdout).data;
  const programs = listed.filter((entry) => entry.program?.language === "node");

  assert.ok(programs.length > 0);
  for (const { name, cause } of programs) {
    const done = trigger(name, "--json");
    const seen = JSON.parse(done.stdout);

    assert.deepEqual([seen.cause, done.status], [cause, 0], seen.body);
    assert.ok(seen.diagnosis.confidence >= 0.5, JSON.stringify(seen.diagnosis));
  }
});
