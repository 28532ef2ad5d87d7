"""The files of a comparison: comparison.json, comparison.html and comparison.md in one folder."""

from __future__ import annotations

from pathlib import Path

from josie_bench.reports._comparison_json import to_json
from josie_bench.reports._comparison_markdown import to_markdown
from josie_bench.reports._comparison_page import to_html
from josie_bench.terms.comparison import Comparison
from josie_bench.writing import write_whole

FILES = {"comparison.json": to_json, "comparison.html": to_html, "comparison.md": to_markdown}


def write_comparison(comparison: Comparison, folder: Path) -> list[Path]:
    """Write the files into `folder` and return their paths.

    Raises:
        OutputError: one cannot be written.
    """
    return [write_whole(folder / name, draw(comparison).encode()) for name, draw in FILES.items()]
