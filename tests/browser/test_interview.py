from pathlib import Path

from playwright.sync_api import Page, expect

from app.domain.framework import Step
from app.interview.candidate import ScriptedCandidate

MIDDLING = Path(__file__).parents[2] / "evals" / "candidates" / "video-recommendation" / "middling.yaml"
REACHED = Step.SERVE
"""With this step five are behind, so a recommendation is due."""
MOST = 60


def test_an_interview_typed_in_a_browser_survives_a_reload_and_ends_in_a_report(page: Page, site: str) -> None:
    _start(page, site)
    candidate = ScriptedCandidate.read(MIDDLING)
    said: list[str] = []
    while _step(page) < REACHED:
        assert len(said) < MOST, f"still at step {_step(page)}"
        said.append(candidate.answer(_step(page)))
        _answer(page, said[-1], len(said))
        if len(said) == 4:
            _reload(page, said)
    _finish(page)
    _check_report(page, said)


def _start(page: Page, site: str) -> None:
    page.goto(site)
    page.locator(".st-key-choose-video-recommendation button").click()
    expect(page.locator(".st-key-chosen-video-recommendation")).to_be_visible()
    page.locator(".st-key-mode").get_by_text("Quick", exact=True).click()
    expect(page.get_by_text("in twenty minutes")).to_be_visible()
    page.get_by_role("button", name="Start the interview").click()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(1)


def _step(page: Page) -> Step:
    current = page.locator(".sv-rail li.now .sv-dot")
    expect(current).to_be_visible()
    return Step(int(current.inner_text()))


def _answer(page: Page, text: str, number: int) -> None:
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(text)
    box.press("Enter")
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2 * number + 1)
    expect(page.locator(".sv-thinking")).to_have_count(0)
    expect(page.locator("[data-testid=stChatMessage] .sv-at")).to_have_count(2 * number + 1)
    expect(box).to_be_enabled()
    expect(box).to_have_value("")


def _reload(page: Page, said: list[str]) -> None:
    messages = page.locator("[data-testid=stChatMessage] .sv-words")
    before = messages.all_inner_texts()
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill("half an answer")
    page.wait_for_function("Object.values(localStorage).includes('half an answer')")
    page.reload()
    expect(messages).to_have_count(len(before))
    assert messages.all_inner_texts() == before
    assert before[1::2] == said
    expect(box).to_have_value("half an answer")
    box.fill("")


def _finish(page: Page) -> None:
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("button", name="End it and see the report").click()
    expect(page.locator(".sv-verdict h1")).to_be_visible()


def _check_report(page: Page, said: list[str]) -> None:
    verdict = page.locator(".sv-verdict h1").inner_text()
    assert any(word in verdict for word in ("No, for", "Yes, for", "Strong no", "Strong yes", "No recommendation"))
    expect(page.locator("[data-testid=stVegaLiteChart]")).to_be_visible()
    expect(page.locator(".sv-criterion blockquote").first).to_be_visible()
    page.get_by_role("tab", name="Transcript").click()
    mark = page.locator("mark").first
    expect(mark).to_be_visible()
    mark.hover()
    tip = mark.locator(".sv-tip")
    expect(tip).to_be_visible()
    quoted = mark.evaluate("node => node.firstChild.textContent")
    assert any(quoted in text for text in said)
