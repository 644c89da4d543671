"""The examples of docs/clients.md, run as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path


def example(heading, language="python"):
    """The code blocks in a language below a heading, one after the other."""
    page = Path(os.environ["TOLLGATE_DOCS"], "clients.md").read_text()
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```$", section, re.M | re.S))


def printed(heading):
    """What an example in Python prints, in a process of its own."""
    code = example(heading)
    assert code, f"no example below {heading}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
