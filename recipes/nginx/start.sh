#!/bin/sh
# Runs nginx with the configuration that it is given, and has it load its files again after each renewal.
set -eu

reload_on_renewal() {
  loaded=$1
  while sleep "${LOOK_EVERY:-5}"; do
    # Read before nginx reads its files: a renewal in between is seen at the next look.
    current=$(readlink /certificates/..data)
    if [ "$current" != "$loaded" ] && nginx -q -c "$2" -s reload; then
      loaded=$current
    fi
  done
}

reload_on_renewal "$(readlink /certificates/..data)" "$1" &
exec nginx -c "$1" -g 'daemon off;'
