import subprocess
import sys

HEAVY = ("chromadb", "sqlalchemy", "fastapi", "streamlit", "numpy", "openai", "langchain_core", "wordllama", "jinja2")


def test_the_client_loads_nothing_heavy() -> None:
    program = f"import sys, app.client; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "[]"
