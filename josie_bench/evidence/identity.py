"""Whose machine this is: the words that tell it, so that they can be kept out of what is written."""

from __future__ import annotations

import os
import pwd
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

NOBODY_IN_PARTICULAR = frozenset(
    (
        *("root", "user", "users", "nobody", "nonroot", "admin", "administrator", "default", "guest", "test", "worker"),
        *("ubuntu", "debian", "fedora", "ec2-user", "jovyan", "vagrant", "docker", "runner", "build", "builder", "app"),
        *("localhost", "localdomain", "home", "opt", "srv", "tmp"),
    )
)
SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|PASS(?:_|$)|PWD$|CREDENTIAL|API_?KEY|ACCESS_?KEY|_KEY(?:_|$)|PRIVATE|AUTH|COOKIE"
    r"|DSN(?:_|$)|WEBHOOK",
    re.IGNORECASE,
)
FOLDER_NAMES = ("PWD", "OLDPWD")  # the shell's, where it is and was
USER_VARIABLES = ("USER", "LOGNAME", "USERNAME", "SUDO_USER")
LEAST_SECRET = 8  # characters; a shorter value is a word such as `true`
LEAST_NAME = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What would tell whose machine it is.

    Attributes:
        homes: folders, absolute.
        users: names of the account and of the person.
        hosts: names of the machine.
        secrets: values of environment variables that are named like secrets, and what lets one in at an address.
    """

    homes: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


def identity_here(environment: Mapping[str, str]) -> Identity:
    """Return what would tell whose machine this is; names that many machines share tell nothing and are left out."""
    account = _account()
    homes = [environment.get("HOME", ""), *([account.pw_dir] if account else [])]
    users = [environment.get(name, "") for name in USER_VARIABLES]
    users += [account.pw_name, account.pw_gecos.partition(",")[0]] if account else []
    users += [Path(home).name for home in homes]
    host = socket.gethostname()
    hosts = [environment.get("HOSTNAME", ""), host, host.partition(".")[0]]
    return Identity(
        homes=_distinct(home.rstrip("/") for home in homes if len(home) > 1 and home.startswith("/")),
        users=_names(users),
        hosts=_names(hosts),
        secrets=_distinct(
            secret
            for name, value in environment.items()
            for secret in (*_named(name, value), *_credentials(value))
            if len(secret) >= LEAST_SECRET
        ),
    )


def _named(name: str, value: str) -> list[str]:
    """Return the value if its name is that of a secret; where one lies on the disk is none, and told as a path."""
    is_secret = SECRET_NAME.search(name) and name not in FOLDER_NAMES and not _is_there(value)
    return [value] if is_secret else []


def _is_there(value: str) -> bool:
    try:
        return value.startswith("/") and Path(value).exists()
    except OSError:  # too long for a name, or where one may not look
        return False


def _credentials(value: str) -> list[str]:
    """Return what lets one in at the address that a value is, whatever its name, also as it reads when it is decoded.

    The address itself is no secret: without credentials it stands in many a message that should stay readable. A name
    without a password is a token, as in `https://TOKEN@host`.
    """
    if "://" not in value or "@" not in value:
        return []
    try:
        found = urlsplit(value)
    except ValueError:
        return []
    key = found.password or found.username or ""
    return [key, unquote(key)]


def _account() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(os.getuid())
    except KeyError:  # a container may run under a number that has no name
        return None


def _names(words: Iterable[str]) -> tuple[str, ...]:
    return _distinct(word for word in words if len(word) >= LEAST_NAME and word.lower() not in NOBODY_IN_PARTICULAR)


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words once each, the longest first, so that none is found inside another."""
    return tuple(sorted(set(words), key=lambda word: (-len(word), word)))
