"""What breaks in DNS, and who breaks it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.lab import plan


if TYPE_CHECKING:
    from tests.lab.world import Lab

BOGON = ("10.10.34.34", "fd00::dead")
INSIDE = ("10.0.0.5", "fd00::5")


@contextmanager
def resolver(
    lab: "Lab",
    uplink: int = 1,
    how: str = "dead",
    seconds: float = 0.0,
    share: float = 1.0,
) -> Iterator[None]:
    """Break the ISP's resolver: ``dead``, ``refused``, ``silent`` or ``servfail``.

    ``ok`` with *seconds* is a slow one.
    """
    if how == "dead":
        ports = "meta l4proto { tcp, udp } th dport { 53, 853 } drop"
        with lab.filtered(f"core{uplink}", "input", ports):
            yield
        return
    usual = {"label": lab.isp(uplink).name}
    with lab.conduct("resolver", usual, mode=how, seconds=seconds, share=share):
        yield


@contextmanager
def udp53_filtered(lab: "Lab", uplink: int = 1, where: str = "core") -> Iterator[None]:
    """Drop all DNS over UDP, to whomever it goes, at ``core`` or ``cpe``."""
    with lab.filtered(f"{where}{uplink}", "prerouting", "udp dport 53 drop"):
        yield


@contextmanager
def interception(
    lab: "Lab", uplink: int = 1, where: str = "core", *, broken: bool = False
) -> Iterator[None]:
    """Lead all DNS over UDP to the ISP's resolver; *broken* and nothing answers it."""
    isp = lab.isp(uplink)
    rules = (
        f"meta nfproto ipv4 udp dport 53 dnat ip to {isp.resolver4}",
        f"meta nfproto ipv6 udp dport 53 dnat ip6 to {isp.resolver6}",
    )
    with ExitStack() as stack:
        stack.enter_context(lab.filtered(f"{where}{uplink}", "dnat", *rules))
        if broken:
            stack.enter_context(resolver(lab, uplink))
        yield


@contextmanager
def forged(
    lab: "Lab",
    uplinks: Sequence[int] = (1,),
    service: str = "code",
    answer: str = "bogon",
) -> Iterator[None]:
    """Let the ISP's resolver lie about one name.

    ``bogon``, ``blockpage``, ``nxdomain``, ``refused`` or ``servfail``.
    """
    host = plan.SERVICE[service].host
    with ExitStack() as stack:
        for number in uplinks:
            lie = {host: _lie(lab, number, answer)}
            usual = {"label": lab.isp(number).name}
            stack.enter_context(lab.conduct("resolver", usual, forge=lie))
        yield


@contextmanager
def split_horizon(
    lab: "Lab", uplinks: Sequence[int] = (1,), service: str = "code"
) -> Iterator[None]:
    """Let the resolver lead to a private address whose server is the genuine one.

    As an office does for what it keeps in its own rooms.
    """
    found = plan.SERVICE[service]
    four, six = INSIDE
    rules = (
        f"meta nfproto ipv4 ip daddr {four} dnat ip to {found.addresses4[0]}",
        f"meta nfproto ipv6 ip6 daddr {six} dnat ip6 to {found.addresses6[0]}",
    )
    with ExitStack() as stack:
        for number in uplinks:
            usual = {"label": lab.isp(number).name}
            stack.enter_context(lab.filtered(f"cpe{number}", "dnat", *rules))
            lie = {found.host: [*INSIDE]}
            stack.enter_context(lab.conduct("resolver", usual, forge=lie))
        yield


@contextmanager
def injected(
    lab: "Lab",
    uplinks: Sequence[int] = (1,),
    service: str = "code",
    answer: str = "bogon",
    *,
    swallow: bool = False,
) -> Iterator[None]:
    """Forge answers on the path, whoever is asked; the true one follows as well.

    *swallow* keeps the query from going on, so that only the forged answer comes.
    """
    name = plan.SERVICE[service].host
    with ExitStack() as stack:
        for number in uplinks:
            lie = _lie(lab, number, answer)
            stack.enter_context(
                lab.rule(
                    f"acc{number}", act="forge", name=name, answers=lie, swallow=swallow
                )
            )
        yield


def _lie(lab: "Lab", uplink: int, answer: str) -> list[str]:
    isp = lab.isp(uplink)
    match answer:
        case "nxdomain":
            return []
        case "refused" | "servfail":
            return [answer.upper()]
        case "blockpage":
            return [isp.blockpage4, isp.blockpage6]
        case _:
            return [*BOGON]
