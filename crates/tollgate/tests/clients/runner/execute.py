"""Runs one client's tests in a process of its own, and counts them: a skipped test has not passed."""

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field

from catalogue import HERE
from install import place, python, tools

LIMIT_S = 150
"""For all tests of one client."""


@dataclass
class Result:
    passed: int = 0
    failed: int = 0
    seconds: float = 0
    log: str = ""
    reached: list = field(default_factory=list)
    """Hosts beyond this machine that the client tried to reach."""


def run(client, environment, work):
    began = time.monotonic()
    outbound = work / f"{client.name}.outbound"
    environment = {**environment, **client.settings, "TOLLGATE_OUTBOUND": str(outbound)}
    result = Result()
    if not client.tests():
        result.failed, result.log = 1, "it has no tests"
    for command in commands(client):
        code, log = output(command, environment, work)
        passed, failed = (tap if client.kind == "node" else unittest)(log)
        # A run that did not come to its end is a failure, whatever it counted.
        if code != 0 and failed == 0 or passed + failed == 0:
            failed += 1
        result.passed += passed
        result.failed += failed
        result.log += log
    if outbound.exists():
        result.reached = sorted(set(outbound.read_text().split()))
        result.failed += len(result.reached)
    result.seconds = time.monotonic() - began
    return result


def commands(client):
    guard = HERE / "shared" / "guard"
    if client.kind == "node":
        # Modules are found from the folder of the file that imports them.
        for test in (*client.tests(), *(HERE / "shared").glob("*.mjs")):
            shutil.copy(test, place(client))
        names = [place(client) / test.name for test in client.tests()]
        yield ["node", "--import", guard / "guard.mjs", "--test", "--test-reporter=tap", *names]
        return
    interpreter = python(client) if client.kind == "python" else "python3"
    for folder in client.folders:
        yield [interpreter, "-W", "error::DeprecationWarning:__main__", "-m", "unittest", "discover", "-v", "-s", HERE / folder]


def output(command, environment, work):
    try:
        done = subprocess.run(
            command, env=environment, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S
        )
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode(errors="replace")
        return 1, f"{said}\nnot finished after {LIMIT_S} s\n"


def unittest(log):
    ran = sum(map(int, re.findall(r"^Ran (\d+) tests?", log, re.M)))
    failed = len(re.findall(r"^(?:FAIL|ERROR): ", log, re.M))
    failed += sum(map(int, re.findall(r"skipped=(\d+)|unexpected successes=(\d+)", log)[0])) if "skipped=" in log else 0
    return max(ran - failed, 0), failed


def tap(log):
    count = lambda name: sum(map(int, re.findall(rf"^# {name} (\d+)$", log, re.M)))
    failed = count("fail") + count("cancelled") + count("skipped") + count("todo")
    return count("pass"), failed


def base_environment(binary, ready, scoped):
    return clean() | {
        "OPENAI_BASE_URL": ready["api_base"],
        "OPENAI_API_KEY": ready["api_key"],
        "TOLLGATE_ADMIN_KEY": ready["admin_api_key"],
        "TOLLGATE_SCOPED_KEY": scoped,
        "TOLLGATE_BINARY": str(binary),
        "TOLLGATE_CLIENTS": str(tools()),
        "TOLLGATE_DOCS": str(HERE.parents[3] / "docs"),
        "PYTHONPATH": os.pathsep.join(str(HERE / "shared" / name) for name in ("guard", ".")),
        "PYTHONPYCACHEPREFIX": str(tools() / "compiled"),
        "DO_NOT_TRACK": "1",
    }


def clean():
    """The environment without what would send a client or a server elsewhere: proxies, accounts, other settings. Python
    keeps what it compiles, outside the clone."""
    elsewhere = ("OPENAI_", "LANGCHAIN_", "LANGSMITH_", "LITELLM_", "TOLLGATE_", "PYTHON")
    kept = lambda name: not name.startswith(elsewhere) and not name.upper().endswith("_PROXY")
    return {name: value for name, value in os.environ.items() if kept(name)}
