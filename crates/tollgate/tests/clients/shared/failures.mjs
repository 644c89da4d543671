// Failures on demand: the sandbox fails as the model's name says, and the server's metrics tell how often it was asked.

export const LIMITED = "sandbox-error-rate_limit_requests"; // 429, and a wait of 120 ms
export const SPENT = "sandbox-error-insufficient_quota"; // 429 that says not to ask again
export const BROKEN = "sandbox-error-server_error"; // 500
export const CUT = "sandbox-error-stream_interrupted"; // a stream that ends in an error

// How often the server has been asked for a model so far.
async function asked(model) {
  const text = await (await fetch(process.env.OPENAI_BASE_URL.replace(/\/v1$/, "/metrics"))).text();
  const counted = text.matchAll(new RegExp(`^tollgate_requests_total{[^}]*model="${model}"[^}]*} (\\d+)$`, "gm"));
  return [...counted].reduce((sum, [, count]) => sum + Number(count), 0);
}

// What `call(model)` rejects with, and how often the server was asked meanwhile.
export async function failure(model, call) {
  const before = await asked(model);
  const error = await call(model).then(() => new Error(`${model} has not failed`), (error) => error);
  return [error, (await asked(model)) - before];
}
