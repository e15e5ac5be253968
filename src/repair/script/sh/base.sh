#!/bin/sh
#@ about
#
#   sh apply.sh            prints the plan and changes nothing, the same as --plan
#   sh apply.sh --apply    does what the plan says, checks the result, and can be run again
#   sh apply.sh --verify   only checks
#   sh apply.sh --undo     puts the files back as they were
#   sh apply.sh --help     lists the options and the exit statuses
#
# It never calls sudo.

# Single quotes are meant as such below: nothing in them is to be expanded or escaped. In the
# formats of printf, %% is a percent sign, whatever stands behind it.
# shellcheck disable=SC1003,SC2016,SC3050

# zsh follows POSIX only when told to.
if [ -n "${ZSH_VERSION-}" ]; then emulate sh; fi
set -u
# Files are bytes here, whatever the language of the terminal.
LC_ALL=C

#@ settings

# ---------------------------------------------------------------- words

say() { printf '%s\n' "$@"; }

# What each step is called; the plan, the run and a report of what is left all read it here.
titles() {
#@ titles
}

title() { titles | head -n "$1" | tail -n 1; }

plan_step() { say '' "  $1. $(title "$1")" "     $2"; }

plan() {
#@ plan
}

step() {
    current_step=$1
    say '' "[$1/$step_count] $(title "$1")"
}

exit_status=
done_so_far=
#if did
did() {
    say "  $1"
    done_so_far="$done_so_far
  - $1"
}
#end

# Says what went wrong, what was done, what was not, and how to go back; then ends the script.
stop_here() {
    exit_status=$1
    # A second signal must not cut this short.
    trap '' HUP INT TERM
    exec 1>&2
    say '' "Stopped: $2"
    if [ -n "$done_so_far" ]; then
        say "Done before that:$done_so_far"
    else
        say 'Nothing was changed.'
    fi
    if [ "$mode" = --apply ] && [ "$current_step" -gt 0 ]; then
        say 'Not done, or not finished:'
        titles | tail -n "+$current_step" | while IFS= read -r title; do say "  - $title"; done
        if [ -n "$done_so_far" ]; then
            say 'To go on once the cause is gone, run this again with --apply; to go back, with --undo.'
        fi
    fi
    exit "$1"
}

#if messages
# Shows what a command said before it failed.
messages() { if [ -s "$work/messages" ]; then sed 's/^/    | /' "$work/messages"; fi; }

#end
work=
current_step=0

clean_up() {
#if write
    remove_probe
#end
    if [ -n "$work" ]; then rm -rf -- "$work"; fi
    # mksh loses the status of a script that a signal ended.
    if [ -n "$exit_status" ]; then exit "$exit_status"; fi
}

# A directory that nobody else can read, for copies of the files; it goes when the script ends.
make_work() {
    work=$(mktemp -d) || stop_here 4 'no temporary directory can be made'
}
#if directories

# Lima would make it like this, too. What is beyond your rights is left to you: the line with sudo
# is only shown.
need_directory() {
    if [ -d "$1" ]; then
        if [ -w "$1" ]; then say "  $1 is there"; else say "  $1 is there, but you may not write to it"; fi
    elif mkdir -p -- "$1" 2>"$work/messages"; then
        did "$1 made"
    else
        messages
        say "  You may not make $1. With sudo, you may:" '' "    $2" ''
        stop_here 4 "$1 could not be made; make it as said above, then run this again"
    fi
}
#end
