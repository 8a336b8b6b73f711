from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from app.domain.framework import ALL_STEPS, Step
from app.domain.ports import Passage, Retriever
from app.retrieval import Chunk, ChunkIndex, Document, HybridRetriever, WordLlamaEmbedder, chunk_documents, search
from app.retrieval.search import WORDS, Mode

MODES: tuple[Mode, ...] = ("hybrid", "bm25", "vector")
QUERIES = ("impressions and watch time of a film", "label payments by chargebacks", "popular films in memory", "drift")


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory, documents: list[Document]) -> Iterator[HybridRetriever]:
    chunks, embedder = chunk_documents(documents), WordLlamaEmbedder()
    index = ChunkIndex(embedder, tmp_path_factory.mktemp("index"))
    index.sync(chunks)
    retriever = HybridRetriever(index, embedder, chunks)
    yield retriever
    retriever.close()


def ids(passages: list[Passage]) -> list[str]:
    return [passage.id for passage in passages]


def test_it_is_the_retriever_that_the_rooms_above_ask_for(retriever: HybridRetriever) -> None:
    asked: Retriever = retriever

    found = asked.search("the world moves away from the training set", step=Step.MONITOR, case=None, limit=2)

    assert found[0] == Passage(
        id="concepts/drift#what-it-is",
        title="Drift: What it is",
        text="The world moves away from the training set.",
        kind="concept",
        steps=(Step.MONITOR,),
        case=None,
        score=found[0].score,
    )
    assert len(found) == 2
    assert 1 >= found[0].score > found[1].score > 0


def test_a_paraphrase_that_shares_no_word_is_found(retriever: HybridRetriever) -> None:
    query = "brand new customer registering, movie never watched"

    assert ids(retriever.search(query))[0] == "concepts/cold-start#what-it-is"
    assert retriever.ranked("freshly registered customers", "bm25") == []


def test_a_rare_word_is_found_whatever_the_rest_says(retriever: HybridRetriever) -> None:
    query = "people keep popular films in memory, but what about kolmogorov"

    assert "concepts/drift#how-to-see-it" in ids(retriever.search(query))[:3]
    # The rest of a document that has the word comes after the passage that has it.
    assert ids(retriever.ranked("kolmogorov", "bm25")) == ["concepts/drift#how-to-see-it", "concepts/drift#what-it-is"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("step", ALL_STEPS)
def test_a_step_finds_only_its_own(retriever: HybridRetriever, mode: Mode, step: Step) -> None:
    for query in QUERIES:
        for passage in retriever.ranked(query, mode, step=step, case="video", limit=50):
            assert step in passage.steps


def test_a_chunk_of_several_steps_is_found_in_each(retriever: HybridRetriever) -> None:
    for step in (Step.CLARIFY, Step.MODEL):
        assert "concepts/cold-start#what-it-is" in ids(retriever.search("no history", step=step))
    assert "concepts/cold-start#what-it-is" not in ids(retriever.search("no history", step=Step.DATA))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("step", [None, *ALL_STEPS])
@pytest.mark.parametrize("case", [None, "", "another", "vide", "reference"])
def test_without_its_case_no_reference_solution_is_ever_returned(
    retriever: HybridRetriever, mode: Mode, step: Step | None, case: str | None
) -> None:
    for query in QUERIES:
        found = retriever.ranked(query, mode, step=step, case=case, limit=1000)
        assert not [passage for passage in found if passage.kind == "reference" or passage.case]


@pytest.mark.parametrize("mode", MODES)
def test_with_a_case_its_own_reference_solution_is_found_and_no_other(retriever: HybridRetriever, mode: Mode) -> None:
    found = retriever.ranked("impressions and watch time of a film", mode, case="video", limit=1000)

    assert found[0].id == "cases/video#3-prepare-data"
    assert {passage.case for passage in found} <= {None, "video"}


def test_a_way_of_asking_finds_the_section_that_it_belongs_to(
    open_index: Callable[..., ChunkIndex], embedder: Any, documents: list[Document]
) -> None:
    ask = "the toaster hums at midnight"
    asked = [replace(d, asks={"ways-out": (ask,)}) if d.id == "concepts/cold-start" else d for d in documents]
    chunks = chunk_documents(asked)
    index = open_index(embedder)
    index.sync(chunks)
    retriever = HybridRetriever(index, embedder, chunks)

    for mode in MODES:
        found = retriever.ranked("humming toasters in the night", mode)
        assert ids(found)[0] == "concepts/cold-start#ways-out"
        assert not any(ask in passage.text for passage in found)


def test_hybrid_is_the_sum_of_its_sides(retriever: HybridRetriever) -> None:
    sides = {
        mode: {p.id: p.score for p in retriever.ranked("label films by watch time", mode, case="video", limit=1000)}
        for mode in MODES
    }

    for id_, score in sides["hybrid"].items():
        words, meaning = sides["bm25"].get(id_, 0.0), sides["vector"][id_]
        assert score == pytest.approx(WORDS * words + (1 - WORDS) * meaning, abs=1e-5)


def test_what_is_not_among_the_nearest_is_no_nearer_than_the_last_of_them(
    retriever: HybridRetriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = retriever.ranked("the world moves away", "vector", limit=1000)
    monkeypatch.setattr(search, "NEAREST", 3)

    found = retriever.ranked("the world moves away", "vector", limit=1000)

    assert found[0].id == whole[0].id
    assert {passage.id for passage in found} == {passage.id for passage in whole}
    assert found[-1].score > whole[-1].score


@pytest.mark.parametrize("query", ["", "  \n\t"])
@pytest.mark.parametrize("mode", MODES)
def test_an_empty_query_finds_nothing(retriever: HybridRetriever, mode: Mode, query: str) -> None:
    assert retriever.ranked(query, mode) == []


@pytest.mark.parametrize("query", ["\ud83d", "???", "🦜", "drift " * 5000, "' OR 1=1 --", '{"$ne": ""}', "\x00"])
def test_odd_queries_do_no_harm(retriever: HybridRetriever, query: str) -> None:
    assert all(passage.case is None for passage in retriever.search(query))


def test_the_limit_holds(retriever: HybridRetriever, chunks: list[Chunk]) -> None:
    assert [len(retriever.search("films and labels", limit=n)) for n in (-1, 0, 1, 3)] == [0, 0, 1, 3]
    open_to_all = [chunk for chunk in chunks if chunk.case is None]
    assert len(retriever.ranked("films", "vector", limit=1000)) == len(open_to_all)


def test_the_best_come_first(retriever: HybridRetriever) -> None:
    for mode in MODES:
        scores = [passage.score for passage in retriever.ranked("films in memory", mode, limit=50)]
        assert scores == sorted(scores, reverse=True)
        assert scores


def test_ties_are_always_in_the_same_order(open_index: Callable[..., ChunkIndex], embedder: Any) -> None:
    chunks = [Chunk(f"c#{n}", "Same", "The same text.", "concept", (), None) for n in range(9)]
    index = open_index(embedder)
    index.sync(chunks)

    orders = [
        ids(HybridRetriever(index, embedder, order).ranked("same text", mode, limit=9))
        for order in (chunks, chunks[::-1])
        for mode in MODES
    ]

    assert orders == [[chunk.id for chunk in chunks]] * 6


def test_threads_get_what_one_gets(retriever: HybridRetriever) -> None:
    asked = [(q, s, c) for q in QUERIES for s in (None, Step.DATA) for c in (None, "video", "fraud")] * 5
    alone = [retriever.search(q, step=s, case=c) for q, s, c in asked]
    retriever.close()

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda a: retriever.search(a[0], step=a[1], case=a[2]), asked))

    assert together == alone


def test_searches_go_on_while_the_index_is_closed_and_opened(retriever: HybridRetriever) -> None:
    def disturb(turn: int) -> list[str]:
        if turn % 5 == 0:
            retriever.close()
        return ids(retriever.search("impressions of a film", case="video"))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(disturb, range(40)))

    assert all(answer == answers[0] for answer in answers)


@pytest.mark.usefixtures("no_network")
def test_building_and_searching_touch_no_network(
    open_index: Callable[..., ChunkIndex], embedder: Any, chunks: list[Chunk]
) -> None:
    index = open_index(embedder)
    index.sync(chunks)

    assert HybridRetriever(index, embedder, chunks).search("drift")
