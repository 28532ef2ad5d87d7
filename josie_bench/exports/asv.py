"""`asv`: a folder of results as airspeed velocity keeps them: a benchmark per statistic, whose parameter is the case.

Written from how version 2 of its result files is described. Our intervals are 95 % and its columns are for 99 %, so
they stay empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from josie_bench.errors import UsageError
from josie_bench.exports import machine_of
from josie_bench.reports import RunData
from josie_bench.terms.result import MetricScore, Result
from josie_bench.terms.timebase import ms_from_s

SUMMARY = "a results folder for asv publish and asv compare"
TELLS_STATUS = True
COLUMNS = ("result", "params", "version", "started_at", "duration")


def files(data: RunData) -> dict[str, bytes]:
    """Return `benchmarks.json`, the machine and the results of the run's commit.

    Raises:
        UsageError: the run was measured on several machines, or not from a checkout: asv files results by commit.
    """
    result = replace(data.result, host=machine_of(data))
    commit, machine = _commit(result), _file_name(f"host-{str(result.host.get('fingerprint', 'unknown'))[:8]}")
    environment = _file_name(f"{result.run.suite}-py{_python(result)}")
    keys = sorted({key for case in result.cases for key in case.metrics})
    return {
        "results/benchmarks.json": _json({key: _benchmark(result, key) for key in keys} | {"version": 2}),
        f"results/{machine}/machine.json": _json(_machine(result, machine) | {"version": 1}),
        f"results/{machine}/{_file_name(commit[:8])}-{environment}.json": _json(
            {
                "commit_hash": commit,
                "env_name": environment,
                "date": _started_ms(result),
                "params": _machine(result, machine) | {"python": _python(result)},
                "python": _python(result),
                "requirements": {},
                "env_vars": {},
                "result_columns": COLUMNS,
                "results": {key: _row(result, key) for key in keys},
                "durations": {},
                "version": 2,
            }
        ),
    }


def _file_name(text: str) -> str:
    return re.sub(r"[^\w.-]", "_", text)


def _commit(result: Result) -> str:
    git = result.host.get("git")
    commit = git.get("commit") if isinstance(git, dict) else None
    if not isinstance(commit, str):
        raise UsageError(f"run {result.run.id} was not measured from a checkout: asv files results by commit")
    return commit


def _started_ms(result: Result) -> int:
    try:
        return round(ms_from_s(datetime.fromisoformat(result.run.started).timestamp()))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"run {result.run.id} says no instant at which it started: {result.run.started!r}") from error


def _python(result: Result) -> str:
    match = re.search(r"\d+\.\d+", str(result.host.get("python", "")))
    return match[0] if match else ""


def _machine(result: Result, name: str) -> dict[str, str]:
    told = {"arch": "architecture", "cpu": "cpu", "num_cpu": "cpu_cores", "os": "os", "ram": "memory_mib"}
    return {"machine": name} | {key: str(result.host.get(fact, "")) for key, fact in told.items()}


def _params(result: Result) -> list[list[str]]:
    return [[repr(case.id) for case in result.cases]]


def _scores(result: Result, key: str) -> list[MetricScore | None]:
    """Return the score of each case; None, which asv takes for failed, where it has none that may be quoted."""
    return [case.metrics.get(key) if case.status == "OK" else None for case in result.cases]


def _definition(result: Result, key: str) -> MetricScore:
    return next(case.metrics[key] for case in result.cases if key in case.metrics)


def _benchmark(result: Result, key: str) -> dict[str, Any]:
    score = _definition(result, key)
    return {
        "name": key,
        "code": score.origin,
        "type": "track",
        "unit": score.unit,
        "param_names": ["case"],
        "params": _params(result),
        "timeout": 0,
        "version": score.definition,
    }


def _row(result: Result, key: str) -> list[Any]:
    values = [None if score is None else score.value for score in _scores(result, key)]
    return [values, _params(result), _definition(result, key).definition, _started_ms(result), None]


def _json(plain: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False)}\n".encode()
