#!/usr/bin/env bash
# Runs the named stages in order (lint tidy unit system), all of them even when one fails, and
# ends with the sum on a line of its own: "N passed, N failed". Exit 0 only when nothing failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -x /usr/bin/python3 ] && python=/usr/bin/python3 || python=python3
mkdir -p .build
rm -f .build/test-summary
passed=0
failed=0

# Adds a stage's own last line "N passed, N failed" to the sum; a stage without one has failed.
add() {
    local stage=$1 status=$2 line=$3
    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        [ "$status" -eq 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ] || failed=$((failed + 1))
    else
        line="ended with status $status and no count"
        failed=$((failed + 1))
    fi
    results+=("$(printf '%-8s %s' "$stage" "$line")")
}

lint() {
    if swift format lint --strict --recursive --parallel \
        Sources Tests Benchmarks Package.swift; then
        echo "1 passed, 0 failed"
    else
        echo "0 passed, 1 failed"
        return 1
    fi
}

tidy() { "$python" Tests/TidyTests/tidy.py; }

unit() {
    local status=0
    rm -f .build/unit.xml .build/unit-*.xml
    swift test --disable-xctest --xunit-output .build/unit.xml || status=$?
    "$python" Scripts/xunit-count.py .build/unit*.xml || status=1
    return "$status"
}

system() {
    if [ -z "${WEIR_BINARY:-}" ]; then
        # shellcheck disable=SC2086
        swift build ${BUILD_FLAGS:--c release --static-swift-stdlib} || return 1
    fi
    "$python" Tests/SystemTests/run.py ${ONLY:+-k "$ONLY"}
}

results=()
for stage in "$@"; do
    printf '\n== %s\n' "$stage"
    log=.build/test-$stage.log
    "$stage" 2>&1 | tee "$log"
    add "$stage" "${PIPESTATUS[0]}" "$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)"
done

printf '\n'
printf '%s\n' "${results[@]}"
echo "$passed passed, $failed failed" | tee .build/test-summary
[ "$failed" -eq 0 ]
