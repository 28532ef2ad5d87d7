"""The family of exports: what every format promises, and the command that writes one."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from josie_bench.cli.export import command
from josie_bench.errors import UsageError
from josie_bench.exports import find_export, format_names, quotable, unquotable, write_export
from josie_bench.reports import RunData, write_run
from josie_bench.terms.fleet import FleetHost, FleetUse

every_format = pytest.mark.parametrize("name", format_names())


@pytest.fixture(scope="module")
def folder(run_data, tmp_path_factory):
    place = tmp_path_factory.mktemp("run")
    write_run(run_data, place, ["result", "parquet", "parity", "csv"])
    return place


def export(*words):
    return CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False, standalone_mode=False)


def of_hosts(data, *labels):
    """Return the run as if machines of these labels had measured its cases in turn."""
    told = {"workers": [], "clock_offset_ms": 0.0, "clock_error_ms": 0.0}
    hosts = [FleetHost(label=label, facts=data.result.host, **told) for label in labels]
    cases = [replace(case, host=labels[index % len(labels)]) for index, case in enumerate(data.result.cases)]
    fleet = FleetUse(scheduler="ray", hosts=hosts)
    return replace(data, result=replace(data.result, cases=cases, fleet=fleet))


@pytest.mark.parametrize("name", ["asv", "pytest-benchmark"])
def test_a_format_that_knows_one_machine_refuses_a_run_of_several_and_takes_one_of_a_fleet_of_one(name, run_data):
    assert find_export(name).files(of_hosts(run_data, "host1"))
    with pytest.raises(UsageError, match="several machines, and this format knows one: take openmetrics or csv"):
        find_export(name).files(of_hosts(run_data, "host1", "host2"))


def test_openmetrics_labels_every_number_of_a_fleet_with_its_host(run_data):
    (text,) = find_export("openmetrics").files(of_hosts(run_data, "host1", "host2")).values()
    rows = [line for line in text.decode().splitlines() if 'case="' in line]
    assert rows
    assert all('host="host' in row for row in rows)
    assert b"host=" not in b"".join(find_export("openmetrics").files(run_data).values())


def test_the_formats_are_the_files_of_the_family():
    assert format_names() == ("asv", "csv", "openmetrics", "pytest-benchmark")


@every_format
def test_a_format_says_what_it_is_and_writes_the_same_bytes_again(name, run_data):
    member = find_export(name)
    assert member.SUMMARY
    assert isinstance(member.TELLS_STATUS, bool)
    files = member.files(run_data)
    assert files == member.files(run_data)
    assert all(content.endswith(b"\n") and not Path(file).is_absolute() for file, content in files.items())


@every_format
def test_a_run_without_any_case_can_be_written(name, run_data, tmp_path):
    assert write_export(RunData(result=replace(run_data.result, cases=[])), name, tmp_path)


@pytest.mark.parametrize("name", [name for name in format_names() if not find_export(name).TELLS_STATUS])
def test_a_format_that_tells_no_status_does_not_name_a_case_that_is_not_ok(name, run_data):
    (content,) = find_export(name).files(run_data).values()
    assert any(case.id.encode() in content for case in quotable(run_data))
    assert not any(case.id.encode() in content for case in unquotable(run_data))


def test_csv_tells_the_status_in_every_row(run_data):
    (content,) = find_export("csv").files(run_data).values()
    told = {(row["case"], row["status"]) for row in csv.DictReader(content.decode().splitlines())}
    assert told == {(case.id, case.status) for case in run_data.result.cases}


def test_what_may_be_quoted_is_what_is_ok(run_data, sample):
    assert {case.id for case in unquotable(run_data)} == {sample.SKIPPED, sample.INVALID}
    assert len(quotable(run_data)) + 2 == len(run_data.result.cases)


@every_format
def test_the_command_prints_what_it_wrote(name, folder, tmp_path, sample):
    done = export(folder, "--to", name, "--output", tmp_path / "out")
    told, files = done.output.splitlines(), [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert sorted(line for line in told if not line.startswith("left out: ")) == sorted(map(str, files))
    left = [line.split()[2] for line in told if line.startswith("left out: ")]
    assert left == ([] if find_export(name).TELLS_STATUS else [sample.SKIPPED, sample.INVALID])


def test_csv_is_the_table_of_the_run_s_folder(folder, run_data):
    (content,) = find_export("csv").files(run_data).values()
    assert content == (folder / "scores.csv").read_bytes()


@pytest.mark.parametrize(
    ("to", "complaint"),
    [("openmetric", "unknown format 'openmetric': did you mean 'openmetrics'"), ("zip", "unknown format 'zip': known")],
)
def test_an_unknown_format_is_one_line(to, complaint, folder, tmp_path):
    with pytest.raises(UsageError, match=complaint):
        export(folder, "--to", to, "--output", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_no_run_is_one_line(tmp_path):
    with pytest.raises(UsageError, match="is no run folder") as refused:
        export(tmp_path, "--to", "csv")
    assert "\n" not in str(refused.value)
