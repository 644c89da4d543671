//! Code that ends causes: what a caller copies.
//!
//! Keys stand in it as environment variables only. `body`, `headers`, `messages`, `client` and the like are the caller's.

use crate::cause::{Language, Snippet};

const fn snippet(language: Language, code: &'static str) -> Snippet {
    Snippet { language, code }
}

pub(super) const CALL_CURL: Snippet = snippet(
    Language::Curl,
    r#"curl "$OPENAI_BASE_URL/chat/completions" \
  -H "Authorization: Bearer $OPENAI_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"model":"gpt-4.1-mini","messages":[{"role":"user","content":"Hello"}]}'"#,
);

pub(super) const CALL_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import os
from openai import OpenAI

client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])  # writes Authorization: Bearer …
client.models.list()"#,
);

pub(super) const CALL_NODE: Snippet = snippet(
    Language::Node,
    "import OpenAI from 'openai';

const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY }); // writes Authorization: Bearer …
await client.models.list();",
);

pub(super) const CALL_AXIOS: Snippet = snippet(
    Language::Axios,
    "import axios from 'axios';

const { data } = await axios.post(
  `${process.env.OPENAI_BASE_URL}/chat/completions`,
  { model: 'gpt-4.1-mini', messages: [{ role: 'user', content: 'Hello' }] },
  { headers: { Authorization: `Bearer ${process.env.OPENAI_API_KEY}` } },
);",
);

pub(super) const HEADERS_AXIOS: Snippet = snippet(
    Language::Axios,
    "// address, body, options: the headers belong into the options, under their own name
const headers = { Authorization: `Bearer ${process.env.OPENAI_API_KEY}` };
await axios.post(url, body, { headers });

// or once for all calls
const api = axios.create({ baseURL: process.env.OPENAI_BASE_URL, headers });
await api.post('/chat/completions', body);",
);

pub(super) const HEADERS_FETCH: Snippet = snippet(
    Language::Node,
    "await fetch(`${process.env.OPENAI_BASE_URL}/chat/completions`, {
  method: 'POST',
  headers: {
    Authorization: `Bearer ${process.env.OPENAI_API_KEY}`,
    'Content-Type': 'application/json',
  },
  body: JSON.stringify(body),
});",
);

pub(super) const HEADERS_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import os, requests

headers = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
requests.post(url, json=body, headers=headers, timeout=60)  # headers by name, never in json"#,
);

pub(super) const DOTENV_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import os
from dotenv import load_dotenv
from openai import OpenAI

load_dotenv()  # before any client is built
key = os.environ.get("OPENAI_API_KEY", "").strip()
if not key:
    raise SystemExit("OPENAI_API_KEY is not set")
client = OpenAI(api_key=key)"#,
);

pub(super) const DOTENV_NODE: Snippet = snippet(
    Language::Node,
    "// node --env-file=.env app.mjs
import OpenAI from 'openai';

const apiKey = process.env.OPENAI_API_KEY?.trim();
if (!apiKey) throw new Error('OPENAI_API_KEY is not set');
const client = new OpenAI({ apiKey });",
);

pub(super) const KEY_ENV_SHELL: Snippet = snippet(
    Language::Shell,
    r#"test -n "$OPENAI_API_KEY" && echo "set" || echo "not set"
read -rs OPENAI_API_KEY && export OPENAI_API_KEY   # paste the key: it is neither shown nor kept in the history
python app.py"#,
);

pub(super) const KEY_SHAPE_SHELL: Snippet = snippet(
    Language::Shell,
    r#"# length, beginning and last byte, without showing the key
printf %s "$OPENAI_API_KEY" | wc -c
printf %s "$OPENAI_API_KEY" | cut -c1-7
printf %s "$OPENAI_API_KEY" | tail -c1 | xxd"#,
);

pub(super) const KEY_SHAPE_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import os

key = os.environ["OPENAI_API_KEY"]
print(len(key), repr(key[:7]), [hex(ord(c)) for c in key if ord(c) > 126 or ord(c) < 33])"#,
);

pub(super) const KEY_TRIM_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import os
from openai import OpenAI

key = os.environ["OPENAI_API_KEY"].strip().strip("\"'“”")
key.encode("ascii")  # fails here, and says where, instead of inside the HTTP library
client = OpenAI(api_key=key)"#,
);

pub(super) const KEY_TRIM_NODE: Snippet = snippet(
    Language::Node,
    r#"const apiKey = process.env.OPENAI_API_KEY.trim().replace(/^["'“”]+|["'“”]+$/g, '');
const client = new OpenAI({ apiKey });"#,
);

pub(super) const PROVIDER_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import os
from openai import OpenAI

# key and base URL of the same place: this gateway, or for instance OpenRouter
client = OpenAI(api_key=os.environ["TOLLGATE_KEY"], base_url="http://127.0.0.1:4000/v1")
router = OpenAI(api_key=os.environ["OPENROUTER_API_KEY"], base_url="https://openrouter.ai/api/v1")"#,
);

pub(super) const PROVIDER_NODE: Snippet = snippet(
    Language::Node,
    "import OpenAI from 'openai';

// key and base URL of the same place: this gateway, or for instance OpenRouter
const client = new OpenAI({ apiKey: process.env.TOLLGATE_KEY, baseURL: 'http://127.0.0.1:4000/v1' });
const router = new OpenAI({ apiKey: process.env.OPENROUTER_API_KEY, baseURL: 'https://openrouter.ai/api/v1' });",
);

pub(super) const LIST_MODELS_CURL: Snippet = snippet(
    Language::Curl,
    r#"curl -s "$OPENAI_BASE_URL/models" -H "Authorization: Bearer $OPENAI_API_KEY" | jq -r '.data[].id' | sort"#,
);

pub(super) const LIST_MODELS_PYTHON: Snippet = snippet(
    Language::Python,
    "for model in client.models.list():
    print(model.id)",
);

pub(super) const LIST_MODELS_NODE: Snippet =
    snippet(Language::Node, "for await (const model of client.models.list()) console.log(model.id);");

pub(super) const ORG_SHELL: Snippet = snippet(
    Language::Shell,
    "env | grep -iE '^OPENAI_(ORG|PROJECT)'
unset OPENAI_ORG_ID OPENAI_ORGANIZATION OPENAI_PROJECT_ID",
);

pub(super) const AZURE_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import os
from openai import AzureOpenAI

client = AzureOpenAI(
    azure_endpoint=os.environ["AZURE_OPENAI_ENDPOINT"],  # https://RESOURCE.openai.azure.com
    api_key=os.environ["AZURE_OPENAI_API_KEY"],          # of the same resource
    api_version="2024-10-21",
)
client.chat.completions.create(
    model=os.environ["AZURE_OPENAI_DEPLOYMENT"],         # the deployment's name
    messages=[{"role": "user", "content": "Hello"}],
)"#,
);

pub(super) const AZURE_NODE: Snippet = snippet(
    Language::Node,
    "import { AzureOpenAI } from 'openai';

const client = new AzureOpenAI({
  endpoint: process.env.AZURE_OPENAI_ENDPOINT, // https://RESOURCE.openai.azure.com
  apiKey: process.env.AZURE_OPENAI_API_KEY, // of the same resource
  apiVersion: '2024-10-21',
  deployment: process.env.AZURE_OPENAI_DEPLOYMENT, // the deployment's name
});",
);

pub(super) const AZURE_CURL: Snippet = snippet(
    Language::Curl,
    r#"curl "$AZURE_OPENAI_ENDPOINT/openai/deployments/$AZURE_OPENAI_DEPLOYMENT/chat/completions?api-version=2024-10-21" \
  -H "api-key: $AZURE_OPENAI_API_KEY" -H "Content-Type: application/json" \
  -d '{"messages":[{"role":"user","content":"Hello"}]}'"#,
);

pub(super) const ANTHROPIC_CURL: Snippet = snippet(
    Language::Curl,
    r#"curl https://api.anthropic.com/v1/messages \
  -H "x-api-key: $ANTHROPIC_API_KEY" \
  -H "anthropic-version: 2023-06-01" \
  -H "content-type: application/json" \
  -d '{"model":"claude-sonnet-4-6","max_tokens":256,"messages":[{"role":"user","content":"Hello"}]}'"#,
);

pub(super) const ANTHROPIC_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import anthropic

client = anthropic.Anthropic()  # reads ANTHROPIC_API_KEY, sends x-api-key and anthropic-version
messages = [{"role": "user", "content": "Hello"}]
with client.messages.stream(model="claude-sonnet-4-6", max_tokens=32000, messages=messages) as stream:
    for text in stream.text_stream:
        print(text, end="")"#,
);

pub(super) const GCP_SHELL: Snippet = snippet(
    Language::Shell,
    r#"gcloud config get-value project
gcloud services enable generativelanguage.googleapis.com aiplatform.googleapis.com
gcloud projects add-iam-policy-binding "$GOOGLE_CLOUD_PROJECT" \
  --member "serviceAccount:$SERVICE_ACCOUNT" --role roles/aiplatform.user"#,
);

pub(super) const AWS_SHELL: Snippet = snippet(
    Language::Shell,
    r#"aws configure list                 # which source wins: environment, profile or role
aws sts get-caller-identity        # do the credentials hold?
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
aws sso login --profile "$AWS_PROFILE""#,
);

pub(super) const BEDROCK_SHELL: Snippet = snippet(
    Language::Shell,
    r#"aws bedrock list-foundation-models --region "$AWS_REGION" --query 'modelSummaries[].modelId'
aws bedrock list-inference-profiles --region "$AWS_REGION" --query 'inferenceProfileSummaries[].inferenceProfileId'"#,
);

pub(super) const BEDROCK_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import boto3

client = boto3.client("bedrock-runtime", region_name="us-east-1")
client.converse(
    modelId="us.anthropic.claude-sonnet-4-6",  # the inference profile: us. in front
    messages=[{"role": "user", "content": [{"text": "Hello"}]}],
)"#,
);

pub(super) const CLOCK_SHELL: Snippet = snippet(
    Language::Shell,
    "date -u
curl -sI https://api.openai.com | grep -i '^date:'
sudo timedatectl set-ntp true      # or: sudo chronyc makestep",
);

pub(super) const OLLAMA_SHELL: Snippet = snippet(
    Language::Shell,
    r#"curl http://127.0.0.1:11434        # "Ollama is running"
ollama list                        # exact names, with their tags
ollama pull llama3.2
OLLAMA_HOST=0.0.0.0 OLLAMA_ORIGINS='https://app.example' ollama serve"#,
);

pub(super) const VLLM_SHELL: Snippet = snippet(
    Language::Shell,
    r"vllm serve Qwen/Qwen2.5-7B-Instruct --served-model-name my-model --max-model-len 16384 \
  --enable-auto-tool-choice --tool-call-parser hermes --host 0.0.0.0 --port 8000
curl http://127.0.0.1:8000/v1/models",
);

pub(super) const LITELLM_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import os
import litellm

litellm.completion(
    model="openai/my-model",  # provider/model
    api_base="http://127.0.0.1:8000/v1",
    api_key=os.environ["OPENAI_API_KEY"],
    messages=[{"role": "user", "content": "Hello"}],
)"#,
);

pub(super) const CHAT_PYTHON: Snippet = snippet(
    Language::Python,
    r#"answer = client.chat.completions.create(
    model="gpt-4.1-mini",
    messages=[
        {"role": "system", "content": "You answer briefly."},
        {"role": "user", "content": "Hello"},
    ],
)
print(answer.choices[0].message.content)"#,
);

pub(super) const CHAT_NODE: Snippet = snippet(
    Language::Node,
    "const answer = await client.chat.completions.create({
  model: 'gpt-4.1-mini',
  messages: [{ role: 'user', content: 'Hello' }],
});
console.log(answer.choices[0].message.content);",
);

pub(super) const RESPONSES_PYTHON: Snippet = snippet(
    Language::Python,
    r#"answer = client.responses.create(model="gpt-5.3-codex", input="Hello")
print(answer.output_text)"#,
);

pub(super) const RESPONSES_NODE: Snippet = snippet(
    Language::Node,
    "const answer = await client.responses.create({ model: 'gpt-5.3-codex', input: 'Hello' });
console.log(answer.output_text);",
);

pub(super) const RESPONSES_CURL: Snippet = snippet(
    Language::Curl,
    r#"curl "$OPENAI_BASE_URL/responses" \
  -H "Authorization: Bearer $OPENAI_API_KEY" -H "Content-Type: application/json" \
  -d '{"model":"gpt-5.3-codex","input":"Hello"}'"#,
);

pub(super) const RESPONSES_HISTORY_PYTHON: Snippet = snippet(
    Language::Python,
    r#"items = [{"role": "user", "content": "Plan a trip"}]
first = client.responses.create(
    model="gpt-5.4-mini", input=items, store=False, include=["reasoning.encrypted_content"]
)
items += first.output                       # every item, in order: reasoning and what follows it
items.append({"role": "user", "content": "Make it shorter"})
client.responses.create(model="gpt-5.4-mini", input=items, store=False)"#,
);

pub(super) const RETRY_PYTHON: Snippet = snippet(
    Language::Python,
    "from openai import OpenAI

# waits as retry-after says, else 0.5 s, 1 s, 2 s … with jitter
client = OpenAI(max_retries=6)",
);

pub(super) const RETRY_NODE: Snippet = snippet(
    Language::Node,
    "import OpenAI from 'openai';

// waits as retry-after says, else 0.5 s, 1 s, 2 s … with jitter
const client = new OpenAI({ maxRetries: 6 });",
);

pub(super) const LIMIT_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import asyncio
from openai import AsyncOpenAI

client = AsyncOpenAI(max_retries=6)
at_once = asyncio.Semaphore(8)

async def ask(messages):
    async with at_once:
        return await client.chat.completions.create(model="gpt-4.1-mini", messages=messages)"#,
);

pub(super) const LIMIT_NODE: Snippet = snippet(
    Language::Node,
    "import pLimit from 'p-limit';

const atOnce = pLimit(8);
const answers = await Promise.all(
  prompts.map((content) =>
    atOnce(() => client.chat.completions.create({ model: 'gpt-4.1-mini', messages: [{ role: 'user', content }] })),
  ),
);",
);

pub(super) const TRIM_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import tiktoken

encoding = tiktoken.get_encoding("o200k_base")

def trim(messages, limit):
    """Keeps the system message and the newest turns that fit into `limit` tokens."""
    size = lambda m: len(encoding.encode(m["content"])) + 4
    system, turns = messages[:1], messages[1:]
    while turns and sum(map(size, system + turns)) > limit:
        turns.pop(0)
    return system + turns"#,
);

pub(super) const STREAM_PYTHON: Snippet = snippet(
    Language::Python,
    r#"stream = client.chat.completions.create(model="gpt-4.1-mini", messages=messages, stream=True)
for chunk in stream:
    if chunk.choices and chunk.choices[0].delta.content:
        print(chunk.choices[0].delta.content, end="", flush=True)"#,
);

pub(super) const STREAM_NODE: Snippet = snippet(
    Language::Node,
    "const stream = await client.chat.completions.create({ model: 'gpt-4.1-mini', messages, stream: true });
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');",
);

pub(super) const STREAM_CURL: Snippet = snippet(
    Language::Curl,
    r#"curl -N "$OPENAI_BASE_URL/chat/completions" \
  -H "Authorization: Bearer $OPENAI_API_KEY" -H "Content-Type: application/json" \
  -d '{"model":"gpt-4.1-mini","stream":true,"messages":[{"role":"user","content":"Hello"}]}'"#,
);

pub(super) const TIMEOUT_PYTHON: Snippet = snippet(
    Language::Python,
    r#"from openai import OpenAI, Timeout

# seconds; read is the longest pause between two parts
client = OpenAI(timeout=Timeout(600, connect=10, read=300), max_retries=3)
client.with_options(timeout=900).chat.completions.create(model="gpt-5.4-mini", messages=messages)"#,
);

pub(super) const TIMEOUT_NODE: Snippet = snippet(
    Language::Node,
    "// milliseconds
const client = new OpenAI({ timeout: 600_000, maxRetries: 3 });
await client.chat.completions.create({ model: 'gpt-5.4-mini', messages }, { timeout: 900_000 });",
);

pub(super) const TIMEOUT_AXIOS: Snippet = snippet(
    Language::Axios,
    "await axios.post(url, body, { headers, timeout: 600_000 }); // milliseconds; 0 waits for ever",
);

pub(super) const MAX_COMPLETION_PYTHON: Snippet = snippet(
    Language::Python,
    r#"client.chat.completions.create(model="gpt-5.4-mini", messages=messages, max_completion_tokens=2000)
client.responses.create(model="gpt-5.4-mini", input="Hello", max_output_tokens=2000)"#,
);

pub(super) const MAX_COMPLETION_NODE: Snippet = snippet(
    Language::Node,
    "await client.chat.completions.create({ model: 'gpt-5.4-mini', messages, max_completion_tokens: 2000 });",
);

pub(super) const MAX_COMPLETION_CURL: Snippet = snippet(
    Language::Curl,
    r#"curl "$OPENAI_BASE_URL/chat/completions" \
  -H "Authorization: Bearer $OPENAI_API_KEY" -H "Content-Type: application/json" \
  -d '{"model":"gpt-5.4-mini","max_completion_tokens":2000,"messages":[{"role":"user","content":"Hello"}]}'"#,
);

pub(super) const JSON_CURL: Snippet = snippet(
    Language::Curl,
    r#"jq -n --arg text "$PROMPT" '{model: "gpt-4.1-mini", messages: [{role: "user", content: $text}]}' > body.json
curl "$OPENAI_BASE_URL/chat/completions" \
  -H "Authorization: Bearer $OPENAI_API_KEY" -H "Content-Type: application/json" --data @body.json"#,
);

pub(super) const JSON_PYTHON: Snippet = snippet(
    Language::Python,
    "requests.post(url, json=body, headers=headers, timeout=60)  # json= serialises and sets Content-Type",
);

pub(super) const JSON_AXIOS: Snippet = snippet(
    Language::Axios,
    "// the object itself: axios serialises it and sets Content-Type
await axios.post(url, { model: 'gpt-4.1-mini', messages }, { headers });",
);

pub(super) const UTF8_PYTHON: Snippet = snippet(
    Language::Python,
    r#"text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").replace("\x00", "")
data = open(path, encoding="cp1252").read()  # the file's real encoding"#,
);

pub(super) const TOOLS_PYTHON: Snippet = snippet(
    Language::Python,
    r#"answer = client.chat.completions.create(model="gpt-4.1-mini", messages=messages, tools=tools)
message = answer.choices[0].message
messages.append(message)                           # the assistant's message, unchanged
for call in message.tool_calls or []:              # one result for each call, also where a tool failed
    messages.append({"role": "tool", "tool_call_id": call.id, "content": run(call)})"#,
);

pub(super) const TOOLS_NODE: Snippet = snippet(
    Language::Node,
    "const { message } = answer.choices[0];
messages.push(message); // the assistant's message, unchanged
for (const call of message.tool_calls ?? []) {
  // one result for each call, also where a tool failed
  messages.push({ role: 'tool', tool_call_id: call.id, content: await run(call) });
}",
);

pub(super) const MERGE_PYTHON: Snippet = snippet(
    Language::Python,
    r#"merged = []
for message in messages:
    if merged and merged[-1]["role"] == message["role"]:
        merged[-1]["content"] += "\n\n" + message["content"]
    else:
        merged.append(dict(message))"#,
);

pub(super) const STRICT_PYTHON: Snippet = snippet(
    Language::Python,
    r#"from pydantic import BaseModel

class Answer(BaseModel):
    city: str
    degrees: float | None   # optional: a union with null, and still in `required`

client.chat.completions.parse(model="gpt-4.1-mini", messages=messages, response_format=Answer)"#,
);

pub(super) const STRICT_NODE: Snippet = snippet(
    Language::Node,
    "import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';

const Answer = z.object({ city: z.string(), degrees: z.number().nullable() });
await client.chat.completions.parse({
  model: 'gpt-4.1-mini',
  messages,
  response_format: zodResponseFormat(Answer, 'answer'),
});",
);

pub(super) const EMBED_PYTHON: Snippet = snippet(
    Language::Python,
    r#"texts = [text for text in texts if text.strip()]   # empty ones are refused
vectors = []
for start in range(0, len(texts), 256):
    answer = client.embeddings.create(model="text-embedding-3-small", input=texts[start:start + 256])
    vectors += [item.embedding for item in answer.data]
print(len(vectors[0]))                             # the dimension that the index must have"#,
);

pub(super) const IMAGE_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import base64, mimetypes

data = base64.b64encode(open(path, "rb").read()).decode()
url = f"data:{mimetypes.guess_type(path)[0]};base64,{data}"
content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]"#,
);

pub(super) const IMAGE_NODE: Snippet = snippet(
    Language::Node,
    "import { readFile } from 'node:fs/promises';

const url = `data:image/png;base64,${(await readFile(path)).toString('base64')}`;
const content = [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url } }];",
);

pub(super) const IMAGE_SHELL: Snippet = snippet(
    Language::Shell,
    r#"file photo.heic
convert photo.heic -resize '2000x2000>' -quality 85 photo.jpg
printf 'data:image/jpeg;base64,%s' "$(base64 -w0 photo.jpg)" > url.txt"#,
);

pub(super) const AUDIO_SHELL: Snippet = snippet(
    Language::Shell,
    "ffprobe -hide_banner recording.webm
ffmpeg -i recording.webm -ac 1 -ar 16000 -b:a 32k speech.mp3
ffmpeg -i speech.mp3 -f segment -segment_time 600 -c copy part%03d.mp3",
);

pub(super) const AUDIO_PYTHON: Snippet = snippet(
    Language::Python,
    r#"# the name's extension tells the format
client.audio.transcriptions.create(model="gpt-transcribe", file=("speech.mp3", data, "audio/mpeg"))"#,
);

pub(super) const BATCH_SHELL: Snippet = snippet(
    Language::Shell,
    r#"jq -c . input.jsonl > /dev/null && echo "every line is JSON"
jq -r .custom_id input.jsonl | sort | uniq -d
curl -s "$OPENAI_BASE_URL/batches/$BATCH" -H "Authorization: Bearer $OPENAI_API_KEY" | jq .errors"#,
);

pub(super) const THINKING_PYTHON: Snippet = snippet(
    Language::Python,
    r#"response = client.messages.create(
    model="claude-sonnet-4-6", max_tokens=16000, messages=messages, tools=tools,
    thinking={"type": "enabled", "budget_tokens": 8000},
)
messages.append({"role": "assistant", "content": response.content})  # thinking blocks too, unchanged
messages.append({"role": "user", "content": tool_results})"#,
);

pub(super) const SIGNATURE_PYTHON: Snippet = snippet(
    Language::Python,
    r#"response = client.models.generate_content(model="gemini-3.8-flash", contents=contents, config=config)
contents.append(response.candidates[0].content)  # every part as it came, with its thought_signature"#,
);

pub(super) const MODERATION_CURL: Snippet = snippet(
    Language::Curl,
    r#"curl "$OPENAI_BASE_URL/moderations" \
  -H "Authorization: Bearer $OPENAI_API_KEY" -H "Content-Type: application/json" \
  -d '{"model":"omni-moderation-latest","input":"the part in question"}'"#,
);

pub(super) const SDK_SHELL: Snippet = snippet(
    Language::Shell,
    "pip show openai httpx httpx2 | grep -E '^(Name|Version)'
pip install --upgrade openai         # or pin: pip install 'openai==0.28', pip install 'httpx<0.28'",
);

pub(super) const SDK_PYTHON: Snippet = snippet(
    Language::Python,
    r#"# before 1.0: openai.ChatCompletion.create(…), openai.error.RateLimitError
import openai

client = openai.OpenAI()
try:
    client.chat.completions.create(model="gpt-4.1-mini", messages=messages)
except openai.RateLimitError as error:
    print(error.status_code, error.message)"#,
);

pub(super) const BACKEND_NODE: Snippet = snippet(
    Language::Node,
    "// the browser calls this route; the key stays on the server
import express from 'express';
import OpenAI from 'openai';

const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY });
const app = express().use(express.json());
app.post('/api/chat', async (request, response) => {
  const answer = await client.chat.completions.create({ model: 'gpt-4.1-mini', messages: request.body.messages });
  response.json(answer.choices[0].message);
});
app.listen(3000);",
);

pub(super) const DNS_SHELL: Snippet = snippet(
    Language::Shell,
    "getent hosts api.openai.com || nslookup api.openai.com
cat /etc/resolv.conf
docker run --rm --dns 1.1.1.1 alpine nslookup api.openai.com",
);

pub(super) const PORT_SHELL: Snippet = snippet(
    Language::Shell,
    "ss -ltn                             # which ports are listening, and on which address
curl -v http://127.0.0.1:8000/v1/models",
);

pub(super) const PROXY_SHELL: Snippet = snippet(
    Language::Shell,
    "env | grep -i proxy
export HTTPS_PROXY=http://proxy.example:3128 NO_PROXY=localhost,127.0.0.1,::1,host.docker.internal
unset ALL_PROXY all_proxy
curl -v --noproxy '*' http://127.0.0.1:4000/v1/models",
);

pub(super) const PROXY_PYTHON: Snippet = snippet(
    Language::Python,
    r#"import os
from openai import DefaultHttpxClient, OpenAI

through = OpenAI(http_client=DefaultHttpxClient(proxy=os.environ["HTTPS_PROXY"]))
past = OpenAI(http_client=DefaultHttpxClient(trust_env=False))  # ignores HTTP_PROXY and the like"#,
);

pub(super) const PROXY_NODE: Snippet = snippet(
    Language::Node,
    "import OpenAI from 'openai';
import { fetch, ProxyAgent } from 'undici';

const dispatcher = new ProxyAgent(process.env.HTTPS_PROXY);
const client = new OpenAI({ fetch, fetchOptions: { dispatcher } });",
);

pub(super) const PROXY_AXIOS: Snippet = snippet(
    Language::Axios,
    "import { HttpsProxyAgent } from 'https-proxy-agent';

const agent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
await axios.post(url, body, { headers, httpsAgent: agent, proxy: false });",
);

pub(super) const CA_SHELL: Snippet = snippet(
    Language::Shell,
    r"openssl s_client -connect api.openai.com:443 -servername api.openai.com </dev/null 2>/dev/null \
  | openssl x509 -noout -subject -issuer -dates -ext subjectAltName
export SSL_CERT_FILE=/etc/ssl/certs/company-bundle.pem REQUESTS_CA_BUNDLE=/etc/ssl/certs/company-bundle.pem
export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/company-ca.pem",
);

pub(super) const CA_PYTHON: Snippet = snippet(
    Language::Python,
    "import truststore          # pip install truststore: the system's own certificates

truststore.inject_into_ssl()
from openai import OpenAI

client = OpenAI()",
);

pub(super) const CA_NODE: Snippet = snippet(
    Language::Node,
    "import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import OpenAI from 'openai';
import { Agent, fetch } from 'undici';

const ca = [...tls.rootCertificates, readFileSync(process.env.COMPANY_CA, 'utf8')];
const client = new OpenAI({ fetch, fetchOptions: { dispatcher: new Agent({ connect: { ca } }) } });",
);

pub(super) const SCHEME_SHELL: Snippet = snippet(
    Language::Shell,
    "curl -v http://127.0.0.1:8000/v1/models
curl -vk https://127.0.0.1:8000/v1/models",
);

pub(super) const REDIRECT_SHELL: Snippet =
    snippet(Language::Shell, r#"curl -sI "$OPENAI_BASE_URL/models" | grep -iE '^(HTTP|location)'"#);

pub(super) const RAW_CURL: Snippet = snippet(
    Language::Curl,
    r#"curl -sS -i "$OPENAI_BASE_URL/chat/completions" \
  -H "Authorization: Bearer $OPENAI_API_KEY" -H "Content-Type: application/json" --data @body.json | head -c 2000"#,
);

pub(super) const RAW_PYTHON: Snippet = snippet(
    Language::Python,
    r#"raw = client.chat.completions.with_raw_response.create(model="gpt-4.1-mini", messages=messages)
print(raw.status_code, raw.headers.get("content-type"), raw.text[:500])
answer = raw.parse()"#,
);

pub(super) const RAW_NODE: Snippet = snippet(
    Language::Node,
    "const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
const text = await response.text();
if (!response.ok) throw new Error(`${response.status}: ${text.slice(0, 500)}`);
const answer = JSON.parse(text);",
);

pub(super) const CAUSE_PYTHON: Snippet = snippet(
    Language::Python,
    "import openai

try:
    client.models.list()
except openai.APIConnectionError as error:
    cause = error
    while cause is not None:
        print(repr(cause))
        cause = cause.__cause__ or cause.__context__",
);

pub(super) const CAUSE_NODE: Snippet = snippet(
    Language::Node,
    "try {
  await client.models.list();
} catch (error) {
  for (let cause = error; cause; cause = cause.cause) console.error(cause.name, cause.code, cause.message);
}",
);

pub(super) const COMPOSE_CONFIG: Snippet = snippet(
    Language::Config,
    r#"# compose.yaml
services:
  app:
    environment:
      OPENAI_BASE_URL: http://host.docker.internal:11434/v1
    extra_hosts:
      - "host.docker.internal:host-gateway""#,
);

pub(super) const NGINX_CONFIG: Snippet = snippet(
    Language::Config,
    r#"# nginx
location /v1/ {
    proxy_pass http://127.0.0.1:4000;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_buffering off;
    proxy_read_timeout 600s;
    client_max_body_size 50m;
}"#,
);
