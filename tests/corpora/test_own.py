"""A folder of one's own: what is read of it, and that each fault is one line with file, line and mend."""

from __future__ import annotations

import json

import numpy as np
import pytest

from josie_bench.corpora import open_folder
from josie_bench.errors import CorpusError, MediaError
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
