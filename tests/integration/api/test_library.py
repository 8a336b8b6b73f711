import httpx
import pytest

from app import wire
from app.client import Client
from app.content.library import Library
from app.domain.framework import ALL_STEPS, Step
from app.errors import Conflict, InputError, NotFound


def test_all_notes_are_listed_the_seven_steps_first(client: Client, library: Library) -> None:
    notes = client.notes()
    assert [note.steps for note in notes[:7]] == [(step,) for step in ALL_STEPS]
    assert {note.kind for note in notes[7:]} == {"concept"}
    assert len(notes) == 7 + len(library.concepts)


def test_a_note_has_its_text_and_those_related(client: Client, library: Library) -> None:
    note = client.note("drift")
    assert note.text == library.concepts["drift"].text
    assert tuple(other.id for other in note.related) == library.concepts["drift"].related
    with pytest.raises(NotFound, match="there is no note 'nothing'"):
        client.note("nothing")


def test_the_note_on_a_step_leads_to_the_concepts_of_that_step(client: Client) -> None:
    note = client.note("step-3")
    assert note.related
    assert all(other.steps[0] is Step.DATA for other in note.related)


def test_a_search_finds_passages_best_first(client: Client) -> None:
    found = client.search("position bias in click logs")
    assert found[0].note.id == "position-bias"
    assert found[0].text and found[0].heading
    assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)


def test_a_search_can_be_held_to_a_step_and_a_number(client: Client) -> None:
    found = client.search("how to split the data", Step.MONITOR, 3)
    assert 0 < len(found) <= 3
    assert all(Step.MONITOR in f.note.steps for f in found)
    assert client.search("  ") == []


def test_no_search_finds_a_reference_solution(client: Client, library: Library) -> None:
    for case in library.cases[:5]:
        words = case.reference.splitlines()[4][:400]
        assert all(f.note.kind in ("framework", "concept") for f in client.search(words, limit=50))
        assert all(f.text not in case.reference for f in client.search(words, limit=50))


@pytest.mark.parametrize("query", ["q=x&step=8", "q=x&limit=0", "q=x&limit=51", "step=3", f"q={'x' * 1001}"])
def test_a_search_that_makes_no_sense_is_refused(client: Client, query: str) -> None:
    reply = httpx.get(f"{client.base_url}/library/search?{query}")
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"


def test_words_of_any_kind_can_be_searched_for(client: Client) -> None:
    for words in ("\x00", "🙂", "a" * 1000, "'; DROP TABLE notes; --", "$(x) {y} %s"):
        client.search(words)


def test_the_drawing_is_shown_after_the_end_only(client: Client, session: wire.SessionView) -> None:
    with pytest.raises(Conflict):
        client.case(session.case, session.id)
    client.finish(session.id)
    drawing = client.case(session.case, session.id).drawing
    assert drawing and drawing.startswith("<svg")
    assert client.case(session.case).drawing is None


def test_notes_with_strange_names_are_not_there(client: Client) -> None:
    for name in ("../cases/video-recommendation", "%2e%2e", "drift#what-it-is", "x" * 5000):
        with pytest.raises(InputError):
            client.note(name)
