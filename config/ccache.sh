#!/bin/sh
# The compiler through ccache, which has to be told some things about precompiled headers.
# usage: config/ccache.sh COMPILER ARGUMENT…   (CMakeLists.txt makes it the compilers' launcher)

CCACHE_BASEDIR=$(dirname "$(dirname "$0")")  # builds in other folders share what they can
CCACHE_NOHASHDIR=1
CCACHE_SLOPPINESS=pch_defines,time_macros
export CCACHE_BASEDIR CCACHE_NOHASHDIR CCACHE_SLOPPINESS

case " $* " in *" -x c++-header "*)
    # While the one of before lies there, the preprocessor answers with that instead of the headers themselves, and
    # ccache takes a change of them for none.
    output=
    for argument; do
        if [ "$output" = next ]; then output=$argument; break; fi
        if [ "$argument" = -o ]; then output=next; fi
    done
    rm -f "$output"
    # g++ takes a header for another one than the precompiled one if even a comment differs.
    CCACHE_COMMENTS=1
    export CCACHE_COMMENTS ;;
esac
exec ccache "$@"
