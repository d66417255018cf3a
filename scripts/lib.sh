# Shared by the scripts of this folder. Source it; it changes to the repository's root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD
START_SECONDS=$SECONDS
exec 3>&1 # progress reaches the reader also from a step whose output goes to a log

if [ -t 1 ]; then BOLD=$'\e[1m'; RESET=$'\e[0m'; else BOLD=; RESET=; fi

# A progress line with the minutes and seconds since the start.
say() {
  local passed=$((SECONDS - START_SECONDS))
  printf '%s[%02d:%02d] %s%s\n' "$BOLD" $((passed / 60)) $((passed % 60)) "$*" "$RESET" >&3
}

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "need root (or sudo) for: $*"
  fi
}

# Installs those of the named Debian packages that are missing.
need_packages() {
  command -v apt-get >/dev/null || {
    say "no apt-get here: expecting these to be installed already: $*"
    return 0
  }
  local missing=()
  local name
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} = 0 ] && return 0
  say "installing Debian packages: ${missing[*]}"
  as_root apt-get -o Acquire::Retries=3 update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install -y -qq --no-install-recommends "${missing[@]}" \
    >"$ROOT/build/apt.log" 2>&1 || {
    tail -20 "$ROOT/build/apt.log" >&2
    die "apt-get install failed (whole log: build/apt.log)"
  }
}

# Node 18 or newer with npm; Debian's where there is none.
need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || need_packages nodejs npm
  [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 18')" = true ] ||
    die "Node.js 18 or newer is needed; found $(node --version)"
}

# npm ci in a folder, once for each state of its lock file.
need_npm() {
  local folder=$1
  local stamp=$folder/node_modules/.countersign-stamp
  local want
  want=$(sha256sum "$folder/package-lock.json" | cut -d' ' -f1)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && return 0
  say "installing npm packages of $folder"
  (cd "$folder" && npm ci --fetch-retries=5 --no-audit --no-fund --loglevel=error)
  echo "$want" >"$stamp"
}

# The preset native configures the tests and benchmarks, too, whoever builds it.
PACKAGES_NATIVE=(g++ cmake ninja-build pkg-config ca-certificates python3 libcrypto++-dev libcbor-dev
  nlohmann-json3-dev libcpp-httplib-dev libssl-dev libsqlite3-dev libgtest-dev libgmock-dev libbenchmark-dev)
PACKAGES_WASM=(emscripten node-acorn dpkg-dev)
PACKAGES_TEST=(clang-14 libclang-rt-14-dev clang-format-14 chromium firefox-esr openssl procps unicode-data bzip2)

# Configures a preset once and builds the targets (all, if none are named).
build_preset() {
  local preset=$1
  shift
  if [ ! -f "build/$preset/build.ninja" ]; then
    say "configuring $preset"
    cmake --preset "$preset" >"build/$preset-configure.log" 2>&1 || {
      tail -30 "build/$preset-configure.log" >&2
      die "configuring $preset failed"
    }
  fi
  say "building $preset"
  local targets=()
  local name
  for name in "$@"; do targets+=(--target "$name"); done
  local next=$((SECONDS + 15))
  local line
  cmake --build --preset "$preset" "${targets[@]}" 2>&1 | tee "build/$preset-build.log" | while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] && ((SECONDS >= next)); then
      say "building $preset: ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} steps"
      next=$((SECONDS + 15))
    fi
  done || {
    grep -E 'error|FAILED|fatal' "build/$preset-build.log" | head -20 >&2 || true
    tail -20 "build/$preset-build.log" >&2
    die "building $preset failed (whole log: build/$preset-build.log)"
  }
  tail -1 "build/$preset-build.log"
}

mkdir -p build
