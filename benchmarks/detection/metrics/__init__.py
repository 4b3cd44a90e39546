"""How well a detector did, by event, by range and by score; never point-adjusted."""

from benchmarks.detection.metrics.affiliation import affiliation
from benchmarks.detection.metrics.events import Alarm, Label, Tally, match
from benchmarks.detection.metrics.nab import nab_score
from benchmarks.detection.metrics.vus import vus_pr


__all__ = ["Alarm", "Label", "Tally", "affiliation", "match", "nab_score", "vus_pr"]
