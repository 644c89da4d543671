"""A Tollgate with a configuration of its own, for tests that need more than the shared sandbox.

    with Gateway(providers={"one": upstream.url}) as gateway:
        OpenAI(base_url=gateway.api_base, api_key=gateway.key)
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


class Gateway:
    """Each provider serves the model of its name; `settings` is put before them in the file."""

    def __init__(self, providers=None, settings=""):
        self.text = settings + "".join(map(provider, (providers or {}).items()))

    def __enter__(self):
        self.directory = Path(tempfile.mkdtemp())
        (self.directory / "tollgate.toml").write_text(self.text)
        self.log = open(self.directory / "log", "w")
        self.process = subprocess.Popen(self.command("up", "--listen", "127.0.0.1:0"), stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.__exit__()
            raise AssertionError(self.said)
        ready = json.loads(line)
        self.api_base, self.key = ready["api_base"], ready["api_key"]
        self.admin_key = ready["admin_api_key"]
        return self

    def command(self, *verb):
        config, data = self.directory / "tollgate.toml", self.directory / "data"
        return [os.environ["TOLLGATE_BINARY"], *verb, "--json", "--config", config, "--data-dir", data]

    def __exit__(self, *_):
        # Without the while in which it would tell balancers that it is about to go.
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.said = (self.directory / "log").read_text()
        shutil.rmtree(self.directory)


def provider(named):
    name, url = named
    return f"""
[providers.{name}]
base_url = "{url}"

[models.{name}]
deployments = [{{ provider = "{name}", model = "upstream-model" }}]
"""
