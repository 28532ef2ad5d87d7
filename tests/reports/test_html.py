"""report.html: one file that needs no network, escapes what it is told and holds the whole answer."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from josie_bench.reports import RunData
from josie_bench.reports._template import bundle
from josie_bench.reports.html import to_html, write

VOID = {"meta", "link", "img", "br", "hr", "input", "base"}
LOADING = {"src", "href", "srcset", "poster", "data", "action", "background"}


class Page(HTMLParser):
    """A page taken apart: its text outside of scripts and styles, its elements, its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} closes something else"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not (self.open and self.open[-1] == "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="session")
def source(run_data: RunData) -> str:
    return to_html(run_data)


@pytest.fixture(scope="session")
def page(source: str) -> Page:
    return Page(source)


def test_the_page_is_well_formed(page: Page) -> None:
    assert page.open == []
    assert [tag for tag, _ in page.elements].count("h1") == 1


def test_the_page_loads_nothing_and_forbids_it_too(page: Page, source: str) -> None:
    for tag, attributes in page.elements:
        assert not LOADING & set(attributes), tag
    [policy] = [a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    style = source.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_the_library_is_in_the_page_once_and_the_page_stays_small(
    page: Page, run_data: RunData, tmp_path: Path
) -> None:
    assert sum(len(script) > 100_000 for script in page.scripts) == 1
    assert "</script" not in bundle()
    [path] = write(run_data, tmp_path)
    assert path.stat().st_size < 1_250_000


def test_the_parts_stand_in_order(page: Page) -> None:
    titles = [
        "1 of 5 cases passes all its gates", "Cases", "How slow, how often", "Windows over time",
        "Where the time goes", "Budgets", "All numbers", "Notes and reasons", "Memory", "Engines", "Host",
        "Model and data",
        "josie-bench 0.1.0 · result schema 1.0.0",
    ]  # fmt: skip
    places = [page.text.index(title) for title in titles]
    assert places == sorted(places)


def test_every_chart_has_a_place_a_specification_and_words(page: Page) -> None:
    places = {a["id"]: a for _, a in page.elements if a.get("class") == "chart"}
    [specs] = [json.loads(script) for script in page.scripts if script.startswith("{")]
    assert set(specs) == set(places)
    assert len(specs) == 6
    assert all(a["role"] == "img" and a["aria-label"] for a in places.values())


def test_an_invalid_case_has_its_numbers_struck_and_its_status_in_words(source: str, sample: ModuleType) -> None:
    row = source.partition('<th scope="row" data-label="case">' + sample.INVALID)[2].partition("</tr>")[0]
    assert '<span class="badge bad">INVALID_HARNESS: invalid</span>' in row
    assert re.search(r"<s>0\.4\d+ \[[^<]+\] ms</s>", row)
    good = source.partition('<th scope="row" data-label="case">' + sample.OK)[2].partition("</tr>")[0]
    assert "<s>" not in good


def test_reasons_licences_and_what_is_needed_are_told(page: Page) -> None:
    for words in (
        "SKIPPED: TensorRT is not installed: pip install tensorrt",
        "INVALID_HARNESS: the harness was late",
        "two windows came late",
        "librivox-0870.wav audio public domain",
        "n/a: insufficient samples, 168 more needed (200 of 368)",
        "closed loop: no queueing, not a real-time claim",
        "josie-bench run realtime --case compute/onnxruntime-fp32/w300",
    ):
        assert words in page.text


def test_text_from_outside_cannot_become_a_part_of_the_page(sample: ModuleType) -> None:
    evil = "</script><img src=x onerror=alert(1)>'\"&"
    series = sample.recording([100.0] * 8)
    case = sample.case_result(evil, series, status="ERROR", reason=evil, notes=[evil], settings={evil: evil})
    source = to_html(RunData(result=sample.result([case]), recordings={evil: series}))
    page = Page(source)
    assert page.open == []
    assert not [tag for tag, _ in page.elements if tag == "img"]
    assert page.text.count("<img src=x") >= 4
    [raw] = [script for script in page.scripts if script.startswith("{")]
    assert not set("<>&") & set(raw)
    specs = json.loads(raw)
    assert evil in specs["latency-0"]["data"]["values"].replace('""', '"')


def test_a_run_of_nothing_has_a_page_without_the_library(sample: ModuleType) -> None:
    source = to_html(RunData(result=sample.result([])))
    page = Page(source)
    assert "The run has no cases." in page.text
    assert page.scripts == []
    assert len(source) < 20_000


def test_a_long_run_stays_near_the_size_of_the_library(sample: ModuleType) -> None:
    series = sample.recording(sample.services(180.0, 20_000, 9))
    data = RunData(result=sample.result([sample.case_result("a", series)]), recordings={"a": series})
    assert len(to_html(data)) - len(bundle()) < 100_000


def test_the_page_follows_the_readers_wish_for_light_or_dark(source: str) -> None:
    assert '<meta name="color-scheme" content="light dark">' in source
    assert "@media (prefers-color-scheme: dark)" in source
    assert "matchMedia" in source
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in source


def test_engines_beside_each_other_stand_after_the_cases_and_words_alone_are_enough(sample: ModuleType) -> None:
    page = Page(to_html(sample.rounds_run()))
    assert page.open == []
    places = [page.text.index(words) for words in ("Cases", "Cases beside each other", "3.00 [2.50, 3.30] quicker")]
    assert places == sorted(places)
    assert "0.750 [0.700, 0.800] slower" in page.text
    assert "Cases beside each other" not in to_html(sample.sample_run())


def test_numbers_stand_over_what_they_rest_on_and_few_windows_are_marked(source: str, sample: ModuleType) -> None:
    assert re.search(r"<span>\d+ \[[^<]+\] ms <small>of 400</small></span>", source)
    assert "†" not in source.partition("<h2>All numbers</h2>")[0]
    case = sample.case_result("a", sample.recording(sample.services(100.0, 29, 1), warm_up=0))
    page = Page(to_html(RunData(result=sample.result([case]))))
    assert page.text.count("† fewer than 30 samples cannot show") == 2


def test_the_page_says_whether_its_numbers_can_be_trusted(sample: ModuleType) -> None:
    page = to_html(sample.audited_run())
    for words in ("Can the numbers be trusted?", "answers are computed", "Slow windows", "JB-SHAPE-001: two levels."):
        assert words in page
