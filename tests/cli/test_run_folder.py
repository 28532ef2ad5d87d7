"""The folder of a run: it outlives a power loss from when it is made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from josie_bench.bench.journal import FILE, begin_journal
from josie_bench.cli.run_folder import make_folder
from josie_bench.errors import OutputError


def test_every_new_folder_is_on_the_disk_before_the_journal_has_a_line(tmp_path, monkeypatch):
    synced, real = [], os.fsync

    def note(descriptor):
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    journal = begin_journal(make_folder(tmp_path / "reports" / "quick" / "20261125T034607Z-a834"))
    journal.append("run")
    journal.close()
    assert synced == [tmp_path.name, "reports", "quick", "20261125T034607Z-a834", FILE]


def test_a_folder_that_is_there_is_not_taken_for_a_new_one(tmp_path):
    with pytest.raises(OutputError, match="give another --output"):
        make_folder(tmp_path)
