from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.retrieval.store import ChromaStore


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://", "http://host:port", "chroma"])
def test_what_is_no_address_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is not the address of a Chroma server") as refused:
        ChromaStore(Path("unused"), url)

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("url", ["http://localhost:8000", "https://chroma.example.org", "http://10.0.0.1"])
def test_addresses_are_not_opened_before_they_are_used(url: str) -> None:
    assert not ChromaStore(Path("unused"), url).is_open
