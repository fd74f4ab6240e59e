"""A real triaged on a temporary folder, and a small client of its socket, for the end-to-end tests."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("TRIAGED_BIN", ROOT / "build" / "release" / "bin"))
SAMPLE = sorted((ROOT / "config" / "sample").glob("tickets-*.jsonl"))


class Client:
    """Speaks the socket protocol; replies come in the order of the requests, pushed lines are kept apart."""

    def __init__(self, path, seconds=30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds)
        self.socket.connect(str(path))
        self.rest = b""
        self.pushed = []

    def send(self, *requests):
        self.socket.sendall(b"".join(
            (request if isinstance(request, bytes) else json.dumps(request).encode()) + b"\n" for request in requests))

    def line(self):
        while b"\n" not in self.rest:
            data = self.socket.recv(1 << 16)
            if not data:
                raise ConnectionError("triaged closed the connection")
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def reply(self):
        while True:
            line = self.line()
            if "ok" in line:
                return line
            self.pushed.append(line)

    def ask(self, request):
        self.send(request)
        return self.reply()

    def push(self):
        """The next pushed line."""
        return self.pushed.pop(0) if self.pushed else self.line()

    def close(self):
        self.socket.close()


class Desk:
    """Starts and stops triaged on the shipped configuration and rules, listening on a Unix socket only."""

    def __init__(self, prefix=(), environment=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="triaged-e2e-"))
        self.socket = self.folder / "socket"
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.prefix = list(prefix)
        self.environment = environment or {}
        shutil.copytree(ROOT / "config", self.folder / "config")
        shutil.copytree(ROOT / "rules", self.folder / "rules")
        self.config = self.folder / "config" / "triaged.yaml"
        text = self.config.read_text()
        text = re.sub(r"^  tcp:.*$", f"  unix: {self.socket}", text, flags=re.M)
        text = re.sub(r"^  http:.*\n", "", text, flags=re.M)
        self.config.write_text(text)
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.prefix, BIN / "triaged", "--config", self.config], stderr=log,
                                            env=dict(os.environ, TRIAGED_DATA_DIR=str(self.data), **self.environment))
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"triaged ended with {self.process.returncode}:\n{self.log.read_text()[-3000:]}")
            try:
                client = self.client()
                client.ask({"op": "ping"})
                client.close()
                return self
            except OSError:
                time.sleep(0.005)
        raise RuntimeError(f"triaged did not answer within 60 s:\n{self.log.read_text()[-3000:]}")

    def client(self):
        return Client(self.socket)

    def kill(self):
        """As a power cut would, to the process: nothing is flushed, nobody is told."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def ctl(self, *arguments):
        return subprocess.run([BIN / "triagectl", "--config", self.config, *arguments], text=True, capture_output=True,
                              env=dict(os.environ, TRIAGED_DATA_DIR=str(self.data), NO_COLOR="1"))

    def remove(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder)


def sample_tickets():
    return [json.loads(line) for file in SAMPLE for line in file.read_text().splitlines()]
