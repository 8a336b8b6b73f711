"""Settings, from the environment and a `.env` file. Nothing is read at import."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import ConfigurationError


class Settings(BaseSettings):
    """What can be set; each name is prefixed with `SEVENSTEP_` in the environment."""

    model_config = SettingsConfigDict(
        env_prefix="SEVENSTEP_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    data_dir: Path = Field(default_factory=lambda: user_data_path("sevenstep", appauthor=False))
    """Where sessions and the index are kept."""
    content_dir: Path | None = None
    """Holds `knowledge/` and `prompts/`; by default what is shipped with the program."""
    database_url: str | None = None
    """Any SQLAlchemy URL; by default a SQLite file in the data directory."""
    chroma_url: str | None = None
    """A Chroma server; by default an index in the data directory."""
    model: str | None = None
    """Name of the model at the endpoint, or the path of a GGUF file; makes the profile `environment`."""
    base_url: str | None = Field(default=None, validation_alias=AliasChoices("SEVENSTEP_BASE_URL", "OPENAI_BASE_URL"))
    """Of an OpenAI-compatible server, with `/v1`."""
    api_key: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("SEVENSTEP_API_KEY", "OPENAI_API_KEY")
    )
    context: int | None = Field(default=None, ge=1024)
    """Tokens of the model's context."""
    host: str = "127.0.0.1"
    port: int = Field(default=8501, ge=0, le=65535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"

    @cached_property
    def database(self) -> str | Path:
        """Give where sessions are kept: the URL as set, else the path of a SQLite file."""
        return self.database_url or self.data_dir / "sevenstep.sqlite3"

    @cached_property
    def profiles_file(self) -> Path:
        """Give the file that names models."""
        return self.data_dir / "models.json"

    @cached_property
    def index_dir(self) -> Path:
        """Give the directory of the embedded index."""
        return self.data_dir / "index"


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: one of them is not valid; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        fault = error.errors()[0]
        name = "SEVENSTEP_" + str(fault["loc"][0]).upper()
        raise ConfigurationError(f"{name}={fault['input']!r} cannot be used: {fault['msg']}") from error
