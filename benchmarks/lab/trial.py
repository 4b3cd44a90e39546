"""One case of the matrix: break, wait for the verdict, mend, wait until all is fine."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.lab.cases import Case
from tests.lab import Lab
from tests.lab.daemon import Codes, Rabta, Told, all_fine, codes_of
from tests.lab.plan import ISPS


STANDS = 2.0
RECOVERY = 90.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case."""

    row: str
    variant: str
    uplinks: int
    expected: str
    got: str
    """The code that stood at the end; of several entities the first that is wrong."""
    seconds: float | None
    """From the fault to the verdict; None when it was not the one expected."""
    first: str
    """The first word said of the entity that was not ``fine``."""
    lan: bool
    """Whether the LAN was accused of a remote fault at any moment."""
    healed: float | None
    """Seconds from the end of the fault until all was fine."""
    story: str
    """Every change of a verdict of uplinks and of the service, with its second."""
    words: tuple[tuple[str, float], ...]
    """What was told of the entities meanwhile, with the highest confidence of each."""
    rungs: str
    """How the rungs stood when it was missed or the LAN accused; empty otherwise."""

    @property
    def exact(self) -> bool:
        return self.got == self.expected


def entities(case: Case) -> list[str]:
    """Name the entities whose verdict is expected to be the case's."""
    if case.service:
        return [f"service/{case.service}"]
    return [f"uplink/{ISPS[number - 1].name}" for number in case.uplinks]


def run(lab: Lab, rabta: Rabta, case: Case, patience: float) -> Outcome:
    """Break, wait up to *patience* seconds, mend, wait."""
    concerned = entities(case)
    if case.code == "fine":
        return _stay_fine(lab, rabta, case, patience / 2)

    def named(codes: Codes) -> bool:
        return all(codes.get(entity) == case.code for entity in concerned)

    with ExitStack() as stack:
        if case.load:
            stack.enter_context(_busy(lab, case.load))
        begun = _inject(lab, case, stack)
        since = rabta.wait(named, patience, STANDS)
        codes = dict(rabta.codes)
        rungs = "" if since is not None else _rungs(rabta.status, concerned)
    mended = time.monotonic()
    said = [c for t, c in rabta.changes if begun <= t <= mended]
    if since is not None:
        got = case.code
    else:
        wrong = [codes.get(e, "nothing") for e in concerned]
        got = next((code for code in wrong if code != case.code), "unsteady")
    lan = case.remote and _accuses_lan(said)
    if lan:
        rungs = next(
            _rungs(status, concerned)
            for at, status in rabta.shown
            if at >= begun and _accuses_lan([codes_of(status)])
        )
    fine = rabta.wait(all_fine, RECOVERY, 1.0)
    return Outcome(
        row=case.row,
        variant=case.variant,
        uplinks=len(lab.isps),
        expected=case.code,
        got=got,
        seconds=None if since is None else round(since - begun, 2),
        first=_first_word(said, concerned),
        lan=lan,
        healed=None if fine is None else round(fine - mended, 1),
        story=_story(rabta, begun, mended, concerned),
        words=_words(rabta.told, begun, mended, concerned),
        rungs=rungs,
    )


def _stay_fine(lab: Lab, rabta: Rabta, case: Case, seconds: float) -> Outcome:
    concerned = entities(case)
    with ExitStack() as stack:
        begun = _inject(lab, case, stack)
        time.sleep(seconds)
        said = [c for t, c in rabta.changes if t >= begun]
        rungs = _rungs(rabta.status, concerned)
    mended = time.monotonic()
    first = _first_word(said, concerned)
    rabta.wait(all_fine, RECOVERY, 1.0)
    return Outcome(
        row=case.row,
        variant=case.variant,
        uplinks=len(lab.isps),
        expected="fine",
        got=first or "fine",
        seconds=None,
        first=first,
        lan=_accuses_lan(said),
        healed=None,
        story=_story(rabta, begun, time.monotonic(), concerned),
        words=_words(rabta.told, begun, mended, concerned),
        rungs=rungs if first else "",
    )


def _words(
    told: list[Told], begun: float, end: float, concerned: list[str]
) -> tuple[tuple[str, float], ...]:
    found: dict[tuple[str, str], float] = {}
    for at, entity, code, confidence in told:
        if begun <= at <= end and entity in concerned and code != "fine":
            key = (entity, code)
            found[key] = max(confidence, found.get(key, 0.0))
    return tuple((code, confidence) for (_, code), confidence in found.items())


def _rungs(status: dict[str, Any], concerned: list[str]) -> str:
    """Say how the rungs of the uplinks, or the lines to the service, stand."""
    parts = []
    for one in status.get("uplinks", ()):
        if one["verdict"]["entity"] in concerned or concerned[0].startswith("service"):
            for line in one["lines"]:
                states = " ".join(
                    f"{rung['group'] or rung['rung']} {rung['state']}"
                    f" {1000 * (rung['rtt_seconds'] or 0):.0f} ms"
                    f" {rung['loss_ratio'] or 0:.2f},"
                    for rung in line["rungs"]
                )
                parts.append(f"{one['uplink']['name']} v{line['family']}: {states}")
    for one in status.get("services", ()):
        if f"service/{one['name']}" in concerned:
            parts += [f"{cell}" for cell in one["cells"]]
    return "; ".join(parts)


def _inject(lab: Lab, case: Case, stack: ExitStack) -> float:
    """Break everything in its time; return when the last part broke."""
    begun = time.monotonic()
    for fault in sorted(case.faults, key=lambda one: one.after):
        time.sleep(max(0.0, begun + fault.after - time.monotonic()))
        stack.enter_context(lab.fault(fault.name, *fault.words, **fault.named))
    return begun + max(fault.after for fault in case.faults)


@contextmanager
def _busy(lab: Lab, uplink: int) -> Iterator[None]:
    """Download over one uplink without end."""
    isp = lab.isp(uplink)
    script = "while :; do curl -s -o /dev/null http://111.68.1.10/bytes/5000000; done"
    if isp.number:
        script = script.replace("curl", f"curl --interface {isp.interface}")
    with lab.popen(["sh", "-c", script], start_new_session=True) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, 9)


def _first_word(said: list[Codes], concerned: list[str]) -> str:
    for codes in said:
        for entity in concerned:
            if codes.get(entity, "fine") != "fine":
                return codes[entity]
    return ""


def _story(rabta: Rabta, begun: float, end: float, concerned: list[str]) -> str:
    told: Codes = {}
    parts = []
    for at, codes in rabta.changes:
        for entity, code in codes.items():
            fit = entity in concerned or entity.startswith("uplink/")
            if fit and told.get(entity) != code:
                told[entity] = code
                if begun <= at <= end:
                    parts.append(f"{at - begun:.1f} {entity.split('/')[1]} {code}")
    return ", ".join(parts)


def _accuses_lan(said: list[Codes]) -> bool:
    words = {
        code
        for codes in said
        for entity, code in codes.items()
        if entity.startswith("uplink/")
    }
    return any(code.startswith(("lan-", "local-")) for code in words)
