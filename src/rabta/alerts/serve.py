"""The daemon's worker: ``python -m rabta.alerts.serve STORE [--config FILE]``."""

from rabta.alerts.channels import runners
from rabta.outbox.serve import main


if __name__ == "__main__":
    main(runners)
