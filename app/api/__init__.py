"""The HTTP API. Routes are thin; what a session is and does is decided further down."""

from app.api.main import create_app

__all__ = ["create_app"]
