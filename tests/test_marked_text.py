"""Tables between two marks."""

from __future__ import annotations

import pytest

from tests.marked_text import between, markdown_table, table_rows, with_between


def test_what_stood_between_the_marks_is_replaced_and_all_else_stays():
    assert with_between("a <x> old </x> b", "<x>", "</x>", "new") == "a <x>new</x> b"
    assert between("a <x> old </x> b", "<x>", "</x>") == " old "


@pytest.mark.parametrize("text", ["no marks", "<x> alone", "</x> before <x>"])
def test_a_page_without_both_marks_is_refused(text):
    with pytest.raises(AssertionError, match="has no marks <x> and </x>"):
        with_between(text, "<x>", "</x>", "new")


def test_a_table_has_its_heads_above_its_rows():
    assert markdown_table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_a_table_s_rows_are_read_as_they_were_written():
    rows = [["a b", "1"], ["", "2"]]
    assert table_rows(f"\n\n{markdown_table(['one', 'two'], rows)}\n\n") == rows
