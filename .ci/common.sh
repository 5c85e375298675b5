# shellcheck shell=bash
# What .ci/run and .ci/nightly share: a work directory, a clone of this tree as it stands, steps with their times.

set -euo pipefail
exec </dev/null
unset PYTHONPATH PYTHONHOME PYTEST_ADDOPTS VIRTUAL_ENV
export PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
clone=$work/clone
timings=()

finish() {
    local status=$? pids
    pids=$(jobs -p)
    # shellcheck disable=SC2086 # one word a process
    [ -z "$pids" ] || kill $pids 2>/dev/null || true
    rm -rf "$work"
    printf '\n=== times\n'
    printf '%s\n' "${timings[@]}" "all: $SECONDS s"
    [ "$status" -eq 0 ] && printf 'Everything passed.\n' || printf 'FAILED.\n'
    exit "$status"
}
trap finish EXIT

step() { # step NAME COMMAND…: run it under its name, and take the time
    local name=$1 start=$SECONDS
    shift
    printf '\n=== %s\n' "$name"
    "$@"
    timings+=("$name: $((SECONDS - start)) s")
}

failed=0

attempt() { # attempt NAME COMMAND…: like step, and go on if it fails; whoever uses it ends with: exit "$failed"
    local name=$1 start=$SECONDS word=''
    shift
    printf '\n=== %s\n' "$name"
    "$@" || { failed=1 && word=', FAILED'; }
    timings+=("$name: $((SECONDS - start)) s$word")
    printf '=== %s\n' "${timings[-1]}"
}

make_clone() { # the tree as it stands, what is not committed included, as a repository of its own
    mkdir "$clone"
    git -C "$here" ls-files -z --cached --others --exclude-standard |
        (cd "$here" && while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done) |
        tar -C "$here" --null --files-from=- -cf - | tar -C "$clone" -xf -
    git -C "$clone" init -q
    git -C "$clone" add -A
}

make_venv() { # make_venv PYTHON DIRECTORY REQUIREMENT…: a fresh environment with the tested versions
    local python=$1 directory=$2
    shift 2
    "$python" -m venv "$directory"
    "$directory/bin/pip" install -q -c "$clone/constraints.txt" "$@"
}

find_python() { # find_python 3.12: the path of one that runs and can make environments, from PATH or from pyenv
    local candidate
    while IFS= read -r candidate; do
        if "$candidate" -c "import ensurepip, sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done < <(
        type -ap "python$1" python3 || true
        if command -v pyenv >/dev/null; then compgen -G "$(pyenv root)/versions/$1.*/bin/python$1" || true; fi
    )
    return 1
}
