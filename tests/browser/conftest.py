import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server with its own data."""
    directory = tmp_path_factory.mktemp("browser")
    log = directory / "log"
    command = [sys.executable, "-m", "app.cli.main", "start", "--no-browser", "--port", "0", "--json"]
    environment = {**os.environ, "SEVENSTEP_DATA_DIR": str(directory / "data"), "PYTHONUNBUFFERED": "1"}
    with log.open("w") as errors:
        server = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment, cwd=Path(__file__).parents[2]
        )
        try:
            assert server.stdout
            address = _address(server.stdout, log)
            _wait(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait(20)
            if server.stdout:
                server.stdout.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = _launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, color_scheme="light")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def _launch(playwright: Playwright) -> Browser:
    named = os.environ.get("SEVENSTEP_CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    try:
        return playwright.chromium.launch(executable_path=found, args=FLAGS)
    except Error as error:
        tried = named or found or "Playwright's own"
        pytest.fail(
            f"no Chromium could be started ({tried}: {str(error).splitlines()[0]}): run `make test`, which installs "
            "one, or name yours in SEVENSTEP_CHROMIUM",
            pytrace=False,
        )


def _address(output: IO[str], log: Path) -> str:
    lines: list[str] = []
    for line in output:
        lines.append(line)
        if line == "}\n":
            break
    try:
        return json.loads("".join(lines))["page"]
    except ValueError:
        pytest.fail(f"the server did not start:\n{log.read_text()[-2000:]}", pytrace=False)


def _wait(address: str, server: subprocess.Popen[str], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            if httpx.get(f"{address}/api/health", trust_env=False, timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail(f"the server did not come up:\n{log.read_text()[-2000:]}", pytrace=False)
