"""The one client that all visitors of the page share."""

import os

import streamlit as st

from app.client import Client
from app.errors import ConfigurationError

ADDRESS = "SEVENSTEP_API_URL"
"""Names the environment variable with the API's address, which `sevenstep start` sets."""


def connect() -> Client:
    """Give the client.

    Raises:
        ConfigurationError: nobody says where the API is.
    """
    address = os.environ.get(ADDRESS)
    if not address:
        raise ConfigurationError(f"{ADDRESS} is not set, so the page does not know its API: run `sevenstep start`")
    return _client(address)


@st.cache_resource(show_spinner=False)
def _client(address: str) -> Client:
    return Client(address)
