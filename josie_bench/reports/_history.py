"""The history: an SQLite file beside the runs that only ever grows.

A run is known by the sha256 of its `result.json`; the file stays where it is and is read again from there. Triggers in
the file itself refuse to change or delete a row, whatever program tries.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from josie_bench.errors import OutputError, UsageError
from josie_bench.plugins import unknown_name
from josie_bench.reports.result import FILES, from_json, text_of
from josie_bench.terms.history import Baseline, Basis, PastRun, Series
from josie_bench.terms.machine import only_machine
from josie_bench.terms.result import CaseResult, MetricScore, Result
from josie_bench.terms.score import Interval

VERSION = 3
MACHINE = ("architecture", "cpu", "cpu_cores", "cpu_quota_cores", "memory_mib")
FACTS = ("os", "kernel", "python")
WAIT_S = 5.0
TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    sha256 TEXT PRIMARY KEY, run TEXT NOT NULL, suite TEXT NOT NULL, started TEXT NOT NULL, machine TEXT NOT NULL,
    facts TEXT NOT NULL, place TEXT NOT NULL, added TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS scores (
    sha256 TEXT NOT NULL REFERENCES runs, case_id TEXT NOT NULL, case_sha TEXT NOT NULL, metric TEXT NOT NULL,
    unit TEXT NOT NULL, direction TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (sha256, case_id, metric)
) STRICT;
CREATE TABLE IF NOT EXISTS bases (
    sha256 TEXT NOT NULL REFERENCES runs, case_id TEXT NOT NULL, metric TEXT NOT NULL, n INTEGER NOT NULL, n_eff REAL,
    level REAL, low REAL, high REAL, method TEXT, PRIMARY KEY (sha256, case_id, metric)
) STRICT;
CREATE TABLE IF NOT EXISTS definitions (
    sha256 TEXT NOT NULL REFERENCES runs, case_id TEXT NOT NULL, metric TEXT NOT NULL, definition TEXT NOT NULL,
    PRIMARY KEY (sha256, case_id, metric)
) STRICT;
CREATE TABLE IF NOT EXISTS baselines (
    name TEXT NOT NULL, sha256 TEXT NOT NULL REFERENCES runs, since TEXT NOT NULL
) STRICT;
"""
KEPT = ("runs", "scores", "bases", "definitions", "baselines")
ONLY_GROWS = """
CREATE TRIGGER IF NOT EXISTS {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the history only grows'); END;
"""
RUN_COLUMNS = "runs.sha256, runs.run, runs.suite, runs.started, runs.machine, runs.facts, runs.place"


@contextmanager
def opened(file: Path, *, is_new: bool = False) -> Iterator[sqlite3.Connection]:
    """Yield the history in a file; what is written in it is kept whole or not at all.

    Args:
        file: of the history.
        is_new: whether it is made where there is none.

    Raises:
        UsageError: there is none, it is no history, or a newer version made it.
        OutputError: it cannot be made or written, or another program holds it.
    """
    if not is_new and not file.is_file():
        raise UsageError(f"{file}: there is no history: begin one with josie-bench history add RUN_FOLDER")
    try:
        if is_new:
            file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(file, timeout=WAIT_S)) as store:
            _check(store, file)
            with store:
                yield store
    except sqlite3.OperationalError as error:
        mend = "end the other program and try again" if "locked" in str(error) else "give another --history"
        raise OutputError(f"{file}: {error}: {mend}") from error
    except sqlite3.DatabaseError as error:
        raise UsageError(f"{file} is no history of josie-bench, or it is damaged: {error}") from error
    except OSError as error:
        raise OutputError(f"{file}: cannot be made: {error.strerror}") from error


def _check(store: sqlite3.Connection, file: Path) -> None:
    (version,) = store.execute("PRAGMA user_version").fetchone()
    (tables,) = store.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()
    if version > VERSION:
        raise UsageError(f"{file} is a history of a newer josie-bench: update josie-bench to read it")
    if version == 0 and tables:
        raise UsageError(f"{file} is no history of josie-bench: it is a database of another program")
    if version < VERSION:
        pairs = [(table, verb) for table in KEPT for verb in ("UPDATE", "DELETE")]
        triggers = "".join(ONLY_GROWS.format(table=table, verb=verb) for table, verb in pairs)
        store.executescript(f"BEGIN IMMEDIATE; {TABLES} {triggers} PRAGMA user_version = {VERSION}; COMMIT;")


def add_run(store: sqlite3.Connection, history: Path, folder: Path) -> tuple[PastRun, bool]:
    """Note a run and return it, and whether it is new; one that is there already is left as it is.

    Args:
        store: the history, opened.
        history: its file.
        folder: of the run.

    Raises:
        UsageError: it is no run folder, or its result is broken.
    """
    result, digest = _read(folder)
    known = store.execute(f"SELECT {RUN_COLUMNS} FROM runs WHERE sha256 = ?", (digest,)).fetchone()
    if known is not None:
        return _past(known), False
    machine = only_machine(result)
    if machine is None:
        raise UsageError(f"{folder}: measured on several machines, and a history is of one: keep runs of one host each")
    run = PastRun(
        sha256=digest,
        run=result.run.id,
        suite=result.run.suite,
        started=result.run.started,
        machine=_machine(machine),
        facts=_facts(result),
        place=os.path.relpath(folder.resolve(), history.parent.resolve()),
    )
    row = (digest, run.run, run.suite, run.started, run.machine, json.dumps(run.facts), run.place, _now())
    store.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    for case, key, score in _scores(result):
        number = (digest, case.id, case.sha, key, score.unit, score.direction, score.value)
        store.execute("INSERT INTO scores VALUES (?, ?, ?, ?, ?, ?, ?)", number)
        ci = score.ci
        bounds = (None,) * 4 if ci is None else (ci.level, ci.low, ci.high, ci.method)
        rests_on = (digest, case.id, key, score.n, score.n_eff, *bounds)
        store.execute("INSERT INTO bases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rests_on)
        store.execute("INSERT INTO definitions VALUES (?, ?, ?, ?)", (digest, case.id, key, score.definition))
    return run, True


def _read(folder: Path) -> tuple[Result, str]:
    """Return the result of a run and the digest of its file."""
    text = text_of(folder)
    return from_json(text, folder / FILES[0]), hashlib.sha256(text.encode()).hexdigest()


def _scores(result: Result) -> Iterator[tuple[CaseResult, str, MetricScore]]:
    """Yield the numbers of the cases that may be trusted."""
    for case in result.cases:
        for key, score in case.metrics.items() if case.status == "OK" else ():
            if score.value is not None and score.direction != "none":
                yield case, key, score


def _machine(host: Mapping[str, object]) -> str:
    names = [(gpu.get("name"), gpu.get("uuid_hash")) for gpu in _gpus(host)]
    facts = json.dumps([names, *(host.get(name) for name in MACHINE)], sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()


def _gpus(host: Mapping[str, object]) -> list[Mapping[str, object]]:
    gpus = host.get("gpu")
    return [gpu for gpu in gpus if isinstance(gpu, Mapping)] if isinstance(gpus, list) else []


def _facts(result: Result) -> dict[str, str]:
    """Return what is installed: josie-bench itself, its commit, the system, the GPU's driver, the libraries."""
    host = result.host
    found = {"josie-bench": result.run.tool} | {name: str(host[name]) for name in FACTS if host.get(name)}
    gpus, git, packages = _gpus(host), host.get("git"), host.get("packages")
    if gpus:
        found["driver"] = str(gpus[0].get("driver"))
    if isinstance(git, Mapping) and git.get("commit"):
        found["commit"] = str(git["commit"])[:12] + ("+" if git.get("dirty") else "")
    if isinstance(packages, Mapping):
        found |= {str(name): str(version) for name, version in packages.items()}
    return found


def past_runs(store: sqlite3.Connection) -> list[PastRun]:
    """Return all runs in order of time."""
    return [_past(row) for row in store.execute(f"SELECT {RUN_COLUMNS} FROM runs ORDER BY started, sha256")]


def all_series(store: sqlite3.Connection, metrics: Sequence[str] = (), case: str | None = None) -> list[Series]:
    """Return what was measured over time, a series for each metric of a case whose settings stayed, on each machine.

    Numbers of another definition are another series; those of runs that were noted before the history kept definitions
    count as of the one that came next.

    Args:
        store: the history, opened.
        metrics: keys such as `response_latency.p50`; empty takes all.
        case: its id, or None for all.
    """
    words = "SELECT case_id, case_sha, metric, unit, direction, value, definition, n, n_eff, level, low, high, method, "
    words += RUN_COLUMNS + " FROM scores JOIN runs USING (sha256) LEFT JOIN bases USING (sha256, case_id, metric)"
    words += " LEFT JOIN definitions USING (sha256, case_id, metric)"
    words += f" WHERE metric IN ({', '.join('?' * len(metrics))})" if metrics else " WHERE TRUE"
    words += ("" if case is None else " AND case_id = ?") + " ORDER BY started, runs.sha256"
    found: dict[tuple[str, ...], dict[str | None, Series]] = {}
    asked = (*metrics, *(() if case is None else (case,)))
    for name, sha, metric, unit, direction, value, definition, *row in store.execute(words, asked):
        run = _past(row[6:])
        of = {"case": name, "machine": run.machine, "metric": metric, "unit": unit, "direction": direction}
        blank = Series(**of, runs=[], values=[], bases=[])
        known = found.setdefault((name, sha, run.machine, metric), {})
        if None in known and definition is not None:
            known[definition] = replace(known.pop(None), definition=definition)
        of_it = next(reversed(known), None) if definition is None else definition
        series = known.setdefault(of_it, replace(blank, definition=of_it))
        series.runs.append(run)
        series.values.append(value)
        series.bases.append(_basis(row[:6]))
    return [series for known in found.values() for series in known.values()]


def _basis(row: Sequence[Any]) -> Basis | None:
    """Return what a value rests on; None where its run was noted before that was kept."""
    n, n_eff, level, low, high, method = row
    if n is None:
        return None
    interval = None if method is None else Interval(level=level, low=low, high=high, method=method)
    return Basis(n=n, n_eff=n_eff, interval=interval)


def known_metrics(store: sqlite3.Connection) -> list[str]:
    """Return the keys of every metric that a run has."""
    return [row[0] for row in store.execute("SELECT DISTINCT metric FROM scores ORDER BY metric")]


def set_baseline(store: sqlite3.Connection, name: str, run: PastRun) -> None:
    """Let a name stand for a run from now on; what it stood for before stays in the file."""
    store.execute("INSERT INTO baselines VALUES (?, ?, ?)", (name, run.sha256, _now()))


def baselines(store: sqlite3.Connection) -> list[Baseline]:
    """Return what each name stands for now, in order of the names."""
    words = f"SELECT name, since, {RUN_COLUMNS} FROM baselines JOIN runs USING (sha256) ORDER BY baselines.rowid"
    latest = {name: Baseline(name=name, run=_past(row), since=since) for name, since, *row in store.execute(words)}
    return [latest[name] for name in sorted(latest)]


def baseline_folder(store: sqlite3.Connection, history: Path, name: str) -> Path:
    """Return the folder of the run that a name stands for.

    Raises:
        UsageError: there is no such name, or its run is gone or was changed.
    """
    known = {baseline.name: baseline.run for baseline in baselines(store)}
    if name not in known:
        mend = unknown_name("baseline", name, known) if known else "set one with josie-bench baseline set NAME RUN"
        raise UsageError(f"--baseline {name}: {mend}")
    folder = history.parent / known[name].place
    _, digest = _read(folder)
    if digest != known[name].sha256:
        raise UsageError(f"baseline {name}: {folder / FILES[0]} is not what it was: set the baseline anew")
    return folder


def _past(row: Sequence[str]) -> PastRun:
    sha256, run, suite, started, machine, facts, place = row
    return PastRun(
        sha256=sha256, run=run, suite=suite, started=started, machine=machine, facts=json.loads(facts), place=place
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
