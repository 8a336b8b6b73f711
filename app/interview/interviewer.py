"""Run sessions: every answer is committed first, then heard, then answered."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from uuid import uuid4

from app.content.library import Library
from app.domain import events as ev
from app.domain.events import Event, Plan
from app.domain.framework import ALL_STEPS, Mode
from app.domain.ports import Clock, SessionStore
from app.domain.session import SessionState, Status
from app.domain.transcript import ANSWER_BYTES, MoveKind, Speaker, Turn
from app.errors import Conflict, InputError, InterviewerError, SevenstepError, TooLarge
from app.grading.examiner import Examiner
from app.interview.briefing import Briefing, Prepared
from app.interview.speaking import Delta, Mouth, Withdrawn, Worded, pieces_of
from app.interview.states import States
from app.interview.voice import Voice

_KEPT = "\n\t\u200c\u200d"
"""Line ends, tabs, and the joiners of emoji and of some scripts."""
SHORTEST, LONGEST = 5, 180
"""Minutes of an interview."""
Piece = Delta | Withdrawn | Turn | SessionState
"""What a reply consists of."""


class Interviewer:
    """Run one turn at a time, of any session; holds no session itself."""

    def __init__(
        self,
        library: Library,
        briefing: Briefing,
        examiner: Examiner,
        store: SessionStore,
        voices: Mapping[str, Voice],
        clock: Clock,
    ) -> None:
        """Take what interviews are run with."""
        self._library = library
        self._briefing = briefing
        self._states = States(store)
        self._mouth = Mouth(voices, examiner)
        self.clock = clock

    def create(self, plan: Plan) -> SessionState:
        """Commit a new session, in which nothing has been said yet.

        Raises:
            NotFound: there is no such case.
            InputError: the plan cannot be carried out.
        """
        case = self._library.case(plan.case)
        self._validate(plan)
        return self._states.create(uuid4().hex[:12], [ev.Started(self.clock(), plan, case.hash)])

    def state(self, session_id: str) -> SessionState:
        """Give a session's present state.

        Raises:
            NotFound: there is no such session.
        """
        return self._states.get(session_id)

    def accept(self, session_id: str, answer_id: str, text: str, seen: int | None = None) -> SessionState:
        """Commit an answer. The same `answer_id` twice is one answer.

        Args:
            session_id: of the session.
            answer_id: chosen by the caller, unique in the session.
            text: what the candidate said; control characters are dropped.
            seen: number of turns that the caller has on the screen, to notice a second page.

        Raises:
            NotFound: there is no such session.
            InputError, TooLarge: the answer is empty, or over 20 kB.
            Conflict: the session is paused, finished, waits for the interviewer, or has moved on elsewhere.
        """
        clean = clean_answer(text)
        state = self.state(session_id)
        if answer_id in state.answers:
            return state
        if seen is not None and seen != len(state.turns):
            raise Conflict("this interview has moved on in another window: reload the page to go on from there")
        refusal = _REFUSALS.get(state.status)
        if refusal:
            raise Conflict(refusal)
        if not answer_id.strip() or len(answer_id) > 100:
            raise InputError("answer_id must have 1 to 100 characters")
        try:
            return self._states.append(state, [ev.Answered(self.clock(), answer_id, clean)])
        except Conflict:
            # The same answer may have been sent twice at once; then it is in already.
            state = self.state(session_id)
            if answer_id in state.answers:
                return state
            raise

    async def reply(self, session_id: str, answer_id: str | None = None) -> AsyncIterator[Piece]:
        """Say what comes next, if the interviewer is the one to speak.

        Args:
            session_id: of the session.
            answer_id: the answer to reply to; one that has its reply gets the same reply again.

        Yields:
            Pieces of text, some of them taken back; then the committed turn, and the state after it.

        Raises:
            InterviewerError: the words could not be made; the session waits, with the cause.
        """
        state = await asyncio.to_thread(self.state, session_id)
        if state.status is Status.AWAITING_INTERVIEWER and answer_id in (None, state.pending):
            async for piece in self._speak(state):
                yield piece
            return
        turn = _reply_to(state, answer_id)
        for piece in pieces_of(turn.text):
            yield piece
        yield turn
        yield state

    async def _speak(self, state: SessionState) -> AsyncIterator[Piece]:
        try:
            prepared = await asyncio.to_thread(self._briefing.prepare, state, self.clock())
            worded: Worded | None = None
            async for piece in self._mouth.word(prepared):
                if isinstance(piece, Worded):
                    worded = piece
                else:
                    yield piece
        except SevenstepError as error:
            await asyncio.to_thread(self._states.append, state, [ev.Faltered(self.clock(), str(error))])
            raise InterviewerError(f"the interviewer could not answer: {error}") from error
        if worded is not None:
            after = await asyncio.to_thread(self._commit, state, self._events(prepared, worded))
            yield after.turns[len(state.turns)]
            yield after

    def _commit(self, state: SessionState, events: list[Event]) -> SessionState:
        try:
            return self._states.append(state, events)
        except Conflict:
            # Another process may have replied to the same answer; then its reply holds.
            after = self.state(state.id)
            if len(after.turns) <= len(state.turns):
                raise
            return after

    def switch(self, session_id: str, voice: str) -> SessionState:
        """Go on with another voice, because the candidate wishes so; never done by itself.

        Raises:
            Conflict: the session is finished.
            InputError: there is no such voice, or it is not ready.
        """
        state = self.state(session_id)
        if state.status is Status.FINISHED:
            raise Conflict(_REFUSALS[Status.FINISHED])
        if voice == state.plan.voice:
            return state
        self._validate(replace(state.plan, voice=voice))
        return self._states.append(state, [ev.Switched(self.clock(), voice)])

    def pause(self, session_id: str) -> SessionState:
        """Stop the clock.

        Raises:
            Conflict: the session does not wait for an answer.
        """
        state = self.state(session_id)
        if state.status is not Status.AWAITING_ANSWER:
            raise Conflict(f"a session that is {_worded(state.status)} cannot be paused")
        return self._states.append(state, [ev.Paused(self.clock())])

    def resume(self, session_id: str) -> SessionState:
        """Start the clock again.

        Raises:
            Conflict: the session is not paused.
        """
        state = self.state(session_id)
        if state.status is not Status.PAUSED:
            raise Conflict(f"a session that is {_worded(state.status)} cannot be resumed")
        return self._states.append(state, [ev.Resumed(self.clock())])

    def finish(self, session_id: str) -> SessionState:
        """End the session at the candidate's wish; ending it twice is ending it once."""
        state = self.state(session_id)
        if state.status is Status.FINISHED:
            return state
        return self._states.append(state, [ev.Finished(self.clock(), "candidate")])

    def _validate(self, plan: Plan) -> None:
        if not SHORTEST <= plan.minutes <= LONGEST:
            raise InputError(f"an interview takes {SHORTEST} to {LONGEST} minutes, not {plan.minutes}")
        if not plan.steps:
            raise InputError("choose at least one step")
        if plan.mode is not Mode.DRILL and plan.steps != ALL_STEPS:
            raise InputError("only a drill can leave steps out")
        if plan.voice not in self._mouth.voices:
            raise InputError(f"there is no voice {plan.voice!r}: choose one of {', '.join(self._mouth.voices)}")
        if reason := self._mouth.voices[plan.voice].unready():
            raise InputError(reason)
        if plan.judge != "examiner":
            raise InputError(f"there is no judge {plan.judge!r}: choose examiner")

    def _events(self, prepared: Prepared, worded: Worded) -> list[Event]:
        brief, now, utterance = prepared.brief, self.clock(), worded.utterance
        move = brief.move
        spoke = ev.Spoke(
            now,
            utterance.text,
            move.kind,
            move.step,
            criterion=move.criterion,
            probe=move.probe,
            facts=tuple(r.fact for r in brief.replies if r.fact),
            assumptions=tuple(r.assumption for r in brief.replies if r.assumption),
            curveball=move.curveball,
            warning=move.warning,
            asked=move.ask,
            open_topic=brief.left_open,
            sources=tuple(ev.Source(p.id, p.title, round(p.score, 4)) for p in brief.passages),
            voice=prepared.state.plan.voice,
            guard=worded.guard,
            wording=utterance.wording,
            model=utterance.model,
            prompt=utterance.prompt,
            tokens=(utterance.usage.prompt, utterance.usage.completion) if utterance.usage else None,
        )
        closing = [ev.Finished(now, "closed")] if move.kind is MoveKind.CLOSE else []
        return [*([prepared.heard] if prepared.heard else []), spoke, *closing]


def clean_answer(text: str) -> str:
    """Drop control characters, and refuse what cannot be an answer.

    Raises:
        InputError: nothing is left.
        TooLarge: it is longer than 20 kB.
    """
    size = len(text.encode("utf-8", "replace"))
    if size > ANSWER_BYTES:
        limit = ANSWER_BYTES // 1000
        raise TooLarge(f"the answer has {size // 1000} kB, the limit is {limit} kB: shorten it, or send it in parts")
    lines = re.sub(r"\r\n|[\r\v\f\x85\u2028\u2029]", "\n", text)
    clean = "".join(_shown(c) for c in lines).strip()
    if not clean.strip(_KEPT + " "):
        raise InputError("the answer is empty: say something, even if it is that you do not know")
    return clean


def _shown(character: str) -> str:
    """Give a character as it is kept: every kind of blank as a blank, no control characters."""
    if character in _KEPT or character.isprintable():
        return character
    return " " if character.isspace() else ""


def _reply_to(state: SessionState, answer_id: str | None) -> Turn:
    after = state.answers.get(answer_id, -1) if answer_id else -1
    spoken = [t for t in state.turns if t.speaker is Speaker.INTERVIEWER and t.index > after]
    if not spoken:
        raise Conflict(f"a session that is {_worded(state.status)} has nothing to say")
    return spoken[0] if answer_id else spoken[-1]


def _worded(status: Status) -> str:
    return status.value.replace("_", " ")


_REFUSALS = {
    Status.PAUSED: "the interview is paused: resume it first",
    Status.FINISHED: "the interview is finished: its report is ready, and a new one can be started",
    Status.AWAITING_INTERVIEWER: "the interviewer has yet to reply to the last answer",
}
