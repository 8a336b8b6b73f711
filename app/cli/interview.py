"""`interview`: in the terminal, or with a candidate who reads from a file."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any

from app.bootstrap import Application
from app.cli.output import note, show
from app.domain.events import Plan
from app.domain.framework import ALL_STEPS, Mode, Step, parse_level, parse_step
from app.domain.session import SessionState, Status
from app.domain.transcript import Speaker, Turn
from app.errors import ConfigurationError, Conflict, InputError
from app.grading.render import as_data, score_text, verdict_line
from app.grading.report import Report
from app.interview.candidate import ScriptedCandidate, SpeakingClock

QUICK_MINUTES = 20
MOST_TURNS = 500
"""Of a scripted interview; far more than its time allows."""
COMMANDS = "/pause, /resume, /time, /finish, /quit"


@dataclass(frozen=True, slots=True)
class Options:
    """What was given on the command line."""

    case: str | None
    level: str
    minutes: int
    steps: str | None
    voice: str
    judge: str
    candidate: Path | None
    resume: str | None
    json: Path | None


def run_interview(options: Options) -> None:
    """Hold the interview and show its result."""
    scripted = ScriptedCandidate.read(options.candidate) if options.candidate else None
    speaking = SpeakingClock(time.time()) if scripted else None
    with closing(Application(clock=speaking or time.time)) as application:
        state = _begin(application, options)
        if scripted and speaking:
            state = asyncio.run(_rehearse(application, state, scripted, speaking))
        else:
            state = _talk(application, state)
        if state.status is Status.FINISHED:
            _conclude(application, state, options.json)


def parse_steps(text: str | None) -> tuple[Step, ...]:
    """Turn `1,2` into steps, in order; all seven without a text.

    Raises:
        InputError: it is not a list of step numbers.
    """
    if not text:
        return ALL_STEPS
    try:
        numbers = {int(part) for part in text.split(",")}
    except ValueError as error:
        raise InputError(f"--steps {text!r} cannot be read: write step numbers with commas, as in 1,2") from error
    return tuple(parse_step(n) for n in sorted(numbers))


def _begin(application: Application, options: Options) -> SessionState:
    interviewer = application.interviewer
    if options.resume:
        state = interviewer.state(options.resume)
        if state.status is Status.FINISHED:
            raise Conflict(f"session {state.id} is finished: read it with `sevenstep report {state.id}`")
        return interviewer.resume(state.id) if state.status is Status.PAUSED else state
    if not options.case:
        raise InputError(f"name a case with --case: one of {', '.join(application.library.slugs)}")
    steps = parse_steps(options.steps)
    mode = Mode.DRILL if steps != ALL_STEPS else Mode.QUICK if options.minutes <= QUICK_MINUTES else Mode.FULL
    # A scripted candidate gets the same interview each time.
    seed = 0 if options.candidate else SystemRandom().randrange(1_000_000)
    level = parse_level(options.level)
    plan = Plan(options.case, level, options.minutes, mode, steps, options.voice, options.judge, seed)
    return interviewer.create(plan)


async def _say(application: Application, state: SessionState, hear: Callable[[Turn], None]) -> SessionState:
    after = state
    async for piece in application.interviewer.reply(state.id, state.pending):
        if isinstance(piece, Turn):
            hear(piece)
        elif isinstance(piece, SessionState):
            after = piece
    return after


async def _rehearse(
    application: Application, state: SessionState, candidate: ScriptedCandidate, clock: SpeakingClock
) -> SessionState:
    """Run the whole interview with answers from a file; time passes as it would in speech."""

    def speak(turn: Turn) -> None:
        _print(turn)
        clock.spoke(turn.text)

    if state.status is Status.AWAITING_INTERVIEWER:
        state = await _say(application, state, speak)
    for _ in range(MOST_TURNS):
        if state.status is not Status.AWAITING_ANSWER:
            break
        text = candidate.answer(state.step)
        clock.spoke(text)
        state = application.interviewer.accept(state.id, f"scripted-{len(state.turns)}", text)
        _print(state.turns[-1])
        state = await _say(application, state, speak)
    return state


def _talk(application: Application, state: SessionState) -> SessionState:
    note(f"Session {state.id}. An answer ends with an empty line. {COMMANDS}")
    try:
        if state.status is Status.AWAITING_INTERVIEWER:
            state = asyncio.run(_say(application, state, _print))
        else:
            _print(state.turns[-1])
        while state.status is not Status.FINISHED:
            state = _exchange(application, state, _read_answer())
    except (EOFError, KeyboardInterrupt):
        note(f"\nThe session is kept. Go on with: sevenstep interview --resume {state.id}")
    return state


def _exchange(application: Application, state: SessionState, text: str) -> SessionState:
    """Carry out one thing that was typed; what is refused is said and changes nothing."""
    interviewer = application.interviewer
    actions = {"/pause": interviewer.pause, "/resume": interviewer.resume, "/finish": interviewer.finish}
    try:
        if text == "/quit":
            raise EOFError
        if text == "/time":
            now = application.clock()
            note(f"{state.clock(now) / 60:.0f} of {state.plan.minutes} minutes; step {state.step}, {state.step.title}")
            return state
        if text in actions:
            return actions[text](state.id)
        state = interviewer.accept(state.id, f"typed-{len(state.turns)}", text)
    except InputError as error:
        note(f"sevenstep: {error}")
        return state
    return asyncio.run(_say(application, state, _print))


def _read_answer() -> str:
    lines: list[str] = []
    while True:
        line = input("… " if lines else "> ")
        if not lines and line.strip().startswith("/"):
            return line.strip()
        if not line.strip() and lines:
            return "\n".join(lines)
        if line.strip():
            lines.append(line)


def _print(turn: Turn) -> None:
    who = "You" if turn.speaker is Speaker.CANDIDATE else "Interviewer"
    show(f"[{turn.at / 60:4.1f} min, step {turn.step}] {who}: {turn.text}\n")


def _conclude(application: Application, state: SessionState, path: Path | None) -> None:
    report = application.reporter.report(state.id)
    show(verdict_line(report))
    for step in report.steps:
        show(f"  {step.step.value} {step.title:<22} {score_text(step.score.score)}")
    show(f"Judge: {report.judge} ({report.digest}). Full report: sevenstep report {state.id}")
    if path:
        write_json(path, state, report)
        note(f"Written to {path}")


def write_json(path: Path, state: SessionState, report: Report) -> None:
    """Write session and report to a file.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    try:
        path.write_text(json.dumps(exported(state, report), ensure_ascii=False, indent=1), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}; the session is kept as {state.id}") from error


def exported(state: SessionState, report: Report) -> dict[str, Any]:
    """Give the JSON form of a session with its report."""
    return {
        "session": state.id,
        "case": state.plan.case,
        "level": state.plan.level.value,
        "turns": [
            {
                "speaker": t.speaker.value,
                "step": int(t.step) if t.step else None,
                "move": t.move.value if t.move else None,
                "criterion": t.criterion,
                "text": t.text,
                "at": round(t.at, 1),
            }
            for t in state.turns
        ],
        "report": as_data(report),
    }


if sys.platform != "win32":
    # Line editing and history at the prompt.
    import readline as readline
