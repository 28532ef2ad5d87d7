"""What tests write into the docs: tables between two marks."""

from __future__ import annotations


def with_between(text: str, begin: str, end: str, inner: str) -> str:
    """Return `text` with `inner` in the place of what stood between the marks `begin` and `end`."""
    before, begun, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    assert begun and ended, f"the page has no marks {begin} and {end}"
    return before + begin + inner + end + after


def markdown_table(columns: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
