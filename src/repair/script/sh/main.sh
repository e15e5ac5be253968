
# ---------------------------------------------------------------- the modes

apply() {
    make_work
#@ apply
#if files
    unmark "$undo_mark/start"
    unmark "$undo_mark"
#end
    say ""
    if [ -z "$done_so_far" ]; then
        say "There was nothing to change. Every check that could be made passed."
    else
        say "Done:$done_so_far" "Every check that could be made passed."
#if files
#if file
        say "To go back, run this with --undo."
#end
#if paste
        say "To go back, paste this again with --undo as its last word."
#end
#end
    fi
}

show_plan() {
#if file
    say "This is the plan; nothing is changed. To do it, run: sh apply.sh --apply"
#end
#if paste
    say "This is the plan; nothing is changed. To do it, paste the same with --apply as its last word."
#end
    plan_status=0
#if vm
    say "" "The VM: $instance"
#end
#if files
    say "" "The files:"
    each_file plan_file
#end
    say "" "The steps:"
    plan
    exit "$plan_status"
}

undo() {
#if files
    make_work
    say "Looking for the backups."
    each_file find_backup
    if [ -z "$to_restore" ] && is_unmarked "$undo_mark"; then
        say "There is nothing to put back."
        return 0
    fi
#@ undo_tools
    # Kept until all is done, so that an undo that was cut short can be gone on with.
    mark "$undo_mark"
#if rewrites
    ask_status
    if is_to_restore lima && [ "$vm" = Running ]; then
        mark "$undo_mark/start"
        say "Stopping $instance."
        stop_vm
    fi
#end
    say "Putting the files back."
    each_file restore_file
#if rewrites
#if again
    if is_to_restore lima; then mark "$again_mark"; fi
#end
    if [ -d "$undo_mark/start" ]; then
        say "Starting $instance."
        start_vm
#if again
        restart_again
#end
        say "  unless its file pins one, its SSH port may be a new one: limactl list $instance"
    elif [ "$vm" = Running ]; then :; else
        say "  $instance is not running; to start it: limactl start $instance"
#if again
        if tells_mounts_apart; then :; else
            say "  Lima before 2.1 gives it the right mounts at the second start: stop it, and start it again"
        fi
#end
    fi
#end
#if again
    unmark "$again_mark"
#end
#if new
    say "  a VM that was created stays: limactl delete $instance removes it with all it holds"
#end
#@ undo_services
    unmark "$undo_mark/start"
    unmark "$undo_mark"
    say "" "Undone:$done_so_far" "The backups were left where they are."
#if directories
    say "So were directories that were made."
#end
#end
#if nofiles
    say "There is nothing to put back: this script changes no file."
#end
}

usage() {
#if file
    say "usage: sh apply.sh [--plan | --apply | --verify | --undo] [options]"
#end
#if paste
    say "usage: the pasted text with one of --plan, --apply, --verify, --undo at its end, and options"
#end
    say "" \
        "  --plan           print the plan and change nothing (the default)" \
        "  --apply          do what the plan says, and check the result" \
        "  --verify         only check" \
        "  --undo           put the files back as they were" "" \
        "  --lima FILE      the file of the VM" \
        "  --env FILE       the .env file" \
        "  --compose FILE   the Compose file; again for each further one" \
        "  --instance NAME  the name of the VM"
#if beneath
    say "  --hide-files     go on where a new mount hides files of the VM"
#end
    say "" \
        "exit status:" \
        "  0    done, or nothing to do" \
        "  1    a check failed" \
        "  2    wrong usage" \
        "  3    a file is not the one that was analysed, or is not there" \
        "  4    a command failed or took too long, or something that is needed is missing" \
        "  130  interrupted"
}

wrong_usage() {
    say "$1" "--help lists the options" >&2
    exit 2
}

# A file name that starts with a dash must not look like an option.
safe_name() {
    case $1 in
    -*) named=./$1 ;;
    *) named=$1 ;;
    esac
}

#if not_needed
not_needed() { say "(Nothing here needs $1 $named.)"; }

#end
mode=
#if composes
compose_count=0
#end
while [ "$#" -gt 0 ]; do
    case $1 in
    --plan | --apply | --verify | --undo)
        case $mode in
        "" | "$1") mode=$1 ;;
        *) wrong_usage "$mode and $1 exclude each other" ;;
        esac
        shift
        ;;
    -h | --help)
        usage
        exit 0
        ;;
#if beneath
    --hide-files)
        hide_files=yes
        shift
        ;;
#end
    --lima | --env | --compose | --instance)
        if [ -z "${2-}" ]; then wrong_usage "$1 needs a value"; fi
        safe_name "$2"
        case $1 in
#@ options
        esac
        shift 2
        ;;
    *) wrong_usage "unknown argument $1" ;;
    esac
done
mode=${mode:---plan}
#if vm

# What Lima accepts as a name.
not_a_name() { wrong_usage "\"$instance\" is no name of a VM"; }
if [ "$(printf "%s=" "$instance" | tr -d "A-Za-z0-9._-")" = "=" ]; then :; else not_a_name; fi
case $instance in
"" | [._-]* | *[._-] | *[._-][._-]* | *.yml | *.yaml) not_a_name ;;
esac
if [ "${#instance}" -gt 76 ]; then wrong_usage "the name of the VM is too long"; fi
#end
#@ defaults

#if files
for tool in cksum cmp mktemp; do
    command -v "$tool" >/dev/null 2>&1 || stop_here 4 "$tool is not found"
done
#end
trap clean_up EXIT
stop_at_signals
case $mode in
--plan) show_plan ;;
--apply) apply ;;
--undo) undo ;;
--verify)
    make_work
#@ verify_tools
    say "Checking."
    verify
    say "Every check that could be made passed."
    ;;
esac
