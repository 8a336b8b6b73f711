"""Fit a conversation into a model's context: the prompt only grows at its end, and what is left out is summed up."""

from collections.abc import Callable, Sequence

from app.content.prompts import Prompt
from app.domain.case import Case
from app.domain.chat import Message, Role
from app.domain.session import SessionState
from app.domain.transcript import MoveKind, Speaker, Turn

KEEP_SHARE = 0.5
"""Share of the budget that the kept turns fill right after older ones were left out; the rest is room to grow, so that
the beginning of the prompt, which servers keep in their cache, changes seldom."""
_FENCE = "candidate"


def conversation(
    state: SessionState, case: Case, prompts: dict[str, Prompt], budget: int, count: Callable[[Sequence[Message]], int]
) -> list[Message]:
    """Give the messages of a session so far: the rules, the case, and the turns.

    Args:
        state: of the session.
        case: that it is about.
        prompts: of the interviewer.
        budget: tokens that the turns may take.
        count: gives the tokens of messages.
    """
    sizes = [count([_message(t)]) for t in state.turns]
    left_out = _left_out(sizes, budget)
    first = [Message(Role.SYSTEM, prompts["system"].fill()), Message(Role.USER, _case(state, case, prompts, left_out))]
    return _merged([*first, *(_message(t) for t in state.turns[left_out:])])


def with_note(messages: Sequence[Message], note: str) -> list[Message]:
    """Add the plan note for this turn to the end; roles go on taking turns."""
    return _merged([*messages, Message(Role.USER, note)])


def fenced(text: str) -> str:
    """Fence a candidate's words so that they cannot close their fence."""
    safe = text.replace(f"</{_FENCE}", f"<\u200b/{_FENCE}").replace(f"<{_FENCE}", f"<\u200b{_FENCE}")
    return f"<{_FENCE}>{safe}</{_FENCE}>"


def _left_out(sizes: Sequence[int], budget: int) -> int:
    """Give how many of the oldest turns to leave out.

    It depends on the sizes alone and moves in few, large steps: each time the turns outgrow the budget, all but the
    last part of it is left out.
    """
    start = 0
    for end in range(1, len(sizes) + 1):
        if sum(sizes[start:end]) > budget:
            start = end - 1
            while start > 0 and sum(sizes[start - 1 : end]) <= KEEP_SHARE * budget:
                start -= 1
    return start


def _case(state: SessionState, case: Case, prompts: dict[str, Prompt], left_out: int) -> str:
    plan = state.plan
    steps = ", ".join(s.spoken for s in plan.steps)
    text = prompts["case"].fill(opening=case.opening, level=plan.level, minutes=str(plan.minutes), steps=steps)
    return f"{text}\n\n{_summary(state, case, prompts, left_out)}" if left_out else text


def _summary(state: SessionState, case: Case, prompts: dict[str, Prompt], left_out: int) -> str:
    """Sum up the turns that are left out, from events alone."""
    gone = state.turns[:left_out]
    topics = {c.id: c.topic for c in case.criteria}
    covered = [topics[c.criterion] for c in state.covered.values() if c.evidence.turn < left_out]
    told = [f.answer for f in case.facts if f.id in state.facts]
    asked = [topics[t.criterion] for t in gone if t.move is MoveKind.PROBE and t.criterion in topics]
    return prompts["summary"].fill(
        turns=str(left_out),
        covered=_listed(covered),
        facts=" ".join(told) or "nothing yet",
        assumptions=" ".join(a.text for a in state.assumptions) or "none",
        asked=_listed(list(dict.fromkeys(asked))),
    )


def _listed(items: Sequence[str]) -> str:
    return "; ".join(items) or "nothing yet"


def _message(turn: Turn) -> Message:
    if turn.speaker is Speaker.CANDIDATE:
        return Message(Role.USER, fenced(turn.text))
    return Message(Role.ASSISTANT, turn.text)


def _merged(messages: Sequence[Message]) -> list[Message]:
    """Join neighbours of one role, since many chat templates insist that roles take turns."""
    merged: list[Message] = []
    for message in messages:
        if merged and merged[-1].role is message.role:
            merged[-1] = Message(message.role, f"{merged[-1].content}\n\n{message.content}")
        else:
            merged.append(message)
    return merged
