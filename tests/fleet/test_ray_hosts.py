"""Two hosts of a Ray cluster that share no folder: an engine is built once, carried, verified and run on both."""

from __future__ import annotations

import importlib.util
import json
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from josie_bench.fleet import worker as worker_module
from tests.cli.calling import command_of
from tests.fleet.ray_cluster import LONGEST_S, actor_at_work, two_hosts, why_no_second_host

COMPONENTS = 5  # of `tiny`, each an engine; one is compiled, for to compile all takes longer than all the rest
HEAD = """\
schema: josie-bench/suite.v1
name: hosts
fleet: {where: auto, cores: 1}
defaults:
  preset: tiny
  backend: eager
  components: {audio_encoder: onnxruntime-fp32}
  warm_up: {windows: 2, duration: 0 ms}
cases:
"""
TWO = f"{HEAD}  - {{name: one, scenario: compute, windows: 20}}\n  - {{name: two, scenario: compute, windows: 21}}\n"
LONG = f"{HEAD}  - {{name: long, window: 300 ms, windows: 30}}\n"
# What is put behind a worker's own code on a host that is not to be believed.
CHANGES_WHAT_IT_GIVES = """

def engine_files(manifest, honest=engine_files):
    files = honest(manifest)
    return {**files, **{name: files[name] + b"more" for name in manifest.files}, "more.so": b"code"}
"""

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed: nox -s fleet"),
    pytest.mark.timeout(1800),  # of minutes, where others keep both cores busy
]


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """Return a cluster of two hosts, the second of them, and the folder that each has its own of."""
    if (reason := why_no_second_host()) is not None:
        pytest.skip(reason)
    own = tmp_path_factory.mktemp("run")
    with two_hosts(own, tmp_path_factory.mktemp("ray")) as (cluster, second):
        yield SimpleNamespace(cluster=cluster, second=second, folder=own)


@pytest.fixture(scope="module")
def first_run(hosts):
    """Return the result of the first run on both, and what was said of engines in it."""
    with started(hosts, TWO) as run:
        return ended(hosts, run)


@contextmanager
def started(hosts, suite):
    """Start a run of the suite over both hosts, from the first."""
    (hosts.folder / "hosts.yaml").write_text(suite, encoding="utf-8")
    command = command_of("run", "hosts.yaml", "--json-lines")
    out, environment = subprocess.PIPE, hosts.cluster.environment
    with subprocess.Popen(command, cwd=hosts.folder, env=environment, stdout=out, stderr=out, text=True) as run:
        try:
            yield run
        finally:
            run.kill()


def ended(hosts, run):
    """Return the result of a run that is to end well, and what was said of engines in it."""
    out, err = run.communicate(timeout=LONGEST_S)
    assert run.returncode == 0, out + err
    said = [json.loads(line) for line in out.splitlines()]
    (end,) = [line for line in said if line["stage"] == "end"]
    result = json.loads((hosts.folder / end["folder"] / "result.json").read_text(encoding="utf-8"))
    return result, [line["text"] for line in said if line["stage"] == "engines"]


def carried(said):
    return [text for text in said if " from " in text]


def sums(lines):
    """Return the digests of files by name, as `sha256sum` tells them."""
    return {name: sha256 for sha256, name in (line.split(maxsplit=1) for line in lines.splitlines())}


def stores(hosts):
    """Return the sha256 of each file of the engines of both hosts; the graph that one was built from stays behind."""
    summed = ["sh", "-c", 'cd "$0" && sha256sum *-fp32-"$(uname -m)"-*/*', str(hosts.folder / "engines")]
    here = subprocess.run(summed, capture_output=True, text=True, check=True).stdout
    return sums(here), sums(hosts.second.say(*summed))


def test_they_are_two_hosts_and_each_runs_a_case(first_run):
    result, _ = first_run
    assert [len(host["workers"]) for host in result["fleet"]["hosts"]] == [1, 1]
    assert {case["host"] for case in result["cases"]} == {"host1", "host2"}
    assert [case["status"] for case in result["cases"]] == ["OK", "OK"]


def test_an_engine_is_built_on_one_host_and_runs_on_both(hosts, first_run):
    result, said = first_run
    assert [text for text in said if "building" in text] == ["building on worker1 for 2 hosts"]
    assert len(carried(said)) == COMPONENTS
    one, two = (case["engines"] for case in result["cases"])
    assert one == two  # when it was built, in how long and with how much memory too
    assert all(engine["was_cached"] for engine in one)
    here, there = stores(hosts)
    differing = {name for name in here | there if here.get(name) != there.get(name)}
    assert {name.partition("/")[2] for name in differing} == {"manifest.json"}  # sealed by each store for itself
    assert len(differing) == COMPONENTS


def test_nothing_is_carried_twice_and_a_case_whose_host_dies_is_run_by_the_other(hosts, first_run):
    with started(hosts, LONG) as run:
        actor_at_work([hosts.cluster.head.pid, hosts.second.process.pid], run).send_signal(signal.SIGKILL)
        result, said = ended(hosts, run)
    assert said == []
    (case,) = result["cases"]
    (attempt,) = case["attempts"]
    assert (case["status"], attempt["reason"]) == ("OK", "its actor died: SYSTEM_ERROR")
    assert {attempt["worker"], case["worker"]} == {"worker1", "worker2"}
    assert {case["host"]} < {host["label"] for host in result["fleet"]["hosts"]}


@pytest.fixture
def liar(hosts, first_run, tmp_path):
    """Let the first host lose its engines, and the second change those that it gives."""
    code, changed, engines = Path(worker_module.__file__), tmp_path / "worker.py", hosts.folder / "engines"
    changed.write_text(code.read_text(encoding="utf-8") + CHANGES_WHAT_IT_GIVES, encoding="utf-8")
    engines.rename(tmp_path / "engines")
    hosts.second.say("mount", "--bind", str(changed), str(code))
    yield
    hosts.second.say("umount", str(code))
    shutil.rmtree(engines)
    (tmp_path / "engines").rename(engines)


@pytest.mark.usefixtures("liar")
def test_what_was_changed_on_its_way_is_refused_and_the_host_builds_its_own(hosts):
    with started(hosts, TWO) as run:
        result, said = ended(hosts, run)
    times = len(carried(said)) // COMPONENTS
    assert times in (1, 2)  # for each case, unless it is the first worker that lacks them: that one builds for all
    assert len(carried(said)) == sum("was changed on its way" in text for text in said) == COMPONENTS * times
    assert [case["status"] for case in result["cases"]] == ["OK", "OK"]
    here, there = stores(hosts)
    assert here.keys() == there.keys()
    changing = 'cd "$0" && for file in *-fp32-"$(uname -m)"-*/*; do (cat "$file"; printf more) | sha256sum; done'
    lines = hosts.second.say("sh", "-c", changing, str(hosts.folder / "engines")).splitlines()
    changed = {line.split()[0] for line in lines}
    assert len(changed) == len(there)
    assert not changed & set(here.values())
    assert not any(name.endswith("more.so") for name in here)
