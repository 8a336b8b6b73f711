"""The form in which a model is described."""

from dataclasses import dataclass

import streamlit as st
from pydantic import ValidationError

from app.client import Client
from app.errors import SevenstepError
from app.wire import ModelUse, ModelView, Role


@dataclass(frozen=True, slots=True)
class Server:
    """A usual kind of server."""

    title: str
    address: str = ""
    variable: str = ""
    example: str = ""


SERVERS = (
    Server("Ollama", "http://127.0.0.1:11434/v1", example="llama3.1:8b"),
    Server("LM Studio", "http://127.0.0.1:1234/v1", example="its name as LM Studio shows it"),
    Server("llama.cpp", "http://127.0.0.1:8080/v1", example="any; it serves one model"),
    Server("vLLM", "http://127.0.0.1:8000/v1", example="Qwen/Qwen3-8B"),
    Server("OpenAI", "", "OPENAI_API_KEY", "gpt-4.1-mini"),
    Server("A file, run in this process", example="/models/name.gguf"),
    Server("Another server", "https://", example="its name at the server"),
)
_BY_TITLE = {server.title: server for server in SERVERS}
_NUMBERS = ("context", "price_in", "price_out")


def show(client: Client, settled: bool) -> None:
    """Offer to add a model, or to change one.

    Args:
        client: to keep it with.
        settled: which model interviews is chosen by the environment.
    """
    state = st.session_state
    if "model-server" not in state:
        _begin()
    editing = bool(state.get("model-editing"))
    with st.container(border=True, key="model-form"):
        st.subheader("Change a model" if editing else "Add a model", anchor=False)
        titles = [server.title for server in SERVERS]
        st.segmented_control("Server", titles, key="model-server", required=True, on_change=_preset)
        with st.form("model", border=False):
            _fields(_BY_TITLE[state["model-server"]])
            if not settled and not state.get("model-interviews"):
                st.checkbox("Use it for interviews", key="model-use")
            st.form_submit_button("Save", type="primary", key="model-save", on_click=_save, args=(client,))
        if editing:
            st.button("Cancel", key="model-cancel", on_click=_begin)
        fault = state.get("model-fault")
        if fault:
            st.error(fault)


def fill(model: ModelView) -> None:
    """Put a model that is kept into the form."""
    state = st.session_state
    _begin()
    state["model-editing"] = True
    state["model-server"] = _kind(model).title
    state["model-name"], state["model-model"] = model.name, model.model
    state["model-base_url"], state["model-key_from"] = model.base_url or "", model.key_from or ""
    state["model-context"] = model.context
    state["model-price_in"], state["model-price_out"] = model.price_in, model.price_out
    state["model-use"] = state["model-interviews"] = model.interviewer


def as_use(model: ModelView, role: Role) -> ModelUse:
    """Give what keeps a model as it is, for another use."""
    return ModelUse(
        name=model.name,
        model=model.model,
        base_url=model.base_url,
        key_from=model.key_from,
        context=model.context,
        price_in=model.price_in,
        price_out=model.price_out,
        role=role,
    )


def _fields(server: Server) -> None:
    left, right = st.columns(2)
    with left:
        st.text_input("Name, as you want to call it", key="model-name", placeholder="local", max_chars=60)
        st.text_input("Model", key="model-model", placeholder=server.example)
        st.text_input("Address, ending in /v1", key="model-base_url", placeholder="empty for OpenAI, and for a file")
    with right:
        st.text_input(
            "Environment variable that holds the key",
            key="model-key_from",
            placeholder="empty if it needs no key",
            help="Its name, not the key. A key is read from the server's environment at each start, and never stored.",
        )
        st.number_input("Context in tokens", min_value=1024, step=1024, key="model-context", placeholder="as it says")
        one, other = st.columns(2)
        with one:
            st.number_input("\\$ per million tokens read", min_value=0.0, key="model-price_in", placeholder="unknown")
        with other:
            st.number_input("… written", min_value=0.0, key="model-price_out", placeholder="unknown")


def _begin() -> None:
    state = st.session_state
    state.pop("model-fault", None)
    state.update({f"model-{name}": "" for name in ("name", "model", "base_url", "key_from")})
    state.update({f"model-{name}": None for name in _NUMBERS})
    state.update({"model-server": SERVERS[0].title, "model-editing": False, "model-interviews": False})
    state["model-use"] = True
    _preset()


def _preset() -> None:
    state = st.session_state
    server = _BY_TITLE[state["model-server"]]
    state["model-base_url"], state["model-key_from"] = server.address, server.variable


def _kind(model: ModelView) -> Server:
    if model.in_process:
        return _BY_TITLE["A file, run in this process"]
    known = (server for server in SERVERS if server.address == (model.base_url or "") and server.example)
    return next(known, SERVERS[-1]) if model.base_url else _BY_TITLE["OpenAI"]


def _save(client: Client) -> None:
    state = st.session_state
    texts = {name: state[f"model-{name}"].strip() or None for name in ("base_url", "key_from")}
    numbers = {name: state[f"model-{name}"] for name in _NUMBERS}
    role: Role = "interviewer" if state.get("model-use") else "none"
    try:
        use = ModelUse(name=state["model-name"], model=state["model-model"], role=role, **texts, **numbers)
        client.use_model(use)
    except ValidationError as error:
        fault = error.errors()[0]
        state["model-fault"] = f"{fault['loc'][0]}: {fault['msg']}."
    except SevenstepError as error:
        state["model-fault"] = f"It was not saved. {_plain(str(error))}."
    else:
        _begin()


def _plain(text: str) -> str:
    return text[:1].upper() + text[1:].replace("$", "\\$")
