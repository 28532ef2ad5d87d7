"""A Ray cluster for tests: its head on this machine, and a second host on it that shares no folder with the first.

The second host has namespaces of its own, as a container has: host name, processes, shared memory, a network interface
with an address of its own, and mounts, so that the run's folder and Ray's are other folders there. Kernel and
installed programs are the same, and the cores are shared out: one for each.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

LONGEST_S = 900.0  # where others keep the machine busy
TRIAL = "josie_bench.bench.worker"
PROGRAMS = ("unshare", "nsenter", "mount", "ip", "taskset")
NAMESPACES = ("--uts", "--mount", "--net", "--pid", "--ipc")
BLOCK = os.getpid() % 2**14  # so that sessions of tests beside each other have lines of their own
LINKS = (f"josie{BLOCK}-1", f"josie{BLOCK}-2")
HERE, THERE = (f"10.211.{BLOCK // 64}.{BLOCK % 64 * 4 + number}" for number in (1, 2))
# Its own folders are empty ones over those of the first host; its end of the line is put into it while it waits.
SECOND = f"""\
set -e
hostname second
for folder in "$1" "$2" /dev/shm; do mount -t tmpfs tmpfs "$folder"; done
shift 2
until ip link show {LINKS[1]} > /dev/null 2>&1; do sleep 0.05; done
ip link set lo up
ip addr add {THERE}/30 dev {LINKS[1]}
ip link set {LINKS[1]} up
exec "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster that runs.

    Attributes:
        head: the process of its head.
        client: its address for clients.
        environment: of who is within it.
        temporary: Ray's folder.
    """

    head: subprocess.Popen[bytes]
    client: str
    environment: dict[str, str]
    temporary: Path


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])


@contextmanager
def cluster_of(
    cores: int, folder: Path, *, address: str = "127.0.0.1", before: Sequence[str] = ()
) -> Iterator[Cluster]:
    """Start a cluster here.

    Args:
        cores: that it shares out.
        folder: that takes what it says.
        address: of this machine.
        before: words before the command.
    """
    environment = dict(os.environ) | {"RAY_AUTH_MODE": "disabled", "RAY_raylet_start_wait_time_s": "240"}
    environment |= {"RAY_worker_niceness": "0", "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    port, client, temporary = free_port(), free_port(), Path(tempfile.mkdtemp(prefix="ray"))
    words = ["--head", f"--num-cpus={cores}", "--include-dashboard=false", f"--port={port}"]
    words += [f"--ray-client-server-port={client}", f"--temp-dir={temporary}", f"--node-ip-address={address}"]
    with _ray_start([*before, *_start(words)], environment, folder / "head.txt") as head:
        yield Cluster(
            head=head,
            client=f"ray://{address}:{client}",
            environment=environment | {"RAY_ADDRESS": f"{address}:{port}"},  # not another cluster of this machine
            temporary=temporary,
        )
    shutil.rmtree(temporary, ignore_errors=True)


def why_no_second_host() -> str | None:
    """Return why there can be no second host on this machine, or None."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        return f"no second host here: {', '.join(missing)} is not installed"
    if len(os.sched_getaffinity(0)) < 2:
        return "no second host here: it needs a core of its own"
    tried = subprocess.run(
        ["unshare", *NAMESPACES, "--fork", "mount", "-t", "tmpfs", "tmpfs", "/dev/shm"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return None if tried.returncode == 0 else f"no second host here: {tried.stderr.strip()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondHost:
    """A host of a cluster that shares no folder with the first."""

    process: psutil.Process

    def say(self, *command: str) -> str:
        """Return what a command says that is run there, in the folders that it has."""
        within = ["nsenter", f"--target={self.process.pid}", "--mount", "--pid", "--uts"]
        return subprocess.run([*within, *command], capture_output=True, text=True, check=True).stdout


@contextmanager
def two_hosts(own: Path, folder: Path) -> Iterator[tuple[Cluster, SecondHost]]:
    """Start a cluster of two hosts with a core each.

    Args:
        own: a folder that each host has its own of.
        folder: that takes what they say.
    """
    first, second = sorted(os.sched_getaffinity(0))[:2]
    with ExitStack() as held:
        _ip("link", "add", LINKS[0], "type", "veth", "peer", "name", LINKS[1])
        held.callback(_ip, "link", "delete", LINKS[0], check=False)  # it ended with the other end's host
        _ip("addr", "add", f"{HERE}/30", "dev", LINKS[0])
        _ip("link", "set", LINKS[0], "up")
        cluster = held.enter_context(cluster_of(1, folder, address=HERE, before=["taskset", "-c", str(first)]))
        address = cluster.environment["RAY_ADDRESS"]
        words = [f"--address={address}", f"--node-ip-address={THERE}", "--num-cpus=1"]
        command = ["unshare", *NAMESPACES, "--fork", "--mount-proc", "--kill-child", "sh", "-c", SECOND, "sh"]
        command += [str(own), str(cluster.temporary), "taskset", "-c", str(second), *_start(words)]
        log, ending = folder / "second.txt", signal.SIGKILL  # all in its namespaces ends with it
        process = held.enter_context(_ray_start(command, cluster.environment, log, _put_on_the_line, ending))
        yield cluster, SecondHost(process=_first_within(process))


def actor_at_work(parts: Sequence[int], run: subprocess.Popen[str]) -> psutil.Process:
    """Return the actor that has a trial under way for a run, of those below these processes of a cluster."""
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline and run.poll() is None:
        for process in [child for part in parts for child in psutil.Process(part).children(recursive=True)]:
            with suppress(psutil.Error):  # it has ended since
                is_actor = process.name().startswith("ray::_Hand")
                if is_actor and any(TRIAL in child.cmdline() for child in process.children()):
                    return process
        time.sleep(0.1)
    raise AssertionError(f"no actor has begun a trial: the run's exit code is {run.poll()}")


def _start(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "ray.scripts.scripts", "start", *words, "--block"]


@contextmanager
def _ray_start(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    begun: Callable[[subprocess.Popen[bytes]], None] = lambda _: None,
    ending: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a part of a cluster, and end it.

    Args:
        command: that starts it.
        environment: of its process.
        log: takes what it says.
        begun: is told of its process before that is waited for.
        ending: ends it.
    """
    with log.open("wb") as told, subprocess.Popen(command, env=environment, stdout=told, stderr=told) as process:
        try:
            begun(process)
            deadline = time.monotonic() + LONGEST_S
            while "--block" not in (said := log.read_text(encoding="utf-8")) and time.monotonic() < deadline:
                assert process.poll() is None, said
                time.sleep(0.2)
            yield process
        finally:
            process.send_signal(ending)


def _put_on_the_line(process: subprocess.Popen[bytes]) -> None:
    _ip("link", "set", LINKS[1], "netns", str(_first_within(process).pid))


def _first_within(process: subprocess.Popen[bytes]) -> psutil.Process:
    """Return the first process in the namespaces that another has made."""
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        if found := psutil.Process(process.pid).children():
            return found[0]
        time.sleep(0.05)
    raise AssertionError("no process began in namespaces of its own")


def _ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, capture_output=True)
