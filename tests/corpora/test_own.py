"""A folder of one's own: what is read of it, and that each fault is one line with file, line and mend."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from josie_bench.corpora import absence, open_corpus, open_folder, own_folder, sha256_of
from josie_bench.errors import CorpusError, MediaError, UnavailableError, UsageError
from tests.corpora.packaging import wav_of

LINE = {"audio": "a.wav", "text": "Good evening.", "language": "en", "speaker": "anna", "split": "test"}


@pytest.fixture
def folder(tmp_path):
    """Return a function that writes a folder of one recording and the given lines."""

    def write(*lines):
        (tmp_path / "a.wav").write_bytes(wav_of(np.full(1600, 0.25)))
        said = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        (tmp_path / "transcripts.jsonl").write_text("\n".join(said), encoding="utf-8")
        return tmp_path

    return write


def refused(root, error=CorpusError):
    with pytest.raises(error) as caught:
        open_folder(root)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(root), "FOLDER")


def test_a_recording_comes_with_what_the_line_says(folder):
    opened = open_folder(folder(LINE, ""))
    (item,) = opened.items
    assert (item.id, item.split, item.language, item.speaker) == ("a.wav", "test", "en", "anna")
    assert item.transcript == "Good evening."
    np.testing.assert_allclose(opened.audio(item), np.full(1600, 0.25), atol=1e-4)


def test_who_speaks_may_be_left_open(folder):
    (item,) = open_folder(folder({key: value for key, value in LINE.items() if key != "speaker"})).items
    assert item.speaker is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "FOLDER/transcripts.jsonl:1: no JSON"),
        ("[]", "FOLDER/transcripts.jsonl:1: not an object of strings"),
        ("[" * 100_000, "FOLDER/transcripts.jsonl:1: no JSON (too long or too deep)"),
        ('{"audio": %s}' % ("9" * 5000), "FOLDER/transcripts.jsonl:1: no JSON (too long or too deep)"),
        (LINE | {"text": "\ud800"}, "FOLDER/transcripts.jsonl:1: text holds half a character"),
        (LINE | {"audio": "a\0.wav"}, "FOLDER/transcripts.jsonl:1: audio 'a\\x00.wav' holds a sign that cannot be"),
        (LINE | {"audio": "a" * 5000}, f"FOLDER/transcripts.jsonl:1: no recording {'a' * 5000} (File name too long)"),
        (LINE | {"split": 1}, "FOLDER/transcripts.jsonl:1: not an object of strings"),
        (LINE | {"transcript": "x"}, "FOLDER/transcripts.jsonl:1: unknown key 'transcript'"),
        (LINE | {"text": "  "}, 'FOLDER/transcripts.jsonl:1: no text: add "text": …'),
        (LINE | {"audio": ""}, 'FOLDER/transcripts.jsonl:1: no audio: add "audio": …'),
        (LINE | {"language": "english"}, "FOLDER/transcripts.jsonl:1: unknown language 'english'"),
        (LINE | {"split": "tests"}, "FOLDER/transcripts.jsonl:1: unknown split 'tests': did you mean 'test'?"),
        (LINE | {"audio": "b.wav"}, "FOLDER/transcripts.jsonl:1: no recording FOLDER/b.wav: put it there"),
    ],
)
def test_a_line_that_says_something_it_may_not_is_named(folder, line, said):
    assert refused(folder(line)).startswith(said)


def test_a_recording_that_is_listed_twice_is_refused_at_the_second_line(folder):
    assert refused(folder(LINE, "", LINE)).startswith("FOLDER/transcripts.jsonl:3: a.wav is listed twice")


def test_one_recording_under_two_names_is_listed_twice(folder):
    assert refused(folder(LINE, LINE | {"audio": "./a.wav"})).startswith("FOLDER/transcripts.jsonl:2: a.wav is listed")


def test_a_text_may_hold_what_other_tools_hold_for_an_end_of_line(folder):
    text = "Good\u2028evening\x85."
    (item,) = open_folder(folder(json.dumps(LINE | {"text": text}, ensure_ascii=False))).items
    assert item.transcript == text


@pytest.fixture
def outside(folder):
    """Return a folder within which the corpus lies, beside a recording that is none of it."""
    root = folder(LINE)
    inner = root / "mine"
    inner.mkdir()
    (root / "a.wav").rename(root / "out.wav")
    return inner


@pytest.mark.parametrize(
    "audio", ["../out.wav", "ABSOLUTE", "link.wav", "links/out.wav", "../mine/link.wav", "/", ".."]
)
def test_a_recording_outside_of_the_folder_is_refused_however_it_is_named(outside, audio):
    (outside / "link.wav").symlink_to("../out.wav")
    (outside / "links").symlink_to("..")
    name = audio.replace("ABSOLUTE", str(outside.parent / "out.wav"))
    (outside / "transcripts.jsonl").write_text("\n" + json.dumps(LINE | {"audio": name}), encoding="utf-8")
    said = refused(outside)
    assert said.startswith("FOLDER/transcripts.jsonl:2: ")
    assert said.endswith(" leads out of FOLDER: put the recording there, and name it from there")


def test_links_within_the_folder_are_followed_and_those_that_lead_round_refused(folder, tmp_path):
    root = folder(LINE | {"audio": "b.wav"})
    (root / "b.wav").symlink_to("a.wav")
    linked = tmp_path.parent / f"{tmp_path.name}-linked"
    linked.symlink_to(tmp_path)
    assert open_folder(linked).items[0].id == "b.wav"
    (root / "b.wav").unlink()
    (root / "b.wav").symlink_to("b.wav")
    assert refused(root).startswith("FOLDER/transcripts.jsonl:1: no recording b.wav (")


def test_a_recording_that_is_called_as_the_bundled_ones_is_itself(folder, tmp_path, monkeypatch):
    root = folder(LINE | {"audio": "bundled"})
    (root / "a.wav").rename(root / "bundled")
    monkeypatch.chdir(tmp_path)
    opened = open_folder(Path())
    assert len(opened.audio(opened.items[0])) == 1600


def test_a_recording_below_16_khz_is_refused(folder):
    root = folder(LINE)
    (root / "a.wav").write_bytes(wav_of(np.zeros(800), rate_hz=8000))
    assert "a.wav has 8000 samples a second: record it at 16000 or more" in refused(root)


@pytest.mark.parametrize("content", [b"", wav_of(np.zeros(0))])
def test_an_empty_recording_is_refused(folder, content):
    root = folder(LINE)
    (root / "a.wav").write_bytes(content)
    assert "a.wav: the file" in refused(root, MediaError)


def test_a_folder_without_the_list_or_with_an_empty_one_is_refused(folder, tmp_path):
    assert refused(tmp_path).startswith("FOLDER/transcripts.jsonl: cannot be read (No such file or directory)")
    assert refused(folder("", " ")).startswith("FOLDER/transcripts.jsonl: lists no recording")


def test_a_list_that_is_no_utf_8_is_refused(folder):
    root = folder(LINE)
    (root / "transcripts.jsonl").write_bytes(b'{"text": "\xff"}')
    assert "cannot be read" in refused(root)


def test_a_name_is_of_a_folder_among_the_corpora_then_beside_and_a_path_is_a_path(tmp_path, monkeypatch):
    corpora, beside = tmp_path / "corpora", tmp_path / "beside"
    for folder in (corpora / "mine", beside / "mine", beside / "yours", tmp_path / "home" / "hers"):
        folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    named = {
        "mine": corpora / "mine",
        "yours": beside / "yours",
        "./mine": beside / "mine",
        ".": beside,
        str(corpora / "mine"): corpora / "mine",
        "~/hers": tmp_path / "home" / "hers",
    }
    assert {name: own_folder(name, corpora, beside) for name in named} == named


def test_what_is_no_folder_is_an_unknown_name_or_a_path_that_is_not_here(tmp_path):
    with pytest.raises(UsageError, match=r"unknown corpus 'min': did you mean 'mini'\? \(one of your own is a folder"):
        open_corpus("min", tmp_path)
    with pytest.raises(UsageError, match="unknown corpus"):
        absence("a" * 5000, tmp_path)
    with pytest.raises(UnavailableError, match="no such folder: name one with recordings and"):
        open_corpus("./min", tmp_path)
    assert absence("./min", tmp_path).startswith("./min: no such folder")


def test_what_is_heard_is_part_of_the_digest_of_items(folder):
    root = folder(LINE)
    opened = open_corpus(root.name, root.parent)
    before = sha256_of(opened, opened.items)
    (root / "a.wav").write_bytes(wav_of(np.full(1600, 0.5)))
    assert sha256_of(opened, opened.items) != before != sha256_of(opened, ())
    assert absence(root.name, root.parent) is None
