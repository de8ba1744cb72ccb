#!/usr/bin/env bash
# Compares speed with PyTorch, torch.compile, JAX and Keras: scripts/bench.sh [OPTION]...
# Builds first, and installs the peers into build/peers-venv, once. --help lists the options;
# tests/benchmark/README.md explains the figures.
#   AE_PEERS_PYTHON=PROGRAM  a Python with the peers, instead of that environment
#   AE_DATA_ROOT=DIR         the folder that contains mnist/
#   PIP_INDEX_URL, ...       pip's own settings, such as an index with PyTorch's small CPU build
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"

benchmark=$root/tests/benchmark
venv=$root/build/peers-venv
requirements=$benchmark/peers/requirements.txt
log=$root/.cache/peers.log

# Installs the peers into a virtual environment, which is renamed to its final path when complete.
install_peers() {
  if cmp -s "$requirements" "$venv/requirements.txt"; then
    say "the peers are in $venv"
    return 0
  fi
  local free new=$venv.new
  mkdir -p "$root/.cache" "$root/build" || stop "$root cannot be written to"
  free=$(df --output=avail -m "$root" | tail -n 1)
  ((free >= 4000)) || stop "the peers need 4000 MiB in $root/build, where $((free)) MiB are free"
  say "installing the peers into $venv, once: some 3 GB, this takes minutes ($log)"
  rm -rf "$new"
  python3 -m venv "$new" >"$log" 2>&1 ||
    stop "python3 cannot make $new: $(tail -n 1 "$log") (on Debian: install python3-venv)"
  "$new/bin/python" -m pip install --disable-pip-version-check -r "$requirements" >"$log" 2>&1 ||
    stop "pip could not install the peers (no network?): $(grep ERROR "$log" | tail -n 1); details in $log"
  cp "$requirements" "$new/requirements.txt"
  rm -rf "$venv"
  mv "$new" "$venv"
}

command -v python3 >/dev/null || stop "python3 is missing: install it"
build=1 peers=1 data=1 options=()
[[ -z ${AE_PEERS_PYTHON:-} ]] || options=(--peers-python "$AE_PEERS_PYTHON")
for argument in "$@"; do
  case $argument in
    -h | --help) exec python3 "$benchmark/speed.py" --help ;;
    --bin | --bin=*) build= ;;
    --data-root | --data-root=*) data= ;;
    --without-peers | --peers-python | --peers-python=*) peers= ;;
  esac
done
[[ -z $peers || -n ${AE_PEERS_PYTHON:-} ]] || install_peers
[[ -z $data || -f ${AE_DATA_ROOT:-$root/data}/mnist/train-images-idx3-ubyte.gz ]] ||
  "$root/scripts/fetch_data.sh" mnist
[[ -z $build ]] || "$root/scripts/build.sh" programs
exec python3 "$benchmark/speed.py" "${options[@]}" "$@"
