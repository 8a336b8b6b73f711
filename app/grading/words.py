# ruff: noqa: SIM905
"""Word lists of the examiner: what carries no content, and what turns a sentence round."""

FUNCTION_WORDS = frozenset(
    """
    a an the this that these those there here it its itself they them their theirs he she him her his hers we us
    our ours i me my mine you your yours who whom whose which what when where why how is are was were be been
    being am do does did doing done have has had having will would shall should can could may might must ought
    not no nor neither never and or but if then else so because as until while of at by for with about against
    between into through during before after above below to from up down in out on off over under again further
    once both each few more most other some such only own same than too very just also even still yet already
    please let s t d ll m re ve any all many much another every either per via upon within without across along
    among around since though although whether however therefore thus hence like well okay ok yes yeah um uh er
    hmm mean basically actually probably perhaps maybe really quite rather instead
    """.split()
)
"""Words that every spoken sentence is full of; a text that has hardly any is a list of keywords."""

LIGHT_WORDS = frozenset(
    """
    use used using uses get gets getting got make makes making made go goes going thing things want wants need
    needs think thought say says said know sort kind lot way ways one ones something someone anything everything
    bit try start put take takes give gives look see come want would i'd we'd
    """.split()
)
"""Words too common to find anything by, though they are not function words."""

KEPT_WORDS = frozenset("not rather instead before after over under per against without off between across".split())
"""Function words that carry meaning inside a cue of several words: `before launch`, `rather than`."""

NEGATORS = frozenset("not no never neither nor without cannot none nobody nothing".split())

DISMISSALS = frozenset("skip ignore forget drop omit neglect disregard".split())
"""Verbs with which a speaker waves something away, as stems are made from them later."""

NEEDLESS = frozenset(
    "needed necessary important useful worth required relevant helpful essential concern problem issue "
    "unnecessary pointless useless overkill irrelevant".split()
)
"""What follows `X is not …` or `X is …` when X is waved away."""

HARMLESS_AFTER_NOT = frozenset("only just want wants let allow merely simply necessarily".split())
"""`not only X`, `we do not want to leak X`: X is not denied."""

CLAUSE_BREAKS = frozenset("but however although though while whereas because so since which then".split())

NUMBER_WORDS = {
    "zero": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "twelve": "12",
    "twenty": "20",
    "thirty": "30",
    "fifty": "50",
    "hundred": "100",
    "thousand": "1000",
}

CONTRACTIONS = {"won't": ("will", "not"), "can't": ("can", "not"), "cannot": ("can", "not"), "shan't": ("shall", "not")}
SUFFIXES = {"n't": "not", "'d": "would", "'ll": "will", "'re": "are", "'ve": "have", "'m": "am", "'s": "s"}

KEPT_APART = {
    "regularize": "regulariz",
    "regularized": "regulariz",
    "regularizes": "regulariz",
    "regularizing": "regulariz",
    "regularization": "regulariz",
    "labeler": "labeler",
    "labelers": "labeler",
    "factorization": "factoriz",
    "tokenization": "tokeniz",
}
"""Words, in American spelling, that the stemmer would throw together with `regular`, `label`, `factor`, `token`."""

BRITISH = {
    "catalogue": "catalog",
    "catalogues": "catalogs",
    "analyse": "analyze",
    "analysed": "analyzed",
    "analyses": "analyzes",
    "analysing": "analyzing",
    "centre": "center",
    "centres": "centers",
    "centred": "centered",
    "programme": "program",
    "programmes": "programs",
    "grey": "gray",
    "licence": "license",
    "defence": "defense",
}
"""Spellings that no rule brings together."""

DOUBLE_NEGATION = frozenset("forget ignore without neglect skip miss overlook".split())
"""What stands after `not` to mean the opposite of a denial: `must not forget X`."""
