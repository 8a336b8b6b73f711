#!/bin/sh
# Make sure that a Chromium is there for the browser tests: one on the path, else Debian's, else Playwright's own.
set -eu
python=$1

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done

if command -v apt-get >/dev/null 2>&1; then
    sudo=""
    if [ "$(id -u)" -ne 0 ]; then
        sudo="sudo -n"
    fi
    echo "Installing Chromium for the browser tests …"
    if $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; then
        exit 0
    fi
fi

echo "Fetching Playwright's Chromium for the browser tests …"
"$python" -m playwright install chromium || {
    echo "No Chromium: install one so that the command chromium is found, then run make test again." >&2
    exit 1
}
