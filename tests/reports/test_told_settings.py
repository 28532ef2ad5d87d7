"""What settings of a stranger's result cannot be is named before a report is drawn of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from josie_bench.errors import UsageError
from josie_bench.reports._told_settings import fault_in
from josie_bench.reports.result import from_json, to_json
from josie_bench.suites.expand import expand
from josie_bench.suites.load import find_suite, load_suite
from josie_bench.suites.lock_file import lock
from tests.reports import sample_run

DROPOUT = {"of": ["audio"], "present": None, "absent": None, "lost": 0.2, "burst": 1.0, "late": "0.0 ms"}


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"window": "300 ms", "hop": "soon"}, "settings.hop: Value error, cannot read 'soon' as a number with a unit"),
        ({"context": 10**400}, "settings.context: "),
        ({"layers": {"temporal_transformer": "two"}}, "settings.layers.temporal_transformer: "),
        ({"dropout": {**DROPOUT, "late": "1e999 ms"}}, "settings.dropout.late: "),
        ({"dropout": {**DROPOUT, "snr": "loud"}}, "settings.dropout.snr: "),
        ({"dropout": {"of": ["audio"]}}, "settings.dropout.present: Field required"),
        ({"dropout": {**DROPOUT, "lost": 1.5}}, "settings.dropout.lost: "),
        ({"simulated": {}}, "settings.simulated.clock: Field required"),
    ],
)
def test_what_a_setting_cannot_be_is_named(settings, fault):
    assert fault_in(settings).startswith(fault)


def test_others_may_be_anything():
    assert fault_in({"dropout": DROPOUT, "layers": {}, "window": None}) is None
    assert fault_in({"simulated": {"clock": "virtual", "p": 1}}) is None
    assert fault_in({"preset": ["x"], "of a later version": {"a": None}}) is None


@pytest.mark.parametrize("name", ["realtime", "retention", "complexity", "selftest"])
def test_settings_of_our_own_suites_are_what_they_can_be(tmp_path, name):
    suite = load_suite(find_suite(name))
    for settings in lock(suite, expand(suite), tmp_path)["cases"]:
        assert fault_in(settings) is None, settings["name"]


def test_a_result_with_such_a_setting_is_refused_with_its_place():
    plain = json.loads(to_json(sample_run.sample_run(300).result))
    plain["cases"][1]["settings"]["window"] = "<b>"
    with pytest.raises(UsageError, match=r"^r\.json is broken: cases\.1\.settings\.window: .* cannot read '<b>'"):
        from_json(json.dumps(plain), Path("r.json"))
