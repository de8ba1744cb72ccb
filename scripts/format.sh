#!/usr/bin/env bash
# Formats the tracked C++ sources; with --check only lists those that are not formatted.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"
cd "$root"

# The version is fixed, as the output differs between versions.
for tool in clang-format-19 clang-format ""; do
  [[ -n $tool ]] || stop "clang-format 19 is missing: install clang-format-19"
  if "$tool" --version 2>/dev/null | grep -q 'version 19\.'; then break; fi
done
mapfile -t files < <(git ls-files '*.h' '*.cpp' '*.cu')
((${#files[@]})) || exit 0
case ${1:-} in
  --check)
    "$tool" --dry-run --Werror "${files[@]}" || stop "not formatted: run scripts/format.sh"
    say "${#files[@]} files are formatted"
    ;;
  "") "$tool" -i "${files[@]}" ;;
  *) stop "unknown argument $1; usage: scripts/format.sh [--check]" ;;
esac
