"""What grows with the machines of a history: one run of each, with one case of 200 windows, in one SQLite file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from josie_bench.bench.run_state import new_run
from josie_bench.probes.host import host_facts
from josie_bench.reports._history import add_run, all_series, opened, past_runs
from josie_bench.reports._history_page import HEADLINES, to_html
from josie_bench.reports.result import to_json
from tests.fleet.in_process import SUITE, law_case
from tests.fleet.scaled import measured, timed

HEADS = ("machines", "noted", "numbers kept", "listed", "one metric read", "page", "its size", "the file")


def runs_of(folder, count):
    """Return run folders, each of a machine of its own."""
    case, _ = measured(law_case("case", windows=200))
    state = new_run("suite", SUITE)
    state.case_results = [replace(case, settings={"backend": "simulated"})]
    result, facts = state.result(), host_facts()
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    found = []
    for number in range(count):
        started = (begun + timedelta(minutes=number)).isoformat()
        run = replace(result.run, id=f"run-{number}", started=started)
        one = replace(result, run=run, host=facts | {"cpu": f"CPU {number}"})
        found.append(folder / f"run-{number}")
        found[-1].mkdir(parents=True)
        (found[-1] / "result.json").write_text(to_json(one))
    return found


def measure(folder, count):
    """Return the cells of a row."""
    place = folder / f"history-{count}"
    runs, file = runs_of(place, count), place / "history.sqlite"

    def note():
        with opened(file, is_new=True) as store:
            for run in runs:
                add_run(store, file, run)

    noted_s, drawn = timed(note), []
    with opened(file) as store:
        (numbers,) = store.execute("SELECT count(*) FROM scores").fetchone()
        listed_s = timed(lambda: past_runs(store))
        read_s = timed(lambda: all_series(store, ("response_latency.p50",)))
        series = all_series(store, HEADLINES)
        page_s = timed(lambda: drawn.append(to_html(series, runs=count, tool="0")))
        assert len({one.machine for one in series}) == len(past_runs(store)) == count
    sizes = [len(drawn[0].encode()), file.stat().st_size]
    times = [f"{seconds:.2f} s" for seconds in (listed_s, read_s)]
    page, whole = (f"{size / 2**20:.1f} MiB" for size in sizes)
    return [str(count), f"{noted_s:.1f} s", str(numbers), *times, f"{page_s:.1f} s", page, whole]
