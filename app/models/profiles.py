"""Named models: what `sevenstep model use` keeps, and what the environment sets. Keys are never kept here."""

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import SecretStr, TypeAdapter, ValidationError

from app.errors import ConfigurationError, InputError, NotFound

_KEY_NAME = re.compile(r"[A-Z][A-Z0-9_]*API_KEY|API_KEY")
FROM_ENVIRONMENT = "environment"
"""Name of the profile that `SEVENSTEP_MODEL` makes."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How to reach one model."""

    name: str
    model: str
    """Its name at the endpoint, or the path of a GGUF file to run in this process."""
    base_url: str | None = None
    """Of an OpenAI-compatible server, with `/v1`; None for OpenAI itself or a GGUF file."""
    key_from: str | None = None
    """Name of the environment variable that holds the key."""
    context: int | None = None
    """Tokens of context, if they are fewer or more than the server says."""
    price_in: float | None = None
    """Dollars for a million tokens of prompt."""
    price_out: float | None = None
    """Dollars for a million tokens of reply."""

    def __post_init__(self) -> None:
        """Hold the rule that only variables meant for keys are read as keys.

        Raises:
            InputError: the variable has another kind of name.
        """
        if self.key_from is not None and not _KEY_NAME.fullmatch(self.key_from):
            raise InputError(f"{self.key_from!r} is no variable for a key: its name must end with API_KEY")

    @property
    def in_process(self) -> bool:
        """Say whether it is a file that runs in this process."""
        return self.base_url is None and self.model.endswith(".gguf")

    @property
    def where(self) -> str:
        """Say in words where it runs."""
        return "in this process" if self.in_process else self.base_url or "api.openai.com"

    def cost(self, tokens_in: int, tokens_out: int) -> float | None:
        """Give dollars for tokens, None where prices are not known."""
        if self.price_in is None or self.price_out is None:
            return None
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6


@dataclass(frozen=True, slots=True)
class Profiles:
    """All that are known, and which is used for what."""

    profiles: tuple[Profile, ...] = ()
    interviewer: str | None = None
    judge: str | None = None

    def named(self, name: str) -> Profile:
        """Find a profile.

        Raises:
            NotFound: there is none of that name.
        """
        found = next((p for p in self.profiles if p.name == name), None)
        if found is None:
            known = ", ".join(p.name for p in self.profiles) or "none yet"
            raise NotFound(f"there is no model profile {name!r} (known: {known}): add it with `sevenstep model use`")
        return found

    def with_profile(self, profile: Profile, role: str) -> "Profiles":
        """Give these with one more or changed, used for `interviewer`, `judge` or `both`."""
        kept = tuple(p for p in self.profiles if p.name != profile.name)
        changed = replace(self, profiles=(*kept, profile))
        if role in ("interviewer", "both"):
            changed = replace(changed, interviewer=profile.name)
        return replace(changed, judge=profile.name) if role in ("judge", "both") else changed


_ADAPTER = TypeAdapter(Profiles)


def load_profiles(path: Path) -> Profiles:
    """Read the profiles; none yet if there is no file.

    Raises:
        ConfigurationError: the file is not valid.
    """
    if not path.exists():
        return Profiles()
    try:
        return _ADAPTER.validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, InputError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: mend it, or remove it and use `sevenstep model use`"
        ) from error


def save_profiles(path: Path, profiles: Profiles) -> None:
    """Write the profiles, whole or not at all.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(profiles), indent=1) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A profile with its key, ready to be called."""

    profile: Profile
    base_url: str | None
    key: SecretStr
