"""Tests reach this machine only: in their own process and in the processes they start."""

import socket
import subprocess
import sys

import pytest

DOCUMENTATION_ADDRESS = "192.0.2.1"  # RFC 5737: routed nowhere


def test_a_connection_to_another_host_is_refused() -> None:
    with socket.socket() as client, pytest.raises(OSError, match="only to this machine"):
        client.connect((DOCUMENTATION_ADDRESS, 443))


def test_a_name_of_another_host_is_not_looked_up() -> None:
    with pytest.raises(OSError, match="only names of this machine"):
        socket.create_connection(("host.example", 443), timeout=1)


def test_a_connection_to_this_machine_is_made() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as client,
    ):
        assert client.getpeername() == server.getsockname()


def test_a_subprocess_is_held_to_the_same_rule() -> None:
    code = f"import socket; socket.create_connection(('{DOCUMENTATION_ADDRESS}', 443), timeout=1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "NetworkRefusedError" in done.stderr
