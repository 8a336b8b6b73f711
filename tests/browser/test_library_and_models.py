from playwright.sync_api import Page, expect

NOBODY = "http://127.0.0.1:9/v1"
"""Where no server listens."""
MODEL_MS = 30_000
"""A model is tried more than once before it is given up."""


def test_a_note_is_searched_for_and_read_and_a_case_is_taken_from_the_library_to_practice(
    page: Page, site: str
) -> None:
    page.goto(f"{site}/library")
    page.get_by_placeholder("Search the notes").fill("position bias")
    page.get_by_placeholder("Search the notes").press("Enter")
    page.locator(".st-key-found-0").get_by_role("button", name="Position bias").click()
    expect(page.get_by_role("heading", name="Position bias")).to_be_visible()
    expect(page.locator(".st-key-sheet").get_by_role("heading", name="What it is")).to_be_visible()
    page.locator("[class*=st-key-related-] button").first.click()
    expect(page.get_by_role("heading", name="Position bias")).to_have_count(0)
    page.reload()
    expect(page.locator(".st-key-sheet")).to_be_visible()
    page.goto(f"{site}/library?case=video-recommendation")
    expect(page.get_by_text("once you have finished an interview")).to_be_visible()
    page.get_by_role("button", name="Practise this case").click()
    expect(page.locator(".st-key-chosen-video-recommendation")).to_be_visible()


def test_an_interview_with_a_model_that_does_not_answer_goes_on_without_it(page: Page, site: str) -> None:
    page.goto(f"{site}/models")
    page.get_by_label("Name, as you want to call it").fill("nobody")
    page.get_by_label("Model", exact=True).fill("nothing")
    page.get_by_label("Address, ending in /v1").fill(NOBODY)
    page.get_by_role("button", name="Save").click()
    page.locator(".st-key-test-nobody button").click()
    expect(page.get_by_text("does not answer")).to_be_visible(timeout=MODEL_MS)
    page.get_by_role("link", name="Practice").click()
    page.locator(".st-key-voice").get_by_role("combobox").click()
    page.get_by_role("option", name="Model: nobody").click()
    page.get_by_role("button", name="Start the interview").click()
    expect(page.get_by_text("The interviewer could not answer")).to_be_visible(timeout=MODEL_MS)
    page.get_by_role("button", name="Wait").click()
    expect(page.get_by_text("Waiting for the interviewer")).to_be_visible()
    page.get_by_role("button", name="Go on with the built-in interviewer").click()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(1)
    expect(page.locator(".sv-by")).to_have_text("built-in")
