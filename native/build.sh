#!/usr/bin/env bash
# Builds native.wasm from what crates.lock pins, into a folder, or into the place that simnet ships it from, where it records
# the digest. Usage: ./build.sh [FOLDER]. Needs Debian's rustc-web and rust-web-src (compiler and library source) and any
# rustup toolchain (cargo and rust-lld); no WASM target has to be installed. See README.md.
set -euo pipefail
cd "$(dirname "$0")"
host=../simnet/runtime/host
lld=$(find "${RUSTUP_HOME:-$HOME/.rustup}/toolchains" -name rust-lld | sort | head -1)
root=$(pwd -P)
flags=(
  -C "linker=$lld"
  -C link-arg=--export=__stack_pointer
  -C link-arg=-zstack-size=1048576
  -C target-feature=+simd128,+bulk-memory,+wide-arithmetic
  --cfg 'curve25519_dalek_bits="64"'
  "--remap-path-prefix=$root=native"
  "--remap-path-prefix=$(echo "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*)=crates"
  "--remap-path-prefix=$(/usr/bin/rustc --print sysroot)/lib/rustlib/src=rust"
)
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f'; echo "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc
(cd .. && python3 -m provenance.crates lay native)
cargo build --release --locked --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort
install -m 644 "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release/native.wasm" "${1:-$host}/native.wasm"
[ $# = 1 ] || (cd "$host" && sha256sum native.wasm > SHA256SUMS)
