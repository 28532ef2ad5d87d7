"""Numbers of cases on a terminal of any width."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from josie_bench.cli.number_table import STRUCK, Cell, print_numbers

CASE = "realtime-300/onnxruntime-fp32/w300"
HEADS = ("case", "status", "response p50 [95 %] ms", "missed")
ROWS = [
    [
        Cell(text=CASE),
        Cell(text="OK"),
        Cell(text="1,037 [739, 1,336]", note="of 12,000, worth 1,193"),
        Cell(text="n/a", note="closed loop"),
    ]
]


def shown(width: int) -> list[str]:
    screen = io.StringIO()
    print_numbers(Console(file=screen, width=width, _environ={}), "smoke: OK", HEADS, ROWS)
    return screen.getvalue().splitlines()


@pytest.mark.parametrize("width", range(20, 161))
def test_no_id_and_no_number_is_cut_in_two_at_any_width(width):
    words = "\n".join(shown(width))
    assert CASE in words
    assert "1,037 [739, 1,336]" in words


@pytest.mark.parametrize("width", range(83, 161))
def test_a_table_is_never_wider_than_the_terminal(width):
    lines = shown(width)
    assert max(len(line) for line in lines) <= width
    assert lines[1].startswith("┏")


def test_where_no_table_fits_each_number_has_a_line_with_what_it_rests_on():
    assert shown(60) == [
        "smoke: OK",
        f"{CASE}  OK",
        "  response p50 [95 %] ms  1,037 [739, 1,336]  of 12,000, worth 1,193",
        "  missed                  n/a                 closed loop",
    ]


def test_what_is_not_there_has_no_line_of_its_own():
    screen = io.StringIO()
    rows = [[Cell(text="a"), Cell(text=""), Cell(text="skipped", note="it is not installed")]]
    print_numbers(Console(file=screen, width=20, _environ={}), "smoke", ("case", "about", "engines"), rows)
    assert screen.getvalue().splitlines() == ["smoke", "a", "  engines  skipped  it is not installed"]


def test_what_a_number_rests_on_is_not_broken_while_there_is_room():
    assert any("of 12,000, worth 1,193" in line for line in shown(120))


def test_words_in_brackets_are_no_markup():
    screen = io.StringIO()
    print_numbers(Console(file=screen, width=80, _environ={}), "[bold]", ("case", "[red]"), [[Cell(text="[a]")] * 2])
    assert "[bold]" in screen.getvalue()
    assert "[red]" in screen.getvalue()
    assert "[a]" in screen.getvalue()


@pytest.mark.parametrize("width", [20, 80], ids=["blocks", "table"])
def test_what_is_struck_out_is_marked_where_a_file_or_a_pipe_takes_it(width):
    rows = [[Cell(text="a"), Cell(text="1,037 [739, 1,336]", style=STRUCK), Cell(text="", style=STRUCK)]]
    plain, styled = io.StringIO(), io.StringIO()
    print_numbers(Console(file=plain, width=width, _environ={}), "smoke", ("case", "p50", "p95"), rows)
    print_numbers(
        Console(file=styled, width=width, force_terminal=True, _environ={}), "smoke", ("case", "p50", "p95"), rows
    )
    assert plain.getvalue().count("~~") == 2
    assert "~~1,037 [739, 1,336]~~" in plain.getvalue()
    assert "~~" not in styled.getvalue()
