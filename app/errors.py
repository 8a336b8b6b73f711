"""The one tree of errors, split by whose fault it is.

SevenstepError
├── InputError                the user's: one clear line, exit 2 or a 4xx status
│   ├── NotFound              no such case, session, step, …                     (404)
│   ├── Conflict              the session has moved on, or cannot do this now    (409)
│   └── TooLarge              over a stated limit                                (413)
├── ConfigurationError        the installation's: settings, content, directories
│   ├── ContentError          a file under knowledge/ or prompts/ is not valid
│   └── DataVersionError      data written by another version of the program
├── ProviderError             somebody else's: a server that this program needs
│   ├── Unreachable           it does not answer, or the connection broke
│   ├── ServerError           it answered with a failure of its own
│   └── ModelError            a model endpoint cannot be used, or its reply cannot
│       ├── ModelUnreachable  it does not answer, in time or at all
│       ├── Unauthorised      it refuses the key
│       ├── UnknownModel      it does not have the model
│       ├── RateLimited       it wants fewer calls, and goes on wanting
│       ├── ContextTooLong    the prompt does not fit
│       ├── Refused           it will not answer this prompt
│       ├── CutOff            the reply broke off
│       └── UnusableReply     it is not what was asked for
└── InterviewerError          the voice could not speak; the session waits, nothing is lost
"""


class SevenstepError(Exception):
    """Be the root of everything the program raises on purpose."""

    code = "error"
    """A short stable name, used as the `type` of a problem report."""
    status = 500
    """The HTTP status that answers for it."""


class InputError(SevenstepError):
    """Say that what the user gave cannot be used."""

    code = "bad-input"
    status = 422


class NotFound(InputError):
    """Say that a named thing does not exist."""

    code = "not-found"
    status = 404


class Conflict(InputError):
    """Say that the request does not fit the present state."""

    code = "conflict"
    status = 409


class TooLarge(InputError):
    """Say that a stated limit is passed."""

    code = "too-large"
    status = 413


class ConfigurationError(SevenstepError):
    """Say that the installation, not the request, is at fault."""

    code = "configuration"


class ContentError(ConfigurationError):
    """Say that content is not valid; the message names file, line and field."""

    code = "content"


class DataVersionError(ConfigurationError):
    """Say that stored data belongs to another version."""

    code = "data-version"


class ProviderError(SevenstepError):
    """Say that a server which this program needs is at fault."""

    code = "provider"
    status = 502


class Unreachable(ProviderError):
    """Say that a server does not answer, or that the connection to it broke."""

    code = "unreachable"
    status = 503


class ServerError(ProviderError):
    """Say that a server answered with a failure of its own."""

    code = "server"


class ModelError(ProviderError):
    """Say that a model endpoint, or what it replied, cannot be used."""

    code = "model"
    status = 502


class ModelUnreachable(ModelError):
    """Say that a model endpoint does not answer, in time or at all."""

    code = "model-unreachable"
    status = 503


class Unauthorised(ModelError):
    """Say that a model endpoint refuses the key."""

    code = "model-unauthorised"


class UnknownModel(ModelError):
    """Say that a model endpoint does not have the model."""

    code = "model-unknown"


class RateLimited(ModelError):
    """Say that a model endpoint wants fewer calls."""

    code = "model-rate-limited"
    status = 503


class ContextTooLong(ModelError):
    """Say that a prompt does not fit into a model's context."""

    code = "model-context"


class Refused(ModelError):
    """Say that a model endpoint will not answer a prompt."""

    code = "model-refused"


class CutOff(ModelError):
    """Say that a model's reply broke off."""

    code = "model-cut-off"


class UnusableReply(ModelError):
    """Say that a model's reply is not what was asked for."""

    code = "model-unusable"


class InterviewerError(SevenstepError):
    """Say that the interviewer's next words could not be made."""

    code = "interviewer"
    status = 503
