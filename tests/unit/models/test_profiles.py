import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.errors import ConfigurationError, InputError, NotFound
from app.models.hub import ModelHub, hub_of
from app.models.profiles import FROM_ENVIRONMENT, Endpoint, Profile, Profiles, load_profiles, save_profiles

LOCAL = Profile("local", "qwen", "http://127.0.0.1:11434/v1", context=8192)
CLOUD = Profile("cloud", "gpt", key_from="MY_API_KEY", price_in=2.0, price_out=8.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "models.json"


def test_what_is_saved_is_read_again(file: Path) -> None:
    kept = Profiles().with_profile(LOCAL, "both").with_profile(CLOUD, "judge")
    save_profiles(file, kept)
    assert load_profiles(file) == kept
    assert (kept.interviewer, kept.judge) == ("local", "cloud")
    assert [p.name for p in file.parent.iterdir()] == ["models.json"]


def test_no_file_is_no_profiles(file: Path) -> None:
    assert load_profiles(file) == Profiles()


@pytest.mark.parametrize("text", ["", "{", "[]x", '{"profiles": [{"name": 1}]}', '{"profiles": {}}', "\xff"])
def test_a_broken_file_says_which_it_is_and_what_to_do(file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text, encoding="latin-1")
    with pytest.raises(ConfigurationError, match=r"models\.json cannot be read: mend it, or remove it"):
        load_profiles(file)


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot write"):
        save_profiles(tmp_path / "file" / "models.json", Profiles())


def test_a_profile_of_the_same_name_takes_the_place_of_the_old() -> None:
    changed = Profile("local", "llama", LOCAL.base_url)
    kept = Profiles().with_profile(LOCAL, "both").with_profile(changed, "interviewer")
    assert kept.profiles == (changed,)
    assert kept.judge == "local"


def test_a_name_that_nobody_knows_lists_those_that_are_known() -> None:
    with pytest.raises(NotFound, match=r"'cluod' \(known: local, cloud\)"):
        Profiles((LOCAL, CLOUD)).named("cluod")


def test_a_file_has_no_place_for_a_key(file: Path) -> None:
    save_profiles(file, Profiles((CLOUD,)))
    fields = set(json.loads(file.read_text())["profiles"][0])
    assert {f for f in fields if "key" in f} == {"key_from"}


def test_prices_give_a_cost_and_no_prices_none() -> None:
    assert CLOUD.cost(1_000_000, 500_000) == 6.0
    assert LOCAL.cost(1_000_000, 500_000) is None


def test_a_file_on_disk_runs_in_this_process_and_a_name_at_a_server_does_not() -> None:
    assert Profile("a", "/models/x.gguf").in_process
    assert not Profile("a", "x.gguf", "http://127.0.0.1:8080/v1").in_process
    assert [LOCAL.where, CLOUD.where] == ["http://127.0.0.1:11434/v1", "api.openai.com"]


def test_a_key_comes_from_the_variable_that_the_profile_names(file: Path) -> None:
    hub = ModelHub(file, None, SecretStr("general"), {"MY_API_KEY": "special"}, LOCAL.base_url)
    assert hub.endpoint(CLOUD).key.get_secret_value() == "special"
    assert hub.endpoint(LOCAL).key.get_secret_value() == "general"


def test_the_key_of_the_settings_is_shown_to_nobody_else(file: Path) -> None:
    hub = ModelHub(file, None, SecretStr("general"), {}, "http://127.0.0.1:8000/v1")
    assert hub.endpoint(LOCAL).key.get_secret_value() == ""
    assert hub.endpoint(Profile("openai", "gpt-x")).key.get_secret_value() == "general"


@pytest.mark.parametrize("name", ["HOME", "AWS_SECRET_ACCESS_KEY", "api_key", "DATABASE_URL"])
def test_only_a_variable_meant_for_it_is_read_as_a_key(name: str) -> None:
    with pytest.raises(InputError, match="must end with API_KEY"):
        Profile("p", "m", "http://127.0.0.1:1/v1", key_from=name)


@pytest.mark.parametrize("variables", [{}, {"MY_API_KEY": ""}])
def test_a_variable_that_is_not_set_is_named(file: Path, variables: dict[str, str]) -> None:
    hub = ModelHub(file, None, SecretStr("general"), variables)
    with pytest.raises(ConfigurationError, match="'cloud' takes its key from MY_API_KEY, which is not set"):
        hub.open(CLOUD)


def test_the_profile_of_the_environment_wins_over_the_file(file: Path) -> None:
    save_profiles(file, Profiles().with_profile(LOCAL, "both"))
    hub = hub_of(file, "other", "http://127.0.0.1:8000/v1", 4096, SecretStr("k"))
    for role in ("interviewer", "judge"):
        found = hub.profile_for(role)
        assert found == Profile(FROM_ENVIRONMENT, "other", "http://127.0.0.1:8000/v1", context=4096)
    assert hub.profiles.named("local") == LOCAL


def test_without_the_environment_the_file_decides_at_every_turn(file: Path) -> None:
    hub = hub_of(file, None, None, None, SecretStr(""))
    assert hub.profile_for("interviewer") is None
    save_profiles(file, Profiles().with_profile(LOCAL, "interviewer"))
    assert hub.profile_for("interviewer") == LOCAL
    assert hub.profile_for("judge") is None


def test_a_model_is_opened_once(file: Path) -> None:
    hub = ModelHub(file, None, SecretStr("k"), {})
    assert hub.open(LOCAL) is hub.open(LOCAL)


@pytest.mark.parametrize(
    ("content", "message"), [(None, "there is no model file"), (b"PK\x03\x04", "is not a GGUF file")]
)
def test_a_file_that_is_no_model_says_so_before_anything_is_loaded(
    tmp_path: Path, file: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "x.gguf"
    if content:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        ModelHub(file, None, SecretStr(""), {}).open(Profile("a", str(path)))


def test_an_endpoint_does_not_show_its_key() -> None:
    assert "canary" not in repr(Endpoint(LOCAL, LOCAL.base_url, SecretStr("canary")))
