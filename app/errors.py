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
│   └── ServerError           it answered with a failure of its own
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


class InterviewerError(SevenstepError):
    """Say that the interviewer's next words could not be made."""

    code = "interviewer"
    status = 503
