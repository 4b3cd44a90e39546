"""The systemd unit that ``rabta up --print-unit`` prints."""

import sys


_UNIT = """\
# Install: rabta up --print-unit > ~/.config/systemd/user/rabta.service
#          systemctl --user enable --now rabta
#          loginctl enable-linger            (so that it runs while nobody is logged in)
[Unit]
Description=Rabta: measure every uplink, name what is broken
Wants=network.target
After=network.target

[Service]
ExecStart={python} -m rabta up
Restart=on-failure
RestartSec=5
TimeoutStopSec=20
Nice=5
AmbientCapabilities=
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""


def unit() -> str:
    """Return a user unit that runs this very installation."""
    return _UNIT.format(python=sys.executable)
