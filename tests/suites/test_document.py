"""Files as trees with line numbers; any bytes are an error of ours or a document, never a crash."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.errors import SuiteError
from josie_bench.suites.document import (
    SCHEMAS,
    Place,
    is_recipe,
    line_of,
    places_of,
    plain,
    read_document,
    read_value,
    refuse_unknown,
)


def test_keys_know_their_lines(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text("a: 1\n\nb:\n  c: 2\n")
    document, text = read_document(file)
    assert (line_of(document, "a"), line_of(document, "b"), line_of(document["b"], "c")) == (1, 3, 4)
    assert text.startswith("a: 1")
    assert plain(document) == {"a": 1, "b": {"c": 2}}


def test_an_unknown_key_without_a_near_one_lists_the_known(tmp_path):
    with pytest.raises(SuiteError, match="known are alpha, beta"):
        refuse_unknown({"zzz": 1}, ["beta", "alpha"], tmp_path, "key")


@settings(max_examples=150)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("bytes") / "t.yaml"
    file.write_bytes(data)
    try:
        read_document(file)
    except SuiteError as error:
        assert "\n" not in str(error)  # noqa: PT017  refusal is one of two right answers


def test_places_say_the_folder_of_paths_and_complain(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text("a: 1\nb: 2\n")
    place = places_of(read_document(file)[0], file)["b"]
    assert (place.line, place.folder) == (2, tmp_path)
    assert str(place.error("is wrong: mend it")) == f"{file}:2: is wrong: mend it"
    assert places_of(3, file) == {}
    assert str(Place(path=tmp_path, line=None).folder) == "."


@pytest.mark.parametrize(
    "text", ["a: " + 200_000 * "[", 50_000 * "- ", "a: " + 3000 * "{b: ", "a: [" + 300_000 * "1," + "]"]
)
def test_what_is_deep_or_long_is_refused_fast(tmp_path, text):
    file = tmp_path / "t.yaml"
    file.write_text(text)
    begun = time.process_time()
    with pytest.raises(SuiteError, match=r"nested over 20 deep|holds over 100000 values"):
        read_document(file)
    assert time.process_time() - begun < 10.0


def test_a_list_in_a_matrix_is_not_too_deep_and_half_a_pair_in_a_key_is_seen(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text("a: " + 18 * "[" + 18 * "]")
    assert read_document(file)
    file.write_text('b: 1\n"\\uDFFF": 1\n')
    with pytest.raises(SuiteError, match=r"t.yaml:2: a text holds NUL or half"):
        read_document(file)
    file.write_text('a: "\\U0001F600"\n', encoding="utf-8")
    assert read_document(file)[0]["a"] == "\U0001f600"


def test_a_key_that_is_a_mapping_is_refused_in_one_line(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text("a: 1\n? : ?")
    with pytest.raises(SuiteError, match="a key is a mapping or a list: name it by a word"):
        read_document(file)


@pytest.mark.parametrize(("kind", "other", "command"), [("suite", "recipe", "train"), ("recipe", "suite", "run")])
def test_a_file_of_another_kind_is_refused_with_the_command_for_it(kind, other, command, tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text(f"name: a\nschema: {SCHEMAS[other]}\n")
    assert read_document(file, other)
    with pytest.raises(SuiteError) as refused:
        read_document(file, kind)
    assert str(refused.value) == f"{file}:2: is a {other}, no {kind}: use it with: josie-bench {command} {file}"


def test_a_recipe_is_known_by_what_it_says_of_itself(tmp_path):
    file = tmp_path / "t.yaml"
    for text, wanted in (
        ("schema: josie-bench/train.v1\n", True),
        ("# one\nname: a\nschema: 'josie-bench/train.v1'\n", True),
        ("schema: josie-bench/train.v11\n", False),
        ("schema: josie-bench/suite.v1\ndescription: >-\n  schema: josie-bench/train.v1\n", False),
        ("", False),
    ):
        file.write_text(text)
        assert is_recipe(file) == wanted, text
    file.write_bytes(b"schema: josie-bench/train.v1 \xff")
    assert not is_recipe(file)
    assert not is_recipe(tmp_path)
    assert not is_recipe(tmp_path / "none.yaml")


def test_a_value_of_the_command_line_is_read_as_yaml(tmp_path):
    at = Place(path=tmp_path, line=None)
    assert read_value("[1, a]", at).value == [1, "a"]
    assert read_value("", at).value is None
    bomb = "[&a [1,1,1,1,1,1,1,1,1,1], &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a], &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b], "
    bomb += "&d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c], &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]]"
    with pytest.raises(SuiteError, match="aliases expand"):
        read_value(bomb, at)
