"""`rate`: out as a sheet, back as a table, and one line for what is wrong."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from josie_bench.cli.rate import command
from josie_bench.errors import UsageError
from josie_bench.reports import RunData, write_run
from josie_bench.terms.judged import Judged, JudgedItem
from tests.claims.paper_runs import run


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a run that kept one sound."""
    row = JudgedItem(item="a", cluster="s", task="codec", media={"after.flac": b"sound"})
    data = RunData(result=run(), judged={"c": Judged(tasks=("codec",), rows=(row,))})
    write_run(data, tmp_path / "run", ["result", "parquet", "parity", "items", "media"])
    return tmp_path / "run"


def called(*words):
    return CliRunner().invoke(command, [str(word) for word in words])


def test_what_goes_out_comes_back(folder, tmp_path):
    done = called("export", folder, tmp_path / "sheets")
    assert done.exit_code == 0 and "1 sample beside them" in done.output
    sheet = tmp_path / "sheets" / "sheet.csv"
    sheet.write_text(sheet.read_text().rstrip("\n") + "4\n")
    told = json.loads(called("import", folder, sheet, "--json").output)
    [opinion] = told["opinions"]
    assert (told["schema"], opinion["score"]["value"], opinion["items"]) == ("josie-bench/opinions.v1", 4.0, 1)
    assert "4.00" in called("import", folder, sheet).output


def test_what_is_no_sheet_is_refused(folder, tmp_path):
    assert isinstance(called("import", folder, tmp_path / "none.csv").exception, UsageError)
    assert called("import", folder).exit_code == 2
