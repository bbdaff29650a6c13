"""Listening: where a server can be reached, under which names, and from other machines."""

import socket
from urllib.parse import urlsplit

from armillary.core.errors import BadInput

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def proxy_of(behind: str) -> tuple[str, str]:
    """Return scheme and host of the address under which a proxy shows the server.

    Parameters
    ----------
    behind
        As a browser has it.

    Raises
    ------
    BadInput
        If it is no address.
    """
    parts = urlsplit(behind)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BadInput(
            f"--behind {behind!r} is no address: write it as the browser shows it, for instance "
            "https://hub.example/user/me/proxy/8321/"
        )
    return parts.scheme, parts.netloc.rpartition("@")[2].lower()


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Parameters
    ----------
    host, port
        Where; port 0 takes a free one.

    Raises
    ------
    BadInput
        If the port is taken, or the host is not ours.
    """
    name = host.strip("[]")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, proto)
    except (OSError, UnicodeError, OverflowError) as error:
        raise BadInput(
            f"cannot listen on {host}: {error}. Leave --host out for this machine"
        ) from error
    try:
        alone = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)  # Windows, where REUSEADDR shares
        made.setsockopt(socket.SOL_SOCKET, alone or socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(128)
    except (OSError, OverflowError) as error:
        made.close()
        raise BadInput(
            f"port {port} of {host} cannot be had ({error}): choose another with --port, or leave "
            "it out for a free one"
        ) from error
    return made


def is_any(host: str) -> bool:
    """Tell whether a host stands for every address of this machine."""
    return host in ("0.0.0.0", "::", "")


def names_of(host: str) -> tuple[str, ...]:
    """Return what a host is called: where that is every address of this machine, all of them."""
    if not is_any(host):
        return (host.lower(),)
    name = socket.gethostname().lower()
    try:
        known = {str(found[4][0]) for found in socket.getaddrinfo(name, None)}
    except OSError:
        known = set[str]()
    return (name, *sorted(known))


def bracketed(host: str) -> str:
    """Return a host as an address has it: of version 6, in brackets."""
    return f"[{host}]" if ":" in host else host
