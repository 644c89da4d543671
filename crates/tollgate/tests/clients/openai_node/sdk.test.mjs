// The official OpenAI Node SDK, unmodified, against `tollgate up`. `run` starts the server and sets OPENAI_BASE_URL and
// OPENAI_API_KEY.

import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

const model = "sandbox";
const messages = [{ role: "user", content: "Say hello." }];
const client = (options = {}) => new OpenAI({ maxRetries: 0, timeout: 20_000, ...options });

async function all(stream) {
  const items = [];
  for await (const item of stream) items.push(item);
  return items;
}

async function caught(kind, call) {
  const error = await call.then(() => assert.fail("nothing was thrown"), (error) => error);
  assert.equal(error.constructor, kind, String(error));
  assert.match(error.requestID, /^req_/);
  for (const name of ["message", "type", "param", "code"]) assert.ok(name in error.error, name);
  return error;
}

test("a chat is answered, and its usage adds up", async () => {
  const answer = await client().chat.completions.create({ model, messages });

  assert.equal(answer.object, "chat.completion");
  assert.equal(answer.choices[0].message.refusal, null);
  assert.equal(answer.choices[0].logprobs, null);
  assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  assert.match(answer._request_id, /^req_/);
});

test("a stream says what the whole answer says", async () => {
  const whole = await client().chat.completions.create({ model, messages });
  const chunks = await all(await client().chat.completions.create({ model, messages, stream: true }));

  const text = chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join("");
  assert.equal(text, whole.choices[0].message.content);
  assert.equal(chunks.at(-1).choices[0].finish_reason, "stop");
});

test("usage ends a stream that asks for it", async () => {
  const options = { model, messages, stream: true, stream_options: { include_usage: true } };
  const chunks = await all(await client().chat.completions.create(options));

  assert.deepEqual(chunks.at(-1).choices, []);
  assert.ok(chunks.at(-1).usage.completion_tokens > 0);
});

test("the stream helper gathers an answer", async () => {
  const final = await client().chat.completions.stream({ model, messages }).finalChatCompletion();

  assert.ok(final.choices[0].message.content);
});

test("a tool is called", async () => {
  const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const tools = [{ type: "function", function: { name: "weather", parameters } }];
  const choice = { type: "function", function: { name: "weather" } };
  const answer = await client().chat.completions.create({ model, messages, tools, tool_choice: choice });

  assert.equal(answer.choices[0].finish_reason, "tool_calls");
  assert.ok("city" in JSON.parse(answer.choices[0].message.tool_calls[0].function.arguments));
});

test("completions, responses, embeddings, moderations and models", async () => {
  const completion = await client().completions.create({ model: "gpt-3.5-turbo-instruct", prompt: "Say hello." });
  const response = await client().responses.create({ model, input: "Say hello." });
  const events = await all(await client().responses.create({ model, input: "Say hello.", stream: true }));
  const embedding = await client().embeddings.create({ model: "text-embedding-3-small", input: "hi", dimensions: 64 });
  const moderation = await client().moderations.create({ input: "a nice day" });
  const models = await all(client().models.list());

  assert.ok(completion.choices[0].text);
  assert.equal(response.status, "completed");
  assert.ok(response.output_text);
  assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, number) => number));
  assert.equal(events.at(-1).type, "response.completed");
  assert.equal(embedding.data[0].embedding.length, 64);
  assert.equal(moderation.results[0].flagged, false);
  assert.ok(models.some((one) => one.id === model));
  assert.equal((await client().models.retrieve(model)).id, model);
});

test("the raw answer shows the headers", async () => {
  const { data, response, request_id } = await client().chat.completions.create({ model, messages }).withResponse();

  assert.ok(data.choices.length);
  assert.equal(response.headers.get("x-request-id"), request_id);
  assert.equal(response.headers.get("openai-version"), "2020-10-01");
});

test("refusals are thrown as their own classes", async () => {
  const create = (options, more = {}) => client(options).chat.completions.create({ model, messages, ...more });

  const key = await caught(OpenAI.AuthenticationError, create({ apiKey: "sk-wrong-0123456789abcdef" }));
  const unknown = await caught(OpenAI.NotFoundError, create({}, { model: "sandbax", stream: true }));
  const wrong = await caught(OpenAI.BadRequestError, create({}, { temperature: 9 }));
  const doubled = await caught(OpenAI.NotFoundError, create({ baseURL: `${process.env.OPENAI_BASE_URL}/v1` }));

  assert.equal(key.code, "invalid_api_key");
  assert.equal(unknown.code, "model_not_found");
  assert.equal(wrong.param, "temperature");
  assert.equal(doubled.error.diagnosis.cause, "base_url_double_v1");
});

test("a stream that is aborted ends", async () => {
  const stream = await client().chat.completions.create({ model: "sandbox-slow", messages, stream: true });
  for await (const _ of stream) stream.controller.abort();

  assert.ok(await client().models.retrieve(model));
});
