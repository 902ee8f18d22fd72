#!/usr/bin/env bash
# Installs what is missing for one purpose: run, test or bench. When nothing is missing it only
# looks and ends. Needs apt (Debian 12 or a relative); elsewhere it prints the list and ends.
# Packages that bring a daemon (nginx, haproxy, prometheus) are installed without starting it.
set -euo pipefail
purpose=${1:-run}
PATH="$PATH:/usr/sbin:/sbin"
missing=()

needs_command() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
needs_file() { [ -e "$1" ] || missing+=("$2"); }

needs_command git git
needs_command pkg-config pkg-config
needs_file /usr/include/sqlite3.h libsqlite3-dev
needs_file /usr/include/zstd.h libzstd-dev
needs_file /usr/include/re2/re2.h libre2-dev
if [ "$purpose" != run ]; then
    needs_command curl curl
    needs_command nginx nginx-light
    needs_command wrk wrk
    needs_command promtool prometheus
    needs_file /usr/bin/python3 python3
    needs_command cc gcc
    needs_file /usr/include/stdlib.h libc6-dev
fi
if [ "$purpose" = bench ]; then
    needs_command haproxy haproxy
    needs_command valgrind valgrind
    needs_command strace strace
    needs_command objcopy binutils
    needs_command victoria-metrics victoria-metrics
    /usr/bin/python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
fi

if ! command -v swift >/dev/null 2>&1; then
    cat >&2 <<'TEXT'
weir needs the Swift 6.2 toolchain or newer, and there is no `swift` on the PATH.
Get it from https://www.swift.org/install/linux/ (Debian 12, x86_64 or aarch64), put its usr/bin
on the PATH, and run the same command again.
TEXT
    exit 1
fi
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "This system has no apt. Please install (names as in Debian): ${missing[*]}" >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "Please run as root: apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

# dpkg asks this file whether a fresh package may start its daemon. It is only put there when
# nobody else did, and it is taken away again however the script ends.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
fi

echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends)
if ! "${as_root[@]}" "${install[@]}" "${missing[@]}" >/dev/null 2>&1; then
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" "${install[@]}" "${missing[@]}"
fi

# A daemon that came with a package we installed here must not appear after the next boot either.
if [ -d /run/systemd/system ]; then
    for package in "${missing[@]}"; do
        case $package in
            nginx-light) "${as_root[@]}" systemctl disable --quiet nginx || true ;;
            haproxy | prometheus | victoria-metrics)
                "${as_root[@]}" systemctl disable --quiet "$package" || true ;;
        esac
    done
fi
