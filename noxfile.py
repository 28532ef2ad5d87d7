"""The project's tasks: `nox -s tests`, `nox --list`. Plain venv and pip; a pip index set in the environment is used."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "tests", "oracles", "suites", "build"]

ROOT = Path(__file__).parent
DEVELOP = ROOT / ".nox" / f"develop-{sys.version_info.major}.{sys.version_info.minor}"
FALSE_SHARE = 0.05  # of the verdicts on one build held against itself
NO_TESTS = 5  # pytest: nothing carries the marker
# nox would make one environment per session, and so install torch (up to 5 GB) in each: these sessions share one.
IN_CHECKOUT = "none"
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")  # a file's tests share what its fixtures made


def develop(session: nox.Session, *extras: str) -> None:
    """Install the checkout with what its tests and checks need into the environment that sessions share."""
    if not (DEVELOP / "bin" / "pip").exists():
        session.run(sys.executable, "-m", "venv", str(DEVELOP), external=True)
    in_develop(session, "pip", "install", "-q", "-e", f".[{','.join(('onnx', 'openvino', 'dev', *extras))}]")


def in_develop(session: nox.Session, program: str, *words: str, success_codes: tuple[int, ...] = (0,)) -> None:
    """Run a program of the shared environment, with that environment first on the path."""
    path = os.pathsep.join((str(DEVELOP / "bin"), os.environ.get("PATH", os.defpath)))
    command = str(DEVELOP / "bin" / program)
    session.run(command, *words, env={"PATH": path}, external=True, success_codes=success_codes)


@nox.session(venv_backend=IN_CHECKOUT)
def lint(session: nox.Session) -> None:
    """Check style, types and the direction of imports."""
    develop(session)
    in_develop(session, "ruff", "check", ".")
    in_develop(session, "ruff", "format", "--check", ".")
    in_develop(session, "mypy")
    in_develop(session, "lint-imports")


@nox.session(venv_backend=IN_CHECKOUT)
def tests(session: nox.Session) -> None:
    """Run the tests that need no GPU and end within minutes."""
    develop(session, "corpora")
    words = (*SIDE_BY_SIDE, "-m", "not slow and not oracle and not gpu and not tensorrt and not rtx")
    in_develop(session, "pytest", *words, *session.posargs)


@nox.session(venv_backend=IN_CHECKOUT)
def oracles(session: nox.Session) -> None:
    """Hold the model against implementations by others; `-- --write-agreement` renews the table in docs/model.md."""
    develop(session, "oracles")
    # moshi asks for torch < 2.10 and numpy < 2.3; what is used of it runs with ours.
    in_develop(session, "pip", "install", "-q", "--no-deps", "moshi==0.2.13")
    in_develop(session, "pytest", "-m", "oracle", "--require-oracles", *session.posargs)


@nox.session(venv_backend=IN_CHECKOUT)
def quality(session: nox.Session) -> None:
    """Run the outside judges on the bundled recordings: 300 MB of libraries and models."""
    develop(session, "quality")
    in_develop(session, "pytest", "tests/evaluators", *session.posargs)


@nox.session(venv_backend=IN_CHECKOUT)
def slow(session: nox.Session) -> None:
    """Run the longer proofs: coverage of intervals, oracles, engine builds."""
    develop(session)
    words = (*SIDE_BY_SIDE, "-m", "slow and not gpu and not tensorrt and not rtx", *session.posargs)
    in_develop(session, "pytest", *words, success_codes=(0, NO_TESTS))


@nox.session(venv_backend=IN_CHECKOUT)
def benchmarks(session: nox.Session) -> None:
    """Measure the harness's own hot paths; `-- --benchmark-autosave` keeps the figures."""
    develop(session)
    words = ("--benchmark-enable", "--benchmark-only", "--benchmark-columns=min,median,iqr,max,rounds")
    in_develop(session, "pytest", "tests/benchmarks", *words, *session.posargs)


@nox.session(venv_backend=IN_CHECKOUT)
def proofs(session: nox.Session) -> None:
    """Hold the statistics against simulated truths, and write tables and picture of docs/statistics.md anew."""
    develop(session)
    in_develop(session, "pytest", "tests/proofs", "--write-proofs", *session.posargs)


@nox.session(venv_backend=IN_CHECKOUT)
def fuzz(session: nox.Session) -> None:
    """Read 2,000 files made wrong with each reader; `-- --fuzz-count N` reads others, and the counts are printed."""
    develop(session)
    in_develop(session, "pytest", "-q", "tests/fuzz", "--fuzz-count", "2000", *session.posargs)


@nox.session
def fleet(session: nox.Session) -> None:
    """Run the tests of fleets with Ray, in an environment of its own: Ray's workers are not what the others need."""
    session.install("-q", "-e", ".[onnx,dev,fleet]")
    session.run("pytest", "tests/fleet", *session.posargs)


@nox.session(venv_backend=IN_CHECKOUT)
def loadgen(session: nox.Session) -> None:
    """Let MLPerf LoadGen ask, and hold its figures against ours."""
    develop(session, "loadgen")
    in_develop(session, "pytest", "tests/bench/test_loadgen.py", *session.posargs)


@nox.session(venv_backend=IN_CHECKOUT)
def rtx(session: nox.Session) -> None:
    """Build all of `nano` at fp16 and int8 for two GPUs that are not here."""
    develop(session, "rtx")
    in_develop(session, "pytest", "-m", "rtx and not slow", *session.posargs)


@nox.session(venv_backend=IN_CHECKOUT)
def rtx_nano(session: nox.Session) -> None:
    """Build `nano` at every precision; `-- --write-builds` renews the table in docs/engines.md."""
    develop(session, "rtx")
    in_develop(session, "pytest", "-m", "rtx", *session.posargs)


@nox.session(venv_backend=IN_CHECKOUT)
def gpu(session: nox.Session) -> None:
    """Run the tests that need an NVIDIA GPU, of TensorRT where it is installed; `josie-bench run gpu` measures."""
    if shutil.which("nvidia-smi") is None:
        session.skip("no NVIDIA GPU here: nvidia-smi is not on the PATH")
    develop(session, "cuda", "rtx")
    in_develop(session, "pytest", "-m", "gpu or tensorrt", *session.posargs, success_codes=(0, NO_TESTS))


@nox.session
def torch_tensorrt(session: nox.Session) -> None:
    """Run Torch-TensorRT's tests on the GPU, in an environment of its own: it wants another `tensorrt_rtx`."""
    if shutil.which("nvidia-smi") is None:
        session.skip("no NVIDIA GPU here: nvidia-smi is not on the PATH")
    session.install("-q", "-e", ".[dev,torch-tensorrt]")
    session.run("pytest", "tests/backends", "-k", "torch_tensorrt", *session.posargs)


@nox.session(venv_backend=IN_CHECKOUT)
def suites(session: nox.Session) -> None:
    """Check every suite, and run the one that holds the bench against known truths; `build` runs the smallest."""
    develop(session)
    found = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("suites/*.yaml"))
    in_develop(session, "josie-bench", "check", *found)
    in_develop(session, "josie-bench", "run", "selftest")


@nox.session(venv_backend=IN_CHECKOUT)
def realtime(session: nox.Session) -> None:
    """Run the real-time suite on this machine; its exit code is the verdict."""
    develop(session)
    in_develop(session, "josie-bench", "run", "suites/realtime.yaml", *session.posargs)


@nox.session(venv_backend=IN_CHECKOUT)
def same_build(session: nox.Session) -> None:
    """Compare this build with itself; more than one verdict in twenty of a difference fails."""
    develop(session)
    with tempfile.TemporaryDirectory() as folder:
        words = ("--a", "seed=0", "--b", "seed=0", "--output", folder, *session.posargs)
        in_develop(session, "josie-bench", "compare", "run", "suites/smoke.yaml", *words, success_codes=(0, 1))
        (found,) = Path(folder).glob("smoke/*/comparison.json")
        cases = json.loads(found.read_text(encoding="utf-8"))["cases"]
    told = [metric["verdict"] for case in cases for metric in case["metrics"]]
    false = [verdict for verdict in told if verdict not in ("SAME", "AMBIGUOUS", "CLOCK_SHIFT")]
    session.log(f"{len(false)} of {len(told)} verdicts say that a build differs from itself")
    if not told or len(false) > FALSE_SHARE * len(told):
        session.error("the comparison cries wolf on this machine")


@nox.session
def build(session: nox.Session) -> None:
    """Build the packages, install the wheel where nothing else is, and run the smallest suite from an empty folder."""
    session.install("build")
    with tempfile.TemporaryDirectory() as folder:
        session.run("python", "-m", "build", "--outdir", folder)
        wheel = next(Path(folder).glob("*.whl"))
        session.install(f"{wheel}[onnx]")
        empty = Path(folder) / "empty"
        empty.mkdir()
        with session.chdir(empty):
            session.run("josie-bench", "run", "smoke")
