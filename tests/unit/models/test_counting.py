from pydantic import SecretStr

from app.domain.chat import Completion, Message, Role, Usage
from app.models.gateway import LangChainModel
from app.models.profiles import Endpoint, Profile

PROMPT = [Message(Role.USER, "word " * 200)]


def model() -> LangChainModel:
    profile = Profile("p", "m", "http://127.0.0.1:9/v1", context=4096)
    return LangChainModel(Endpoint(profile, profile.base_url, SecretStr("")))


def learn(m: LangChainModel, tokens: int) -> None:
    m._counted(PROMPT, Completion("x", "m", Usage(tokens, 1), False))  # pyright: ignore[reportPrivateUsage]


def test_the_estimate_follows_the_servers_own_count() -> None:
    m = model()
    before = m.count(PROMPT)
    learn(m, 505)
    assert abs(m.count(PROMPT) - 505) <= 5 < before
    assert (m.name, m.context) == ("m", 4096)


def test_the_estimate_does_not_waver_with_small_differences() -> None:
    m = model()
    learn(m, 505)
    first = m.count(PROMPT)
    learn(m, 520)
    assert m.count(PROMPT) == first


def test_a_count_that_cannot_be_is_not_learnt_from() -> None:
    m = model()
    first = m.count(PROMPT)
    learn(m, 0)
    assert m.count(PROMPT) == first
