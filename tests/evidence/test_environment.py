"""What of an environment is told, and how two of them differ."""

from __future__ import annotations

import josie_bench
from josie_bench.evidence.environment import FACTS, differences, environment
from josie_bench.probes.host import PACKAGES, host_facts

HOST = {
    "os": "Debian", "cpu": "EPYC", "cpu_cores": 2, "cpu_quota_cores": None, "python": "CPython 3.11",
    "hostname": "secret", "gpu": [{"name": "H100", "driver": "570", "uuid_hash": "ab"}],
    "git": {"commit": "1234", "dirty": True}, "packages": {"torch": "2.13", "numpy": "2.4"},
}  # fmt: skip


def test_only_what_the_list_allows_is_told():
    assert environment(HOST, "0.1.0") == {
        "josie-bench": "0.1.0", "os": "Debian", "cpu": "EPYC", "cpu_cores": "2", "python": "CPython 3.11",
        "gpu 0 name": "H100", "gpu 0 driver": "570", "commit": "1234, changed since", "numpy": "2.4", "torch": "2.13",
    }  # fmt: skip


def test_this_machine_tells_nothing_beside_the_list():
    told = environment(host_facts(), josie_bench.__version__)
    allowed = {"josie-bench", "commit", *FACTS, *PACKAGES}
    assert {name for name in told if not name.startswith("gpu ")} <= allowed
    assert told["numpy"] and told["cpu"] and told["python"]


def test_every_difference_is_a_line_with_both_sides():
    then = environment(HOST, "0.1.0")
    here = environment(HOST | {"packages": {"torch": "2.14", "onnx": "1.17"}}, "0.1.0")
    assert differences(then, here) == [
        "numpy: 2.4 then, none here",
        "torch: 2.13 then, 2.14 here",
        "onnx: none then, 1.17 here",
    ]
    assert differences(then, then) == []


def test_a_result_without_facts_has_an_environment_of_its_tool_alone():
    assert environment({}, "0.1.0") == {"josie-bench": "0.1.0"}
