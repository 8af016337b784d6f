#!/usr/bin/env bash
# Runs make targets one after the other; prints what each took and what the test runner counted. Fails with the first.
set -euo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
begin=$SECONDS
passed=0
for target in "$@"; do
  start=$SECONDS
  echo "== $target"
  if ! make --no-print-directory "$target" 2>&1 | tee "$log"; then
    echo "== $target failed after $((SECONDS - start)) s"
    exit 1
  fi
  count=$(awk '/^ℹ pass / || /^# pass / { n += $3 } END { print n + 0 }' "$log")
  passed=$((passed + count))
  echo "== $target passed in $((SECONDS - start)) s"
done
echo "== all passed in $((SECONDS - begin)) s: $passed tests"
