import pytest

from app.api.models import price
from app.models.profiles import Profile, Profiles
from app.ui.markup import dollars, model_name

KNOWN = Profiles(
    (
        Profile("cheap", "talker-mini", price_in=1, price_out=2),
        Profile("dear", "talker", price_in=10, price_out=20),
        Profile("own", "own-model"),
    )
)


@pytest.mark.parametrize("model", ["talker", "talker-2025-08-07", "talker-20250807"])
def test_a_model_is_priced_by_its_name_with_or_without_a_date(model: str) -> None:
    assert price(KNOWN, model, 1_000_000, 500_000) == 20


@pytest.mark.parametrize("model", ["talker-large", "own-model", "", "2025-08-07"])
def test_a_model_whose_price_is_not_known_has_none(model: str) -> None:
    assert price(KNOWN, model, 1000, 1000) is None


def test_prices_can_be_read() -> None:
    assert [dollars(v) for v in (0, 0.00001, 0.0031, 0.1, 1.2)] == [
        "$0.00",
        "under $0.0001",
        "$0.0031",
        "$0.10",
        "$1.20",
    ]


def test_a_file_is_named_without_its_folders() -> None:
    assert model_name("/home/me/small.gguf") == "small.gguf"
    assert model_name("meta/llama-3") == "meta/llama-3"
