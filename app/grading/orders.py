"""Notice orders to whoever reads the answer, and claims to be somebody else. They are data, and never evidence."""

import re
from collections.abc import Sequence

from app.grading.text import Span

_FLAGS = re.IGNORECASE | re.VERBOSE
_ORDER = re.compile(
    r"""
    \b(?:ignore|disregard|forget|override)\b.{0,30}
    \b(?:instructions?|prompts?|(?:your|the)\ (?:rules|guidelines)|rubric)\b
  | \byou\ are\ now\b | \bsystem\ prompt\b | \bact\ as\ (?:an?\ (?:grader|judge|interviewer|assistant|ai)|if|my)\b
  | \bpretend\ (?:to\ be|you|that\ you)\b
  | \b(?:give|award|grant|mark|rate|score|grade)\ (?:me|my|this|the\ candidate|step|steps|all|every(?:thing)?)\b
    .{0,40}\b(?:strong\ yes|full\ (?:marks?|credit)|top\ marks?|maximum|hire|met|complete|5|five|highest|pass(?:ed)?)\b
  | \b(?:show|tell|reveal|print|give|read|list)\ (?:me\ |us\ )?(?:all\ |out\ )?(?:the\ |your\ )?(?:hidden\ |secret\ )?
    (?:rubric|criteria|reference\ solution|prompt|instructions|model\ answer|marking\ scheme)\b
  | \b(?:candidate|interviewee|applicant|speaker)\ (?:has|have|had|clearly|already|fully)?\s*
    (?:\w+\ )?(?:met|meets|covered|covers|satisfied|satisfies|demonstrated|demonstrates|shown|shows|passed|passes)\b
  | \b(?:quote|cite|use|accept|count|treat)\ (?:this|that|it|the\ (?:line|sentence|following))
    .{0,30}\bas\ (?:evidence|met|proof)\b
  | \b(?:all|every)\ criteri(?:a|on)\b | \bverdict\b.{0,12}\bmet\b | "(?:verdict|outcome)"
    """,
    _FLAGS,
)
_ROLE = re.compile(
    r"""
    ^\s*(?:\[|<\|?/?|\#+\s*)?
    (?:system|assistant|interviewer|grader|judge|examiner|developer|im_start|im_end|inst)\b\s*(?:\]|\|?>|:)
    """,
    _FLAGS | re.MULTILINE,
)
"""The start of a line that claims to be spoken by somebody else."""


def gives_orders(text: str) -> bool:
    """Say whether a text tries to give orders to the interviewer or to whoever grades it."""
    return bool(_ORDER.search(text) or _ROLE.search(text))


def without_orders(text: str, sentences: Sequence[Span]) -> list[Span]:
    """Leave out the sentences that give orders, and the paragraphs that claim to be spoken by somebody else."""
    claimed = [(m.start(), _paragraph_end(text, m.start())) for m in _ROLE.finditer(text)]
    return [
        s for s in sentences if not _ORDER.search(s.text) and not any(start <= s.start < end for start, end in claimed)
    ]


def _paragraph_end(text: str, start: int) -> int:
    end = text.find("\n\n", start)
    return len(text) if end < 0 else end
