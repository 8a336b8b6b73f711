"""`sevenstep`: every command, thin; what it needs is imported when it runs."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app import __version__
from app.cli.output import fail, show

cli = typer.Typer(
    name="sevenstep",
    help="A mock interviewer for machine learning system design interviews.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

models = typer.Typer(help="Find, fetch, choose and try language models.", rich_markup_mode=None)
cli.add_typer(models, name="model")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


USAGE_ERROR: Any = typer.BadParameter.__mro__[2]
"""ClickException: the base of all usage errors, to which Typer gives no name of its own."""


class Format(StrEnum):
    """How a report is written."""

    MD = "md"
    HTML = "html"
    JSON = "json"


class Purpose(StrEnum):
    """What a model is used for."""

    INTERVIEWER = "interviewer"
    JUDGE = "judge"
    BOTH = "both"


@cli.callback(invoke_without_command=True)
def _root(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    if version:
        show(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        show(context.get_help())


@cli.command()
def start(
    host: Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.  [default: 8501]")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    json: Json = False,
) -> None:
    """Serve the page and the API, one process, one port."""
    from app.cli.serve import serve

    serve(host, port, browser, json)


@cli.command()
def interview(
    case: Annotated[str | None, typer.Option(help="Slug of the case; see `sevenstep cases`.")] = None,
    level: Annotated[str, typer.Option(help="mid, senior or staff.")] = "senior",
    minutes: Annotated[int, typer.Option(help="Length: 20, 30, 45 or 60 are usual.")] = 45,
    steps: Annotated[str | None, typer.Option(help="Only these steps, as a drill: 1,2.")] = None,
    voice: Annotated[str, typer.Option(help="Who words the questions: scripted or model.")] = "scripted",
    judge: Annotated[str, typer.Option(help="Who grades: examiner.")] = "examiner",
    candidate: Annotated[Path | None, typer.Option(help="Take the answers from a YAML file.")] = None,
    resume: Annotated[str | None, typer.Option(metavar="ID", help="Go on with a session.")] = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write session and report there.")] = None,
) -> None:
    """Hold an interview in the terminal, or with answers from a file."""
    from app.cli.interview import Options, run_interview

    run_interview(Options(case, level, minutes, steps, voice, judge, candidate, resume, json))


@cli.command()
def cases(slug: Annotated[str | None, typer.Argument(help="Show one case.")] = None, json: Json = False) -> None:
    """List the cases, or show what a candidate may know of one."""
    from app.cli.browse import list_cases, show_case

    if slug:
        show_case(slug, json)
    else:
        list_cases(json)


@cli.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    step: Annotated[int | None, typer.Option(help="Only in this step, 1 to 7.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many passages.")] = 5,
    json: Json = False,
) -> None:
    """Search the framework and concept notes."""
    from app.cli.browse import search_notes

    search_notes(query, step, limit, json)


@cli.command()
def report(
    session: Annotated[str, typer.Argument(metavar="ID", help="A finished session.")],
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.MD,
    json: Json = False,
) -> None:
    """Print the report of a finished session."""
    from app.cli.browse import print_report

    print_report(session, "json" if json else form.value)


@cli.command()
def check(
    slug: Annotated[str | None, typer.Argument(help="Check only one case.")] = None,
    json: Json = False,
) -> None:
    """Check that all content is valid."""
    from app.cli.checks import check_all

    check_all(slug, json)


@cli.command("eval")
def evaluate(
    suite: Annotated[str, typer.Argument(help="Which suite: retrieval.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the result there too.")] = None,
    json: Json = False,
) -> None:
    """Measure a part of the program on its evaluation set."""
    from app.cli.evals import run_eval

    run_eval(suite, out, json)


@models.callback(invoke_without_command=True)
def _models(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        show(context.get_help())


@models.command("list")
def list_models(json: Json = False) -> None:
    """List profiles, the models that servers on this machine have, and the catalogue."""
    from app.cli.model import list_models

    list_models(json)


@models.command("pull")
def pull_model(name: Annotated[str, typer.Argument(help="Of the catalogue.")], json: Json = False) -> None:
    """Fetch a model of the catalogue; goes on where an earlier attempt broke off."""
    from app.cli.model import pull_model

    pull_model(name, json)


@models.command("use")
def use_model(
    model: Annotated[str, typer.Argument(metavar="NAME", help="A GGUF file, or a name that `model list` shows.")],
    base_url: Annotated[str | None, typer.Option(help="Of an OpenAI-compatible server, with /v1.")] = None,
    key_from: Annotated[str | None, typer.Option(metavar="VAR", help="Variable that holds the key.")] = None,
    context: Annotated[int | None, typer.Option(min=1024, help="Tokens of context.")] = None,
    price_in: Annotated[float | None, typer.Option(min=0, help="Dollars for a million tokens of prompt.")] = None,
    price_out: Annotated[float | None, typer.Option(min=0, help="Dollars for a million tokens of reply.")] = None,
    purpose: Annotated[Purpose, typer.Option("--for", help="What it is used for.")] = Purpose.BOTH,
    profile: Annotated[str | None, typer.Option("--name", metavar="PROFILE", help="Keep it under this name.")] = None,
    json: Json = False,
) -> None:
    """Choose a model, after asking whether it is there."""
    from app.cli.model_use import Choice, use_model

    use_model(Choice(model, base_url, key_from, context, price_in, price_out, purpose.value, profile), json)


@models.command("test")
def test_model(
    profile: Annotated[str | None, typer.Argument(help="Name of a profile; by default the interviewer's.")] = None,
    json: Json = False,
) -> None:
    """Make real calls to a model: its speed, its context, and whether JSON and seeds work."""
    from app.cli.model import test_model

    test_model(profile, json)


@cli.command()
def doctor(json: Json = False) -> None:
    """Check the installation and say what to do about each fault."""
    from app.cli.checks import examine

    examine(json)


def run() -> None:
    """Run the command line: one line for an error, exit 2 for bad input, 1 for a failure."""
    from app.errors import InputError, SevenstepError

    try:
        code = cli(standalone_mode=False)
    except typer.Abort:
        sys.exit(130)
    except USAGE_ERROR as error:
        fail(error.format_message(), 2)
    except InputError as error:
        fail(str(error), 2)
    except SevenstepError as error:
        fail(str(error), 1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    else:
        sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    run()
