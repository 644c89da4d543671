// The current official Node SDK: what sdk.test.mjs does not show already.

import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { zodFunction, zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { BROKEN, CUT, LIMITED, SPENT, failure } from "./failures.mjs";
import { printed } from "./page.mjs";

const model = "sandbox";
const messages = [{ role: "user", content: "Will it rain in Paris?" }];
const client = (options = {}) => new OpenAI({ maxRetries: 0, timeout: 20_000, ...options });
const City = z.object({ city: z.string() });
const Person = z.object({ name: z.string(), age: z.number() });

// A client that counts what it sends.
function counting(options) {
  const seen = [];
  const fetching = (url, init) => {
    seen.push(new Headers(init.headers).get("x-stainless-retry-count"));
    return fetch(url, init);
  };
  return [new OpenAI({ timeout: 20_000, ...options, fetch: fetching }), seen];
}

test("the stream helper tells its events and gathers the answer", async () => {
  const stream = client().chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
  let said = "";
  stream.on("content", (delta) => (said += delta));
  const final = await stream.finalChatCompletion();

  assert.equal(said, final.choices[0].message.content);
  assert.equal((await stream.totalUsage()).total_tokens, final.usage.total_tokens);
});

test("runTools calls the function and comes to its end", async () => {
  const asked = [];
  const tool = zodFunction({
    name: "weather",
    description: "The weather of a city",
    parameters: City,
    function: (given) => {
      asked.push(given);
      return "sunny";
    },
  });
  const runner = client().chat.completions.runTools({ model, messages, tools: [tool] });
  const text = await runner.finalContent();

  assert.equal(asked.length, 1);
  assert.equal(typeof asked[0].city, "string");
  assert.ok(text);
});

test("runTools does so with a stream", async () => {
  let calls = 0;
  const tool = zodFunction({ name: "weather", parameters: City, function: () => `sunny ${(calls += 1)}` });
  const runner = client().chat.completions.runTools({ model, messages, tools: [tool], stream: true });

  assert.ok(await runner.finalContent());
  assert.equal(calls, 1);
});

test("a zod schema is filled by chat", async () => {
  const response_format = zodResponseFormat(Person, "person");
  const answer = await client().chat.completions.parse({ model, messages, response_format });

  assert.ok(Person.safeParse(answer.choices[0].message.parsed).success);
});

test("a zod schema is filled by responses, whole and streamed", async () => {
  const text = { format: zodTextFormat(Person, "person") };
  const whole = await client().responses.parse({ model, input: "Who?", text });
  const streamed = await client().responses.stream({ model, input: "Who?", text }).finalResponse();

  assert.ok(Person.safeParse(whole.output_parsed).success);
  assert.deepEqual(streamed.output_parsed, whole.output_parsed);
});

test("a function is called by responses, and its result taken", async () => {
  const tools = [{ type: "function", name: "weather", strict: true, parameters: z.toJSONSchema(City) }];
  const first = await client().responses.create({ model, input: messages, tools });
  const call = first.output[0];
  const result = { type: "function_call_output", call_id: call.call_id, output: "sunny" };
  const second = await client().responses.create({ model, input: [...messages, ...first.output, result], tools });

  assert.equal(call.type, "function_call");
  assert.ok(second.output_text);
});

test("embeddings come in base64 and as numbers alike", async () => {
  const asked = { model: "text-embedding-3-small", input: "a cat", dimensions: 64 };
  const encoded = await client().embeddings.create(asked);
  const numbers = await client().embeddings.create({ ...asked, encoding_format: "float" });

  assert.equal(encoded.data[0].embedding.length, 64);
  encoded.data[0].embedding.forEach((one, at) => assert.ok(Math.abs(one - numbers.data[0].embedding[at]) < 1e-6));
});

test("a raw answer shows the headers", async () => {
  const { data, response, request_id } = await client().chat.completions.create({ model, messages }).withResponse();

  assert.equal(response.headers.get("x-request-id"), request_id);
  assert.equal(response.headers.get("openai-version"), "2020-10-01");
  assert.equal(data.object, "chat.completion");
});

test("a refusal is not asked again", async () => {
  const [counted, seen] = counting({ maxRetries: 3 });
  await assert.rejects(counted.chat.completions.create({ model: "no-such-model", messages }), OpenAI.NotFoundError);

  assert.deepEqual(seen, ["0"]);
});

test("a server that is not there is asked again and again, then told", async () => {
  const [counted, seen] = counting({ maxRetries: 1, baseURL: "http://127.0.0.1:9/v1" });
  await assert.rejects(counted.models.list(), OpenAI.APIConnectionError);

  assert.deepEqual(seen, ["0", "1"]);
});

test("a caller's own timeout and abort are told as what they are", async () => {
  const slow = { model: "sandbox-slow", messages };
  await assert.rejects(client({ timeout: 50 }).chat.completions.create(slow), OpenAI.APIConnectionTimeoutError);
  const controller = new AbortController();
  const asked = client().chat.completions.create(slow, { signal: controller.signal });
  controller.abort();

  await assert.rejects(asked, OpenAI.APIUserAbortError);
});

test("a stream can become a web stream and come back", async () => {
  const stream = await client().chat.completions.create({ model, messages, stream: true });
  const { ChatCompletionStream } = await import("openai/lib/ChatCompletionStream");
  const final = await ChatCompletionStream.fromReadableStream(stream.toReadableStream()).finalChatCompletion();

  assert.ok(final.choices[0].message.content);
});

test("what passes is asked three times, and what does not once", async () => {
  const ask = (model) => new OpenAI().chat.completions.create({ model, messages });
  for (const [model, kind, times] of [
    [LIMITED, OpenAI.RateLimitError, 3],
    [BROKEN, OpenAI.InternalServerError, 3],
    [SPENT, OpenAI.RateLimitError, 1],
  ]) {
    const [error, asked] = await failure(model, ask);

    assert.ok(error instanceof kind, String(error));
    assert.equal(asked, times, model);
  }
});

test("a stream that breaks off rejects", async () => {
  const ask = async (model) => {
    for await (const _ of await client().chat.completions.create({ model, messages, stream: true }));
  };
  const [error, asked] = await failure(CUT, ask);

  assert.ok(error instanceof OpenAI.APIError, String(error));
  assert.equal(asked, 1);
});

test("the example of the page runs", async () => {
  assert.match(await printed("OpenAI for Node"), /sandbox/);
});
