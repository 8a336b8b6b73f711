"""The server as a person meets it: start, memory."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from uuid import uuid4

import httpx
import psutil

SESSIONS = 50
ANSWERS = 6
"""In each session."""
PATIENCE = 120.0
"""Seconds to wait for the page."""


def measure() -> list[str]:
    """Give the time from the command to a page that answers, and the memory of the server."""
    with TemporaryDirectory() as directory:
        with _server(directory):
            pass
        begin = perf_counter()
        with _server(directory) as (address, process):
            started = perf_counter() - begin
            sleep(2)
            idle = _resident(process)
            for number in range(SESSIONS):
                _session(address, number)
            after = _resident(process)
    return [
        f"second start, from the command to a page that answers: {started:.1f} s",
        f"resident memory: idle {idle:.0f} MB, after {SESSIONS} sessions of {ANSWERS} answers {after:.0f} MB",
    ]


@contextmanager
def _server(directory: str) -> Generator[tuple[str, psutil.Process]]:
    environment = {**os.environ, "SEVENSTEP_DATA_DIR": str(Path(directory) / "data")}
    command = [sys.executable, "-m", "app.cli.main", "start", "--no-browser", "--port", "0", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True
    ) as process:
        try:
            address = _address(process)
            _wait(address)
            yield address, psutil.Process(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def _address(process: "subprocess.Popen[str]") -> str:
    text = ""
    for line in process.stdout or ():
        text += line
        if line.startswith("}"):
            return str(json.loads(text)["page"])
    raise RuntimeError("the server stopped before it gave its address")


def _wait(address: str) -> None:
    begin = perf_counter()
    while perf_counter() - begin < PATIENCE:
        try:
            if httpx.get(address).is_success and httpx.get(f"{address}/api/health").is_success:
                return
        except httpx.TransportError:
            sleep(0.05)
    raise RuntimeError(f"the page did not answer within {PATIENCE:.0f} s")


def _session(address: str, number: int) -> None:
    with httpx.Client(base_url=f"{address}/api", timeout=30) as client:
        plan = {"case": "ad-click-prediction", "level": "senior", "minutes": 45, "seed": number}
        session = client.post("/sessions", json=plan).raise_for_status().json()["id"]
        for answer in range(ANSWERS):
            text = f"For part {answer} I would start with logistic regression and split the data by time."
            body = {"answer_id": uuid4().hex, "text": text}
            client.post(f"/sessions/{session}/answers", json=body).raise_for_status()
        client.post(f"/sessions/{session}/finish").raise_for_status()
        client.get(f"/sessions/{session}/report").raise_for_status()


def _resident(process: psutil.Process) -> float:
    return process.memory_info().rss / 1e6
