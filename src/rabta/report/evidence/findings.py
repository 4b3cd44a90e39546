"""What verifying finds: sentences that are proven, not proven, or broken."""

from dataclasses import dataclass, field
from enum import StrEnum

from rabta.model import Message
from rabta.model.message import Arg


class Mark(StrEnum):
    """How a sentence stands."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence on what was checked."""

    mark: Mark
    says: Message


@dataclass(slots=True)
class Findings:
    """All of them, in the order in which things were checked."""

    found: list[Finding] = field(default_factory=list)

    @property
    def broken(self) -> bool:
        """Whether anything is."""
        return any(one.mark is Mark.BROKEN for one in self.found)

    def proves(self, key: str) -> bool:
        """Whether the sentence *key* of the evidence is proven."""
        return any(one.says.key == f"verify.proven.{key}" for one in self.found)

    def proven(self, key: str, **args: Arg) -> None:
        """Add what is proven; *key* without ``verify.proven.``."""
        self._add(Mark.PROVEN, key, args)

    def unproven(self, key: str, **args: Arg) -> None:
        """Add what is not proven."""
        self._add(Mark.UNPROVEN, key, args)

    def breaks(self, key: str, **args: Arg) -> None:
        """Add what is broken."""
        self._add(Mark.BROKEN, key, args)

    def _add(self, mark: Mark, key: str, args: dict[str, Arg]) -> None:
        says = Message.of(f"verify.{mark}.{key}", **args)
        self.found.append(Finding(mark, says))
