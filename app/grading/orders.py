"""Notice orders to whoever reads the answer, and claims to be somebody else. They are data, and never evidence."""

import re
from collections.abc import Sequence

from app.grading.text import Span

_FLAGS = re.IGNORECASE | re.VERBOSE
_ORDER = re.compile(
    r"""
    \b(?:ignore|disregard|forget|override)\b
    .{0,20}\b(?:previous|prior|above|earlier|all|any|your|these|those|my)\b.{0,20}
    \b(?:instructions?|prompts?|rules|guidelines|rubric)\b
  | \b(?:ignore|disregard|forget|override)\ the\ (?:rubric|instructions|prompt|marking\ scheme)\b
  | \byou\ are\ now\ (?:a|an|in|the|my)\b | \b(?:show|reveal|print|read|repeat)\b.{0,15}\bsystem\ prompt\b
  | \bact\ as\ (?:an?\ (?:grader|judge|interviewer|assistant|ai)|if\ you)\b | \bpretend\ (?:to\ be|you|that\ you)\b
  | \b(?:give|award|grant)\ (?:me|this\ candidate|the\ candidate)\b
    .{0,40}\b(?:strong\ yes|full\ (?:marks?|credit)|top\ marks?|maximum|hire|pass|five|5)\b
  | \b(?:mark|rate|score|grade)
    \ (?:me|this\ (?:answer|candidate|step)|the\ candidate|my\ answer|(?:all|every)\ (?:step|criteri)|step)
    .{0,60}\b(?:strong\ yes|full\ (?:marks?|credit)|top\ marks?|maximum|met|complete|5|five|highest|pass(?:ed)?)\b
  | \b(?:show|tell|reveal|print|give|read)\ (?:me\ |us\ )?(?:all\ |out\ )?(?:the\ |your\ )(?:hidden\ |secret\ )?
    (?:rubric|criteria|reference\ solution|prompt|instructions|model\ answer|marking\ scheme)\b
  | \b(?:this|the)\ (?:candidate|interviewee|applicant)\ (?:has|have|had|clearly|already|fully)\s*
    (?:\w+\ ){0,2}(?:met|covered|satisfied|demonstrated|shown|passed)\b
  | \b(?:this|the)\ (?:candidate|interviewee|applicant)\ (?:clearly|fully|obviously)\b
  | \b(?:mark|count|score|treat|grade)\ (?:this|it|everything|all)\ as\ (?:met|complete|passed|full)\b
  | \ball\ criteria\b.{0,12}\b(?:met|satisfied|fulfilled|covered)\b
  | \b(?:quote|cite|use|accept|count|treat)\ (?:this|that|it|the\ following)\ (?:line|sentence|text|answer|paragraph)?
    .{0,20}\bas\ (?:evidence|met|proof)\b
  | \b(?:met|covered|satisf\w+)\ (?:all|every|each)\ criteri(?:a|on)\b
  | \bthe\ interviewer\ has\ (?:confirmed|agreed|decided|said)\b
  | "(?:verdict|outcome)"\s*:
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
