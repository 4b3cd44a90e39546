"""Faults, injected for real. Each is a context: broken inside, whole again after."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from . import content, domain, line, path


Fault = Callable[..., AbstractContextManager[Any]]

FAULTS: dict[str, Fault] = {
    "link-down": line.link_down,
    "address-lost": line.address_lost,
    "address-conflict": line.address_conflict,
    "no-default-route": line.no_default_route,
    "gateway-dead": line.gateway_dead,
    "gateway-silent": line.gateway_silent,
    "wifi": line.wifi,
    "captive-portal": line.captive_portal,
    "captive-names": line.captive_names,
    "http-notice": line.http_notice,
    "power-lost": line.power_lost,
    "first-hop-dead": path.first_hop_dead,
    "upstream-cut": path.upstream_cut,
    "isolated": path.isolated,
    "corridor": path.corridor,
    "all-cut": path.all_cut,
    "loss": path.loss,
    "slow-line": path.slow_line,
    "ipv6-dead": path.ipv6_dead,
    "toward": path.toward,
    "anycast-down": path.anycast_down,
    "domestic": path.domestic,
    "icmp-filtered": path.icmp_filtered,
    "resolver": domain.resolver,
    "udp53-filtered": domain.udp53_filtered,
    "dns-interception": domain.interception,
    "dns-forged": domain.forged,
    "dns-injected": domain.injected,
    "split-horizon": domain.split_horizon,
    "ip-blocked": content.ip_blocked,
    "sni-blocked": content.sni_blocked,
    "http-blocked": content.http_blocked,
    "quic-blocked": content.quic_blocked,
    "quic-name-blocked": content.quic_name_blocked,
    "ech-blocked": content.ech_blocked,
    "throttled": content.throttled,
    "service-down": content.service_down,
    "service-slow": content.service_slow,
    "helper-down": content.helper_down,
    "vantage-at-home": content.vantage_at_home,
}
