#!/usr/bin/env bash
# The Debian packages this project needs, by purpose, and their installation.
#
#   scripts/packages.sh PURPOSE...          install what is missing
#   scripts/packages.sh --list PURPOSE...   print the names
#
# `package=command` counts as present when the command is on the PATH, whoever installed it.
set -euo pipefail

packages_for() {
    case "$1" in
        build) echo g++ cmake ninja-build=ninja ccache libboost1.81-dev libssl-dev zlib1g-dev \
            libfmt-dev nlohmann-json3-dev libjemalloc-dev ;;
        run) echo nats-server=nats-server curl=curl nodejs npm ;;
        test) echo libgtest-dev libgmock-dev libnats-dev openssl=openssl python3=python3 ;;
        browser) echo chromium=chromium ;;
        monitoring) echo prometheus=prometheus ;;
        package) echo dpkg-dev file ;;
        packagetest) echo debootstrap systemd-container systemd man-db zsh lintian python3-yaml ;;
        bench) echo libbenchmark-dev nats-server=nats-server python3=python3 valgrind=valgrind linux-perf=perf ;;
        clang) echo clang-19=clang++-19 libclang-rt-19-dev ;;
        lint) echo clang-format-19=clang-format-19 clang-tidy-19=clang-tidy-19 python3=python3 ;;
        *)
            echo "packages: unknown purpose '$1' (build, run, test, browser, monitoring, package, packagetest, bench, clang, lint)" >&2
            return 2
            ;;
    esac
}

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# A Node.js from anywhere will do if it is recent enough and brings npm.
node_is_good() {
    command -v npm >/dev/null && command -v node >/dev/null &&
        node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' 2>/dev/null
}

present() {
    local package=${1%%=*}
    case "$1" in
        nodejs | npm) node_is_good ;;
        *=*) command -v "${1#*=}" >/dev/null || installed "$package" ;;
        *) installed "$package" ;;
    esac
}

missing_packages() {
    local purpose item list
    for purpose in "$@"; do
        list=$(packages_for "$purpose") || return
        for item in $list; do
            present "$item" || echo "${item%%=*}"
        done
    done
}

refuse_to_replace_boost() {
    cat >&2 <<TEXT
packages: the headers of Boost 1.74 are installed (libboost1.74-dev, usually for libboost-dev).
packages: Debian cannot hold them next to libboost1.81-dev, which the gateway is built with;
packages: installing the latter removes the former. If that is all right, run
    $1
packages: and then this script again.
TEXT
    return 1
}

install_missing() {
    local missing command
    local -a as_root=()
    missing=$(missing_packages "$@" | sort -u | tr '\n' ' ') || return
    missing=${missing% }
    [ -n "$missing" ] || return 0
    echo "packages: missing: $missing"
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    command="${as_root[*]:+sudo }apt-get install -y --no-install-recommends $missing"

    case " $missing " in
        *" libboost1.81-dev "*)
            if installed libboost1.74-dev; then
                refuse_to_replace_boost "$command"
                return
            fi
            ;;
    esac
    if [ ${#as_root[@]} -gt 0 ] && ! sudo -n true 2>/dev/null; then
        echo "packages: installing them needs root; run" >&2
        echo "    sudo apt-get update && $command" >&2
        return 1
    fi
    echo "packages: $command"
    # An update that fails is no reason to give up: the lists at hand may do.
    "${as_root[@]}" apt-get -qq update || echo "packages: apt-get update failed, going on" >&2
    # shellcheck disable=SC2086 # the names are words
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends $missing </dev/null; then
        echo "packages: the installation failed; mend what apt-get says above, or run" >&2
        echo "    $command" >&2
        return 1
    fi
    missing=$(missing_packages "$@" | sort -u | tr '\n' ' ')
    if [ -n "$missing" ]; then
        echo "packages: installed, and yet not found or too old: ${missing% }" >&2
        echo "packages: (Node.js must be 18 or newer and come with npm: $(command -v node || echo none))" >&2
        return 1
    fi
}

# Debian keeps daemons such as nats-server in a directory that is not on every user's PATH.
PATH=$PATH:/usr/sbin:/sbin

if [ "${1:-}" = --list ]; then
    shift
    for purpose in "$@"; do
        list=$(packages_for "$purpose")
        for item in $list; do echo "${item%%=*}"; done
    done
    exit 0
fi
if [ $# -eq 0 ]; then
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
    exit 2
fi
if ! command -v dpkg-query >/dev/null; then
    echo "packages: no Debian system; taking it that the like of these is installed:" >&2
    "$0" --list "$@" | sed 's/^/    /' >&2
    exit 0
fi
install_missing "$@"
