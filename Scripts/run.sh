#!/usr/bin/env bash
# Starts what `make run` built. On a terminal weir gets a process group of its own, so that Ctrl-C
# reaches weir alone: it drains, prints its summary and ends with 0, and make sees that 0.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command=(.build/release/weir)
if [ -n "${UPSTREAM:-}" ]; then
    command+=(--listen 127.0.0.1:10000 --upstream "$UPSTREAM")
else
    command+=(--demo)
fi
read -r -a more <<<"${ARGS:-}"
command+=("${more[@]}")
if [ -t 0 ] && [ -t 1 ]; then
    set -m
    "${command[@]}"
else
    exec "${command[@]}"
fi
