"""Files of recorded sessions: read strictly, and every complaint names file, line and mend."""

from __future__ import annotations

import hashlib
import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from josie_bench.errors import SuiteError
from josie_bench.suites import visits as visits_module
from josie_bench.suites.visits import read_visits
from josie_bench.terms.visits import Clips
from tests.suites.writing import cases_of, cases_of_lock

HEADER = "place,start_s,end_s\n"
FILES = {"hears": ("a.wav", "b.wav"), "sees": ("c.mp4",)}
ROWS = "0,0,1.5\n1,0.25,3\n0,2,2.300000001\n"
NAMING = "place,start_s,end_s,hears,sees\n"
REPLAY = "    sessions: 2\n    visits: {file: visits.csv}\n"


@pytest.fixture
def write(tmp_path):
    def written(rows, header=HEADER):
        file = tmp_path / "visits.csv"
        file.write_bytes((header + rows).encode())
        return file

    return written


def refusal(file):
    with pytest.raises(SuiteError) as refused:
        read_visits(file, hop_ms=300.0, files=FILES)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("rows", [ROWS, ROWS.replace("\n", "\r\n"), ROWS.removesuffix("\n")])
def test_rows_are_sessions_by_place_in_order_exact_to_the_nanosecond(write, rows):
    file = write(rows)
    found = read_visits(file, hop_ms=300.0, files=FILES)
    assert found.spans_ns == (
        ((0, 1_500_000_000), (2_000_000_000, 2_300_000_001)),
        ((250_000_000, 3_000_000_000),),
    )
    assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_mark_of_the_byte_order_is_no_part_of_the_header(write):
    assert len(read_visits(write(ROWS, "\ufeff" + HEADER), hop_ms=300.0, files=FILES).spans_ns) == 2


@pytest.mark.parametrize(
    ("rows", "line", "what"),
    [
        ("0,-1,2\n", 2, "start_s '-1' is no instant: write seconds from the trial's start, such as 12.5"),
        ("0,0,inf\n", 2, "end_s 'inf' is no instant"),
        ("0,0,nan\n", 2, "end_s 'nan' is no instant"),
        ("0,0,1e3\n", 2, "end_s '1e3' is no instant"),
        ("0,0,\n", 2, "end_s '' is no instant"),
        ("0,0, 1\n", 2, "end_s ' 1' is no instant"),
        ("0,0,1.0000000001\n", 2, "no instant"),
        ("0,0,٣\n", 2, "no instant"),
        ("0,0,86401\n", 2, "end_s 86401 is later than a day"),
        ("0,0,1\n-1,0,1\n", 3, "place '-1' is no number of a place: write 0, 1, …"),
        ("0.0,0,1\n", 2, "place '0.0' is no number"),
        ("99999,0,1\n", 2, "place '99999' is no number"),
        ("0,0,1\n0,1\n", 3, "2 columns, not the 3 of the header: write place,start_s,end_s"),
        ("0,0,1,4\n", 2, "4 columns"),
        ('0,0,"1,0"\n', 2, "4 columns"),
        ("0,0,1\n\n0,2,3\n", 3, "1 columns"),
        ("0,1,1\n", 2, "no time for a window: let the session stay longer"),
        ("0,2,1\n", 2, "no time for a window"),
        ("0,0,0.299999999\n", 2, "no time for a window"),
        ("0,5,9\n0,0,5.1\n", 2, "at place 0 there is somebody until then, who came by line 3"),
        ("0,0,9\n0,2,3\n", 3, "who came by line 2: mend the times, or take another place"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_line(write, rows, line, what):
    file = write(rows)
    told = refusal(file)
    assert told.startswith(f"{file}:{line}: ")
    assert what in told


def test_a_file_that_cannot_be_is_refused(write, tmp_path, monkeypatch):
    assert "visits.csv:1: the header is not place,start_s,end_s, with hears" in refusal(write(ROWS, "seat,a,b\n"))
    assert "the header is not" in refusal(write("", ""))
    assert "0 sessions, and there have to be 1 to 10,000" in refusal(write(""))
    assert "nobody comes to place 1: number the places from 0 without a gap" in refusal(write("0,0,1\n2,0,1\n"))
    assert "no such file: name a CSV of sessions" in refusal(tmp_path / "gone.csv")
    assert "no such file" in refusal(tmp_path)  # a folder
    assert "no such file" in refusal(tmp_path / "a\0b")
    assert "cannot be read (File name too long)" in refusal(tmp_path / ("a" * 300))
    os.mkfifo(tmp_path / "pipe")
    assert "no such file" in refusal(tmp_path / "pipe")  # and it does not hang
    (tmp_path / "latin.csv").write_bytes(HEADER.encode() + b"\xe9,0,1\n")
    assert "latin.csv: is not UTF-8 text" in refusal(tmp_path / "latin.csv")
    monkeypatch.setattr(visits_module, "MOST_ROWS", 3)
    assert len(read_visits(write(ROWS), hop_ms=300.0, files=FILES).spans_ns) == 2
    assert "4 sessions, and there have to be 1 to 3: replay another part" in refusal(write(ROWS + "1,9,10\n"))
    monkeypatch.setattr(visits_module, "MOST_BYTES", 30)
    assert "more than 30 bytes are too many: replay a part of it" in refusal(write(ROWS))


def test_a_row_may_name_what_is_heard_and_seen(write):
    both = read_visits(write("0,0,1,a.wav,\n1,0,1,,\n0,2,3,b.wav,c.mp4\n", NAMING), hop_ms=300.0, files=FILES)
    assert both.clips == ((Clips(hears="a.wav"), Clips(hears="b.wav", sees="c.mp4")), (None,))
    seen = read_visits(write("0,0,1,c.mp4\n", HEADER.strip() + ",sees\n"), hop_ms=300.0, files=FILES)
    assert seen.clips == ((Clips(sees="c.mp4"),),)
    assert read_visits(write("0,0,1,,\n", NAMING), hop_ms=300.0, files=FILES).clips == ()


@pytest.mark.parametrize(
    ("rows", "header", "line", "what"),
    [
        ("0,0,1,d.wav,\n", NAMING, 2, "hears: unknown recording 'd.wav': did you mean 'b.wav'"),
        ("0,0,1,,\n0,1,2,,a.wav\n", NAMING, 3, "sees: unknown recording 'a.wav': known are c.mp4"),
        ("0,0,1,../a.wav,\n", NAMING, 2, "hears: unknown recording '../a.wav'"),
        ("0,0,1\n", NAMING, 2, "3 columns, not the 5 of the header: write place,start_s,end_s,hears,sees"),
        ("0,0,1,,\n", HEADER.strip() + ",sees,hears\n", 1, "with hears and sees behind it or not: write that"),
        ("0,0,1,,\n", HEADER.strip() + ",hears,hears\n", 1, "the header is not"),
    ],
)
def test_what_is_named_has_to_be_there(write, rows, header, line, what):
    told = refusal(write(rows, header))
    assert f"visits.csv:{line}: " in told
    assert what in told


@given(st.text(alphabet='0123456789,.-e \n\r\0"abc', max_size=60))
@example("0,0,1")
def test_whatever_a_file_says_it_is_read_or_refused_in_one_line(tmp_path_factory, rows):
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes((HEADER + rows).encode())
    told, spans = "", ()
    try:
        spans = read_visits(file, hop_ms=300.0, files=FILES).spans_ns
    except SuiteError as error:
        told = str(error)
    assert bool(told) != bool(spans)
    assert not {"\n", "\0"} & set(told)
    assert all(end - start >= 300_000_000 for place in spans for start, end in place)


def test_a_suite_s_file_lies_beside_it_and_counts_by_its_content(write, tmp_path):
    write(ROWS)
    (case,) = cases_of(tmp_path, REPLAY)
    assert case.sessions.visits.file == str(tmp_path / "visits.csv")
    assert cases_of_lock(tmp_path, REPLAY) == (case,)
    (tmp_path / "other.csv").write_text(HEADER + ROWS)
    assert cases_of(tmp_path, REPLAY.replace("visits.csv", "other.csv"))[0].sha == case.sha
    write(ROWS.replace("1.5", "1.6"))
    assert cases_of(tmp_path, REPLAY)[0].sha != case.sha


def test_a_lock_is_not_replayed_with_another_file(write, tmp_path):
    file = write(ROWS.replace("1.5", "1.6"))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    locked = REPLAY.replace("visits.csv", f"visits.csv, sha256: {'a' * 64}")
    told = rf"t.yaml:7: visits.sha256: .*visits.csv is another file, with sha256 {digest}"
    with pytest.raises(SuiteError, match=told):
        cases_of(tmp_path, locked)


def test_complaints_name_the_line_of_the_suite_and_of_the_file(write, tmp_path):
    write("0,0,1\n1,0,x\n")
    with pytest.raises(SuiteError, match=r"t\.yaml:7: visits\.file: .*visits\.csv:3: end_s 'x' is no instant"):
        cases_of(tmp_path, REPLAY)
    write("0,0,1\n")
    with pytest.raises(SuiteError, match=r"t\.yaml:6: visits: sessions come at 1 places: set sessions: 1$"):
        cases_of(tmp_path, REPLAY)
    (case,) = cases_of(tmp_path, "    visits: {file: visits.csv}\n")
    assert case.sessions.is_many  # one after the other


def test_names_are_of_the_files_of_the_case_s_streams(write, tmp_path):
    write("0,0,1,cards-002.wav,cockatoo.mp4\n", NAMING)
    body = "    visits: {file: visits.csv}\n"
    (case,) = cases_of(tmp_path, body)
    assert case.sessions.visits.named == (Clips(hears="cards-002.wav", sees="cockatoo.mp4"),)
    assert cases_of_lock(tmp_path, body) == (case,)
    with pytest.raises(SuiteError, match=r"visits\.csv:2: sees: the case has none: add the modality"):
        cases_of(tmp_path, body + "    modalities: [audio]\n")
