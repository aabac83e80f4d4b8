# Debian packages, by what needs them, and how they are installed. Sourced by the other scripts.

packages_build="g++ cmake ninja-build pkg-config libxsimd-dev libsentencepiece-dev libsndfile1-dev \
libsamplerate0-dev libutf8proc-dev zlib1g-dev libmd-dev libeigen3-dev nlohmann-json3-dev \
libcli11-dev libcurl4-openssl-dev"
packages_test="$packages_build libgtest-dev libbenchmark-dev liblzma-dev xz-utils \
python3 ccache clang libclang-rt-14-dev clang-format binutils ffmpeg doxygen"
packages_x86_emulator="qemu-user-static"
packages_aarch64="$packages_test g++-aarch64-linux-gnu qemu-user-static"
# What an arm64 build finds in its own root (see aarch64_root).
packages_aarch64_root="libsentencepiece-dev libsndfile1-dev libsamplerate0-dev libutf8proc-dev \
zlib1g-dev libmd-dev libgtest-dev liblzma-dev libxsimd-dev nlohmann-json3-dev libeigen3-dev \
libcli11-dev libcurl4-openssl-dev libstdc++6"

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# Installs those of the packages that are missing; asks no network if there are none.
install_packages() {
  local missing=""
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      missing="$missing $package"
  done
  if [ -n "$missing" ]; then
    echo "installing:$missing" >&2
    as_root apt-get update -q >&2
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      $missing >&2
  fi
}

# Unpacks the arm64 libraries into the folder $1. Debian cannot install all of them beside the
# machine's own, so they are downloaded with package lists of their own and installed nowhere.
aarch64_root() {
  local root="$1" state="$1.apt"
  # Made anew when the list has changed.
  if [ "$(cat "$root/complete" 2>/dev/null)" = "$packages_aarch64_root" ]; then
    return
  fi
  rm -rf "$root" "$state"
  mkdir -p "$root" "$state/lists/partial" "$state/archives/partial"
  touch "$state/status"
  local apt=(apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64
    -o APT::Sandbox::User="$(id -un)" -o Dir::State="$state" -o Dir::State::status="$state/status"
    -o Dir::Cache="$state" -o Dir::Cache::archives="$state/archives" -o Debug::NoLocking=1)
  "${apt[@]}" update >&2
  # shellcheck disable=SC2086
  "${apt[@]}" install -y --download-only --no-install-recommends $packages_aarch64_root >&2
  for package in "$state"/archives/*.deb; do
    dpkg-deb -x "$package" "$root"
  done
  # The C library's headers are the cross compiler's.
  rm -rf "$state"
  echo "$packages_aarch64_root" >"$root/complete"
}
