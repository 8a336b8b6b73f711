from pathlib import Path

import pytest

from app.content.files import content_root, load_front_matter, load_yaml, read_text
from app.errors import ConfigurationError, ContentError

ODD = {
    "a tab": "\t- a\n",
    "an open bracket": "a: [1, 2\n",
    "an unknown alias": "a: *b\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "a tag of Python": "a: !!python/object:os.system x\n",
    "a number that is none": "a: !!int abc\n",
    "a date that is none": "a: 2024-13-45\n",
    "a list as a key": "{[a, b]: c}\n",
    "a mapping as a key": "? {a: b}\n: c\n",
    "a control character": "a: \x07\n",
    "a node inside itself": "a: &x [*x]\n",
}


@pytest.mark.parametrize("name", ODD)
def test_yaml_that_cannot_be_used_is_one_clear_fault(tmp_path: Path, name: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(ODD[name])

    with pytest.raises(ContentError) as raised:
        load_yaml(path)

    assert str(raised.value).startswith(f"{path}:")
    assert "\n" not in str(raised.value)


def test_a_fault_names_the_line_on_which_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text("a: 1\nb: 2\n\na: 3\n")

    with pytest.raises(ContentError) as raised:
        load_yaml(path)

    assert str(raised.value) == f"{path}:4: a: the key stands twice"


def test_a_place_that_is_not_there_has_the_line_of_what_is_around_it(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("one:\n  - two: 3\n    four: 5\n")
    located = load_yaml(path)

    assert located.line(("one", 0, "four")) == 3
    assert located.line(("one", 0, "six")) in (2, 3)
    assert located.line(("one", 7)) == 1
    assert located.line(("seven",)) == 1
    assert located.line(()) == 1


@pytest.mark.parametrize(
    "text", ["", "Just text.\n", "--- \ntitle: x\n---\n", "---\ntitle: x\n", "\n---\ntitle: x\n---\n"]
)
def test_missing_front_matter_is_a_fault(tmp_path: Path, text: str) -> None:
    path = tmp_path / "note.md"
    path.write_text(text)

    with pytest.raises(ContentError, match="must begin with front matter between two --- lines") as raised:
        load_front_matter(path)

    assert str(raised.value).startswith(f"{path}:1: ")


def test_lines_of_front_matter_are_lines_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text("---\nid: a\nid: b\n---\nText.\n")

    with pytest.raises(ContentError) as raised:
        load_front_matter(path)

    assert str(raised.value) == f"{path}:3: id: the key stands twice"


def test_text_below_front_matter_may_have_rules_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text("---\nid: a\n---\n\nAbove.\n\n---\n\nBelow.\n")

    located, body = load_front_matter(path)

    assert (located.data, body) == ({"id": "a"}, "Above.\n\n---\n\nBelow.\n")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="the file is missing"):
        read_text(tmp_path / "none.yaml")
    with pytest.raises(ContentError) as raised:
        read_text(tmp_path)
    assert str(tmp_path) in str(raised.value)


def test_a_chosen_root_must_hold_content(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="set SEVENSTEP_CONTENT_DIR") as raised:
        content_root(tmp_path)

    assert str(tmp_path) in str(raised.value)


def test_the_source_tree_holds_content() -> None:
    assert (content_root() / "knowledge" / "cases").is_dir()
