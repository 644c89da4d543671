// axios as it should be used: the headers inside the third argument. How it goes wrong is shown beside this file.

import assert from "node:assert/strict";
import { test } from "node:test";
import axios from "axios";
import { printed } from "./page.mjs";

const url = `${process.env.OPENAI_BASE_URL}/chat/completions`;
const headers = { Authorization: `Bearer ${process.env.OPENAI_API_KEY}` };
const body = { model: "sandbox", messages: [{ role: "user", content: "Say hello." }] };

test("a chat is answered", async () => {
  const { data, status, headers: answered } = await axios.post(url, body, { headers });

  assert.equal(status, 200);
  assert.ok(data.choices[0].message.content);
  assert.match(answered["x-request-id"], /^req_/);
});

test("a client with defaults lists models and embeds", async () => {
  const api = axios.create({ baseURL: process.env.OPENAI_BASE_URL, headers, timeout: 20_000 });
  const models = await api.get("/models");
  const embedding = await api.post("/embeddings", { model: "sandbox-embedding", input: "a cat" });

  assert.ok(models.data.data.some((model) => model.id === "sandbox"));
  assert.equal(embedding.data.data[0].embedding.length, 1536);
});

test("a stream arrives in pieces", async () => {
  const asked = { ...body, stream: true };
  const { data } = await axios.post(url, asked, { headers, responseType: "stream" });
  let said = "";
  for await (const piece of data) said += piece;

  assert.match(said, /^data: {/);
  assert.match(said, /data: \[DONE\]\n\n$/);
});

test("a body that is a text already is taken", async () => {
  const { status } = await axios.post(url, JSON.stringify(body), {
    headers: { ...headers, "Content-Type": "application/json;charset=utf-8" },
  });

  assert.equal(status, 200);
});

test("a failure has status, headers and the error object", async () => {
  const error = await axios.post(url, { ...body, model: "sandbax" }, { headers }).catch((error) => error);

  assert.equal(error.response.status, 404);
  assert.equal(error.response.data.error.code, "model_not_found");
  assert.equal(error.response.headers["x-should-retry"], "false");
});

test("the example of the page runs", async () => {
  assert.match(await printed("axios"), /sandbox/);
});
