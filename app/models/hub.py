"""Give the models that are in use, each opened once."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock

from pydantic import SecretStr

from app.errors import ConfigurationError
from app.models.gateway import CALLS_AT_ONCE, LangChainModel
from app.models.inprocess import LocalServer
from app.models.profiles import FROM_ENVIRONMENT, Endpoint, Profile, Profiles, load_profiles
from app.models.replies import Patience

ASKING_SECONDS = 2.0
"""For a server that is named without a model to say which it has."""


class ModelHub:
    """Know the profiles, and open models by them. Thread-safe."""

    def __init__(
        self,
        file: Path,
        environment: Profile | None,
        key: SecretStr,
        variables: Mapping[str, str],
        key_for: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Take where profiles come from; nothing is read or opened.

        Args:
            file: that `sevenstep model use` writes.
            environment: the profile that the settings make, if they do; it wins over the file.
            key: from the settings, for profiles that name no variable of their own.
            variables: the environment, for keys.
            key_for: address of the server that the key is meant for; beside it, only OpenAI is shown it.
            patience: how long to wait for servers.
        """
        self._key_for = key_for
        self._patience = patience
        self._file = file
        self._environment = environment
        self._key = key
        self._variables = variables
        self._servers: dict[tuple[str, int | None], LocalServer] = {}
        self._models: dict[Profile, LangChainModel] = {}
        self._lock = Lock()

    @property
    def profiles(self) -> Profiles:
        """Give all profiles as they are now.

        Raises:
            ConfigurationError: the file of profiles is not valid.
        """
        kept = load_profiles(self._file)
        chosen = self._environment
        if chosen is None and kept.interviewer is None and self._key_for is not None:
            chosen = self._environment = self._only_one(self._key_for)
        return kept.with_profile(chosen, "both") if chosen else kept

    def profile_for(self, role: str) -> Profile | None:
        """Give the profile used by the `interviewer` or the `judge`, None if no model is."""
        profiles = self.profiles
        name = profiles.interviewer if role == "interviewer" else profiles.judge
        return profiles.named(name) if name else None

    def endpoint(self, profile: Profile) -> Endpoint:
        """Give where a profile's model is served; a GGUF file is loaded for it.

        Raises:
            ConfigurationError: the variable that holds the key is not set, or the file cannot be loaded.
        """
        if profile.in_process:
            return self._server(profile).endpoint()
        return Endpoint(profile, profile.base_url, self._key_of(profile))

    def open(self, profile: Profile) -> LangChainModel:
        """Give the model of a profile.

        Raises:
            ConfigurationError: see `endpoint`.
        """
        endpoint, calls = self.endpoint(profile), CALLS_AT_ONCE
        if profile.in_process:
            server = self._server(profile)
            calls = server.slots
            endpoint = replace(endpoint, profile=replace(profile, context=server.context))
        with self._lock:
            if profile not in self._models:
                self._models[profile] = LangChainModel(endpoint, calls, self._patience)
            return self._models[profile]

    def close(self) -> None:
        """Unload the models that run in this process."""
        with self._lock:
            for server in self._servers.values():
                server.close()
            self._servers.clear()
            self._models.clear()

    def _only_one(self, base_url: str) -> Profile | None:
        """Give the model of a server that has just one: who names such a server need not name its model."""
        import httpx

        headers = {"Authorization": f"Bearer {self._key.get_secret_value()}"} if self._key.get_secret_value() else {}
        try:
            answer = httpx.get(f"{base_url.rstrip('/')}/models", headers=headers, timeout=ASKING_SECONDS)
            models = [str(row["id"]) for row in answer.json()["data"]]
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
            # What is wrong with it is told when it is used, and by doctor.
            return None
        return Profile(FROM_ENVIRONMENT, models[0], base_url) if len(models) == 1 else None

    def _server(self, profile: Profile) -> LocalServer:
        with self._lock:
            return self._servers.setdefault((profile.model, profile.context), LocalServer(profile))

    def _key_of(self, profile: Profile) -> SecretStr:
        if profile.key_from is None:
            # The key of the settings is for the server that they name, or for OpenAI; nobody else is shown it.
            return self._key if profile.base_url in (None, self._key_for) else SecretStr("")
        key = self._variables.get(profile.key_from)
        if not key:
            raise ConfigurationError(f"model {profile.name!r} takes its key from {profile.key_from}, which is not set")
        return SecretStr(key)


def hub_of(file: Path, model: str | None, base_url: str | None, context: int | None, key: SecretStr) -> ModelHub:
    """Make a hub from settings."""
    environment = Profile(FROM_ENVIRONMENT, model, base_url, context=context) if model else None
    return ModelHub(file, environment, key, os.environ, base_url)
