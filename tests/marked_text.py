"""What tests write into the docs, and read of it: tables between two marks."""

from __future__ import annotations


def parted(text: str, begin: str, end: str) -> tuple[str, str, str]:
    """Return what stands before, between and after the marks `begin` and `end`."""
    before, begun, rest = text.partition(begin)
    inner, ended, after = rest.partition(end)
    assert begun and ended, f"the page has no marks {begin} and {end}"
    return before, inner, after


def between(text: str, begin: str, end: str) -> str:
    """Return what stands between the marks."""
    return parted(text, begin, end)[1]


def with_between(text: str, begin: str, end: str, inner: str) -> str:
    """Return `text` with `inner` in the place of what stood between the marks `begin` and `end`."""
    before, _, after = parted(text, begin, end)
    return before + begin + inner + end + after


def markdown_table(columns: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def table_rows(table: str) -> list[list[str]]:
    """Return the rows of a Markdown table, without its heads."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
