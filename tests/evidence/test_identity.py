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


@pytest.mark.parametrize(
    "name",
    [
        *("HF_TOKEN", "aws_secret", "DB_PASSWORD", "DB_PASS", "DBPASS", "PASS_WORDS", "MYSQL_PWD", "KEY_PASSPHRASE"),
        *(
            "MY_API_KEY",
            "SIGNING_KEY",
            "ENCRYPTION_KEY",
            "WANDB_KEY",
            "SSH_KEY_DATA",
            "SENTRY_DSN",
            "SLACK_WEBHOOK_URL",
        ),
    ],
)
def test_the_value_of_a_variable_named_like_a_secret_is_one(name):
    assert identity_here({name: "abcdefgh"}).secrets == ("abcdefgh",)
    assert identity_here({name: "/abcd+efgh/ij"}).secrets == ("/abcd+efgh/ij",)  # base64 may begin like a path
    assert identity_here({name: "/" + 300 * "a"}).secrets == ("/" + 300 * "a",)  # too long for a path
    assert identity_here({name: "short"}).secrets == ()


@pytest.mark.parametrize("name", ["PATH", "PWD", "OLDPWD", "KEYBOARD", "PASSENGER", "HOME_URL"])
def test_the_value_of_another_variable_is_none(name):
    assert identity_here({name: "/gone/abcdefghijkl"}).secrets == ()


def test_where_a_secret_lies_is_none(tmp_path):
    assert identity_here({"SSH_AUTH_SOCK": str(tmp_path)}).secrets == ()


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        ("postgres://me:hunter2hunter2@db.example:5432/x", ("hunter2hunter2",)),
        ("redis://:p%40ssw0rd%21@cache.example", ("p%40ssw0rd%21", "p@ssw0rd!")),
        ("https://abcdef0123456789@host.example/x", ("abcdef0123456789",)),
        ("https://hub.example/me@home", ()),
        ("https://hub.example/x", ()),
        ("https://[bad:hunter2hunter2@x", ()),
    ],
)
def test_of_an_address_what_lets_one_in_is_secret(value, secrets):
    assert identity_here({"DATABASE_URL": value, "http_proxy": value}).secrets == secrets


def test_the_account_is_asked_and_a_number_without_a_name_is_none(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)
    assert identity_here({}).homes == ()
