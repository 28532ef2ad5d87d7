"""Whose machine this is: what tells it and what many machines share."""

from __future__ import annotations

import socket

import pytest

from josie_bench.evidence import identity
from josie_bench.evidence.identity import NOBODY_IN_PARTICULAR, identity_here


@pytest.fixture(autouse=True)
def _nobody(monkeypatch):
    """Leave the machine that runs the tests out of it."""
    monkeypatch.setattr(identity, "_account", lambda: None)
    monkeypatch.setattr(socket, "gethostname", lambda: "localhost")


def test_home_user_and_host_come_from_the_environment_too():
    found = identity_here({"HOME": "/home/maria/", "SUDO_USER": "jo-hn", "HOSTNAME": "whale42.lab"})
    assert found.homes == ("/home/maria",)
    assert found.users == ("jo-hn", "maria")
    assert found.hosts == ("whale42.lab",)


def test_the_first_label_of_the_host_tells_it_as_well(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "whale42.lab.example")
    assert identity_here({}).hosts == ("whale42.lab.example", "whale42")


@pytest.mark.parametrize("name", [*sorted(NOBODY_IN_PARTICULAR), "ab", ""])
def test_a_name_that_many_share_or_that_is_too_short_tells_nothing(name):
    found = identity_here({"USER": name, "HOSTNAME": name.upper()})
    assert (found.users, found.hosts) == ((), ())


def test_the_root_of_the_file_system_is_nobodys_home():
    assert identity_here({"HOME": "/"}).homes == ()
    assert identity_here({"HOME": "relative"}).homes == ()


def test_values_of_variables_named_like_secrets_are_secrets():
    found = identity_here(
        {
            "HF_TOKEN": "abcdefgh1", "aws_secret": "abcdefgh22", "DB_PASSWORD": "abcdefgh333", "MY_API_KEY": "short",
            "PATH": "abcdefghijkl", "SSH_AUTH_SOCK": "/tmp/agent.12",
        }
    )  # fmt: skip
    assert found.secrets == ("abcdefgh333", "abcdefgh22", "abcdefgh1")


def test_the_account_is_asked_and_a_number_without_a_name_is_none(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)
    assert identity_here({}).homes == ()
