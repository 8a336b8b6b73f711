import subprocess
import sys
from pathlib import Path

import app

ROOT = Path(app.__file__).parents[1]


def test_importing_the_package_or_the_codec_brings_in_no_sql() -> None:
    code = "import sys, app.storage, app.storage.codec; print({'sqlalchemy', 'alembic'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
