"""How much of a file is through, piece by piece."""

from rabta.outbox.task import Task


class Tally:
    """Bytes that arrived for good, and those under way; a piece counts once."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._arrived: dict[int, int] = {}
        self._sum = 0
        self._under_way: dict[int, int] = {}

    def clear(self) -> None:
        """Begin with nothing."""
        self._arrived.clear()
        self._under_way.clear()
        self._sum = 0

    def arrive(self, piece: int, size: int) -> None:
        """Note that a piece of *size* bytes is through."""
        self._under_way.pop(piece, None)
        self._sum += size - self._arrived.get(piece, 0)
        self._arrived[piece] = size

    async def move(self, piece: int, moved: int, uplink: str) -> None:
        """Tell that *moved* bytes of a piece are under way or through."""
        if piece not in self._arrived:
            self._under_way[piece] = moved
        await self.tell(uplink)

    async def tell(self, uplink: str) -> None:
        """Tell the task how far it is."""
        await self._task.moved(self._sum + sum(self._under_way.values()), uplink)
