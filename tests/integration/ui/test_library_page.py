from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from app import wire
from app.client import Client
from app.content.library import Library
from app.domain.framework import Step
from app.ui.markup import prose

Visit = Callable[..., AppTest]
Text = Callable[[AppTest], str]


def shelf(tab: AppTest, name: str) -> AppTest:
    return tab.segmented_control(key="shelf").set_value(name).run()


def titles(tab: AppTest) -> list[str]:
    return [b.label for b in tab.button if b.key and b.key.startswith("title-")]


def markdown(tab: AppTest) -> str:
    return "\n".join(m.value for m in tab.markdown)


def test_the_seven_steps_stand_first_and_open(visit: Visit, text: Text, library: Library) -> None:
    tab = visit(page="library")
    assert not tab.exception
    assert all(step.title in text(tab) for step in Step)
    tab.button(key="open-step-3").click().run()
    assert tab.query_params["note"] == "step-3"
    assert "Step 3: " in text(tab)
    assert "What interviewers see go wrong" in markdown(tab)
    tab.button(key="back").click().run()
    assert "note" not in tab.query_params
    assert tab.button(key="open-step-1")


def test_concepts_can_be_chosen_by_step_and_tag(visit: Visit, client: Client) -> None:
    tab = shelf(visit(page="library"), "Concepts")
    concepts = [n for n in client.notes() if n.kind == "concept"]
    assert titles(tab) == [n.title for n in concepts]
    tab.selectbox(key="library-step").set_value(Step.MONITOR).run()
    assert titles(tab) == [n.title for n in concepts if Step.MONITOR in n.steps]
    tab.multiselect(key="library-tags").set_value(["monitoring"]).run()
    assert titles(tab) == [n.title for n in concepts if Step.MONITOR in n.steps and "monitoring" in n.tags]


def test_a_note_leads_to_those_related(visit: Visit, library: Library) -> None:
    tab = visit(page="library", note="drift")
    related = library.concepts["drift"].related[0]
    tab.button(key=f"related-{related}").click().run()
    assert not tab.exception
    assert tab.query_params["note"] == related


def test_a_search_finds_notes_and_opens_them(visit: Visit) -> None:
    tab = visit(page="library")
    tab.text_input(key="library-words").set_value("position bias").run()
    assert titles(tab)[0] == "Position bias"
    tab.button(key="title-0-position-bias").click().run()
    assert tab.query_params["note"] == "position-bias"
    tab.button(key="back").click().run()
    assert tab.text_input(key="library-words").value == "position bias"


def test_a_case_shows_nothing_that_would_spoil_it(visit: Visit, text: Text, library: Library) -> None:
    tab = shelf(visit(page="library"), "Cases")
    tab.button(key="open-video-recommendation").click().run()
    case = library.case("video-recommendation")
    assert case.opening in text(tab).replace("&#39;", "'")
    shown = text(tab) + markdown(tab)
    assert not any(c.statement in shown or c.answer in shown for c in case.criteria)
    assert "svg+xml" not in shown
    assert "once you have finished" in tab.info[0].value


def test_a_case_opens_up_for_those_who_have_finished_an_interview_on_it(
    visit: Visit, session: wire.SessionView, client: Client, text: Text
) -> None:
    tab = visit(page="library", case=session.case)
    assert tab.info
    client.finish(session.id)
    tab.run()
    assert not tab.exception and not tab.info
    assert text(tab).count('class="sv-criterion"') == client.case(session.case).counts[session.level]
    assert "data:image/svg+xml;base64" in text(tab)
    assert "Clarify requirements" in markdown(tab)


def test_an_unfinished_interview_on_a_case_does_not_open_it(visit: Visit, session: wire.SessionView) -> None:
    assert visit(page="library", case=session.case).info


def test_what_is_not_in_the_library_leads_back_to_it(visit: Visit) -> None:
    for named in ({"note": "nothing"}, {"case": "nothing"}):
        tab = visit(page="library", **named)
        assert "no such page" in tab.warning[0].value
        tab.button(key="to-shelves").click().run()
        assert not tab.warning


def test_prose_is_plain_markdown_with_its_headings_in_place() -> None:
    text = "# A\n\n## B\n\n$5 and $6, `$x`, :red[no] :smile: 10:30 a:b\n\n| a |\n|:-:|\n\n```\n# $1\n```\n"
    assert prose(text) == (
        "### A\n\n#### B\n\n\\$5 and \\$6, `$x`, \\:red[no] \\:smile: 10:30 a:b\n\n| a |\n|:-:|\n\n```\n# $1\n```\n"
    )
