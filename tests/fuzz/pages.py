"""All that is drawn of a result by a stranger, alone and beside one of our own: what it says is text, never markup."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path

from josie_bench.bench.compare import Question, compare_results
from josie_bench.bench.matrix import matrix_of
from josie_bench.errors import UsageError
from josie_bench.exports import format_names, write_export
from josie_bench.reports import RunData, _comparison_markdown, _comparison_page, html, junit, markdown, result
from josie_bench.reports._history import add_run, all_series, opened, past_runs
from josie_bench.reports._history_page import to_html
from josie_bench.reports._matrix import write_matrix

GOLDEN = Path(__file__).parents[1] / "reports" / "golden"
NEWEST = max(GOLDEN.glob("result-*.json"))
MARKUP = "<script>alert(1)"


def check_is_text(*drawn):
    for text in drawn:
        assert MARKUP not in text


def draw_report(folder):
    """Draw it as `josie-bench report` does."""
    data = RunData(result=result.read(folder))
    files = [file for report in (html, markdown, junit) for file in report.write(data, folder / "drawn")]
    check_is_text(*(file.read_text(encoding="utf-8", errors="surrogatepass") for file in files))


def draw_comparison(folder):
    """Hold it against our own, as `josie-bench compare` does."""
    found = compare_results(our_result(), result.read(folder), Question())
    check_is_text(_comparison_page.to_html(found), _comparison_markdown.to_markdown(found))


def draw_matrix(folder):
    """Lay it beside our own, as `josie-bench matrix` does."""
    _, page = write_matrix(matrix_of([our_result(), result.read(folder)]), folder / "drawn")
    check_is_text(page.read_text(encoding="utf-8", errors="surrogatepass"))


def draw_history(folder):
    """Note it beside our own and draw both, as `josie-bench history` does."""
    file = folder / "history.sqlite"
    file.unlink(missing_ok=True)
    ours = folder / "ours"
    ours.mkdir(exist_ok=True)
    (ours / "result.json").write_bytes(NEWEST.read_bytes())
    with opened(file, is_new=True) as store:
        for run in (ours, folder):
            add_run(store, file, run)
        check_is_text(to_html(all_series(store), runs=len(past_runs(store)), tool="0"))


def export(folder):
    """Write it in the formats of other tools."""
    data = RunData(result=result.read(folder))
    for name in format_names():
        with suppress(UsageError):  # as of a run that was not measured from a checkout
            write_export(data, name, folder / "drawn")


@cache
def our_result():
    """Return a result of our own."""
    return result.from_json(NEWEST.read_text(encoding="utf-8"), NEWEST)


PAGES = {
    "drawn": draw_report,
    "compared": draw_comparison,
    "beside others": draw_matrix,
    "in a history": draw_history,
    "exported": export,
}
