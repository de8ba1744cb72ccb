#!/usr/bin/env bash
# Measures the CPU figures of README.md again and prints old, new and difference:
# scripts/reproduce_readme.sh [--quick | --check | --render] [OPTION]...
# Builds first, unless --bin names the programs; --help lists the options. Needs Python 3 alone, but for the peers
# of the speed figures, which are measured only where scripts/bench.sh has installed them.
#   AE_PEERS_PYTHON=PROGRAM  a Python that has the peers
#   AE_DATA_ROOT=DIR         the folder that holds mnist/
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"

command -v python3 >/dev/null || stop "python3 is missing: install it"
build=1 data=1
for argument in "$@"; do
  case $argument in
    -h | --help | --check | --render) build='' data='' ;;
    --bin | --bin=*) build='' ;;
    --data-root | --data-root=*) data='' ;;
  esac
done
[[ -z $data || -f ${AE_DATA_ROOT:-$root/data}/mnist/train-images-idx3-ubyte.gz ]] ||
  "$root/scripts/fetch_data.sh" mnist
[[ -z $build ]] || "$root/scripts/build.sh" programs bare_libtorch
exec python3 "$root/tests/benchmark/reproduce_readme.py" "$@"
