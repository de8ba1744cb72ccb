#!/usr/bin/env bash
# Sets up, builds and runs all tests. Arguments go to ctest: scripts/test.sh -L unit
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"

"$root/scripts/build.sh"
say "running the tests"
ctest --test-dir "$root/build" --output-on-failure --no-tests=error -j 2 "$@" ||
  stop "tests failed; the list is above"
say "tests passed"
