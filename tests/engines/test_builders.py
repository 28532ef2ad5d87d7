"""Builders that fail, die, hang or talk a lot: one line each, and none is left running."""

from __future__ import annotations

import os
import time

import pytest

from josie_bench.engines.builders import run_apart
from josie_bench.errors import EngineError


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run scripts as builders; each is the body of a module's main."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    (tmp_path / "acting.py").write_text(
        "import os, signal, subprocess, sys, time\n"
        "from josie_bench.engines.builders import leave_on_sigterm\n"
        "exec(sys.argv[1])\n"
    )

    def begin(*scripts, said=None, **more):
        run_apart("acting", [[script] for script in scripts], (said if said is not None else []).append, **more)

    return begin


def test_lines_of_all_builders_are_passed_on(run):
    said = []
    run("print('building a')", "print('building b')", said=said)
    assert sorted(said) == ["building a", "building b"]


def test_a_builder_that_complains_at_length_does_not_block(run):
    run("print('building a', flush=True); sys.stderr.write('warning\\n' * 100_000); print('done')")


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("os.kill(os.getpid(), 9)", r"building a: the builder was killed \(signal 9\), perhaps out of memory"),
        ("os.kill(os.getpid(), 11)", "building a: the builder was ended by SIGSEGV"),
        ("sys.exit(7)", "building a: the builder ended with exit status 7 and no word"),
        ("sys.exit('first\\nthe reason')", "^the reason"),
        ("raise ZeroDivisionError('ours')", "ZeroDivisionError: ours"),
    ],
)
def test_however_a_builder_ends_it_is_one_line(run, script, complaint):
    with pytest.raises(EngineError, match=complaint) as caught:
        run(f"print('building a', flush=True); {script}")
    assert "\n" not in str(caught.value)


def test_a_builder_that_hangs_is_named_and_ended(run, tmp_path):
    script = (
        f"print('building a', flush=True); open({str(tmp_path / 'id')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    with pytest.raises(EngineError, match=r"building a: not done after 3 s: allow more with --build-timeout"):
        run(script, timeout_s=3.0)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "id").read_text()), 0)


def test_each_line_gives_new_time(run):
    run("[(print('building', flush=True), time.sleep(1)) for _ in range(6)]", timeout_s=5.0)


def test_the_failure_of_one_ends_the_others_by_way_of_their_finally(run, tmp_path):
    place = tmp_path / "half"
    tidy = (
        "leave_on_sigterm()\n"
        f"open({str(place)!r}, 'w').close()\n"
        f"try: time.sleep(60)\nfinally: os.unlink({str(place)!r})"
    )
    waits = f"while not os.path.exists({str(place)!r}): time.sleep(0.01)\nsys.exit('broken')"
    started = time.monotonic()
    with pytest.raises(EngineError, match="broken"):
        run(tidy, waits)
    assert time.monotonic() - started < 30
    assert not place.exists()
