"""Names and texts of strangers are text on every page: nothing that they say becomes a tag of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from josie_bench.bench.compare import Question, compare_results
from josie_bench.bench.matrix import matrix_of
from josie_bench.reports import RunData, _comparison_page, _history_page, _matrix, _roofline, html, junit, markdown
from josie_bench.reports._comparison_markdown import to_markdown
from josie_bench.reports._history import add_run, all_series, opened
from josie_bench.reports._rating_sheet import write_sheet
from josie_bench.reports.result import from_json, to_json
from josie_bench.terms.judged import Judged, JudgedItem
from josie_bench.terms.profiling import OperatorTime
from tests.reports.sample_run import sample_run
from tests.reports.test_html import Page
from tests.reports.test_roofline import WATCHED, profile

EVIL = '`"><script>alert(1)</script><img src=x onerror=alert(1)>'
OURS = {  # what is read and not only shown
    *("schema", "schema_version", "status", "result", "severity", "direction", "verdict", "phase", "window"),
}


def spoilt(plain):
    """Return a JSON value in which whatever is only shown begins with markup."""
    if isinstance(plain, dict):
        return {key: value if key in OURS else spoilt(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [spoilt(value) for value in plain]
    return EVIL + plain if isinstance(plain, str) else plain


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """Return the sample run with markup in all its texts, items included."""
    data = sample_run()
    plain = spoilt(json.loads(to_json(data.result)))
    plain["run"]["id"] = data.result.run.id  # a result with another is refused
    for case in plain["cases"]:
        case["metrics"] |= {f"{EVIL}.{key}": score for key, score in case["metrics"].items()}
    judged = Judged(
        tasks=("codec",),
        rows=(
            JudgedItem(
                item=EVIL,
                cluster=EVIL,
                task="codec",
                media={"after.flac": b"x"},
                texts={"reference": EVIL, "after": "a"},
            ),
        ),
    )
    recordings = {EVIL + name: series for name, series in data.recordings.items()}
    result = from_json(json.dumps(plain), tmp_path_factory.getbasetemp())
    return RunData(result=result, recordings=recordings, judged={result.cases[0].id: judged})


def report_page(data, _):
    return html.to_html(data)


def comparison_page(data, _):
    return _comparison_page.to_html(compare_results(data.result, data.result, Question()))


def history_page(data, folder):
    (folder / "result.json").write_text(to_json(data.result), encoding="utf-8")
    with opened(folder / "history.sqlite", is_new=True) as store:
        add_run(store, folder / "history.sqlite", folder)
        return _history_page.to_html(all_series(store), runs=1, tool="0")


def profile_page(*_):
    operators = replace(WATCHED.operators, times=(OperatorTime(name=EVIL, calls=1, took_ns=1),))
    part = replace(WATCHED, component=EVIL, backend=EVIL, operators=operators)
    return _roofline.to_html([profile(part, case=EVIL)], EVIL)


def rating_page(data, folder):
    return write_sheet(data, folder, seed=0)[1].read_text(encoding="utf-8")


@pytest.mark.parametrize("draw", [report_page, comparison_page, history_page, profile_page, rating_page])
def test_no_page_takes_a_tag_from_a_name(stranger, tmp_path, draw):
    page = Page(draw(stranger, tmp_path))
    assert page.open == []
    assert not [tag for tag, told in page.elements if "onerror" in told or told.get("src") == "x"]
    assert not [script for script in page.scripts if script.startswith("alert")]
    shown = [page.text, *(value for _, told in page.elements for value in told.values() if value)]
    assert any(EVIL in text for text in shown)


@pytest.mark.parametrize(
    "write",
    [
        lambda data, _: markdown.to_markdown(data),
        lambda data, folder: junit.write(data, folder)[0].read_text(encoding="utf-8"),
        lambda data, _: to_markdown(compare_results(data.result, data.result, Question())),
        lambda data, _: _matrix.to_markdown(matrix_of([data.result, data.result])),
    ],
    ids=["report.md", "junit.xml", "comparison.md", "matrix.md"],
)
def test_no_text_takes_a_tag_from_a_name(stranger, tmp_path, write):
    text = re.sub(r"`[^`|\n]*`", "", write(stranger, tmp_path))  # in a code span there are no tags
    assert "<script" not in text and "<img" not in text
    assert "&lt;script" in text
