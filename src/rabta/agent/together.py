"""Parts that only together say how much there was: pages of a day, files of an hour."""

from collections.abc import Iterator

from rabta.agent.interference import Judge
from rabta.sources.imported import Item, Joint, Tally
from rabta.sources.recognise import Format
from rabta.sources.stream import Stream


class Together:
    """Reads part after part; what is counted over all of them comes at the end."""

    def __init__(self) -> None:
        self._judge = Judge()
        self._joints: dict[tuple[str, str], Joint | None] = {}

    def read(
        self, form: Format, stream: Stream, tally: Tally, about: str
    ) -> Iterator[Item]:
        """Read a part; yield what it says by itself."""
        joint = self._joint(form)
        told = getattr(joint, form.function) if joint else form.parse
        return self._judge.over(told(stream, tally, about), tally)

    def rest(self, tally: Tally, about: str, *, whole: bool = True) -> Iterator[Item]:
        """Yield what all of them say together, and begin anew.

        Where a part is missing (not *whole*), what it would have changed is left out.
        """
        for joint in self._joints.values():
            if joint is not None:
                told = joint.rest(tally, about, whole=whole)
                yield from self._judge.over(told, tally)
        yield from self._judge.rest(tally, whole=whole)
        self._judge, self._joints = Judge(), {}

    def _joint(self, form: Format) -> Joint | None:
        """Return what reads all parts of the same kind, forms of it included."""
        key = (form.module, form.joint)
        if key not in self._joints:
            self._joints[key] = form.joined()
        return self._joints[key]
