#!/usr/bin/env bash
# Prepares this machine for a build: installs system packages (on Debian and Ubuntu, as root or with
# sudo), LibTorch, and headers for UMAP, if they are missing. The other scripts call it. Arguments are further packages.
#   AE_NO_APT=1                   leave system packages alone; CMake downloads missing libraries
#   CMAKE_PREFIX_PATH, Torch_DIR  a LibTorch of your own
#   PIP_INDEX_URL, ...            pip's own settings, such as an index with the small CPU build
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"
cd "$root"

torch_version=2.13.0
assorthead_version=0.2.2 # the PyPI package that holds umappp
venv=$root/.venv
log=$root/.cache/setup.log
packages=(ninja-build ccache libcli11-dev nlohmann-json3-dev libspdlog-dev libgtest-dev libgmock-dev
  libstb-dev zlib1g-dev libxxhash-dev python3-jsonschema "$@")

# older_than VERSION MINIMUM
older_than() { [[ $1 != "$2" && $(printf '%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]; }

# require_space MEBIBYTES PURPOSE
require_space() {
  local free
  free=$(df --output=avail -m "$root" | tail -n 1)
  ((free >= $1)) || stop "$2 needs $1 MiB in $root, where $((free)) MiB are free"
}

# Prints the last error in the log.
reason() { grep -E '^(E:|ERROR|error|.*No space left)' "$log" | tail -n 1 || tail -n 1 "$log"; }

install_packages() {
  local missing=() package command
  for command in g++ cmake python3; do
    command -v "$command" >/dev/null || missing+=("$command")
  done
  if command -v dpkg-query >/dev/null; then
    local installed
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true)
    for package in "${packages[@]}"; do
      grep -qx "installed $package" <<<"$installed" || missing+=("$package")
    done
  fi
  # On Debian, `python3 -m venv` needs a separate package.
  if [[ $1 == venv ]] && ! python3 -c 'import ensurepip' 2>/dev/null &&
    ! python3 -m pip --version >/dev/null 2>&1; then
    missing+=(python3-venv)
  fi
  ((${#missing[@]})) || return 0
  if [[ -n ${AE_NO_APT:-} ]] || ! command -v apt-get >/dev/null; then
    for command in g++ cmake python3 ninja; do
      command -v "$command" >/dev/null || stop "$command is missing: install it"
    done
    say "system packages left alone; CMake downloads the libraries that are missing"
    return 0
  fi
  local sudo=()
  if ((EUID != 0)); then
    sudo -n true 2>/dev/null ||
      stop "packages are missing and this user may not install them; have installed: ${missing[*]}"
    sudo=(sudo -n)
  fi
  say "installing packages: ${missing[*]}"
  require_space 500 "installing packages"
  local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300)
  { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 ||
    stop "apt-get could not install ${missing[*]} (no network?): $(reason); details in $log"
}

check_tools() {
  local cmake compiler=${CXX:-c++} version
  [[ -n ${CXX:-} ]] || command -v "$compiler" >/dev/null || compiler=g++
  cmake=$(cmake --version | sed -n 's/^cmake version \([0-9.]*\).*/\1/p')
  ! older_than "$cmake" 3.25 || stop "CMake $cmake is too old: 3.25 or newer is needed"
  version=$("$compiler" -dumpfullversion -dumpversion 2>/dev/null) ||
    stop "the C++ compiler $compiler does not run; name another with CXX="
  local minimum=11
  if "$compiler" --version | grep -q clang; then minimum=14; fi
  ! older_than "$version" "$minimum" ||
    stop "the C++ compiler $compiler $version is too old: C++20 needs g++ 11 or clang 14; name one with CXX="
}

# Sets `pip` to the command that installs into the environment of PYTHON.
find_pip() {
  if "$1" -m pip --version >/dev/null 2>&1 || "$1" -m ensurepip >"$log" 2>&1; then
    pip=("$1" -m pip)
  elif python3 -m pip --version >/dev/null 2>&1; then
    pip=(python3 -m pip --python "$1")
  else
    return 1
  fi
}

# Installs LibTorch into the virtual environment, which is renamed to its final path when complete.
install_torch() {
  local new=$venv pip=()
  if [[ ! -x $venv/bin/python ]]; then
    new=$venv.new
    rm -rf "$new"
    require_space 1600 "LibTorch"
    python3 -m venv --without-pip "$new" >"$log" 2>&1 || stop "python3 cannot make $new: $(tail -n 1 "$log")"
  fi
  find_pip "$new/bin/python" ||
    stop "python3 can neither make an environment with pip nor has pip: install python3-venv"
  # Downloads to the file system whose free space was checked.
  export TMPDIR=$root/.cache/tmp PIP_DISABLE_PIP_VERSION_CHECK=1
  rm -rf "$TMPDIR" && mkdir -p "$TMPDIR"
  local needed=1600 kind="the CPU build, 1 GB" wanted=("torch==$torch_version")
  "${pip[@]}" install --dry-run --report "$TMPDIR/report.json" "${wanted[@]}" >"$log" 2>&1 ||
    stop "pip finds no ${wanted[*]} (no network?): $(reason); details in $log"
  if grep -q '"name": "nvidia-' "$TMPDIR/report.json"; then
    needed=9000 kind="the CUDA build, 5 GB: this takes a while"
    # Headers for the sources that use CUDA graphs.
    wanted+=('nvidia-cuda-crt==13.0.*' 'nvidia-cuda-cccl==13.0.*')
  fi
  require_space "$needed" "LibTorch ($kind)"
  say "installing LibTorch $torch_version into .venv ($kind)"
  "${pip[@]}" install --no-cache-dir "${wanted[@]}" >"$log" 2>&1 ||
    stop "pip could not install ${wanted[*]}: $(reason); details in $log"
  rm -rf "$TMPDIR"
  [[ $new == "$venv" ]] || mv "$new" "$venv"
}

# Installs headers for UMAP into the virtual environment. The build does without if this fails; it is
# tried again a day later.
install_umap() {
  local pip=() failed=$root/.cache/no_umap
  if compgen -G "$venv/lib/python3*/site-packages/assorthead-$assorthead_version.dist-info" >/dev/null ||
    [[ -n $(find "$failed" -mmin -1440 2>/dev/null) ]]; then
    return 0
  fi
  say "installing headers for UMAP into .venv"
  export TMPDIR=$root/.cache/tmp PIP_DISABLE_PIP_VERSION_CHECK=1
  rm -rf "$TMPDIR" && mkdir -p "$TMPDIR"
  if { [[ -x $venv/bin/python ]] || python3 -m venv --without-pip "$venv" >"$log" 2>&1; } &&
    find_pip "$venv/bin/python" &&
    "${pip[@]}" install --no-cache-dir --no-deps --retries 1 --timeout 20 \
      "assorthead==$assorthead_version" >"$log" 2>&1; then
    rm -f "$failed"
  else
    touch "$failed"
    say "the build does without UMAP, as assorthead $assorthead_version could not be installed:" \
      "$(reason); remove $failed to try again"
  fi
  rm -rf "$TMPDIR"
}

locate_torch() {
  local message
  if ! message=$(cmake -P cmake/LocateTorch.cmake 2>&1); then
    stop "$(tr '\n' ' ' <<<"$message" | sed -E 's/.*no LibTorch/no LibTorch/; s/ Call Stack.*//; s/  +/ /g')"
  fi
  echo "$message"
}

mkdir -p .cache 2>/dev/null || stop "$root cannot be written to"
if command -v cmake >/dev/null && command -v python3 >/dev/null; then
  torch=$(locate_torch)
else
  torch=
fi
if [[ -n $torch ]]; then
  install_packages ""
else
  install_packages venv
fi
check_tools
if [[ -z $torch ]]; then
  torch=$(locate_torch)
  [[ -n $torch ]] || install_torch
  torch=$(locate_torch)
fi
install_umap
say "ready, with LibTorch in $torch"
