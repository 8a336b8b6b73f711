"""Grade finished sessions, once, and give their reports."""

from collections.abc import Callable, Mapping

from app.content.library import Library
from app.domain.case import Case, Rubric
from app.domain.events import Plan
from app.domain.ports import Judge, SessionStore, VerdictStore
from app.domain.scoring import Scorecard, scorecard
from app.domain.session import SessionState, Status, fold
from app.domain.verdict import Fingerprint, Verdict
from app.errors import Conflict, InputError
from app.grading.evidence import checked
from app.grading.report import Report, build_report, grade_session


def rubric_for(case: Case, plan: Plan) -> Rubric:
    """Give the rubric of an interview: the case's criteria for its level and steps."""
    name = f"{case.slug}/{plan.level}/{''.join(str(int(s)) for s in plan.steps)}"
    return Rubric(name, case.opening, case.for_level(plan.level, plan.steps), f"{case.hash}/{name}")


class Reporter:
    """Give reports; a session that has none yet is graded first."""

    def __init__(
        self,
        library: Library,
        sessions: SessionStore,
        verdicts: VerdictStore,
        judges: Mapping[str, Callable[[], Judge]],
    ) -> None:
        """Take where things are kept, and how judges are made."""
        self._library = library
        self._sessions = sessions
        self._verdicts = verdicts
        self._judges = judges

    def report(self, session_id: str) -> Report:
        """Give the report of a finished session.

        Raises:
            NotFound: there is no such session.
            Conflict: it is not finished.
        """
        events = self._sessions.events(session_id)
        state = fold(session_id, events)
        if state.status is not Status.FINISHED:
            raise Conflict("the report is ready when the interview is finished")
        case = self._library.case(state.plan.case)
        rubric = rubric_for(case, state.plan)
        fingerprint, verdicts = self._graded(state, rubric)
        notes = {**self._library.framework, **self._library.concepts}
        return build_report(state, events, case, rubric, fingerprint, verdicts, notes)

    def scorecard(self, session_id: str, plan: Plan) -> Scorecard | None:
        """Give the numbers of a session that is graded, None if it is not; nothing is judged for it."""
        if plan.case not in self._library.slugs:
            return None
        rubric = rubric_for(self._library.case(plan.case), plan)
        kept = self._kept(session_id, rubric)
        return scorecard(rubric.criteria, kept[1], full_interview=plan.whole) if kept else None

    def _graded(self, state: SessionState, rubric: Rubric) -> tuple[Fingerprint, list[Verdict]]:
        """Take the kept verdicts if there are any, else judge; grades of different judges are never mixed."""
        kept = self._kept(state.id, rubric)
        if kept:
            return kept
        judge = self._judge(state.plan.judge)
        fingerprint = judge.fingerprint(rubric)
        verdicts = [checked(v, state.turns) for v in grade_session(state, rubric, judge)]
        self._verdicts.save(state.id, fingerprint, verdicts)
        return fingerprint, verdicts

    def _kept(self, session_id: str, rubric: Rubric) -> tuple[Fingerprint, list[Verdict]] | None:
        """Give the kept verdicts if they are of this rubric and cover it."""
        fingerprint = self._verdicts.fingerprint(session_id)
        if fingerprint is None or fingerprint.rubric != rubric.hash:
            return None
        verdicts = {v.criterion: v for v in self._verdicts.verdicts(session_id, fingerprint.digest)}
        if any(c.id not in verdicts for c in rubric.criteria):
            return None
        return fingerprint, [verdicts[c.id] for c in rubric.criteria]

    def _judge(self, name: str) -> Judge:
        if name not in self._judges:
            raise InputError(f"there is no judge {name!r}: choose one of {', '.join(self._judges)}")
        return self._judges[name]()
