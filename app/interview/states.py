"""Give the present state of sessions, folding only the events that are new."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import reduce
from threading import Lock

from app.domain.events import Event
from app.domain.ports import SessionStore
from app.domain.session import SessionState, apply, fold

KEPT = 256
"""States held in memory. They are only a saving of work: what is stored decides."""


class States:
    """Fold sessions; thread-safe."""

    def __init__(self, store: SessionStore) -> None:
        """Take the store."""
        self._store = store
        self._known: OrderedDict[str, SessionState] = OrderedDict()
        self._lock = Lock()

    def get(self, session_id: str) -> SessionState:
        """Give a session's present state.

        Raises:
            NotFound: there is no such session.
        """
        with self._lock:
            known = self._known.get(session_id)
        if known is None:
            state = fold(session_id, self._store.events(session_id))
        else:
            state = reduce(apply, self._store.events(session_id, known.seq), known)
        self._keep(state)
        return state

    def append(self, state: SessionState, events: Sequence[Event]) -> SessionState:
        """Commit events that follow on a state, and give the state after them.

        Raises:
            Conflict: somebody else has appended since.
            NotFound: there is no such session.
        """
        after = reduce(apply, events, state)
        self._store.append(state.id, state.seq, events, after.status)
        self._keep(after)
        return after

    def create(self, session_id: str, events: Sequence[Event]) -> SessionState:
        """Commit a new session.

        Raises:
            Conflict: the id is taken.
        """
        self._store.create(session_id, events)
        return fold(session_id, events)

    def _keep(self, state: SessionState) -> None:
        with self._lock:
            known = self._known.get(state.id)
            if known is None or known.seq <= state.seq:
                self._known[state.id] = state
            self._known.move_to_end(state.id)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
