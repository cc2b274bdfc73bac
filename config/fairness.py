"""How many connections each worker of a server holds, told in memory they share, so that all come to hold as many."""

import mmap

PLACES = 64  # workers of one server, with those that are being replaced
NOBODY = -1
LONGEST_LEFT = 0.02  # seconds that a connection is left to a worker that has fewer
AGAIN = 0.001  # seconds after which is looked whether it still has
NOBODY_CAME = 0.1  # seconds for which connections are not left to others that hang

# Made in the process that starts the workers, before them: so they all have the same.
_held = memoryview(mmap.mmap(-1, PLACES * 4)).cast("i")
_turns = memoryview(mmap.mmap(-1, PLACES * 4)).cast("I")  # how often each has looked for what came, round and round
for _place in range(PLACES):
    _held[_place] = NOBODY


class Share:
    """One worker's part.

    Args:
        age: the number that gunicorn gave the worker.
    """

    def __init__(self, age: int) -> None:
        self._place = age % PLACES
        self.left_at: float | None = None  # when a connection was left to others, while it is not known to be taken
        self._takes_all_until = 0.0
        self._turns_before: dict[int, int] = {}  # of those who had fewer when something was left to them
        self.tell(0)

    def tell(self, held: int) -> None:
        """Say how many are held here, and that this worker lives."""
        _held[self._place] = held
        _turns[self._place] = (_turns[self._place] + 1) & 0xFFFFFFFF

    def leaves_it(self, held: int, now: float) -> bool:
        """Whether another worker should take what has come; it has some milliseconds for that."""
        self.tell(held)
        if now < self._takes_all_until or held <= _fewest() + 1:
            self.left_at = None
            return False
        if self.left_at is None:
            self.left_at, self._turns_before = now, _turns_below(held)
        elif not self.waits(now):  # still there
            self.left_at = None
            if all(_turns[place] == turns for place, turns in self._turns_before.items()):
                self._takes_all_until = now + NOBODY_CAME
            return False
        return True

    def waits(self, now: float) -> bool:
        """Whether a connection is left to others at this moment: to one who has fewer, and not for too long."""
        here = _held[self._place]
        return self.left_at is not None and now - self.left_at < LONGEST_LEFT and here > _fewest() + 1

    def give_up(self) -> None:
        """Take no more part."""
        give_up(self._place)


def give_up(age: int) -> None:
    """Count a worker no more; also one that could not say so itself."""
    _held[age % PLACES] = NOBODY


def _turns_below(held: int) -> dict[int, int]:
    return {place: _turns[place] for place, others in enumerate(_held) if NOBODY < others < held}


def _fewest() -> int:
    return min((held for held in _held if held != NOBODY), default=0)
