#!/usr/bin/env bash
# Unit and system tests of a build under one sanitizer: `sanitize.sh thread` or `... address`. The
# first report of any process ends that process with exit code 66 and stays as a file in the
# report folder; the run fails when a test failed or when that folder is not empty.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -x /usr/bin/python3 ] && python=/usr/bin/python3 || python=python3
case ${1:-} in
    thread) scratch=.build-tsan ;;
    address) scratch=.build-asan ;;
    *) echo "usage: sanitize.sh thread|address" >&2; exit 2 ;;
esac
build=(--sanitize="$1" --scratch-path "$scratch")
reports=$PWD/$scratch/reports
rm -rf "$reports"
mkdir -p "$reports"
options="exitcode=66 halt_on_error=1 log_path=$reports/report"
export TSAN_OPTIONS="$options second_deadlock_stack=1"
export ASAN_OPTIONS="$options detect_leaks=${WEIR_LEAKS:-0} detect_stack_use_after_return=1"
failed=0

swift test --disable-xctest "${build[@]}" || failed=1

if swift build "${build[@]}" --product weir && swift build "${build[@]}" --product statsctl; then
    bin=$PWD/$(swift build "${build[@]}" --show-bin-path | sed "s|^$PWD/||")
    WEIR_SANITIZER=$1 WEIR_BINARY=$bin/weir STATSCTL_BINARY=$bin/statsctl \
        "$python" Tests/SystemTests/run.py ${ONLY:+-k "$ONLY"} || failed=1
else
    failed=1
fi

found=$(find "$reports" -type f | wc -l)
if [ "$found" -gt 0 ]; then
    echo
    echo "$found sanitizer reports in ${reports#"$PWD"/}, the first:"
    find "$reports" -type f -print -quit | xargs head -n 60
    failed=1
fi
[ "$failed" -eq 0 ] && echo "$1 sanitizer: clean" || echo "$1 sanitizer: FAILED"
exit "$failed"
