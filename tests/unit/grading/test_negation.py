import pytest

from app.grading.negation import waved_away
from app.grading.text import spans

WAVED_AWAY = """
I would not bother with a [baseline].
I don't think we need a [baseline] at all.
We don't need any [position bias] correction.
There is no need for a [feature store].
Let's skip the [baseline].
I would skip [calibration] for now.
Ignore [cold start].
I'd forget about [calibration].
I would drop the [guardrail metrics].
We can neglect [position bias].
[Calibration] is not necessary here.
A [baseline] is unnecessary.
A [feature store] would be overkill.
[Negative sampling] isn't needed.
[Cold start] is not a problem here.
[Latency] is not a concern for us.
[Dropout] is useless for trees.
We can do without a [baseline].
I have no [baseline].
No [canary] is required.
I won't use [dropout].
I would never use a [random split].
I'm not sure what [calibration] means.
I have no idea how [position bias] works.
I've never heard of [inverse propensity].
I don't know about [retraining].
I haven't thought about [drift].
I am not familiar with [two towers].
Instead of a [random split] I cut at a date.
Rather than a [random split] I cut at a date.
I do not care about [calibration].
We are not going to do [retraining].
"""

SAID_AND_MEANT = """
I would start with a simple [baseline].
Not only [recall] but also precision.
We do not want [leakage] from the future.
I don't want to miss the [cold start] users.
Users skip [videos] that bore them.
The split must not be random, so I [split by time].
The [guardrail metrics] must not get worse.
[Position bias] matters, but the model does not need to be deep.
We don't have labels, so I would use [implicit feedback].
There are no labels, but [annotators] can make them.
It is not a simple problem, which is why I take a [two-stage] design.
I use [precision and recall], because accuracy is useless here.
[Precision] instead of accuracy.
[Logistic regression] rather than a deep network.
I'd rather use [recall] than accuracy.
I would not use accuracy here, I'd report [recall] instead.
Accuracy is not enough, [recall] is better.
It is not enough to look at accuracy, so I add [recall].
No matter how much traffic there is, I would add a [canary].
We must not forget the [baseline].
We cannot ignore [position bias].
Don't forget [cold start].
I would not launch without an [experiment].
I would never ship it without a [canary].
I am not sure how many there are, but I'd take [in-batch negatives].
I don't know the exact rate, so I would plan for [caching].
I'm not sure, but I would add [caching].
I don't know the rate, but a [cache] helps.
If the model is not available, we serve [popular items].
Nobody labels these, so I sample [negatives] at random.
When the feature is missing, which is not rare, I [impute] it.
The probability should not just rank but be [calibrated].
"""


def marked(line: str) -> tuple[str, str]:
    before, rest = line.split("[")
    phrase, after = rest.split("]")
    return before + phrase + after, phrase


def denied(line: str) -> bool:
    text, phrase = marked(line)
    start = line.index("[")
    tokens = next(s.tokens for s in spans(text) if s.start <= start < s.end)
    places = [i for i, t in enumerate(tokens) if start <= t.start < start + len(phrase)]
    return waved_away(tokens, places[0], places[-1])


@pytest.mark.parametrize("line", WAVED_AWAY.strip().splitlines())
def test_what_is_denied_or_declared_needless_is_waved_away(line: str) -> None:
    assert denied(line)


@pytest.mark.parametrize("line", SAID_AND_MEANT.strip().splitlines())
def test_what_is_meant_is_not_waved_away_by_a_denial_of_something_else(line: str) -> None:
    assert not denied(line)
