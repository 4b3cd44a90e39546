"""What a reader outside may see of the facts, before anything is written."""

from dataclasses import replace

from rabta.model import Evidence, Message
from rabta.report.facts import Incident, Report
from rabta.report.troubles import of_all


def disclosed(report: Report) -> Report:
    """Return *report* without what is none of its reader's business.

    A provider learns that another line worked, and not whose it is.
    """
    if report.audience != "isp":
        return report
    return replace(report, incidents=tuple(map(_of_one_line, report.incidents)))


def _of_one_line(one: Incident) -> Incident:
    if of_all(one):  # its sentence and its evidence name every line
        says = Message.of("report.isp.all_lines")
        return replace(one, sentence=says, evidence=())
    facts = (_unnamed(fact) for fact in one.evidence)
    return replace(one, evidence=tuple(fact for fact in facts if fact is not None))


def _unnamed(fact: Evidence) -> Evidence | None:
    """Tell of another line without its name; None where nothing is known of it."""
    if not fact.id.startswith("other-"):
        return fact
    state = fact.id.rpartition("-")[2]
    if state == "unknown":
        return None
    key = "report.isp.other_line" if state == "up" else "report.isp.other_line_not"
    return replace(fact, id=f"other-{state}", says=Message.of(key))
