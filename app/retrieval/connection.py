"""Clients of Chroma, with what Chroma leaves open: no telemetry, timeouts, and connections that end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from app.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx
    from chromadb.api.client import Client
    from chromadb.config import Settings

PATIENCE = 10.0
"""Seconds that a server has for an answer."""

Server = tuple[str, str, int]
"""Scheme, host and port."""


def parse_address(url: str) -> Server:
    """Read the address of a Chroma server.

    Raises:
        ConfigurationError: it is not one.
    """
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError as error:
        raise ConfigurationError(f"{url!r} is not the address of a Chroma server: {error}") from error
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ConfigurationError(f"{url!r} is not the address of a Chroma server: write http://host:8000")
    return address.scheme, address.hostname, port or (443 if address.scheme == "https" else 8000)


def in_directory(path: Path) -> Client:
    """Open Chroma in a directory, which is made when needed; Chroma's own errors are raised."""
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.errors import ChromaError

    try:
        return cast("Client", chromadb.PersistentClient(str(path), settings=_settings()))
    except (ChromaError, ValueError):
        # Chroma keeps what it failed to start, and would use that again.
        SharedSystemClient.clear_system_cache()
        raise


def on_server(server: Server) -> Client:
    """Connect to a server; Chroma's and httpx's own errors are raised."""
    import chromadb
    import httpx

    scheme, host, port = server
    # Asked beforehand, since Chroma's client would wait for ever.
    httpx.get(f"{scheme}://{host}:{port}/api/v2/heartbeat", timeout=PATIENCE).raise_for_status()
    client = cast("Client", chromadb.HttpClient(host, port, ssl=scheme == "https", settings=_settings()))
    for session in _sessions(client):
        session.timeout = PATIENCE
    return client


def disconnect(client: Client) -> None:
    """Close the files or connections of a client."""
    client.close()
    for session in _sessions(client):
        session.close()


def _sessions(client: Client) -> list[httpx.Client]:
    """Reach into a client of a server, which sets no timeouts and never closes its connections."""
    servers: list[Any] = [getattr(part, "_server", None) for part in (client, getattr(client, "_admin_client", None))]
    return [server._session for server in servers if hasattr(server, "_session")]


def _settings() -> Settings:
    from chromadb.config import Settings

    # Chroma would read the working directory's .env, which is not its own.
    return Settings(_env_file=None, anonymized_telemetry=False)  # pyright: ignore[reportCallIssue]
