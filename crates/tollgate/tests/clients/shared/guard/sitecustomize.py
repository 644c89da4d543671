"""Keeps a client's tests on this machine: a look-up or connection to elsewhere is refused, and noted for the runner.

Loaded by Python itself at the start of each process, so that the client stays as it is. An audit hook sees every socket,
also those of libraries that bring their own event loop's code.
"""

import ipaddress
import os
import sys


def is_here(host):
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


def refuse(host):
    with open(os.environ["TOLLGATE_OUTBOUND"], "a") as noted:
        noted.write(f"{host}\n")
    raise PermissionError(f"tests stay on this machine: {host} is elsewhere")


def watch(event, arguments):
    if event == "socket.getaddrinfo" and not is_here(arguments[0]):
        refuse(arguments[0])
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and not is_here(address[0]):
            refuse(address[0])


if "TOLLGATE_OUTBOUND" in os.environ:
    sys.addaudithook(watch)
