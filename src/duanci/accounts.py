"""Who may use the web server: names with hashed passwords, and where it may listen without them."""

import base64
import hmac
import ipaddress
import re
import secrets
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerificationError, VerifyMismatchError

from duanci.errors import ConfigError

_PASSWORD_MIN = 10  # characters
_HOW = "make the line with `duanci password NAME`"
_NAME = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_HASH = re.compile(  # at most 1 GB and 99 rounds, or each request would cost more than it protects
    r"(\$argon2(?:id|i|d)\$v=19\$)m=([1-9]\d{0,5}),t=[1-9]\d?,p=([1-9]\d?)"
    r"(\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,})",
    re.ASCII,
)
_HASHER = PasswordHasher()


class Accounts:
    """Names, and the argon2 hashes of their passwords."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = dict(hashes)
        self._dummies = [_make_dummy(text) for text in hashes.values()]
        self._key = secrets.token_bytes(32)

    def check(self, name: str, password: str) -> bool:
        """Tell whether the password is the name's; an unknown name takes as long as a known one.

        :raises VerificationError: argon2 cannot have the memory that a hash asks for.
        """
        known = self._hashes.get(name)
        # Always the same dummy for a name, as hashes of different cost take different time.
        lot = int.from_bytes(hmac.digest(self._key, name.encode(), "sha256"), "big")
        dummy = self._dummies[lot % len(self._dummies)]
        try:
            _HASHER.verify(known or dummy, unicodedata.normalize("NFC", password))
        except VerifyMismatchError:
            return False
        return known is not None


def make_line(name: str, password: str) -> str:
    """Make the line of an account, `name:hash`.

    :param name: 1 to 64 of the letters a-z and A-Z, digits, and `._-@`.
    :param password: at least 10 characters, none of them a control character.
    :raises ConfigError: the name or the password is not so.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} cannot be a name: expected 1 to 64 letters a-z, digits and ._-@"
        )
    password = unicodedata.normalize("NFC", password)
    if len(password) < _PASSWORD_MIN:
        raise ConfigError(
            f"the password has {len(password)} characters, expected at least {_PASSWORD_MIN}: "
            "choose a longer one"
        )
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in password):
        raise ConfigError(
            "the password has a control character, which no browser sends: choose another"
        )
    return f"{name}:{_HASHER.hash(password)}"


def read_accounts(file: Path) -> Accounts:
    """Read the accounts of a file: lines `name:hash`; blank lines and # comments do not count.

    :raises ConfigError: the file cannot be read or has no account, or a line is none.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        why = "it is not UTF-8" if isinstance(exc, ValueError) else exc.strerror
        raise ConfigError(
            f"{file}: cannot be read ({why}); expected lines name:hash: {_HOW}"
        ) from exc
    hashes: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, _, hash_ = line.strip().partition(":")
            if problem := _find_problem(name, hash_, hashes):
                raise ConfigError(f"{file}:{number}: {problem}")
            hashes[name] = hash_
    if not hashes:
        raise ConfigError(f"{file}: no account found, expected lines name:hash: {_HOW}")
    return Accounts(hashes)


def check_listening(host: str, has_accounts: bool, no_auth: bool) -> None:
    """Check that whoever can reach the server is asked for a password.

    :param host: the address to listen on.
    :raises ConfigError: others than this machine can reach it, and nothing asks them.
    """
    if not (is_loopback(host) or has_accounts or no_auth):
        raise ConfigError(
            f"listening on {host or 'every address'} opens the server to other machines, and it "
            "has no accounts: give --auth-file FILE, or --no-auth to let everyone in"
        )


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine only: localhost, 127.0.0.0/8 or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _find_problem(name: str, hash_: str, others: Mapping[str, str]) -> str:
    """Say in one line what is wrong with an account, never its password; empty if nothing is."""
    if not hash_ or not _NAME.fullmatch(name):
        return f"no account, expected name:hash: {_HOW}"
    if name in others:
        return f"{name} has a line already, expected one for each name: remove one of them"
    if not hash_.startswith("$argon2"):
        return f"the password of {name} is plain text, expected its argon2 hash: {_HOW}"
    if not _is_hash(hash_):
        return f"the hash of {name} is damaged or out of bounds, expected argon2's: {_HOW}"
    return ""


def _is_hash(text: str) -> bool:
    found = _HASH.fullmatch(text)
    if not found or int(found[2]) < 8 * int(found[3]):
        return False
    try:  # at the least cost, argon2 tells at once whether it can read salt and hash
        return _HASHER.verify(f"{found[1]}m=8,t=1,p=1{found[4]}", "")
    except VerificationError as exc:
        return isinstance(exc, VerifyMismatchError)


def _make_dummy(hash_: str) -> str:
    """Make a hash that costs as much as another to verify, and that no password has."""
    random = base64.b64encode(secrets.token_bytes(extract_parameters(hash_).hash_len))
    return f"{hash_.rpartition('$')[0]}${random.decode().rstrip('=')}"
