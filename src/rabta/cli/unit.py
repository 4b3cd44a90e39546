"""The systemd unit that ``rabta up --print-unit`` prints."""

import sys
from collections.abc import Sequence


# No NoNewPrivileges, nor anything that implies it (systemd.exec(5)): it would take away
# the file capability that ``rabta doctor`` recommends.
_UNIT = """\
# Install: rabta up --print-unit > ~/.config/systemd/user/rabta.service
#          systemctl --user enable --now rabta
#          loginctl enable-linger            (so that it runs while nobody is logged in)
[Unit]
Description=Rabta: measure every uplink, name what is broken
Wants=network.target
After=network.target

[Service]
ExecStart={program} -m rabta up{options}
Restart=on-failure
RestartSec=5
TimeoutStopSec=20
Nice=5

[Install]
WantedBy=default.target
"""


# What it may do as a service of the system: send ICMP, and write what its user may, as
# queued work brings files home. No capability reaches further: the bounding set.
_SYSTEM = """\
# Install: rabta up --print-unit=system | sudo tee /etc/systemd/system/rabta.service
#          sudo systemctl enable --now rabta
# It runs as {user}, with that user's store and configuration, so that 'rabta status'
# and 'rabta run' need no option; queued commands run under these limits, too.
[Unit]
Description=Rabta: measure every uplink, name what is broken
Wants=network.target
After=network.target

[Service]
User={user}
ExecStart={program} -m rabta up{options}
Restart=on-failure
RestartSec=5
TimeoutStopSec=20
Nice=5
AmbientCapabilities={rights}
CapabilityBoundingSet={rights}
NoNewPrivileges=yes
ProtectSystem=full
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
"""


def unit(
    options: Sequence[str] = (),
    *,
    program: str = sys.executable,
    user: str = "",
    steers: bool = False,
) -> str:
    """Return a unit that runs this very installation with the *options* of up.

    A unit of the system that runs as *user*, or one of the user's own without; with
    the right to set routes where it *steers*.
    """
    # The colon keeps dollar signs as they are (systemd.service(5), 244 and newer).
    return (_SYSTEM if user else _UNIT).format(
        program=_quoted(f":{program}"),
        options="".join(f" {_quoted(option)}" for option in options),
        user=user.replace("%", "%%"),
        rights="CAP_NET_RAW CAP_NET_ADMIN" if steers else "CAP_NET_RAW",
    )


def _quoted(word: str) -> str:
    """Quote *word* as systemd.syntax(7) and systemd.unit(5), "Specifiers", ask."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
