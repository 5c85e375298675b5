# shellcheck shell=bash
# What .ci/run and .ci/nightly share: a work directory, a clone of this tree as it stands, steps with their times, and
# lanes, in which steps run beside each other.

set -euo pipefail
exec </dev/null
unset PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE PYTEST_ADDOPTS VIRTUAL_ENV
export PIP_DISABLE_PIP_VERSION_CHECK=1

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
clone=$work/clone
lanes='' # the process of each that runs; it leads a group of its own
: >"$work/times"
mkfifo "$work/ended"
exec 3>&1 4<>"$work/ended" # what is said at once, from a lane too; which lane has ended, and how

finish() {
    local status=$? lane
    trap '' HUP INT TERM
    for lane in $lanes; do kill -TERM -- "-$lane" 2>/dev/null || true; done
    wait
    printf '\n=== times\n'
    cat "$work/times"
    printf 'all: %s s\n' "$SECONDS"
    # What a lane's processes started may take a moment to follow them.
    rm -rf "$work" 2>/dev/null || { sleep 2 && rm -rf "$work"; }
    [ "$status" -eq 0 ] && printf 'Everything passed.\n' || printf 'FAILED.\n'
    exit "$status"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say_time() { # say_time WORDS: in the list at the end; of a lane, whose output is kept back, at once too
    printf '%s\n' "$1" >>"$work/times"
    [ -z "${lane_name:-}" ] || printf '[%s] %s\n' "$lane_name" "$1" >&3
}

step() { # step NAME COMMAND…: run it under its name, and take the time
    local name=$1 start=$SECONDS
    shift
    printf '\n=== %s\n' "$name"
    "$@"
    say_time "$name: $((SECONDS - start)) s"
}

failed=0

attempt() { # attempt NAME COMMAND…: like step, and go on if it fails; whoever uses it ends with: exit "$failed"
    local name=$1 start=$SECONDS word=''
    shift
    printf '\n=== %s\n' "$name"
    "$@" || { failed=1 && word=', FAILED'; }
    word="$name: $((SECONDS - start)) s$word"
    say_time "$word"
    printf '=== %s\n' "$word"
}

lane() { # lane FUNCTION: run it beside the other lanes; what it prints is kept, and shown when it ends
    set -m # a process group of its own: all that the lane has started ends with it
    (
        set +e # here, where the status of the inner shell is looked at; there the first failure ends it
        (
            set -e
            lane_name=$1
            "$1"
        )
        printf '%s %s\n' "$?" "$1" >&4
    ) >"$work/$1.log" 2>&1 &
    set +m
    lanes+=" $!"
}

join_lanes() { # wait for all lanes; the first that fails ends the run
    local lane status name
    for lane in $lanes; do
        read -r status name <&4
        printf '\n\n##### lane: %s\n' "$name"
        cat "$work/$name.log"
        [ "$status" -eq 0 ] || { printf '\n##### lane: %s FAILED, status %s\n' "$name" "$status" && exit "$status"; }
    done
    wait
    lanes=''
}

make_clone() { # the tree as it stands, what is not committed included, as a repository of its own
    mkdir "$clone"
    git -C "$here" ls-files -z --cached --others --exclude-standard |
        (cd "$here" && while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done) |
        tar -C "$here" --null --files-from=- -cf - | tar -C "$clone" -xf -
    git -C "$clone" init -q
    git -C "$clone" add -A
}

make_tools() { # the environment of the tools; its pip fills the others: the newest takes half the time of Python's own
    python3 -m venv "$work/dev"
    "$work/dev/bin/python" -m pip install -q --no-compile --upgrade -c "$clone/constraints.txt" pip
    add_to "$work/dev" -e '.[dev]'
}

make_venv() { # make_venv PYTHON DIRECTORY REQUIREMENT…: a fresh environment with the tested versions
    "$1" -m venv --without-pip "$2"
    add_to "${@:2}"
}

add_to() { # add_to DIRECTORY REQUIREMENT…: into an environment; half the time goes into compiling what few tests import
    "$work/dev/bin/pip" --python "$1" install -q --no-compile -c "$clone/constraints.txt" "${@:2}"
}

find_python() { # find_python 3.12: the path of one that runs and can make environments, from PATH or from pyenv
    local candidate
    while IFS= read -r candidate; do
        if "$candidate" -c "import sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done < <(
        type -ap "python$1" python3 || true
        if command -v pyenv >/dev/null; then compgen -G "$(pyenv root)/versions/$1.*/bin/python$1" || true; fi
    )
    return 1
}
