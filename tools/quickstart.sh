#!/usr/bin/env bash
# From a bare Debian or Raspberry Pi OS to text: installs the packages, builds sotto, and
# transcribes the bundled recording with the bundled model. Can be run again at any time.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/packages.sh

# shellcheck disable=SC2086
install_packages $packages_build
cmake -S . -B build/quickstart -G Ninja -DCMAKE_BUILD_TYPE=Release >&2
cmake --build build/quickstart --target sotto_command >&2

sotto=build/quickstart/tools/sotto
sound=tools/demo/samples/phone_flite_slt.wav
echo "$sotto transcribe -m tools/demo/digits.gguf $sound" >&2
"$sotto" transcribe -m tools/demo/digits.gguf "$sound"
