import pytest
from hypothesis import settings

from app.content.files import content_root
from app.content.library import Library
from app.domain.case import Case, Rubric
from app.grading.examiner import Examiner
from app.grading.text import Glossary
from app.retrieval.embeddings import WordLlamaEmbedder

settings.register_profile("unit", deadline=None, max_examples=80)
settings.load_profile("unit")


@pytest.fixture(scope="session")
def library() -> Library:
    """The real content."""
    return Library(content_root())


@pytest.fixture(scope="session")
def embedder() -> WordLlamaEmbedder:
    return WordLlamaEmbedder()


@pytest.fixture(scope="session")
def glossary(library: Library) -> Glossary:
    return Glossary(library.terms)


@pytest.fixture(scope="session")
def examiner(library: Library, glossary: Glossary, embedder: WordLlamaEmbedder) -> Examiner:
    return Examiner(glossary, library.terms_hash, embedder)


@pytest.fixture(scope="session")
def video(library: Library) -> Case:
    return library.case("video-recommendation")


@pytest.fixture(scope="session", params=["video-recommendation", "ad-click-prediction", "harmful-content-detection"])
def case(request: pytest.FixtureRequest, library: Library) -> Case:
    """Each of three real cases."""
    return library.case(request.param)


@pytest.fixture(scope="session")
def whole_rubric(case: Case) -> Rubric:
    """All criteria of the case."""
    return Rubric(f"{case.slug}/whole", case.opening, case.criteria, f"{case.hash}/whole")


@pytest.fixture(scope="session")
def video_rubric(video: Case) -> Rubric:
    return Rubric(f"{video.slug}/whole", video.opening, video.criteria, f"{video.hash}/whole")
