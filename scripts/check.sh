#!/usr/bin/env bash
# What sanitizers see in the tests: scripts/check.sh [asan|tsan]..., both by default, with clang.
#   asan  addresses and undefined behaviour: the unit and property tests, and the fuzz corpora
#   tsan  races between threads: the engine's tests
#   AE_JOBS=N     compile N files at a time
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"
# shellcheck source=scripts/clang.sh
source "$root/scripts/clang.sh"
cd "$root"

kinds=("$@")
((${#kinds[@]})) || kinds=(asan tsan)
find_clang
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root}

for kind in "${kinds[@]}"; do
  case $kind in
    asan) target=in_process_tests tests='^(unit|property|corruption|fuzz)' ;;
    tsan) target=unit_engine tests='^unit_engine$' ;;
    *) stop "unknown argument $kind; usage: scripts/check.sh [asan|tsan]..." ;;
  esac
  log=.cache/$kind.log
  cmake --preset "$kind" >"$log" 2>&1 || stop "CMake could not configure build-$kind; see $log"
  say "building for $kind"
  cmake --build --preset "$kind" -j "${AE_JOBS:-$(nproc)}" --target "$target" >"$log" 2>&1 ||
    stop "the build failed: $(grep -m 1 -E 'error|FAILED' "$log"); see $log"
  say "running the tests under $kind"
  ctest --test-dir "build-$kind" --output-on-failure --no-tests=error -j 2 -R "$tests" ||
    stop "$kind found faults, or tests failed; they are above"
done
say "no faults"
