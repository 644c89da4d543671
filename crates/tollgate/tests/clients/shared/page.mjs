// The examples of docs/clients.md, run as they stand there. Copied beside the tests, so that they find their packages.

import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

// What the example below a heading prints.
export async function printed(heading) {
  const page = readFileSync(`${process.env.TOLLGATE_DOCS}/clients.md`, "utf8");
  const section = page.split(`\n## ${heading}\n`)[1].split("\n## ")[0];
  const [, code] = /^```js\n(.*?)^```$/ms.exec(section);
  const file = fileURLToPath(new URL("example.mjs", import.meta.url));
  writeFileSync(file, code);
  return (await promisify(execFile)(process.execPath, [file])).stdout;
}
