import pytest

from app.domain.case import Case, Rubric
from app.domain.framework import Step
from app.domain.transcript import Speaker, Turn
from app.grading.substance import echoes, heard_before, is_enumeration, is_list, restates
from app.grading.text import spans


@pytest.mark.parametrize(
    "text",
    [
        "ranking, multi-task, two-tower, ANN, objective, proxy, clickbait, watch time, NDCG, recall, calibration",
        "embeddings; transformers; attention; softmax; dropout; adam; batches; gpus; drift",
        "logging\nfeatures\nembeddings\ntraining\nevaluation\nserving\nmonitoring\nretraining\ndrift",
        "Data. Features. Labels. Models. Loss. Metrics. Serving. Caching. Monitoring. Drift.",
    ],
)
def test_words_without_sentences_are_a_list(text: str) -> None:
    assert is_list(spans(text))


@pytest.mark.parametrize(
    "text",
    [
        "I would start with logistic regression, because it is cheap and tells us whether the features work.",
        "The labels come from clicks and from the time that people watched.",
        "User features, item features and context features, each of them logged when the page is served.",
        "Two towers. Dot product.",
        "",
    ],
)
def test_speech_is_no_list(text: str) -> None:
    assert not is_list(spans(text))


def test_a_run_of_short_items_is_an_enumeration_whatever_stands_before_it() -> None:
    many = "I would use a, b, c, d, e, f, g, h, i and j."
    few = "I would use age, country, language and device."

    assert is_enumeration(spans(many)[0])
    assert not is_enumeration(spans(few)[0])


def test_an_echo_gives_back_what_was_said() -> None:
    said = [s.content for s in spans("How would you split the training data by time?")]

    assert echoes(spans("You ask how I would split the training data by time.")[0], said)
    assert not echoes(spans("I train on four weeks and test on the following one.")[0], said)


def test_too_little_content_is_no_echo() -> None:
    said = [s.content for s in spans("Which split of the data?")]

    assert not echoes(spans("The split?")[0], said)


def test_a_criterion_given_back_is_no_answer(case: Case) -> None:
    for criterion in case.criteria:
        statement = frozenset(t.stem for s in spans(criterion.statement) for t in s.tokens)
        for end in ("", ".", "?"):
            assert restates(spans(criterion.statement + end)[0], statement)


def test_only_what_the_interviewer_said_before_can_be_echoed() -> None:
    rubric = Rubric("r", "The question", (), "h")
    turns = (
        Turn(0, Speaker.INTERVIEWER, "before", Step.DATA),
        Turn(1, Speaker.CANDIDATE, "mine", Step.DATA),
        Turn(2, Speaker.INTERVIEWER, "after", Step.DATA),
    )

    assert heard_before(turns, 1, rubric) == ["The question", "before"]
