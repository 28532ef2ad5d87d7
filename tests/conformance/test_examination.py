"""Members from another package, good and bad: what the examination finds, and how the command ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from josie_bench.backends import eager
from josie_bench.cli.plugin import command
from josie_bench.conformance import backends, metrics
from josie_bench.conformance.examination import examine, find_subject
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.model.sizes import COMPONENTS
from josie_bench.plugins import find_member, member_names
from tests.cli.calling import called_apart

GUESTS = Path(__file__).parents[1] / "guests"


@pytest.fixture(autouse=True)
def _guests(monkeypatch):
    monkeypatch.syspath_prepend(str(GUESTS))


def findings(words):
    return {finding.name: finding.wrong for finding in examine(*find_subject(words))}


def plugin_test(words):
    done = CliRunner().invoke(command, ["test", words], catch_exceptions=False, standalone_mode=False)
    return done.exit_code, done.output.splitlines()


def test_a_good_backend_keeps_every_promise_with_every_component():
    found = findings("backends:toy_guest.lent")
    assert set(found.values()) == {None}
    expected = {f"{component}: {promise}" for component in COMPONENTS for promise in backends.PROMISES}
    assert set(found) == expected | {"says what it is", "offers fp32"}


def test_of_a_bad_backend_every_broken_promise_is_told_in_one_line():
    found = findings("backends:toy_guest.forgetful")
    of_decoder = {name.partition(": ")[2]: wrong for name, wrong in found.items() if name.startswith("audio_decoder")}
    assert of_decoder["reset starts over"] == "RuntimeError: what reset?"
    assert of_decoder["undo takes the last step back"].startswith("after undo, state ")
    assert of_decoder["FP32 gives the reference's numbers"].startswith("step 0: output audio is 1 from the reference")
    assert of_decoder["outputs and state are those of the signature"] is None
    assert not any(wrong and "\n" in wrong for wrong in found.values())


def test_a_backend_that_computes_nothing_is_found_out_whatever_it_says_of_itself():
    code, lines = plugin_test("backends:toy_guest.idle")
    broken = "FP32 gives the reference's numbers"
    wrong = [line for line in lines if line.startswith("fail: ") and broken in line]
    assert code == 1
    assert [line.split(": ")[1] for line in wrong] == list(COMPONENTS)
    assert not any(line.startswith("skip: ") for line in lines)


def test_of_our_own_null_the_numbers_are_not_said_to_be_right():
    code, lines = plugin_test("backends:null")
    skipped = [line.partition(": ")[2] for line in lines if line.startswith("skip: ")]
    assert code == 0
    assert skipped == [
        f"{name}: FP32 gives the reference's numbers: it computes nothing that could be compared" for name in COMPONENTS
    ]
    assert lines[-1] == f"backends:null: keeps every promise but {len(COMPONENTS)} that could not be checked"


def test_a_backend_that_lacks_what_it_must_offer_is_asked_no_further(tmp_path, monkeypatch):
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "half.py").write_text("SUMMARY = 'half'\ndef load(source): ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    ((name, wrong),) = findings("backends:bare.half").items()
    assert name == "says what it is"
    assert wrong.startswith("lacks PRECISIONS, NEEDS_MODEL, ")


def test_a_backend_that_cannot_run_here_is_skipped_with_its_reason(monkeypatch):
    member = find_subject("backends:toy_guest.lent")[2]
    monkeypatch.setattr(member, "unavailable", lambda: UnavailableError("no toys here", mend="buy some"))
    code, lines = plugin_test("backends:toy_guest.lent")
    assert code == 3
    assert lines == ["pass: says what it is", "skip: all that runs an engine: no toys here: buy some"]


def test_a_good_metric_keeps_every_promise():
    code, lines = plugin_test("metrics:toy_guest.answered_share")
    assert code == 0
    assert lines[:-1] == [f"pass: {promise}" for promise in metrics.PROMISES]
    assert lines[-1] == "metrics:toy_guest.answered_share: keeps every promise"


def test_of_a_bad_metric_every_broken_promise_is_a_line():
    code, lines = plugin_test("metrics:toy_guest.worst_latency")
    assert code == 1
    wrong = dict(line.removeprefix("fail: ").split(": ", 1) for line in lines if line.startswith("fail: "))
    assert wrong["says what it is"].startswith("unit 'furlongs' is none of ms, ")
    assert "ValueError" in wrong["returns every declared statistic and no other"]
    assert wrong["a trial without an answer gives no infinite number"] == (
        "worst is inf for a trial without any answer"
    )
    assert wrong["the warm-up changes only what is called cold"] == "the warm-up changes worst"
    assert lines[-1] == f"metrics:toy_guest.worst_latency: {len(wrong)} broken"


def test_a_module_without_a_metric_says_so():
    assert findings("metrics:toy_guest.lent") == {
        "says what it is": "has no METRIC of the type josie_bench.metrics.Metric"
    }


@pytest.mark.parametrize("name", member_names("metrics"))
def test_our_own_metrics_pass_as_well(name):
    assert set(findings(f"metrics:{name}").values()) == {None}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("null", "write FAMILY:NAME"),
        ("backends:", "write FAMILY:NAME"),
        ("backend:null", "unknown family 'backend': did you mean 'backends'"),
        ("backends:nul", "unknown backend 'nul': did you mean 'null'"),
        ("metrics:toy_guest.gone", "cannot be imported: No module named"),
        ("metrics:toy_guest.", "cannot be imported"),
    ],
)
def test_what_is_not_there_is_one_line_and_wrong_usage(words, complaint):
    with pytest.raises(UsageError, match=complaint) as refused:
        find_subject(words)
    assert refused.value.exit_code == 2
    assert "\n" not in str(refused.value)


def test_the_family_may_be_written_as_the_entry_point_s_group():
    assert find_subject("josie_bench.backends:eager") == ("backends", "eager", find_member("backends", "eager"))
    assert find_subject("backends:josie_bench.backends.eager")[1:] == ("eager", eager)


def test_an_installed_member_is_found_by_its_entry_point(tmp_path):
    metadata = tmp_path / "toy_guest-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-guest\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[josie_bench.metrics]\nanswered_share = toy_guest.answered_share\nbroken = toy_guest.gone\n"
    )
    path = os.pathsep.join([str(tmp_path), str(GUESTS), str(GUESTS.parents[1]), os.environ.get("PYTHONPATH", "")])

    def call(words):
        return called_apart("plugin", "test", words, cwd=tmp_path, env=os.environ | {"PYTHONPATH": path})

    good, gone = call("metrics:answered_share"), call("metrics:broken")
    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, "metrics:answered_share: keeps every promise")
    assert (gone.returncode, gone.stderr.count("\n"), "cannot be imported" in gone.stderr) == (2, 1, True)
