"""Refuses every connection that would leave this machine, in this process and in its children.

Python imports `sitecustomize` at start wherever this folder is on PYTHONPATH, so a subprocess of a test
is held to the same rule as the test. Names resolve to a refusal too: a lookup is a packet to a server.
"""

import ipaddress
import socket
from typing import Any

_LOCAL_NAMES = frozenset({"localhost", "", "0.0.0.0", "::", socket.gethostname()})  # noqa: S104 - compared, not bound
_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_getaddrinfo = socket.getaddrinfo


class NetworkRefusedError(OSError):
    """A test tried to leave the machine."""


def is_local(host: object) -> bool:
    """Whether a host is this machine."""
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_unless_local(family: int, address: Any) -> None:
    if family in {socket.AF_INET, socket.AF_INET6} and not is_local(address[0]):
        raise NetworkRefusedError(f"tests may not connect to {address[0]!r}: only to this machine")


def connect(self: socket.socket, address: Any) -> None:
    _refuse_unless_local(self.family, address)
    _connect(self, address)


def connect_ex(self: socket.socket, address: Any) -> int:
    _refuse_unless_local(self.family, address)
    return _connect_ex(self, address)


def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    if not is_local(host):
        raise NetworkRefusedError(f"tests may not look up {host!r}: only names of this machine")
    return _getaddrinfo(host, *args, **kwargs)


def refuse_other_hosts() -> None:
    """Put the guard in place for this process."""
    socket.socket.connect = connect  # type: ignore[method-assign]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = getaddrinfo


refuse_other_hosts()
