"""What a worker of a fleet says when it joins, made wrong: it is refused, or let in and written down; others go on."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

from josie_bench.errors import UsageError
from josie_bench.fleet import CLOCK, GREET, SETTLE
from josie_bench.fleet.crew import Crew
from josie_bench.fleet.hearing import heard
from josie_bench.fleet.worker import answer
from josie_bench.probes.host import host_facts
from josie_bench.reports import result
from tests.fleet.in_process import InProcessFleet
from tests.fuzz.mutations import DEEP
from tests.fuzz.pages import draw_report, our_result
from tests.terms.test_noise_floor import FLOOR

STRANGER = "worker2"


def greeting():
    """Return all that a worker says when it joins, by what it is asked."""
    facts = host_facts()
    settled = {"facts": facts, "niceness": 0, "noise_floors": [asdict(FLOOR) | {"host": facts["fingerprint"]}]}
    told = {GREET: {**answer({"ask": GREET}).told, "gpus": ["0"]}, SETTLE: settled, CLOCK: answer({"ask": CLOCK}).told}
    return json.dumps(told).encode()


def join(file):
    """Let a worker of ours and a stranger in, and return the result of such a fleet as it is read again."""
    told = _value(file.read_bytes())

    def spoil(worker, request, said):
        if worker != STRANGER:
            return said
        own = told.get(request["ask"]) if isinstance(told, dict) else told
        return heard((own, {}))

    fleet = InProcessFleet(2, spoil=spoil)
    crew = Crew(fleet=fleet, store=Path())
    crew.enlist(fleet.workers)
    assert crew.here["worker1"].cores
    assert [host.facts["fingerprint"] for host in crew.hosts.values()].count("here") == 1
    text = result.to_json(replace(our_result(), fleet=crew.use()))
    result.from_json(text, file)
    for refusal in crew.refused:
        assert refusal.worker == STRANGER
        raise UsageError(_one_line(refusal.reason))
    return text


def draw_joined(file):
    """Draw the report of a run on such a fleet."""
    folder = file.parent / "folder"
    (folder / "result.json").write_text(join(file), encoding="utf-8")
    draw_report(folder)


def _one_line(reason):
    assert reason
    assert reason.isprintable()
    return reason


def _value(content):
    """Return the JSON value, or one deeper than Python's stack."""
    try:
        return json.loads(content)
    except RecursionError:
        deep = []
        for _ in range(max(DEEP)):
            deep = [deep]
        return deep
