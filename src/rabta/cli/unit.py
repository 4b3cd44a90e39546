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


def unit(options: Sequence[str] = (), *, program: str = sys.executable) -> str:
    """Return a user unit that runs this very installation with the *options* of up."""
    # The colon keeps dollar signs as they are (systemd.service(5), 244 and newer).
    return _UNIT.format(
        program=_quoted(f":{program}"),
        options="".join(f" {_quoted(option)}" for option in options),
    )


def _quoted(word: str) -> str:
    """Quote *word* as systemd.syntax(7) and systemd.unit(5), "Specifiers", ask."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
