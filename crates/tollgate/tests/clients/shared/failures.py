"""Failures on demand: the sandbox fails as the model's name says, and the server's metrics tell how often it was asked."""

import os
import re
import urllib.request

LIMITED = "sandbox-error-rate_limit_requests"
"""429, and a wait of 120 ms."""
SPENT = "sandbox-error-insufficient_quota"
"""429 that says not to ask again."""
BROKEN = "sandbox-error-server_error"
"""500."""
REFUSED = "sandbox-error-invalid_api_key"
"""401."""
CUT = "sandbox-error-stream_interrupted"
"""A stream that ends in an error."""


def asked(model):
    """How often the server has been asked for a model so far."""
    metrics = os.environ["OPENAI_BASE_URL"].removesuffix("/v1") + "/metrics"
    text = urllib.request.urlopen(metrics, timeout=10).read().decode()
    counts = re.findall(rf'^tollgate_requests_total{{[^}}]*model="{re.escape(model)}"[^}}]*}} (\d+)$', text, re.M)
    return sum(map(int, counts))


def failure(model, call):
    """What `call(model)` raises, and how often the server was asked meanwhile."""
    before = asked(model)
    try:
        call(model)
    except Exception as error:
        return error, asked(model) - before
    raise AssertionError(f"{model} has not failed")
