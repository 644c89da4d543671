// Stored responses through the official OpenAI Node SDK: retrieve, delete, cancel, input items, conversations.

import assert from "node:assert/strict";
import test from "node:test";

import OpenAI from "openai";

const model = "sandbox";
const client = () => new OpenAI({ maxRetries: 0, timeout: 20_000 });

test("a response is retrieved as it was made, and then deleted", async () => {
  const made = await client().responses.create({ model, input: "Say hello." });
  const found = await client().responses.retrieve(made.id);
  await client().responses.delete(made.id);

  assert.equal(found.output_text, made.output_text);
  await assert.rejects(client().responses.retrieve(made.id), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.match(error.message, new RegExp(`Response with id '${made.id}' not found\\.`));
    return true;
  });
});

test("items of the input are listed page by page", async () => {
  const input = [0, 1, 2, 3, 4].map((number) => ({ role: "user", content: `number ${number}` }));
  const made = await client().responses.create({ model, input });

  const texts = [];
  for await (const item of client().responses.inputItems.list(made.id, { limit: 2, order: "asc" })) {
    texts.push(item.content[0].text);
  }

  assert.deepEqual(texts, input.map((item) => item.content));
});

test("a conversation goes on without its history being sent", async () => {
  const first = await client().responses.create({ model, input: "My name is Ada." });
  const second = await client().responses.create({ model, input: "What is it?", previous_response_id: first.id });

  assert.match(second.output_text, /My name is Ada\./);
});

test("a response in the background is cancelled, another is not", async () => {
  const made = await client().responses.create({ model, input: "hi", background: true });
  const cancelled = await client().responses.cancel(made.id);
  const whole = await client().responses.create({ model, input: "hi" });

  assert.deepEqual([made.status, cancelled.status], ["queued", "cancelled"]);
  await assert.rejects(client().responses.cancel(whole.id), OpenAI.BadRequestError);
});

test("a stream in the background is taken up again", async () => {
  const first = [];
  for await (const event of await client().responses.create({ model, input: "hi", background: true, stream: true })) {
    first.push(event);
    if (event.sequence_number === 5) break;
  }
  const rest = [];
  const again = { stream: true, starting_after: 5 };
  for await (const event of await client().responses.retrieve(first[0].response.id, again)) rest.push(event);

  assert.deepEqual([...first, ...rest].map((event) => event.sequence_number), [...first, ...rest].map((_, at) => at));
  assert.equal(rest.at(-1).type, "response.completed");
});

test("tokens are counted before", async () => {
  const counted = await client().responses.inputTokens.count({ model, input: "Say hello." });
  const made = await client().responses.create({ model, input: "Say hello." });

  assert.equal(counted.input_tokens, made.usage.input_tokens);
});
