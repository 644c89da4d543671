"""The sandbox refuses parameters that OpenAI's API does not know; so it has to know each that the official SDK offers."""

import typing
import unittest

import openai
from openai import OpenAI
from openai.types import completion_create_params, embedding_create_params, moderation_create_params
from openai.types.chat import completion_create_params as chat_create_params
from openai.types.responses import response_create_params

ENDPOINTS = {
    "/chat/completions": (
        chat_create_params.CompletionCreateParamsNonStreaming,
        {"model": "sandbox", "messages": [{"role": "user", "content": "hi"}]},
    ),
    "/responses": (response_create_params.ResponseCreateParamsNonStreaming, {"model": "sandbox", "input": "hi"}),
    "/completions": (
        completion_create_params.CompletionCreateParamsNonStreaming,
        {"model": "gpt-3.5-turbo-instruct", "prompt": "hi"},
    ),
    "/embeddings": (embedding_create_params.EmbeddingCreateParams, {"model": "sandbox-embedding", "input": "hi"}),
    "/moderations": (moderation_create_params.ModerationCreateParams, {"input": "hi"}),
}


def refused_as_unknown(path, body, name):
    try:
        OpenAI(max_retries=0).post(path, cast_to=object, body={**body, name: None})
    except openai.BadRequestError as error:
        return error.body["diagnosis"]["cause"] == "param_unknown"
    return False


class Parameters(unittest.TestCase):
    def test_the_sandbox_knows_each_that_the_sdk_offers(self):
        for path, (offered, body) in ENDPOINTS.items():
            names = set(typing.get_type_hints(offered)) - set(body)
            unknown = [name for name in sorted(names) if refused_as_unknown(path, body, name)]

            self.assertTrue(names, path)
            self.assertEqual(unknown, [], path)

    def test_others_are_refused(self):
        for path, (_, body) in ENDPOINTS.items():
            self.assertTrue(refused_as_unknown(path, body, "no_such_parameter"), path)


if __name__ == "__main__":
    unittest.main()
