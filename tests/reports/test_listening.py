"""What can be heard and seen: which items, with what words, and what the page has room for."""

from __future__ import annotations

import base64
from dataclasses import replace
from types import ModuleType

import pytest

from josie_bench.reports import RunData, _listening, read_run, write_run
from josie_bench.reports._listening import Line, Word, listening
from josie_bench.reports.html import to_html
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.judged import REFERENCE, WHOLE, Judged, JudgedItem
from josie_bench.terms.track import Track, WrittenWord
from tests.reports.test_html import Page
from tests.reports.test_time_line import flac

SAID = {"said": "One two, three.", "reference": "one two three", "before": "one two three"}


def row(index, side="engine", task="codec", media=None, texts=None, values=None):
    return JudgedItem(
        item=f"i{index}", cluster="s", task=task, side=side, media=media or {}, texts=texts or {}, values=values or {}
    )


@pytest.fixture
def data(sample: ModuleType) -> RunData:
    """Return a run of one case with two items, of which one is kept, on both sides."""
    engine = row(
        0,
        media={"before.flac": b"source", "after.flac": b"decoded"},
        texts=SAID | {"after": "one tree three you"},
        values={"p808.before": 3.4, "p808.after": 2.9, "pesq": 1.75, "stoi": 0.9},
    )
    reference = row(0, REFERENCE, media={"after.flac": b"eager"}, texts=SAID | {"after": ""})
    case = sample.case_result("talk", notes=["weights are seeded, not trained: x"])
    judged = Judged(tasks=("codec", "transcribe"), rows=(engine, reference, row(1), row(1, REFERENCE)))
    return RunData(result=sample.result([case]), judged={"talk": judged})


def test_an_item_is_shown_as_it_came_and_as_each_side_made_it(data: RunData) -> None:
    [group] = listening(data)
    assert (group.case, group.task, group.count) == ("talk (seeded weights)", "codec", "1 of 2 items")
    [item] = group.items
    assert (item.name, item.said) == ("i0", "One two, three.")
    assert [line.what for line in item.lines] == [
        "as it came", "as it came out, engines", "as it came out, eager FP32 reference",
    ]  # fmt: skip
    assert [line.note for line in item.lines] == [
        "0 errors in 3 words · P.808 3.40",
        "2 errors in 3 words · P.808 2.90 · PESQ 1.75 · STOI 0.90",
        "3 errors in 3 words",
    ]
    assert item.lines[0].uri == "data:audio/flac;base64," + base64.b64encode(b"source").decode()


def test_errors_are_words_with_signs_and_not_colours_alone(data: RunData) -> None:
    lines = listening(data)[0].items[0].lines
    assert [word.text for word in lines[1].words] == ["one", "[two → tree]", "three", "[+ you]"]
    assert [word.is_wrong for word in lines[1].words] == [False, True, False, True]
    assert [word.text for word in lines[2].words] == ["[− one]", "[− two]", "[− three]"]


def test_a_voice_is_held_against_the_models_text_and_the_question_against_what_was_asked(sample: ModuleType) -> None:
    texts = {"said": "What is it?", "asked": "what is it", "before": "what it", "reference": "a ball"}
    found = row(0, task="answer", media={"heard.flac": b"voice"}, texts=texts | {"written": "a bell", "heard": "bell"})
    data = RunData(result=sample.result([]), judged={"c": Judged(tasks=("answer",), rows=(found,))})
    lines = {line.what: line for line in listening(data)[0].items[0].lines}
    told = {what: ([word.text for word in line.words], line.note, line.kind) for what, line in lines.items()}
    assert told == {
        "the model's voice, engines": (["[− a]", "bell"], "1 error in 2 words", "audio/flac"),
        "as it came": (["what", "[− is]", "it"], "1 error in 3 words", ""),
        "the model writes, engines": (["a", "[ball → bell]"], "1 error in 2 words", ""),
    }


def test_where_something_is_lost_each_side_says_whether_it_had_everything(sample: ModuleType) -> None:
    dropout = Dropout(of=("text",), present=0)
    rows = tuple(row(0, side, media={"heard.flac": b"voice"}) for side in ("engine", WHOLE))
    data = RunData(result=sample.result([]), judged={"c": Judged(tasks=("codec",), rows=rows, dropout=dropout)})
    assert [line.what for line in listening(data)[0].items[0].lines] == [
        "the model's voice, engines, with what is missing",
        "the model's voice, engines, with everything",
    ]


def test_nothing_said_and_nothing_heard_is_told(sample: ModuleType) -> None:
    found = row(0, media={"after.flac": b"x"}, texts={"reference": "", "after": ""})
    data = RunData(result=sample.result([]), judged={"c": Judged(tasks=("codec",), rows=(found,))})
    [line] = listening(data)[0].items[0].lines
    assert (line.words, line.note) == ((Word(text="nothing"),), "0 errors in 0 words")


def test_the_page_has_room_for_the_first_items_of_every_case_before_the_second(
    sample: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_listening, "MOST_EMBEDDED", 6)
    rows = tuple(row(index, media={"after.flac": b"123"}) for index in range(2))
    cases = {name: Judged(tasks=("codec",), rows=rows) for name in ("a", "b")}
    groups = listening(RunData(result=sample.result([]), judged=cases))
    rooms = [[bool(item.lines[0].uri) for item in group.items] for group in groups]
    assert rooms == [[True, False], [True, False]]
    assert {item.lines[0].kind for group in groups for item in group.items} == {"audio/flac"}


def test_what_no_browser_plays_is_named_and_no_more(sample: ModuleType) -> None:
    data = RunData(
        result=sample.result([]), judged={"c": Judged(tasks=("x",), rows=(row(0, task="x", media={"a.bin": b"1"}),))}
    )
    assert listening(data)[0].items[0].lines == (Line(what="a, engines"),)


def test_the_page_plays_sounds_shows_pictures_and_still_loads_nothing(data: RunData) -> None:
    seen = row(0, task="look", media={"before.png": b"p", "after.png": b"q"}, values={"psnr": 30.0})
    judged = replace(data.judged["talk"], tasks=("codec", "look"), rows=(*data.judged["talk"].rows, seen))
    page = Page(to_html(replace(data, judged={"talk": judged})))
    assert page.open == []
    shown = {tag: [a["src"] for name, a in page.elements if name == tag] for tag in ("audio", "img")}
    assert [len(found) for found in shown.values()] == [3, 2]
    assert all(
        source.startswith(("data:audio/flac;base64,", "data:image/png;base64,"))
        for found in shown.values()
        for source in found
    )
    assert all(a["alt"] for tag, a in page.elements if tag == "img")
    [policy] = [a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert "media-src data:;" in policy
    assert "[two → tree]" in page.text and "PSNR in dB 30.00" in page.text


def test_texts_and_names_from_outside_cannot_become_a_part_of_the_page(sample: ModuleType) -> None:
    evil = "<script>alert(1)</script>"
    texts = {"said": evil, "reference": evil, "after": f"{evil} {evil}"}
    found = JudgedItem(
        item=evil, cluster="s", task="codec", media={'"><b>.flac': b"x", "after.flac": b"y"}, texts=texts
    )
    data = RunData(result=sample.result([]), judged={evil: Judged(tasks=("codec",), rows=(found,))})
    page = Page(to_html(data))
    assert page.open == []
    assert not {"script", "b"} & {tag for tag, _ in page.elements}
    assert page.text.count(evil) >= 4


def test_a_run_without_media_has_no_such_section(run_data: RunData) -> None:
    assert _listening.TITLE not in to_html(run_data)


def test_a_page_that_is_drawn_again_from_its_folder_is_the_same(data: RunData, tmp_path) -> None:
    write_run(data, tmp_path)
    again = read_run(tmp_path)
    assert again.judged["talk"].media() == data.judged["talk"].media()
    assert to_html(again) == to_html(data)


def test_the_page_draws_an_item_on_a_line_of_time_and_plays_it_from_there(sample: ModuleType) -> None:
    track = Track(begins_ms={"heard": 300.0}, words=(WrittenWord(text="<b>hi", at_ms=400.0),))
    found = row(0, task="answer", media={"before.flac": flac(0.5), "heard.flac": flac(0.25)})
    judged = Judged(tasks=("answer",), rows=(replace(found, track=track),))
    page = Page(to_html(RunData(result=sample.result([]), judged={"c": judged})))
    assert page.open == []
    begins = [a["data-begin"] for tag, a in page.elements if tag == "audio"]
    assert begins == ["0.0", "0.3"]
    assert len([a for tag, a in page.elements if tag == "svg"]) == 2
    assert len([a for tag, a in page.elements if tag == "button"]) == 1  # beside the voice alone
    assert "<b>hi" in page.text and "the model writes, engines" in page.text
    assert sum(tag == "script" for tag, _ in page.elements) == 1
