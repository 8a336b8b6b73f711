"""Patterns by which the interviewer recognises what a candidate is doing, whatever it is about."""

import re

_FLAGS = re.IGNORECASE | re.DOTALL | re.MULTILINE | re.VERBOSE

STUCK = re.compile(
    r"""
    \bi\ (?:really\ |honestly\ |just\ )?(?:do\ not|don['’]t)\ (?:really\ )?(?:know|remember)\b
  | \b(?:no\ idea|no\ clue|not\ a\ clue|i\ give\ up|any\ hints?|give\ me\ a\ hint|help\ me)\b
  | \bcan(?:not|['’]t)\ think\ of\b
  | \b(?:i['’]?m|i\ am)\ (?:a\ bit\ |completely\ )?(?:stuck|lost)\b
  | \b(?:i\ have\ )?nothing\ (?:else\ )?to\ add\b | \bi(?:['’]d|\ would)\ pass\b | \bpass\ on\ this\b
  | \b(?:haven['’]t|have\ not)\ thought\ about\b
    """,
    _FLAGS,
)

MOVE_ON = re.compile(
    r"""
    \b(?:let['’]?s|let\ us|can\ we|could\ we|shall\ we|i(?:['’]d|\ would)\ like\ to|i\ want\ to
      |ready\ to|happy\ to)\ (?:please\ )?
    (?:move\ on|go\ on\ to|move\ to|go\ to|jump\ to|skip\ to|continue\ with|switch\ to|turn\ to)\b
  | \bnext\ (?:step|topic|question|part|section)\b(?!\ is)
  | \bi(?:['’]?m|\ am)\ done\ (?:with|here)\b | \bmove\ on\b
    """,
    _FLAGS,
)

REPEAT = re.compile(
    r"""
    \b(?:repeat|rephrase|reword)\ (?:that|the\ question|it|your\ question)\b | \bsay\ (?:that|it)\ again\b
  | \bwhat\ do\ you\ mean\b | \bwhat\ was\ the\ question\b | \bcan\ you\ clarify\ (?:the|your)\ question\b
  | \b(?:do\ not|don['’]t|did\ not|didn['’]t)\ (?:understand|get|catch|follow)
    \ (?:the\ question|your\ question|that|what\ you)\b
  | ^\s*(?:sorry|pardon|come\ again)\s*\?\s*$
    """,
    _FLAGS,
)

CHECK = re.compile(
    r"""
    \b(?:make\ sense | sounds?\ (?:good|right|ok|okay|reasonable|fine)
      | is\ (?:that|this)\ (?:ok|okay|fine|right|clear|alright|correct|enough|what\ you)
      | (?:shall|should)\ i\ (?:go|continue|carry|move) | right | ok | okay | you\ know | agree
      | do\ you\ want\ me\ to | would\ you\ like\ me\ to)
    \s*(?:\w+\s*){0,4}\?\s*$
    """,
    _FLAGS,
)
"""Questions that only ask whether to go on."""

ASKS = re.compile(
    r"""
    ^(?:(?:so|and|also|ok|okay|first|second|third|finally|lastly|roughly|about|next|then|well|hi|thanks|great|sure|but
        |one\ more(?:\ thing)?|another\ question|question)[,:]?\s+)*
    (?:what|which|how|who|whom|whose|where|when|why|do|does|did|is|are|was|will|would|can|could|should|may|have|has)\b
    """,
    _FLAGS,
)

WONDERS = re.compile(
    r"""
    \bi(?:['’]d|\ would)\ (?:like|want|need|love)\ to\ (?:know|ask|understand|clarify|find\ out)\b
  | \b(?:tell\ me|i\ need\ to\ know|let\ me\ ask|i\ wonder|may\ i\ ask)\b | \bi(?:['’]d|\ would)\ ask\b
  | \bmy\ (?:first\ |next\ )?question\b
    """,
    _FLAGS,
)

PROPOSES = re.compile(
    r"""
    \b(?:can|could|may|should|shall|do)\ (?:i|we)\ (?:safely\ |just\ )?(?:assume|take\ it|suppose|say)\b(?:\ that\b)?
  | \b(?:is\ it|would\ it\ be)\ (?:fair|safe|ok|okay|reasonable)\ to\ (?:assume|say)\b(?:\ that\b)?
    """,
    _FLAGS,
)
"""Questions that offer an assumption."""

CLAUSE = re.compile(
    r"[,;:]\s+(?:and\s+|or\s+)?|\s+(?:and|or)\s+(?=(?:how|what|which|who|where|when|is|are|do|does|should|can|will)\b)",
    re.IGNORECASE,
)
"""Where one question ends and the next begins within a sentence."""
