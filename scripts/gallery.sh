#!/usr/bin/env bash
# Makes the figures of a lecture on autoencoders again, each with its commands, in one page without other files:
# scripts/gallery.sh [--quick] [--data-root DIR] [--bin DIR] [FOLDER], gallery/index.html by default.
# Builds first, unless --bin names the folder of the programs. Needs Python 3 alone. A second call does what is
# missing: runs that were interrupted are resumed, and what is finished stays.
#   --quick           fewer epochs
#   --data-root DIR   the folder that contains mnist/ (scripts/fetch_data.sh mnist)
#   AE_DATA_ROOT=DIR  the same; without MNIST, what needs it is left out
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"

command -v python3 >/dev/null || stop "python3 is missing: install it"
build=1
for argument in "$@"; do
  case $argument in
    -h | --help | --bin | --bin=*) build='' ;;
  esac
done
[[ -z $build ]] || "$root/scripts/build.sh" programs
exec python3 "$root/scripts/gallery/make.py" "$@"
