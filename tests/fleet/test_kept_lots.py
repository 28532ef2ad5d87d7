"""Lots and hosts that a run keeps: found again, and only as they were."""

from __future__ import annotations

from josie_bench.bench.journal import begin_journal, open_journal
from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import new_run
from josie_bench.fleet.dispatch import Ended
from josie_bench.fleet.kept_lots import KeptLots
from josie_bench.fleet.lots import lots_of
from josie_bench.fleet.parcel import packed, unpacked
from josie_bench.reports import RunData
from josie_bench.terms.fleet import Attempt, FleetHost, FleetWorker
from tests.fleet.in_process import SUITE, law_case, plan_for

CASE = law_case("one")
(LOT,) = lots_of([CASE])
ATTEMPT = Attempt(worker="worker2", reason="killed", started="2026-01-01T00:00:00+00:00")


def keep_one(folder):
    """Keep the lot in a journal, and return the folder that it lies in."""
    state = new_run("suite", SUITE)
    run_cases(state, [CASE], plan_for(folder / "plain"))
    journal = begin_journal(folder)
    kept = KeptLots(journal, folder)
    place = kept.next_folder()
    data = unpacked(packed(RunData(result=state.result(), recordings=state.recordings)), place)
    kept.keep(Ended(lot=LOT, worker="worker1", data=data, attempts=(ATTEMPT,)), "host1")
    assert kept.next_folder() != place
    journal.close()
    return place


def found_in(folder, lot=LOT):
    journal = open_journal(folder)
    try:
        return KeptLots(journal, folder).ended(lot)
    finally:
        journal.close()


def test_a_lot_is_found_again_with_all_that_was_known_of_it(tmp_path):
    keep_one(tmp_path)
    ended, host = found_in(tmp_path)
    assert (ended.worker, ended.attempts, host) == ("worker1", (ATTEMPT,), "host1")
    assert [case.id for case in ended.data.result.cases] == [CASE.id]


def test_another_lot_is_not_there(tmp_path):
    keep_one(tmp_path)
    (other,) = lots_of([law_case("two")])
    assert found_in(tmp_path, other) is None


def test_a_lot_of_which_a_file_was_changed_or_lost_is_not_there(tmp_path):
    place = keep_one(tmp_path)
    file = place / "windows.parquet"
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    assert found_in(tmp_path) is None
    file.write_bytes(content)
    assert found_in(tmp_path) is not None
    (place / "media.zip").unlink()
    assert found_in(tmp_path) is None
    (place / "media.zip").write_bytes(b"")
    assert found_in(tmp_path) is None


def test_hosts_are_known_again_by_their_machine(tmp_path):
    host = FleetHost(
        label="host1",
        facts={"cpu": "a CPU", "gpu": []},
        workers=[FleetWorker(name="worker1", cores=[0, 1])],
        clock_offset_ms=0.1,
        clock_error_ms=0.2,
    )
    journal = begin_journal(tmp_path)
    assert KeptLots(journal, tmp_path).hosts() == ({}, {})
    KeptLots(journal, tmp_path).keep_hosts({"host1": host}, {("digest", "0", "1"): "host1"})
    journal.close()
    journal = open_journal(tmp_path)
    assert KeptLots(journal, tmp_path).hosts() == ({"host1": host}, {("digest", "0", "1"): "host1"})
    journal.close()
