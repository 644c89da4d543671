"""Installs clients by their packages' names, outside the clone, newest once a day.

A registry that does not answer is a failure only where nothing is there yet.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

A_DAY_S = 86_400
AT_ONCE = 3
"""Installing waits for the network about as long as it works."""
LIMIT_S = 600


def tools():
    home = os.environ.get("TOLLGATE_TOOLS") or Path.home() / ".cache" / "tollgate-test"
    return Path(home) / "clients"


def place(client):
    return tools() / client.name


def python(client):
    return place(client) / "bin" / "python"


def install_all(clients):
    """Installs what is missing or a day old; the seconds that took, and what could not be installed."""
    began = time.monotonic()
    wanted = [client for client in clients if client.kind != "system" and not fresh(client)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        failed = [failure for failure in pool.map(install, wanted) if failure]
    return time.monotonic() - began, failed


def fresh(client):
    marker = place(client) / "installed"
    try:
        return marker.read_text() == mark(client) and time.time() - marker.stat().st_mtime < A_DAY_S
    except OSError:
        return False


def mark(client):
    """A changed list of packages, or another interpreter, is installed at once."""
    interpreter = sys.version if client.kind == "python" else ""
    return json.dumps([client.packages, client.beside, interpreter])


def install(client):
    marker = place(client) / "installed"
    if marker.exists() and marker.read_text() != mark(client):
        shutil.rmtree(place(client))
    place(client).mkdir(parents=True, exist_ok=True)
    for command in commands(client):
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
        if done.returncode != 0:
            # What is there from yesterday will do.
            return None if marker.exists() else f"{client.name}: {done.stderr.strip()[-600:]}"
    marker.write_text(mark(client))
    return None


def commands(client):
    if client.kind == "node":
        yield ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", place(client), *latest(client)]
        return
    if not python(client).exists():
        yield [sys.executable, "-m", "venv", place(client)]
    # Only what is imported gets compiled, when it is, to a folder outside the clone.
    yield [python(client), "-m", "pip", "install", "--quiet", "--no-compile", "--upgrade", *client.packages, *client.beside]


def latest(client):
    return [f"{package}@latest" for package in (*client.packages, *client.beside)]


def version(client):
    """The versions of the client's packages as installed, for the table."""
    if client.kind == "system":
        shown = subprocess.run([client.packages[0], "--version"], capture_output=True, text=True).stdout
        return f"{client.packages[0]} {shown.split()[1]}"
    names = [re.split(r"[\[=]", package)[0] for package in client.packages]
    if client.kind == "node":
        manifests = [place(client) / "node_modules" / name / "package.json" for name in names]
        found = [json.loads(manifest.read_text())["version"] for manifest in manifests]
    else:
        asked = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
        found = subprocess.run([python(client), "-c", asked, *names], capture_output=True, text=True).stdout.split()
    return ", ".join(f"{name} {number}" for name, number in zip(names, found))
