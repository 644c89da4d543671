"""Administrators by the official SDK, unmodified, in order and asynchronously.

The SDK validates every answer strictly; besides, each raw body is held against the gateway's own description and against
OpenAI's. What is wrong raises where the call was made.
"""

from contextlib import asynccontextmanager

from described import Description
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI
from specified import Specification

STRICT = {"_strict_response_validation": True, "max_retries": 0, "timeout": 20}


class Watch:
    """Looks at each answer of administration, and keeps what it has seen."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.description = Description(gateway)
        self.specification = Specification()

    def client(self, key=None):
        """Whoever has the key; without one, the first owner."""
        http_client = DefaultHttpxClient(event_hooks={"response": [self.check]})
        return OpenAI(**self.options(key), http_client=http_client)

    def client_later(self):
        http_client = DefaultAsyncHttpxClient(event_hooks={"response": [self.check_later]})
        return AsyncOpenAI(**self.options(), http_client=http_client)

    def options(self, key=None):
        admin_key = key or self.gateway.admin_key
        return {"base_url": self.gateway.api_base, "api_key": "unused", "admin_api_key": admin_key, **STRICT}

    def check(self, response):
        response.read()
        self.validate(response)

    async def check_later(self, response):
        await response.aread()
        self.validate(response)

    def validate(self, response):
        self.description.validate(response)
        self.specification.validate(response)


def administrator(gateway, key=None):
    return Watch(gateway).client(key).admin.organization


@asynccontextmanager
async def administrator_later(gateway):
    async with Watch(gateway).client_later() as client:
        yield client.admin.organization
