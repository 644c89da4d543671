"""Calls Tollgate with the official OpenAI Python SDK and prints what came, one JSON object per call.

OPENAI_BASE_URL and OPENAI_API_KEY say where and as whom. Nothing is judged here: the proof does that.
"""

import asyncio
import json

import openai

HELLO = [{"role": "user", "content": "Say hello."}]
sdk = openai.OpenAI(max_retries=0, timeout=60)


def tokens(usage):
    return usage and [usage.prompt_tokens, getattr(usage, "completion_tokens", 0)]


def models():
    raw = sdk.models.with_raw_response.list()
    return {"ids": [model.id for model in raw.parse().data], "request": raw.headers["x-request-id"]}


def whole(model):
    raw = sdk.chat.completions.with_raw_response.create(model=model, messages=HELLO)
    answer = raw.parse()
    return {
        "text": answer.choices[0].message.content,
        "finish": answer.choices[0].finish_reason,
        "model": answer.model,
        "tokens": tokens(answer.usage),
        "provider": raw.headers["x-tollgate-provider"],
        "request": raw.headers["x-request-id"],
    }


def collected(chunks, request):
    usages = [tokens(chunk.usage) for chunk in chunks if chunk.usage]
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    return {
        "text": "".join(choice.delta.content or "" for choice in choices),
        "finish": [choice.finish_reason for choice in choices if choice.finish_reason],
        "tokens": usages,
        "request": request,
    }


def stream(**options):
    raw = sdk.chat.completions.with_raw_response.create(model="answers", messages=HELLO, stream=True, **options)
    return collected(list(raw.parse()), raw.headers["x-request-id"])


async def streams_at_once(count):
    """Callers side by side: each must get its own answer whole."""
    async with openai.AsyncOpenAI(max_retries=0, timeout=60) as asking:

        async def one():
            raw = await asking.chat.completions.with_raw_response.create(model="answers", messages=HELLO, stream=True)
            return collected([chunk async for chunk in raw.parse()], raw.headers["x-request-id"])

        return await asyncio.gather(*(one() for _ in range(count)))


def together(count):
    answers = asyncio.run(streams_at_once(count))
    return {"whole": len([a for a in answers if a["text"] and a["finish"] == ["stop"]]), "requests": [a["request"] for a in answers]}


def vectors():
    raw = sdk.embeddings.with_raw_response.create(model="vectors", input="hello", encoding_format="float")
    answer = raw.parse()
    return {
        "vector": answer.data[0].embedding,
        "tokens": tokens(answer.usage),
        "request": raw.headers["x-request-id"],
    }


def refused(call):
    try:
        return {"error": None, "came": call()}
    except openai.APIStatusError as error:
        head = error.response.headers
        said = error.response.text + json.dumps(dict(head))
        body = error.response.json()["error"]
        return {
            "error": type(error).__name__,
            "status": error.status_code,
            "cause": head["x-tollgate-cause"],
            "explained": body.get("diagnosis", {}).get("cause") == head["x-tollgate-cause"],
            "retry": head["x-should-retry"],
            # The other server's own words, or its name.
            "theirs": any(word in said.lower() for word in ("litellm", "connected db", "api key passed", "auth_error")),
            "request": head["x-request-id"],
        }


def refused_chat(model, **options):
    return refused(lambda: sdk.chat.completions.create(model=model, messages=HELLO, **options))


def as_nobody():
    other = openai.OpenAI(api_key="sk-nobody-has-this-key", max_retries=0, timeout=60)
    return refused(lambda: other.chat.completions.create(model="answers", messages=HELLO))


CALLS = {
    "models.list": models,
    "an answer": lambda: whole("answers"),
    "the same by another name": lambda: whole("by-another-name"),
    "a stream": stream,
    "a stream with usage": lambda: stream(stream_options={"include_usage": True}),
    "20 streams at once": lambda: together(20),
    "an embedding": vectors,
    "a model unknown to both": lambda: refused_chat("nobody-has-this"),
    "a model unknown to the other server": lambda: refused_chat("not-there"),
    "a caller's wrong key": as_nobody,
    "no credential of ours": lambda: refused_chat("no-key"),
    "a wrong credential of ours": lambda: refused_chat("wrong-key"),
    "the same, for a stream": lambda: refused_chat("wrong-key", stream=True),
    "its rate limit": lambda: refused_chat("limited"),
    "the same, for a stream ": lambda: refused_chat("limited", stream=True),
    "a prompt too long for it": lambda: refused_chat("too-long"),
    "its own failure": lambda: refused_chat("broken"),
}

for name, call in CALLS.items():
    try:
        came = call()
    except Exception as error:  # noqa: BLE001 - whatever it is, the proof has to see it
        came = {"raised": repr(error)[:300]}
    print(json.dumps({"call": name, **came}), flush=True)
