"""The journal: what a torn write leaves, what is damage, and who may write."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.bench import journal
from josie_bench.bench.journal import FILE, Journal, begin_journal, line_of, open_journal, read_records
from josie_bench.errors import OutputError, UsageError

RECORDS = [{"kind": "trial", "case": f"a/{index}", "value": 0.1 * index, "words": "ü\n"} for index in range(3)]
TEXT = b"".join(map(line_of, RECORDS))


def test_what_was_appended_is_there_when_it_is_opened_again(tmp_path):
    first = begin_journal(tmp_path)
    first.append("run", id="x", share=1 / 3)
    first.append("trial", case="a", reason=None)
    first.close()
    again = open_journal(tmp_path)
    assert again.records == ({"kind": "run", "id": "x", "share": 1 / 3}, {"kind": "trial", "case": "a", "reason": None})
    assert again.of("trial") == [{"kind": "trial", "case": "a", "reason": None}]
    again.append("run ended", status="OK")
    assert (tmp_path / FILE).read_bytes().count(b"\n") == 3


@given(st.integers(0, len(TEXT)))
def test_whatever_a_torn_write_leaves_the_lines_before_it_are_read(cut):
    records, good = read_records(TEXT[:cut], "j")
    assert records == RECORDS[: TEXT[:cut].count(b"\n")]
    assert good == TEXT[:cut].rfind(b"\n") + 1


@given(st.integers(0, len(TEXT) - 1), st.integers(1, 255))
def test_a_changed_byte_never_gives_another_record(place, change):
    text = bytearray(TEXT)
    text[place] ^= change
    line = TEXT[:place].count(b"\n")
    try:
        records, _ = read_records(bytes(text), "j")
    except UsageError:
        assert line < 2  # whole lines follow
    else:
        assert len(records) >= line
        assert records == RECORDS[: len(records)]


@pytest.mark.parametrize("tail", [b"{", line_of(RECORDS[0])[:-9], b"\0" * 4096, line_of(RECORDS[0])[:-1]])
def test_a_torn_last_line_is_cut_off_and_the_next_begins_where_it_did(tmp_path, tail):
    (tmp_path / FILE).write_bytes(TEXT + tail)
    opened = open_journal(tmp_path)
    assert list(opened.records) == RECORDS
    assert (tmp_path / FILE).read_bytes() == TEXT
    opened.append("next")
    assert (tmp_path / FILE).read_bytes() == TEXT + line_of({"kind": "next"})


def test_damage_before_the_end_is_refused_and_nothing_is_cut(tmp_path):
    broken = TEXT.replace(b"a/1", b"a/7")
    (tmp_path / FILE).write_bytes(broken)
    with pytest.raises(UsageError, match=r"journal\.jsonl:2: damaged"):
        open_journal(tmp_path)
    assert (tmp_path / FILE).read_bytes() == broken


@pytest.mark.parametrize("step", ["write", "fsync"])
def test_a_full_disk_leaves_the_lines_that_were_there(tmp_path, monkeypatch, step):
    opened = begin_journal(tmp_path)
    opened.append("run")
    before = (tmp_path / FILE).read_bytes()
    real = getattr(os, step)

    def half(descriptor, data=None):
        if step == "write" and len(data) > 20:
            return real(descriptor, data[:20])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal.os, step, half)
    with pytest.raises(OutputError, match=r"cannot write .*journal\.jsonl: the disk is full"):
        opened.append("trial", case="a" * 10)
    assert (tmp_path / FILE).read_bytes() == before
    assert [record["kind"] for record in opened.records] == ["run"]
    monkeypatch.undo()
    opened.append("trial")
    opened.close()
    assert len(open_journal(tmp_path).records) == 2


def test_a_second_one_is_refused_until_the_first_has_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "LOCK_WAIT_S", 0.1)
    first = begin_journal(tmp_path)
    with pytest.raises(UsageError, match="another josie-bench is at work in it"):
        open_journal(tmp_path)
    with pytest.raises(OutputError, match="a file is where"):
        begin_journal(tmp_path)
    first.close()
    open_journal(tmp_path).close()


def test_a_process_that_inherits_the_lock_holds_it_too(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "LOCK_WAIT_S", 0.1)
    first = begin_journal(tmp_path)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=first.held) as child:
        first.close()
        with pytest.raises(UsageError, match="at work"):
            open_journal(tmp_path)
        child.communicate(b"\n")
    open_journal(tmp_path).close()


def test_a_folder_without_a_journal_is_one_line(tmp_path):
    with pytest.raises(UsageError, match="run the suite anew"):
        open_journal(tmp_path)


def test_without_a_file_records_are_only_remembered():
    memory = Journal()
    memory.append("trial", case="a")
    memory.close()
    assert memory.records == ({"kind": "trial", "case": "a"},)
    assert memory.held == ()
