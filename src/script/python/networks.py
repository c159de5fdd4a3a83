"""Networks as a configuration writes them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any, NoReturn

_KINDS = (ipaddress.IPv4Network, ipaddress.IPv6Network, ipaddress.IPv4Address, ipaddress.IPv6Address)
_MAPPED = ipaddress.ip_network("::ffff:0:0/96")


def network(one: Any, refuse: Callable[[str], NoReturn]) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """What is written there; refuse: raises, with a text that says what to write."""
    text = str(one).strip() if isinstance(one, (str, *_KINDS)) else ""
    try:
        found = ipaddress.ip_interface(text).network
    except ValueError:
        refuse(f"{one!r} is not a network: write '10.0.0.0/8', '2001:db8::/32', or an address")
    if found.version == 6 and found.network_address.scope_id:
        refuse(f"{text!r}: a network has no zone, leave out what begins with '%'")
    if found.version == 6 and found.subnet_of(_MAPPED):
        refuse(f"{text!r} holds IPv4 addresses: write it as a network of IPv4")
    try:
        ipaddress.ip_network(text)
    except ValueError:
        alone = text.partition("/")[0]
        how = f"write {str(found)!r} for the network, or {alone!r} for it alone"
        refuse(f"{text!r} is an address within a network: {how}")
    return found
