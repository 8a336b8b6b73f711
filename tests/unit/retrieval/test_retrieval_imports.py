import subprocess
import sys
from pathlib import Path

import app

HEAVY = ("chromadb", "numpy", "wordllama", "bm25s", "snowballstemmer", "langchain_text_splitters", "httpx", "pydantic")
ROOT = Path(app.__file__).parents[1]


def test_importing_the_room_imports_nothing_heavy() -> None:
    code = f"import sys, app.retrieval; print([m for m in {HEAVY!r} if m in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, cwd=ROOT
    )

    assert done.stdout.strip() == "[]"
