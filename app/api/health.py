"""How the server is."""

from app import __version__, wire
from app.api.services import Services
from app.errors import SevenstepError


def examine(services: Services) -> wire.Health:
    """Look at everything that an interview needs."""
    database, index = _database(services), _index(services)
    cases, content = _cases(services)
    ok = database == "ok" and index.fault is None and content
    return wire.Health(
        status="ok" if ok else "degraded", version=__version__, index=index, database=database, cases=cases
    )


def _database(services: Services) -> str:
    try:
        services.check_database()
    except SevenstepError as error:
        return str(error)
    return "ok"


def _index(services: Services) -> wire.IndexHealth:
    try:
        return wire.IndexHealth(chunks=services.count_chunks())
    except SevenstepError as error:
        return wire.IndexHealth(chunks=0, fault=str(error))


def _cases(services: Services) -> tuple[int, bool]:
    try:
        return len(services.library.cases), True
    except SevenstepError:
        return 0, False
