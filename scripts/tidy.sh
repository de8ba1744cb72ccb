#!/usr/bin/env bash
# Runs clang-tidy on the given sources, by default those that differ from the last commit but one.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"
cd "$root"

if ! command -v clang-tidy-19 >/dev/null || ! command -v clang++-19 >/dev/null; then
  stop "clang-tidy 19 or clang 19 is missing: install clang-19 and clang-tidy-19"
fi
files=("$@")
if ((!$#)); then
  base=$(git rev-parse -q --verify HEAD~1 || git rev-parse HEAD)
  mapfile -t files < <(git diff --name-only --diff-filter=d "$base" -- 'src/*.cpp' 'tests/*.cpp')
fi
((${#files[@]})) || { say "no sources changed"; exit 0; }

scripts/setup.sh
mkdir -p .cache
# A separate build folder, with clang's flags and no precompiled header.
CXX=clang++-19 cmake --preset dev -B build-tidy -DAE_PCH=OFF >.cache/tidy.log 2>&1 ||
  stop "CMake could not configure build-tidy; see .cache/tidy.log"
cmake --build build-tidy --target ae_generate_version >.cache/tidy.log 2>&1
say "checking ${#files[@]} files"
printf '%s\n' "${files[@]}" |
  xargs -P "$(nproc)" -n 1 clang-tidy-19 -p build-tidy --quiet --warnings-as-errors='*' 2>/dev/null ||
  stop "clang-tidy found faults; they are above"
say "no faults"
