"""The process that watches the machine: what it writes, what it costs, and that it never outlives its trial."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time

import psutil
import pytest

from josie_bench.bench import telemetry as telemetry_module
from josie_bench.bench.telemetry import FILE, find_sources, read_telemetry, watch, watched
from josie_bench.terms.telemetry import TELEMETRY, AbsentSource, Source
from tests.probes.nvml import FakeNvml

GPU = AbsentSource(name="gpu", reason="no_driver", detail="no driver here")


def lines_of(sources, seconds, absent=()):
    """Return what `watch` writes in a while."""
    out = io.StringIO()
    ends = time.monotonic() + seconds

    def end():
        if time.monotonic() > ends:
            raise SystemExit
        return {}

    timer = Source(name="timer", interval_ms=5.0, units={}, read=end)
    with pytest.raises(SystemExit):
        watch([*sources, timer], absent, out, os.getppid())
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_each_source_is_read_at_its_own_interval_and_absent_ones_are_named_first():
    quick = Source(name="quick", interval_ms=20.0, units={"a": "s"}, read=lambda: {"a": 1.0})
    slow = Source(name="slow", interval_ms=200.0, units={"b": "MiB"}, read=lambda: {"b": 2.0})
    head, *readings = lines_of([quick, slow], 0.5, [GPU])
    assert head["absent"][0]["reason"] == "no_driver"
    assert [source["name"] for source in head["sources"]] == ["quick", "slow", "timer"]
    count = {name: sum(reading[1] == name for reading in readings) for name in ("quick", "slow")}
    assert 1 <= count["slow"] <= 4
    assert count["slow"] < count["quick"] <= 27


def test_a_late_reading_is_not_made_up_for():
    def slow():
        time.sleep(0.05)
        return {"a": 1.0}

    _, *readings = lines_of([Source(name="a", interval_ms=10.0, units={"a": "s"}, read=slow)], 0.3)
    assert sum(reading[1] == "a" for reading in readings) <= 7


def test_a_trial_is_watched_from_before_its_first_window_to_its_end(tmp_path):
    begun = time.monotonic_ns()
    with watched(tmp_path):
        entered = time.monotonic_ns()
        time.sleep(0.5)
        left = time.monotonic_ns()
    told = read_telemetry(tmp_path / FILE)
    assert told is not None
    instants, busy = told.series("cpu", "busy_total")
    assert begun < instants[0] <= entered
    assert told.gap_share("cpu", "busy_total", entered, left) == 0.0
    assert (busy[1:] >= busy[:-1]).all()
    assert told.series(TELEMETRY, "cpu_total")[1][0] > 0
    assert not [child for child in psutil.Process().children() if "telemetry" in " ".join(child.cmdline())]


def test_what_is_not_here_is_absent_with_a_reason():
    sources, absent = find_sources(os.getpid())
    assert {"cpu", "memory", TELEMETRY} <= {source.name for source in sources}
    assert {source.name for source in sources}.isdisjoint(one.name for one in absent)
    assert all(one.reason and one.detail for one in absent)


def test_of_a_host_s_gpus_only_those_are_read_that_cuda_sees(monkeypatch):
    monkeypatch.setattr(telemetry_module, "load_nvml", lambda: FakeNvml(count=4))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-3,1")
    gpus = {source.name: source for source in find_sources(os.getpid())[0] if source.name.startswith("gpu")}
    assert {name: gpu.read()["sm_clock"] for name, gpu in gpus.items()} == {"gpu0": 1977.0, "gpu1": 1979.0}


METER = """
from josie_bench.terms.telemetry import AbsentSource

SUMMARY, INTERVAL_MS = "the plug in the wall", 20.0


def unavailable():
    return {absent}


def open_meter():
    joules = iter((1.5, OSError(), 4.0))

    def read():
        found = next(joules)
        if isinstance(found, OSError):
            raise found
        return found

    return read
"""


@pytest.fixture
def plug(tmp_path, monkeypatch):
    """Return what installs a package with a meter `plug` that is absent, or is not."""

    def install(absent=None):
        (tmp_path / "plug_of_theirs.py").write_text(METER.format(absent=absent), encoding="utf-8")
        info = tmp_path / "plug_package-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plug-package\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text("[josie_bench.probes.meters]\nplug = plug_of_theirs\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "plug_of_theirs", raising=False)

    return install


def test_a_meter_of_another_package_is_read_and_may_fail_for_a_moment(plug):
    plug()
    sources, _ = find_sources(os.getpid())
    (meter,) = (source for source in sources if source.name == "meter.plug")
    assert (meter.interval_ms, meter.units) == (20.0, {"energy_total": "J"})
    assert [meter.read() for _ in range(3)] == [{"energy_total": 1.5}, {}, {"energy_total": 4.0}]


def test_a_meter_that_is_not_here_is_absent_with_its_reason_under_its_own_name(plug):
    plug("AbsentSource(name='?', reason='not_permitted', detail='the port is not mine')")
    _, absent = find_sources(os.getpid())
    (meter,) = (one for one in absent if one.name == "meter.plug")
    assert (meter.reason, meter.detail) == ("not_permitted", "the port is not mine")


def test_it_sleeps_between_its_readings(tmp_path):
    with watched(tmp_path):
        time.sleep(2.2)
    told = read_telemetry(tmp_path / FILE)
    assert told is not None
    instants, used = told.series(TELEMETRY, "cpu_total")
    assert len(used) >= 2
    assert (used[-1] - used[0]) / ((instants[-1] - instants[0]) / 1e9) < 0.2  # a spinning one would use a whole core


def test_it_ends_when_its_parent_is_killed(tmp_path):
    code = (
        "import time; from pathlib import Path; from josie_bench.bench.telemetry import watched\n"
        f"with watched(Path({str(tmp_path)!r})):\n    print('+', flush=True)\n    time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.read(1) == b"+"
    (watcher,) = psutil.Process(parent.pid).children()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    watcher.wait(timeout=5)
    assert read_telemetry(tmp_path / FILE) is not None


def test_a_last_line_that_is_not_whole_is_left_out(tmp_path):
    head = {"sources": [{"name": "cpu", "interval_ms": 100.0, "units": {"busy_total": "s"}}], "absent": []}
    text = json.dumps(head) + '\n[5, "cpu", {"busy_total": 1.5}]\n[6, "cpu", {"busy_to'
    (tmp_path / FILE).write_text(text)
    told = read_telemetry(tmp_path / FILE)
    assert told is not None
    assert (told.instant_ns.tolist(), told.value.tolist(), told.unit.tolist()) == ([5], [1.5], ["s"])
    (tmp_path / FILE).write_text('{"sou')
    assert read_telemetry(tmp_path / FILE) is None
    assert read_telemetry(tmp_path / "nothing") is None
