"""Models: which language models there are, which one interviews, and whether they work."""

import streamlit as st

from app.client import Client
from app.errors import SevenstepError
from app.ui.components import model_form
from app.ui.connection import connect
from app.ui.markup import markup
from app.wire import ModelList, ModelTest, ModelView


def show() -> None:
    """Show the models with what can be done with them, and a form for one more."""
    client = connect()
    models = client.models()
    st.html(markup("models", any=bool(models.models)))
    if models.fault:
        st.error(f"The models cannot be listed: {models.fault}.")
        return
    _interviewer(models)
    fault = st.session_state.pop("models-fault", None)
    if fault:
        st.error(fault)
    settled = any(m.fixed for m in models.models)
    for model in models.models:
        _row(client, model, settled)
    model_form.show(client, settled)


def _interviewer(models: ModelList) -> None:
    chosen = next((m for m in models.models if m.interviewer), None)
    if chosen is None:
        st.info("Interviews are held by the built-in interviewer, which needs no model.")
    elif chosen.fixed:
        st.info("SEVENSTEP_MODEL in the server's environment chooses the model. It wins over what is kept here.")


def _row(client: Client, model: ModelView, settled: bool) -> None:
    with st.container(border=True, key=f"kept:{model.name}"):
        st.html(markup("model_row", model=model))
        with st.container(horizontal=True, key=f"ways:{model.name}"):
            if not model.interviewer and not settled:
                st.button(
                    "Use for interviews",
                    icon=":material/record_voice_over:",
                    key=f"use-{model.name}",
                    on_click=_use,
                    args=(client, model),
                )
            tested = st.button("Test", icon=":material/speed:", key=f"test-{model.name}")
            if not model.fixed:
                edit = model_form.fill
                st.button("Edit", icon=":material/edit:", key=f"edit-{model.name}", on_click=edit, args=(model,))
        if tested:
            with st.spinner(f"Calling {model.where} …"):
                _result(client.test_model(model.name))


def _use(client: Client, model: ModelView) -> None:
    try:
        client.use_model(model_form.as_use(model, "interviewer"))
    except SevenstepError as error:
        st.session_state["models-fault"] = f"It could not be chosen: {error}."


def _result(result: ModelTest) -> None:
    if result.problem:
        detail = result.problem.detail
        st.error(f"{detail[:1].upper()}{detail[1:]}.".replace("$", "\\$"))
    else:
        st.html(markup("model_test", result=result))
