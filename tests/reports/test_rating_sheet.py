"""Sheets go out blind, come back filled, and what they may not say is told in one line."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.reports._rating_sheet import SHEET, Whose, opinion_rows, opinions, samples_of, write_sheet
from josie_bench.terms.judged import REFERENCE, Judged, JudgedItem
from tests.reports.test_html import Page

FILLED = "filled.csv"


def row(item, side="engine", **media):
    files = {f"{name}.flac": content for name, content in media.items()}
    return JudgedItem(item=item, cluster=item, task="codec", side=side, media=files | {"seen.png": b"x"})


@pytest.fixture
def data(sample):
    """Return a run of two items with what came in and both sides; of item b both sides are alike."""
    rows = (
        row("a", before=b"in a", after=b"engine a"), row("a", REFERENCE, after=b"reference a"),
        row("b", before=b"in b", after=b"alike b"), row("b", REFERENCE, after=b"alike b"),
    )  # fmt: skip
    return RunData(result=sample.result([]), judged={"c": Judged(tasks=("codec",), rows=rows)})


def lines_of(folder):
    return list(csv.DictReader(io.StringIO((folder / SHEET).read_text())))


def filled(data, folder, give, seed=1, name=FILLED):
    """Export, and fill in what `give` says of a sample."""
    write_sheet(data, folder, seed)
    samples = samples_of(data, seed)
    lines = lines_of(folder)
    for line in lines:
        line["score"] = give(samples[line["sample"].removesuffix(".flac")])
    out = io.StringIO()
    writer = csv.DictWriter(out, lines[0])
    writer.writeheader()
    writer.writerows(lines)
    path = folder / name
    path.write_text(out.getvalue())
    return path


def test_a_sheet_has_each_sound_once_in_the_order_of_its_seed_and_no_word_of_whose_it_is(data, tmp_path):
    paths = write_sheet(data, tmp_path, 1)
    lines = lines_of(tmp_path)
    assert [(line["item"], line["score"]) for line in lines].count(("b", "")) == 2  # alike: one sample of both sides
    assert len(lines) == 5 and len(paths) == 7
    sounds = {(tmp_path / line["sample"]).read_bytes() for line in lines}
    assert sounds == {b"in a", b"engine a", b"reference a", b"in b", b"alike b"}
    told = (tmp_path / SHEET).read_text() + (tmp_path / "rate.html").read_text().partition("<main>")[2]
    assert not any(word in told for word in ("engine", "reference", "before", "after", data.result.run.id))
    assert list(samples_of(data, 1)) == [line["sample"].removesuffix(".flac") for line in lines]
    orders = {tuple(sample.content for sample in samples_of(data, seed).values()) for seed in range(5)}
    assert len(orders) > 1


def test_the_page_plays_every_sample_and_loads_nothing(data, tmp_path):
    write_sheet(data, tmp_path, 1)
    page = Page((tmp_path / "rate.html").read_text())
    assert page.open == []
    assert all(a["src"].startswith("data:audio/flac;base64,") for tag, a in page.elements if tag == "audio")
    choices = [a for tag, a in page.elements if tag == "input" and a.get("type") == "radio"]
    assert len(choices) == 5 * 5


def test_what_several_people_gave_is_pooled_by_side(data, tmp_path):
    given = {b"engine a": "4", b"reference a": "5", b"alike b": "3", b"in a": "5", b"in b": ""}
    first = filled(data, tmp_path / "1", lambda sample: given[sample.content], name="ann.csv")
    second = filled(data, tmp_path / "2", lambda sample: "2", seed=2, name="bob.csv")  # another order, the same run
    found = {one.whose: one for one in opinions(data, [first, second])}
    means = {(whose.side, whose.sound): (one.score.value, one.score.n, one.items) for whose, one in found.items()}
    assert means == {
        ("engine", "before"): (3.0, 3, 2),  # 5, 2, 2
        ("engine", "after"): (2.75, 4, 2),  # 4, 3, 2, 2
        ("reference", "after"): (3.0, 4, 2),  # 5, 3, 2, 2
    }
    assert Whose(case="c", task="codec", side="reference", sound="after") in found
    assert opinion_rows(list(found.values()))[0] == (
        "c", "codec", "engine", "after", "2.75",
        "none below 20 raters or items, or where all are alike", "4", "2", "2",
    )  # fmt: skip


@pytest.mark.parametrize("score", ["0", "6", "3.5", "good", "-1"])
def test_a_score_that_is_none_is_told_with_its_line(data, tmp_path, score):
    path = filled(data, tmp_path, lambda _: score)
    with pytest.raises(UsageError, match=f"{FILLED}:2: score '{score}': take a whole number from 1 to 5"):
        opinions(data, [path])


def refused(data, path, text=None):
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError) as error:
        opinions(data, [path])
    return str(error.value)


def test_sheets_that_are_none_are_refused(data, tmp_path):
    path = filled(data, tmp_path, lambda _: "3")
    text = path.read_text()
    head, line, *_ = text.splitlines()
    assert "is empty" in refused(data, path, "")
    assert "is empty" in refused(data, path, head)
    assert "no column score" in refused(data, path, text.replace("score", "points"))
    assert "no column sheet" in refused(data, path, text.replace(",", "\t"))
    assert f"{FILLED}:2: unknown sample 'x'" in refused(data, path, f"{head}\n{line.split(',')[0]},a,x.flac,3\n")
    assert f"{FILLED}:3: sample" in refused(data, path, f"{head}\n{line}\n{line}\n")
    assert "has no score" in refused(data, filled(data, tmp_path, lambda _: ""))
    assert "has no score" in refused(data, path, f"{head}\n{line.rpartition(',')[0]}\n")
    said = refused(data, tmp_path / "none.csv")
    assert said.endswith(
        "none.csv: cannot be read as a sheet (No such file or directory): name a sheet.csv of "
        "josie-bench rate export that somebody filled in, saved as CSV in UTF-8"
    )
    path.write_bytes(b"\xff")
    assert "cannot be read as a sheet ('utf-8' codec can't decode byte 0xff" in refused(data, path)


def test_a_sheet_as_a_spreadsheet_saves_it_is_read(data, tmp_path):
    """With semicolons, where the comma is decimal, a byte order mark, and empty rows behind the last."""
    path = filled(data, tmp_path, lambda _: "3")
    plain = opinions(data, [path])
    path.write_text("\ufeff" + path.read_text().replace(",", ";") + ";;;\n" * 2, encoding="utf-8")
    assert opinions(data, [path]) == plain


def test_a_sheet_of_another_run_is_refused_and_so_are_two_of_one_name(data, tmp_path):
    path = filled(data, tmp_path, lambda _: "3")
    run = replace(data.result.run, id="another")
    other = replace(data, result=replace(data.result, run=run))
    assert "is a sheet of another run" in refused(other, path)
    assert "is a sheet of another run" in refused(data, path, path.read_text().replace("-1,", "-x,"))
    path = filled(data, tmp_path, lambda _: "3")
    assert "is a sheet of another run" in refused(data, path, path.read_text().replace("-1,", f"-{'1' * 5000},"))
    with pytest.raises(UsageError, match="two sheets are called filled"):
        opinions(data, [path, path])


def test_a_run_that_kept_no_sounds_has_no_sheet(data, tmp_path):
    with pytest.raises(UsageError, match="kept no sounds: run a case of scenario quality with listen above 0"):
        write_sheet(replace(data, judged={}), tmp_path, 0)
