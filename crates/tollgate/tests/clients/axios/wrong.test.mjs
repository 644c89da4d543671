// axios as it goes wrong: the headers in another place than inside the third argument. No Authorization ever leaves the
// program, and the refusal says so, where the headers went, and how the call is written.

import assert from "node:assert/strict";
import { test } from "node:test";
import axios from "axios";

const url = `${process.env.OPENAI_BASE_URL}/chat/completions`;
const Authorization = `Bearer ${process.env.OPENAI_API_KEY}`;
const headers = { Authorization };
const data = { model: "sandbox", messages: [{ role: "user", content: "Say hello." }] };

/** What is wrong, the call, and what the body tells of it. */
const calls = [
  ["headers as the third argument", () => axios.post(url, data, headers), ""],
  ["headers beside the messages", () => axios.post(url, { ...data, headers }), "headers.Authorization"],
  ["the configuration among the data", () => axios.post(url, { ...data, config: { headers } }), "config.headers.Authorization"],
  ["data and configuration swapped", () => axios.post(url, { headers }, data), "headers.Authorization"],
  ["the header itself among the data", () => axios.post(url, { ...data, Authorization }), "Authorization"],
  ["a configuration inside the configuration", () => axios({ url, method: "post", data, config: { headers } }), ""],
  ["`header` instead of `headers`", () => axios.post(url, data, { header: headers }), ""],
];

for (const [what, call, path] of calls) {
  test(what, async () => {
    const error = await call().then(() => assert.fail("it was answered"), (error) => error);

    const { message, code, diagnosis } = error.response.data.error;
    console.log(`${what}:\n  ${error.message}\n  ${message}`);
    assert.equal(error.response.status, 401);
    assert.equal(code, null);
    assert.equal(diagnosis.cause, "headers_not_sent");
    assert.equal(error.response.headers["x-tollgate-cause"], "headers_not_sent");
    assert.match(message, /^You didn't provide an API key\. /);
    assert.match(message, /`axios\.post\(url, data, \{ headers \}\)`/);
    if (path) assert.ok(message.includes(`its body holds \`${path}\``), message);
    assert.ok(!JSON.stringify(error.response.data).includes(process.env.OPENAI_API_KEY));
  });
}

test("a key that is not set is told by its own cause", async () => {
  const error = await axios
    .post(url, data, { headers: { Authorization: `Bearer ${process.env.NO_SUCH_VARIABLE}` } })
    .catch((error) => error);

  console.log(`undefined:\n  ${error.message}\n  ${error.response.data.error.message}`);
  assert.equal(error.response.data.error.diagnosis.cause, "key_undefined");
});

test("the same call, right, is answered", async () => {
  const { status, data: answer } = await axios.post(url, data, { headers });

  console.log(`right:\n  ${status} ${answer.choices[0].message.content}`);
  assert.equal(status, 200);
});
