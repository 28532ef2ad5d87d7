"""The command line: one file is one subcommand. Nothing heavy is imported until a subcommand runs."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, TextIO

import click
from click.shell_completion import CompletionItem

from josie_bench import __version__
from josie_bench.errors import JosieBenchError

SUBCOMMANDS = {
    "run": "Run a suite and write its reports.",
    "best": "Measure engines beside each other and say which to take, component by component.",
    "narrow": "Hold narrower engines against the reference and say how narrow each component may be.",
    "compare": "Hold one run against another, or measure two sides interleaved, with a verdict to gate on.",
    "matrix": "Show runs of many machines beside each other, normalised where they may be compared.",
    "calibrate": "Measure how far runs of one build lie apart here: the margins of compare.",
    "history": "Keep runs over time, find where they step, and draw them.",
    "baseline": "Name runs that others are held against.",
    "plan": "Say what a run would do: cases, minutes, engines to build, what is skipped.",
    "check": "Check suites and recipes without running them.",
    "build": "Build the engines a suite needs.",
    "bisect": "Name the first layer at which an engine leaves the reference.",
    "profile": "Say what binds each component: bandwidth, compute, dispatch or kernels, and how far from the roof.",
    "engines": "List, look into, verify, trust and clear away built engines.",
    "report": "Draw the reports of a finished run again.",
    "result": "Verify a run's folder, and bring a result to the present schema.",
    "bundle": "Write a run as one archive to hand on, without what is private.",
    "export": "Write a run's numbers in the format of another tool.",
    "loadgen": "Let MLPerf LoadGen ask a case's engines, and set its figures beside ours.",
    "model": "Say what a preset holds, computes and reads in a window, and what that costs a GPU at least.",
    "claims": "Hold what the paper says against arithmetic and against a run, statement by statement.",
    "fit": "Say what fits into a GPU's memory: sessions, window, context, resolution; and what to change.",
    "weights": "Bring in published weights, and look into files of weights.",
    "train": "Train the small model from corpora, as a recipe says; goes on where it was cut off.",
    "look": "Say what a vision encoder's tokens hold, drawn and read.",
    "judge": "Say what outside judges make of speech behind a codec's codes.",
    "rate": "Let people rate the sounds that a run kept, and read what they gave.",
    "probe": "Say which phoneme each code of a codec tells by itself.",
    "corpus": "List, fetch and verify corpora of speech, pictures and dialogues.",
    "metrics": "List the metrics, and explain what one means.",
    "list": "List backends, metrics, scenarios, presets, suites and recipes.",
    "plugin": "Examine a backend or metric that another package brings.",
    "doctor": "Look at this machine and say what would spoil a measurement.",
}
OUR_OWN_BUG = 70
READER_GONE = 141  # as a shell says of a program that SIGPIPE ended; 1 would say that a gate is broken
INTERRUPTED = {signal.SIGINT: 130, signal.SIGTERM: 143}


class LazyGroup(click.Group):
    """A group whose subcommands are imported when they are called; their help lines stand here."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands in the order they are used."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the subcommand, or None if there is no such."""
        if cmd_name not in SUBCOMMANDS:
            return None
        module = importlib.import_module(f"josie_bench.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUBCOMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the subcommands and options that begin so, for a shell, without importing any."""
        found = [CompletionItem(name, help=line) for name, line in SUBCOMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the subcommand; an unknown one names the near one."""
        from josie_bench.plugins import unknown_name

        if args and args[0] not in SUBCOMMANDS and not args[0].startswith("-"):
            ctx.fail(unknown_name("command", args[0], SUBCOMMANDS))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; that nobody reads its output any more has an exit code of its own."""
        try:
            return super().invoke(ctx)
        except (BrokenPipeError, SystemExit) as error:
            leave_unread(error)
            ctx.exit(READER_GONE)


def leave_unread(error: BrokenPipeError | SystemExit) -> None:
    """Print into the void from now on, for nobody reads it; raise the error again if it says something else.

    rich leaves with 1 where nobody reads what it prints, and is silent from then on.
    """
    if not isinstance(error, BrokenPipeError) and not isinstance(error.__context__, BrokenPipeError):
        raise error
    into_the_void(sys.stdout)


def into_the_void(stream: TextIO) -> None:
    """Let what is printed go nowhere, what is still to be written included."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="josie-bench")
def group() -> None:
    """Does this machine hold a full-duplex speech-and-vision conversation?

    josie-bench run realtime
    """


def main() -> None:
    """Run the command line; every error a user can mend is one line and an exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = group.main(standalone_mode=False)
    except click.exceptions.Exit as leave:
        code = leave.exit_code
    except click.ClickException as error:
        _complain(error)
        code = error.exit_code
    except JosieBenchError as error:
        click.echo(f"error: {error}", err=True)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort) as stop:
        is_terminated = isinstance(stop, Terminated) or isinstance(stop.__cause__, Terminated)
        code = INTERRUPTED[signal.SIGTERM if is_terminated else signal.SIGINT]
    except OSError as error:
        click.echo(f"error: {error.filename or Path.cwd()}: {error.strerror or error}", err=True)
        code = 2
    except Exception:  # noqa: BLE001  our own bug: the traceback stays, and the code tells it from a broken gate
        traceback.print_exc()
        code = OUR_OWN_BUG
    _say_the_rest()
    sys.exit(code if isinstance(code, int) else 0)


def _complain(error: click.ClickException) -> None:
    """Say in one line what is wrong with the words and where the right ones are told; help where there are none."""
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):  # from click 8.2 on
        error.show()
        return
    context = error.ctx if isinstance(error, click.UsageError) else None
    told = "" if context is None else f" ({context.command_path} --help)"
    said = " ".join(error.format_message().split()).rstrip(".")
    click.echo(f"error: {said}{told}", err=True)


def _say_the_rest() -> None:
    """Write what is still to be written; Python would do it when it ends, and leave with 120 where nobody reads it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            into_the_void(stream)


class Terminated(KeyboardInterrupt):
    """SIGTERM came; whatever can be kept is kept, as after Ctrl-C."""


def _terminate(*_: object) -> None:
    raise Terminated
