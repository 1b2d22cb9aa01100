"""Looking data over before it is trained on, in the background; who asks again gets the answer."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from ganwright.core.errors import UserError
from ganwright.data.audit import audit
from ganwright.studio.guard import note
from ganwright.studio.replies import Conflict
from ganwright.studio.state import Studio

WAIT_SECONDS = 2.0
MOST_AT_ONCE = 2
MOST_LISTED = 100
"""Names of copies, broken files and classes that are sent; the counts are whole."""

_MOST_KEPT = 32


class _Ended(Exception):
    """The server ends."""


@dataclass
class _Look:
    """One audit. told: what came of it; None while it goes on."""

    done: threading.Event = field(default_factory=threading.Event)
    progress: tuple[int, int] = (0, 0)
    told: dict[str, Any] | None = None


class Audits:
    """The audits of a studio, by their sources."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self._lock = threading.Lock()
        self._looks: OrderedDict[str, _Look] = OrderedDict()
        self._end = threading.Event()

    def ask(self, source: str, anew: bool) -> dict[str, Any]:
        """The audit of a confined source, or how far it is. anew: do not take the answer of before."""
        with self._lock:
            look = self._looks.get(source)
            if look is None or (anew and look.told is not None):
                if sum(other.told is None for other in self._looks.values()) >= MOST_AT_ONCE:
                    raise Conflict("other data is being looked over; wait for that")
                look = self._looks[source] = _Look()
                threading.Thread(target=self._work, args=(source, look), daemon=True).start()
                while len(self._looks) > _MOST_KEPT:
                    self._looks.popitem(last=False)
        look.done.wait(WAIT_SECONDS)
        done, total = look.progress
        return look.told or {"state": "working", "done": done, "total": total, "error": None, "audit": None}

    def close(self) -> None:
        """End what goes on."""
        self._end.set()
        for look in list(self._looks.values()):
            look.done.wait(5)

    def _work(self, source: str, look: _Look) -> None:
        def progress(done: int, total: int) -> None:
            look.progress = (done, total)
            if self._end.is_set():
                raise _Ended

        data_dir = None if self.studio.data_dir is None else str(self.studio.data_dir)
        try:
            found = audit(source, data_dir, progress).plain()
            found |= {"num_corrupt": len(found["corrupt"]), "num_classes": len(found["classes"])}
            for name in ("corrupt", "classes", "sizes", "modes"):
                found[name] = dict(list(found[name].items())[:MOST_LISTED])
            for name in ("duplicates", "near_duplicates"):
                found[f"num_{name}"] = len(found[name])
                found[name] = [group[:MOST_LISTED] for group in found[name][:MOST_LISTED]]
            told = {"state": "done", "error": None, "audit": found, "advice": found["advice"]}
        except UserError as error:
            told = {"state": "failed", "error": str(error), "audit": None, "advice": []}
        except _Ended:
            told = {"state": "failed", "error": "the studio was ended", "audit": None, "advice": []}
        except OSError as error:
            said = f"{error.filename or source}: {error.strerror or error}"
            told = {"state": "failed", "error": said, "audit": None, "advice": []}
        except Exception as error:
            told = {"state": "failed", "error": note(error, f"the audit of {source}"), "audit": None, "advice": []}
        look.told = {**told, "done": look.progress[0], "total": look.progress[1]}
        look.done.set()
