"""The probe's own wireless link."""

from dataclasses import dataclass

from rabta.sources.atlas_record.common import Result, failed, synchronised
from rabta.sources.atlas_record.fields import Object, filled, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Wifi(Result):
    """How a probe is joined to its wireless network."""

    address: str | None = text("address")
    bssid: str | None = text("bssid")
    connect_time: str | None = text("connect-time")
    group_cipher: str | None = text("group_cipher")
    supplicant: str | None = text("id")
    ip_address: str | None = text("ip_address")
    key_management: str | None = text("key_mgmt")
    mode: str | None = text("mode")
    pairwise_cipher: str | None = text("pairwise_cipher")
    ssid: str | None = text("ssid")
    state: str | None = text("wpa_state")


def wifi(raw: Object) -> Wifi:
    """Read how a probe is joined to its wireless network."""
    told = raw.get("wpa_supplicant")
    more = told if isinstance(told, dict) else {}
    return filled(Wifi, more | raw, error=failed(raw), since_sync=synchronised(raw))
