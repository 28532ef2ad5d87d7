"""Tables of cells."""

from josie_bench.reports._cells import Cell, table_of


def test_words_become_cells_and_cells_stay_what_they_are() -> None:
    struck = Cell(text="3 ms", is_struck=True)
    table = table_of(("case", "p50"), [("a", struck), ("b", "4 ms")])
    assert table.heads == ("case", "p50")
    assert table.rows == ((Cell(text="a"), struck), (Cell(text="b"), Cell(text="4 ms")))
