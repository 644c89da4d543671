"""The examples of docs/clients.md, run as they stand there."""

import contextlib
import io
import os
import re
from pathlib import Path


def example(heading, language="python"):
    """The code blocks in a language below a heading, one after the other."""
    page = Path(os.environ["TOLLGATE_DOCS"], "clients.md").read_text()
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```$", section, re.M | re.S))


def printed(heading):
    """What an example in Python prints."""
    code = example(heading)
    assert code, f"no example below {heading}"
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(code, "docs/clients.md", "exec"), {"__name__": "example"})
    return output.getvalue()
