#if vm

# ---------------------------------------------------------------- the VM

need_limactl() {
    command -v limactl >/dev/null 2>&1 || stop_here 4 "limactl is not found"
    say "  limactl is there"
}

# Shows what limactl said; it refuses to run as root, which says nothing about the files.
limactl_said() {
    messages
    if grep -q "root user" "$work/messages"; then
        stop_here 4 "limactl refuses to run as root: run this as the user who owns the VM, without sudo"
    fi
}

ask_status() {
    if vm=$(limactl list --format "{{.Status}}" "$instance" 2>"$work/messages" </dev/null); then
        return 0
    fi
#if new
    if grep -q "No instance" "$work/messages"; then
        vm=none
        return 0
    fi
#end
    limactl_said
    stop_here 4 "limactl knows no VM $instance, or failed"
}

# Only says how to force what does not end by itself: that is for a person to decide.
suggest_force() {
    stop_here 4 "$1; \"limactl stop --force $instance\" ends it like a power cut: only if nothing in it can get lost"
}

look_at_vm() {
    ask_status
#if new
    if [ "$vm" = "" ] && grep -q "No instance" "$work/messages"; then vm=none; fi
#end
    case $vm in
    Running) say "  $instance is running" ;;
    Stopped) say "  $instance is stopped" ;;
#if new
    none)
        say "  there is no VM $instance yet"
        case $lima_file in
        *.yaml | *.yml) ;;
        *) stop_here 4 "limactl makes a VM only from a file whose name ends in .yaml: give $lima_file such a name, and say --lima FILE" ;;
        esac
        ;;
#end
#if rewrites
    "")
        is_to_change lima || stop_here 4 "limactl shows no status of $instance"
        say "  limactl cannot read the present file of $instance"
        ;;
#end
    *) suggest_force "the status of $instance is \"$vm\"" ;;
    esac
#if new
#if lima
    if [ "$vm" = none ]; then :; elif is_to_change lima; then
        stop_here 4 "there is a VM $instance already, and its own file is another: have the files diagnosed for a VM that exists"
    fi
#end
#end
}

#if beneath
# Files that the VM has of its own where a directory of the host is about to be mounted: they would
# still be there, but nobody would see them. Mount point, directory of the host, and both as words
# of a command.
look_beneath() {
    if is_to_change lima; then :; else
        say "  the mount is made already"
        return 0
    fi
    if [ "$vm" = Running ]; then :; else
        say "  not looked at, since $instance is not running: what it has below $1, if anything, stays in it, but hidden"
        return 0
    fi
    ask_mount "$1"
    if [ "$mounted" = yes ]; then
        say "  $1 is a directory of the host already"
        return 0
    fi
    # The last line tells an empty list from no answer.
    limactl shell --workdir / "$instance" sudo -n sh -c "if [ -d \"\$1\" ]; then find \"\$1\" -type f; fi; echo ." sh "$1" \
        >"$work/beneath" 2>"$work/messages" </dev/null
    if [ "$(tail -n 1 "$work/beneath")" = . ]; then :; else
        messages
        say "  could not be looked at: what $instance has below $1, if anything, stays in it, but hidden"
        return 0
    fi
    : >"$work/hidden"
    while IFS= read -r hidden; do
        if [ "$hidden" = . ] || [ -e "$2/${hidden#"$1"/}" ]; then continue; fi
        printf "%s\n" "$hidden" >>"$work/hidden"
    done <"$work/beneath"
    if [ -s "$work/hidden" ]; then :; else
        say "  nothing of its own would be hidden"
        return 0
    fi
    say "  files that only $instance has below $1; as far as they are shown:"
    # Of a name that cannot be read as it is, no command is made.
    head -n 20 "$work/hidden" | tr -c "\040-\176\n" "?" | sed "s/^/    /"
    if [ "$hide_files" = yes ]; then
        say "  they will be hidden, as you said"
        return 0
    fi
    say "" "  Copy out what is needed, for each file like this:" ""
    hidden=$(head -n 1 "$work/hidden")
    hidden=${hidden#"$1"/}
    if [ "$(printf "%s=" "$hidden" | tr -d "A-Za-z0-9/._+@:,-")" = "=" ]; then :; else hidden=FILE; fi
    case $hidden in
    */*) say "    mkdir -p $4/${hidden%/*}" ;;
    esac
    say "    limactl shell --workdir / $instance sudo cat $3/$hidden >$4/$hidden" "" \
        "  --hide-files goes on and leaves in the VM, hidden, what was not copied."
    stop_here 4 "the mount at $1 would hide files that only $instance has"
}

#end
#if restart
stop_vm() {
    if [ "$vm" = Running ]; then :; else
        say "  $instance is not running"
        return 0
    fi
    unsure="$instance may have stopped"
    if take_time "$stop_limit" limactl stop "$instance"; then
        vm=Stopped
        unsure=
        was_stopped=yes
        did "$instance stopped"
    elif [ "$too_long" = yes ]; then
        suggest_force "$instance did not stop within $((stop_limit / 60)) minutes"
    else
        suggest_force "$instance did not stop"
    fi
}

#end
#if start
start_vm() {
    if [ "$vm" = Running ]; then
        say "  $instance is running"
        return 0
    fi
#if new
    if [ "$vm" = none ]; then
        case $lima_file in
        */*) ;;
        *) lima_file=./$lima_file ;;
        esac
        set -- "--name=$instance" "$lima_file"
        done_by_start="$instance created and started"
    else
        set -- "$instance"
        done_by_start="$instance started"
    fi
#end
#if existing
    set -- "$instance"
    done_by_start="$instance started"
#end
#if restart
    was_stopped=no
#end
    unsure="$instance may have started"
    if take_time "$start_limit" limactl start --tty=false "$@"; then
        unsure=
        did "$done_by_start"
    elif [ "$too_long" = yes ]; then
        stop_here 4 "$instance did not start within $((start_limit / 60)) minutes; limactl list $instance says how it is"
    else
        stop_here 4 "$instance did not start; see ha.stderr.log where limactl list --format \"{{.Dir}}\" $instance says"
    fi
    ask_status
    if [ "$vm" = Running ]; then return 0; fi
    stop_here 4 "$instance was started, but its status is \"$vm\""
}

#end
#if again
# Lima before 2.1 counts mounts: when they have changed places, the first start gives them the
# wrong contents, and the second the right ones.
tells_mounts_apart() {
    version=$(limactl --version 2>/dev/null </dev/null)
    version=${version##* }
    case ${version#v} in
    0.* | 1.* | 2.0 | 2.0.*) return 1 ;;
    [0-9]*.*) return 0 ;;
    esac
    return 1
}

restart_again() {
    if [ -d "$again_mark" ]; then :; else
        say "  there is no need to"
        return 0
    fi
    if tells_mounts_apart; then
        say "  there is no need to: Lima is 2.1 or newer"
    else
        stop_vm
        start_vm
    fi
    unmark "$again_mark"
}

#end
# The port that the VM's SSH server has on the host; only known while it runs.
ask_port() {
    port=$(limactl list --format "{{.SSHLocalPort}}" "$instance" 2>"$work/messages" </dev/null) || port=
    is_number "$port" && [ "$port" -gt 0 ]
}

need_port() {
    if ask_port; then :; else
        messages
        stop_here 4 "limactl shows no SSH port of $instance"
    fi
    say "  the SSH port is $port"
#if pin
    if [ "$port" = "$pinned_port" ]; then return 0; fi
    stop_here 1 "the SSH port is $port, though $pinned_port is pinned"
#end
}

#if follow
write_port() {
    port_place "$1" || return 0
    file_state "$@"
    if [ "$state" = corrected ]; then :; else stop_here 3 "$2 has just been changed"; fi
    source_file=$2
    "port_$1" "$port" >"$work/$1" || stop_here 4 "no copy of $2 with the port could be made"
    if cmp -s "$work/$1" "$2"; then
        say "  $2 has this port already"
        return 0
    fi
    if [ -w "$2" ]; then :; else stop_here 4 "$2 may not be written"; fi
    back_up "$@"
    is_written=yes
    cp "$2" "$work/$1.before" || stop_here 4 "$2 could not be read"
    write_over "$work/$1" "$2" "$work/$1.before"
    did "$2 has the port $port"
    obey
}

#end
#if share
# Whether a path of the VM is the host's: mounted is yes, no, or unknown.
ask_mount() {
    mounted=unknown
    # limactl of some versions says nothing about a stopped VM and succeeds: only an answer counts.
    answer=$(limactl shell --workdir / "$instance" findmnt -n -o FSTYPE -T "$1" 2>"$work/messages" </dev/null)
    if [ "$?" = 127 ]; then return 0; fi
    file_system=$(printf "%s\n" "$answer" | tail -n 1)
    case $file_system in
    9p | virtiofs | fuse.sshfs) mounted=yes ;;
    *) mounted=no ;;
    esac
}

#end
#if lima
validate() {
    # limactl takes the name of a file for the name of a VM, and lima.yaml is fit for that.
    cp "$work/lima" "$work/lima.yaml" || stop_here 4 "no copy can be made"
    if limactl validate "$work/lima.yaml" >"$work/messages" 2>&1 </dev/null; then
        say "  limactl accepts it"
    else
        limactl_said
        stop_here 4 "limactl does not accept the corrected $lima_file"
    fi
}

#end
#if restart
# A VM reads its file only when it starts.
must_restart() {
    [ "$vm" = Running ] || return 1
#if lima
    if is_to_change lima; then return 0; fi
#end
#@ stale
    return 1
}
#end
#end
