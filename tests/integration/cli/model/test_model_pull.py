import errno
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.errors import ConfigurationError, NotFound, ServerError, Unreachable
from app.models.catalogue import CATALOGUE, SPARE_BYTES, pull

ENTRY = CATALOGUE[0]
Run = Callable[..., subprocess.CompletedProcess[str]]


class Told(list[tuple[int, int]]):
    """What was told of the progress."""

    def __call__(self, done: int, total: int) -> None:
        self.append((done, total))


def parts(directory: Path) -> list[Path]:
    return list(directory.glob("*.part"))


def test_a_model_is_fetched_whole_and_its_progress_told(hub: Any, tmp_path: Path) -> None:
    told = Told()

    path = pull(ENTRY.name.lower(), tmp_path / "models", told)

    assert path == tmp_path / "models" / ENTRY.file
    assert path.read_bytes() == hub.content
    assert told[-1] == (len(hub.content), len(hub.content))
    assert list(path.parent.iterdir()) == [path]


def test_a_model_that_is_there_is_not_fetched_again(hub: Any, tmp_path: Path) -> None:
    pull(ENTRY.name, tmp_path, Told())
    asked = len(hub.server.asked)

    pull(ENTRY.name, tmp_path, Told())

    assert len(hub.server.asked) == asked


def test_a_download_that_was_cut_goes_on_where_it_ended(
    hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 4096)
    hub.cut_after = 10_000
    with pytest.raises(Unreachable, match="pull again later to go on from there"):
        pull(ENTRY.name, tmp_path, Told())
    kept = parts(tmp_path)[0].stat().st_size
    hub.cut_after, hub.broken = None, False
    told = Told()

    path = pull(ENTRY.name, tmp_path, told)

    assert 0 < kept <= 10_000
    assert hub.ranges[-1] == f"bytes={kept}-"
    assert told[0] == (kept, len(hub.content))
    assert path.read_bytes() == hub.content
    assert parts(tmp_path) == []


def test_a_wrong_checksum_is_found_and_nothing_kept(hub: Any, tmp_path: Path) -> None:
    hub.sent = hub.content[:-1] + b"!"

    with pytest.raises(ServerError, match="its checksum is wrong"):
        pull(ENTRY.name, tmp_path, Told())

    assert list(tmp_path.iterdir()) == []


def test_a_part_of_another_version_is_not_gone_on_with(hub: Any, tmp_path: Path) -> None:
    (tmp_path / f"{ENTRY.file}.{'0' * 12}.part").write_bytes(b"older")

    path = pull(ENTRY.name, tmp_path, Told())

    assert path.read_bytes() == hub.content
    assert parts(tmp_path) == []


@pytest.mark.parametrize("missing", [1, SPARE_BYTES])
def test_too_little_room_is_said_before_anything_is_fetched(
    hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: int
) -> None:
    free = len(hub.content) + SPARE_BYTES - missing
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))

    with pytest.raises(ConfigurationError, match=r"needs 0\.2 GB.*SEVENSTEP_DATA_DIR"):
        pull(ENTRY.name, tmp_path, Told())

    assert hub.ranges == []


def test_a_disk_that_fills_up_is_said_and_what_came_is_kept(
    hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(done: int, total: int) -> None:
        if done:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ConfigurationError, match="is full: make room, then pull again"):
        pull(ENTRY.name, tmp_path, full)

    assert len(parts(tmp_path)) == 1


def test_a_directory_that_cannot_be_made_is_said(hub: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match="cannot be written"):
        pull(ENTRY.name, tmp_path / "file", Told())


def test_an_unknown_name_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no model 'GPT-9'.*SmolLM2-1\.7B-Instruct"):
        pull("GPT-9", tmp_path, Told())


def test_a_hub_that_does_not_answer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9 does not answer.*HF_ENDPOINT"):
        pull(ENTRY.name, tmp_path, Told())


def test_a_hub_without_the_file_is_said(hub: Any, tmp_path: Path) -> None:
    hub.server.routes.clear()

    with pytest.raises(ServerError, match="it answers 404"):
        pull(ENTRY.name, tmp_path, Told())


def test_a_server_that_is_no_hub_is_said(hub: Any, tmp_path: Path) -> None:
    hub.server.routes = {f"/{ENTRY.repo}/resolve/main/{ENTRY.file}": {}}

    with pytest.raises(ServerError, match="is HF_ENDPOINT a Hugging Face hub"):
        pull(ENTRY.name, tmp_path, Told())


@pytest.mark.parametrize("address", ["nonsense", "ftp://x", "http://", "http://[", "http://me:secret@host"])
def test_an_endpoint_that_is_no_address_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)

    with pytest.raises(ConfigurationError, match="HF_ENDPOINT is no address") as caught:
        pull(ENTRY.name, tmp_path, Told())

    assert "secret" not in str(caught.value)


def test_the_command_fetches_and_then_the_model_can_be_used(sevenstep: Run, hub: Any, tmp_path: Path) -> None:
    settings = {"SEVENSTEP_DATA_DIR": str(tmp_path), "HF_ENDPOINT": hub.address}
    early = sevenstep("model", "use", ENTRY.name, **settings)
    pulled = sevenstep("model", "pull", ENTRY.name, "--json", **settings)
    used = sevenstep("model", "use", ENTRY.name, "--json", **settings)
    listed = json.loads(sevenstep("model", "list", "--json", **settings).stdout)

    assert early.returncode == 2
    assert f"sevenstep model pull {ENTRY.name}" in early.stderr
    assert (pulled.returncode, pulled.stderr) == (0, "")
    path = json.loads(pulled.stdout)["path"]
    assert Path(path).read_bytes() == hub.content
    assert json.loads(used.stdout)["profile"]["model"] == path
    assert json.loads(used.stdout)["profile"]["name"] == ENTRY.name
    assert [e["path"] for e in listed["catalogue"] if e["name"] == ENTRY.name] == [path]


def test_the_command_says_a_fault_in_one_line(sevenstep: Run, hub: Any, tmp_path: Path) -> None:
    hub.cut_after = 10_000
    settings = {"SEVENSTEP_DATA_DIR": str(tmp_path), "HF_ENDPOINT": hub.address, "HF_TOKEN": "hf_canary"}
    unknown = sevenstep("model", "pull", "GPT-9", **settings)
    cut = sevenstep("model", "pull", ENTRY.name, **settings)

    assert (unknown.returncode, cut.returncode) == (2, 1)
    for done in (unknown, cut):
        assert done.stdout == ""
        assert done.stderr.startswith("sevenstep: ")
        assert done.stderr.count("\n") == 1, done.stderr
        assert "hf_canary" not in done.stderr
