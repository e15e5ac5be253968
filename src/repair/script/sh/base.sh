#if file
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

# Quotes are meant as such below: nothing in single ones is to be expanded or escaped. In the
# formats of printf, %% is a percent sign, whatever stands behind it.
# shellcheck disable=SC1003,SC2016,SC2088,SC3050

#end
# zsh follows POSIX only when told to.
if [ -n "${ZSH_VERSION-}" ]; then emulate sh; fi
set -u
# Files are bytes here, whatever the language of the terminal; and what a shell hands on to others
# must not lead a directory or a file elsewhere.
LC_ALL=C
export LC_ALL
CDPATH=
set +C

#@ settings

# ---------------------------------------------------------------- words

say() { printf "%s\n" "$@"; }

# What each step is called; the plan, the run and a report of what is left all read it here.
titles() {
#@ titles
}

title() { titles | head -n "$1" | tail -n 1; }

# Step, why, what changes, how it is checked, how it is undone.
plan_step() {
    say "" "  $1. $(title "$1")"
    if [ -n "$2" ]; then say "     why:     $2"; fi
    if [ -n "$3" ]; then say "     changes: $3"; fi
    if [ -n "$4" ]; then say "     checked: $4"; fi
    if [ -n "$5" ]; then say "     undone:  $5"; fi
}

plan() {
#@ plan
}

step() {
    current_step=$1
    say "" "[$1/$step_count] $(title "$1")"
}

exit_status=
done_so_far=
#if files
is_written=no
#end
#if start
unsure=
#end
#if restart
was_stopped=no
#end
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
    trap "" HUP INT TERM
#if waits
    end_task
#end
    exec 1>&2
    say "" "Stopped: $2"
    if [ -n "$done_so_far" ]; then
        say "Done before that:$done_so_far"
#if start
    elif [ -n "$unsure" ]; then :
#end
    else
        say "Nothing was changed."
    fi
#if start
    if [ -n "$unsure" ]; then say "$unsure; this says how it is: limactl list $instance"; fi
#end
#if restart
    if [ "$was_stopped" = yes ]; then say "$instance is stopped; to start it as it is: limactl start $instance"; fi
#end
    if [ "$mode" = --apply ] && [ "$current_step" -gt 0 ]; then
        say "Not done, or not finished:"
        titles | tail -n "+$current_step" | while IFS= read -r title; do say "  - $title"; done
#if file
        say "To go on once the cause is gone, run this again with --apply."
#end
#if paste
        say "To go on once the cause is gone, paste this again."
#end
#if files
        if [ "$is_written" = yes ]; then
#if file
            say "To go back, run this with --undo."
#end
#if paste
            say "To go back, paste this again with --undo as its last word."
#end
        fi
#end
    fi
#if files
    if [ "$mode" = --undo ] && [ -d "$undo_mark" ]; then
        say "To go on once the cause is gone, do the same again."
    fi
#end
    exit "$1"
}

stop_at_signals() { trap "stop_here 130 interrupted" HUP INT TERM; }

#if messages
# Shows what a command said before it failed.
messages() { if [ -s "$work/messages" ]; then sed "s/^/    | /" "$work/messages"; fi; }

#end
#if numbers
# Whether a text holds nothing but digits.
is_number() { [ -n "$1" ] && [ "$(printf "%s=" "$1" | tr -d 0-9)" = "=" ]; }

#end
work=
current_step=0

clean_up() {
#if waits
    end_task
#end
#if write
    remove_probe
#end
    if [ -n "$work" ]; then rm -rf -- "$work"; fi
    # mksh loses the status of a script that a signal ended.
    if [ -n "$exit_status" ]; then exit "$exit_status"; fi
}

# A directory that nobody else can read, for copies of the files; it goes when the script ends.
make_work() {
    work=$(mktemp -d) || stop_here 4 "no temporary directory can be made"
}
#if waits

# ---------------------------------------------------------------- what takes long

task=
# A terminal would expand the character itself.
bang=$(printf "\041")

is_there() { [ -n "$task" ] && kill -0 "$task" 2>/dev/null; }

# Ends what still runs in the background: by the second signal, if not by the first.
end_task() {
    for signal in TERM KILL; do
        if is_there; then kill -s "$signal" "$task"; fi
        waited=0
        while is_there && [ "$waited" -lt 5 ]; do
            sleep 1
            waited=$((waited + 1))
        done
    done
    if [ -n "$task" ]; then wait "$task" 2>/dev/null; fi
    task=
}

# Runs a command for so many seconds at most; too_long says whether it had to be ended.
take_time() {
    say "  this can take some minutes, at most $(($1 / 60))"
    limit=$1
    shift
    too_long=no
    "$@" </dev/null &
    eval "task=\$$bang"
    waited=0
    while is_there; do
        if [ "$waited" -ge "$limit" ]; then
            too_long=yes
            end_task
            return 1
        fi
        sleep 1
        waited=$((waited + 1))
        if [ "$((waited % 60))" = 0 ]; then say "  still waiting, for $((waited / 60)) of at most $((limit / 60)) minutes"; fi
    done
    wait "$task"
    task_status=$?
    task=
    return "$task_status"
}
#end
#if directories

# ---------------------------------------------------------------- directories of the host

# Lima would make it like this, too. What is beyond your rights is left to you: a line with sudo is
# only shown. Directory, how it is used, the line that makes it, the line that gives it to you, which
# is empty for one that must not be given away.
need_directory() {
    if [ -d "$1" ]; then
        if [ -w "$1" ]; then
            say "  $1 is there, and you may write to it"
        elif [ "$2" = read ] && [ -r "$1" ] && [ -x "$1" ]; then
            say "  $1 is there, and you may read it"
        elif [ -z "$4" ]; then
            stop_here 4 "$1 is there, but not for you to ${2}; others may need it as it is, so keep the files in a directory of your own"
        else
            say "  $1 is there, but not for you to ${2}. This line gives it to you; it is not run for you:" "" "    $4" ""
            stop_here 4 "$1 does not belong to you; see to it as said above, then run this again"
        fi
    elif mkdir -p -- "$1" 2>"$work/messages"; then
        did "$1 made"
    elif [ -z "$3" ]; then
        messages
        stop_here 4 "$1 could not be made, and is no place for files of your own: choose another directory"
    else
        messages
        say "  You may not make $1. This line makes it and gives it to you; it is not run for you:" "" "    $3" ""
        stop_here 4 "$1 could not be made; make it as said above, then run this again"
    fi
}
#end
