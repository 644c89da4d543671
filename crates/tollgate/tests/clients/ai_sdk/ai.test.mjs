// Vercel's AI SDK, which calls the responses API unless told otherwise. `openai` reads OPENAI_BASE_URL and OPENAI_API_KEY.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APICallError, RetryError, embed, embedMany, generateObject, generateText, isStepCount, Output, streamText, tool } from "ai";
import { createOpenAI, openai } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { z } from "zod";
import { CUT, LIMITED, failure } from "./failures.mjs";
import { printed } from "./page.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;

const prompt = "Will it rain in Paris?";
const schema = z.object({ name: z.string(), age: z.number() });
const compatible = createOpenAICompatible({
  name: "tollgate",
  baseURL: process.env.OPENAI_BASE_URL,
  apiKey: process.env.OPENAI_API_KEY,
  includeUsage: true,
  supportsStructuredOutputs: true,
});

// A tool that counts its calls.
function weather() {
  const cities = [];
  const described = tool({
    description: "The weather of a city",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      cities.push(city);
      return { sky: "sunny" };
    },
  });
  return [{ weather: described }, cities];
}

async function all(stream) {
  const items = [];
  for await (const item of stream) items.push(item);
  return items;
}

const models = {
  "by responses": openai("sandbox"),
  "by chat": openai.chat("sandbox"),
  "by the compatible provider": compatible("sandbox"),
};

for (const [way, model] of Object.entries(models)) {
  test(`${way}, a text has its usage and end`, async () => {
    const { text, usage, finishReason, warnings } = await generateText({ model, prompt, system: "Be brief." });

    assert.ok(text);
    assert.equal(finishReason, "stop");
    assert.ok(usage.totalTokens > 0);
    assert.deepEqual(warnings ?? [], []);
  });

  test(`${way}, a stream says the same`, async () => {
    const whole = await generateText({ model, prompt });
    const streamed = streamText({ model, prompt });
    const parts = await all(streamed.textStream);

    assert.equal(parts.join(""), whole.text);
    assert.equal(await streamed.finishReason, "stop");
    assert.ok((await streamed.usage).totalTokens > 0);
  });

  test(`${way}, a tool is called, and its result taken`, async () => {
    const [tools, cities] = weather();
    const { text, steps } = await generateText({ model, prompt, tools, stopWhen: isStepCount(4) });

    assert.equal(cities.length, 1);
    assert.equal(steps.length, 2);
    assert.ok(text);
  });

  test(`${way}, a tool is called in a stream`, async () => {
    const [tools, cities] = weather();
    const streamed = streamText({ model, prompt, tools, stopWhen: isStepCount(4) });
    const kinds = (await all(streamed.fullStream)).map((part) => part.type);

    assert.ok(kinds.includes("tool-input-delta") && kinds.includes("tool-result"), kinds.join());
    assert.ok(!kinds.includes("error"), kinds.join());
    assert.equal(cities.length, 1);
  });

  test(`${way}, two tools are called in one step`, async () => {
    const [[{ weather: one }, cities], [{ weather: other }, others]] = [weather(), weather()];
    const tools = { weather: one, forecast: other };
    const { steps } = await generateText({ model, prompt: "Call weather and forecast.", tools, stopWhen: isStepCount(4) });

    assert.deepEqual([steps.length, cities.length, others.length], [2, 1, 1]);
  });

  test(`${way}, an object is filled, whole and streamed`, async () => {
    const { output } = await generateText({ model, prompt: "Who?", output: Output.object({ schema }) });
    const streamed = streamText({ model, prompt: "Who?", output: Output.object({ schema }) });
    const partial = await all(streamed.partialOutputStream);

    assert.ok(schema.safeParse(output).success);
    assert.deepEqual(partial.at(-1), output);
  });

  test(`${way}, an unknown model is told as such`, async () => {
    const unknown = { "by responses": openai("sandbax"), "by chat": openai.chat("sandbax") }[way] ?? compatible("sandbax");
    const error = await generateText({ model: unknown, prompt, maxRetries: 2 }).catch((error) => error);

    assert.ok(APICallError.isInstance(error), String(error));
    assert.equal(error.statusCode, 404);
    assert.equal(error.isRetryable, false);
    assert.match(error.message, /does not exist or you do not have access to it/);
  });
}

test("a conversation goes on from the response that is stored", async () => {
  const model = openai("sandbox");
  const first = await generateText({ model, prompt });
  const providerOptions = { openai: { previousResponseId: first.providerMetadata.openai.responseId } };
  const second = await generateText({ model, prompt: "And tomorrow?", providerOptions });

  assert.match(second.text, /Paris/);
});

test("an image is taken by responses and by chat", async () => {
  const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const content = [{ type: "text", text: "What is it?" }, { type: "file", data: pixel, mediaType: "image/png" }];
  for (const model of [openai("sandbox"), openai.chat("sandbox")]) {
    const { text } = await generateText({ model, messages: [{ role: "user", content }] });

    assert.match(text, /image|PNG/);
  }
});

test("a legacy completion", async () => {
  const { text } = await generateText({ model: openai.completion("gpt-3.5-turbo-instruct"), prompt });

  assert.ok(text);
});

test("embeddings, one and many", async () => {
  const model = openai.embedding("text-embedding-3-small");
  const { embedding, usage } = await embed({ model, value: "a cat" });
  const { embeddings } = await embedMany({ model, values: ["a cat", "quarterly revenue"] });

  assert.equal(embedding.length, 1536);
  assert.ok(usage.tokens > 0);
  assert.deepEqual(embeddings[0], embedding);
});

test("a wrong key is told as such", async () => {
  const wrong = createOpenAI({ apiKey: "sk-wrong-0123456789abcdef" });
  const error = await generateText({ model: wrong("sandbox"), prompt }).catch((error) => error);

  assert.equal(error.statusCode, 401);
  assert.match(error.message, /^Incorrect API key provided: sk-wrong/);
  assert.equal(error.data.error.code, "invalid_api_key");
});

test("what is not there is asked again, then told", async () => {
  const nobody = createOpenAI({ baseURL: "http://127.0.0.1:9/v1", apiKey: "sk-any" });
  const error = await generateText({ model: nobody("sandbox"), prompt, maxRetries: 1 }).catch((error) => error);

  assert.ok(RetryError.isInstance(error), String(error));
  assert.equal(error.errors.length, 2);
});

test("an abort ends the call", async () => {
  const controller = new AbortController();
  const asked = generateText({ model: openai("sandbox-slow"), prompt, abortSignal: controller.signal });
  controller.abort();

  await assert.rejects(asked, { name: "AbortError" });
});

test("generateObject fills an object, a list and a choice", async () => {
  const model = openai("sandbox");
  const one = await generateObject({ model, prompt: "Who?", schema });
  const several = await generateObject({ model, prompt: "Who?", output: "array", schema });
  const choice = await generateObject({ model, prompt: "Which?", output: "enum", enum: ["red", "green"] });

  assert.ok(schema.safeParse(one.object).success);
  assert.ok(z.array(schema).safeParse(several.object).success);
  assert.ok(["red", "green"].includes(choice.object));
});

for (const [way, create] of [["by responses", openai], ["by chat", openai.chat]]) {
  test(`${way}, a limit is told with its status once retries are used up`, async () => {
    const ask = (model) => generateText({ model: create(model), prompt, maxRetries: 1 });
    const [error, asked] = await failure(LIMITED, ask);

    assert.ok(RetryError.isInstance(error), String(error));
    assert.equal(error.lastError.statusCode, 429);
    assert.equal(asked, 2);
  });

  test(`${way}, a stream that breaks off is told in the stream`, async () => {
    const ask = async (model) => {
      const streamed = streamText({ model: create(model), prompt, onError() {} });
      const told = (await all(streamed.fullStream)).find((part) => part.type === "error");
      assert.ok(told);
      throw told.error;
    };
    const [, asked] = await failure(CUT, ask);

    assert.equal(asked, 1);
  });
}

test("the example of the page runs", async () => {
  assert.match(await printed("Vercel AI SDK"), /sandbox/);
});
