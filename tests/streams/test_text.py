"""Text: words from the suite or from a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.errors import MediaError
from josie_bench.streams import text


def test_words_are_taken_in_order():
    loaded = text.load("stop  it\nnow")
    assert loaded.words == ("stop", "it", "now")
    assert loaded.files == ()


def test_a_file_gives_its_words_and_is_named(tmp_path):
    path = tmp_path / "said.TXT"
    path.write_text("\ufeffgrüß dich\n", encoding="utf-8")
    loaded = text.load(str(path))
    assert loaded.words == ("grüß", "dich")
    assert [(file.name, file.modality) for file in loaded.files] == [("said.TXT", "text")]


@pytest.mark.parametrize("choice", ["", "  \n"])
def test_no_words_are_refused(choice):
    with pytest.raises(MediaError, match="holds no words"):
        text.load(choice)


def test_a_file_without_words_or_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b" \n")
    with pytest.raises(MediaError, match="the file holds no words"):
        text.load(str(path))
    path.write_bytes("grüß".encode("utf-16"))
    with pytest.raises(MediaError, match="save it as UTF-8"):
        text.load(str(path))


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1))
def test_literal_words_come_back_as_they_were_written(words):
    assert text.load(" ".join(words)).words == tuple(words)
