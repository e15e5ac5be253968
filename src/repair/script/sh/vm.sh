#if vm

# ---------------------------------------------------------------- the VM

need_limactl() {
    command -v limactl >/dev/null 2>&1 || stop_here 4 'limactl is not found'
    say '  limactl is there'
}

# Shows what limactl said; it refuses to run as root, which says nothing about the files.
limactl_said() {
    messages
    if grep -q 'root user' "$work/messages"; then
        stop_here 4 'limactl refuses to run as root: run this as the user who owns the VM, without sudo'
    fi
}

ask_status() {
    if vm=$(limactl list --format '{{.Status}}' "$instance" 2>"$work/messages" </dev/null); then
        return 0
    fi
    limactl_said
    stop_here 4 "limactl knows no VM $instance, or failed"
}

# Only says how to force what does not end by itself: that is for a person to decide.
suggest_force() {
    stop_here 4 "$1; \"limactl stop --force $instance\" ends it like a power cut: only if nothing in it can get lost"
}

look_at_vm() {
    ask_status
    case $vm in
    Running) say "  $instance is running" ;;
    Stopped) say "  $instance is stopped" ;;
#if lima
    '')
        if ! is_to_change lima; then stop_here 4 "limactl shows no status of $instance"; fi
        say "  limactl cannot read the present file of $instance"
        ;;
#end
    *) suggest_force "the status of $instance is '$vm'" ;;
    esac
}

#if restart
stop_vm() {
    if [ "$vm" != Running ]; then
        say "  $instance is not running"
        return 0
    fi
    say '  this can take some minutes'
    limactl stop "$instance" </dev/null || suggest_force "$instance did not stop"
    vm=Stopped
    did "$instance stopped"
}

#end
#if start
start_vm() {
    if [ "$vm" = Running ]; then
        say "  $instance is running"
        return 0
    fi
    say '  this can take some minutes'
    limactl start --tty=false "$instance" </dev/null ||
        stop_here 4 "$instance did not start; see ha.stderr.log where limactl list --format '{{.Dir}}' $instance says"
    did "$instance started"
    ask_status
    if [ "$vm" != Running ]; then stop_here 4 "$instance was started, but its status is '$vm'"; fi
}

#end
# The port that the VM's SSH server has on the host; only known while it runs.
ask_port() {
    port=$(limactl list --format '{{.SSHLocalPort}}' "$instance" 2>"$work/messages" </dev/null) || port=
    case $port in
    '' | 0 | *[!0-9]*) return 1 ;;
    esac
}

need_port() {
    if ! ask_port; then
        messages
        stop_here 4 "limactl shows no SSH port of $instance"
    fi
    say "  the SSH port is $port"
#if pin
    if [ "$port" != "$pinned_port" ]; then
        stop_here 1 "the SSH port is $port, though $pinned_port is pinned"
    fi
#end
}

#if follow
write_port() {
    port_place "$1" || return 0
    file_state "$@"
    if [ "$state" != corrected ]; then stop_here 3 "$2 has just been changed"; fi
    source_file=$2
    "port_$1" "$port" >"$work/$1" || stop_here 4 "no copy of $2 with the port could be made"
    if cmp -s "$work/$1" "$2"; then
        say "  $2 has this port already"
        return 0
    fi
    if [ ! -w "$2" ]; then stop_here 4 "$2 may not be written"; fi
    back_up "$@"
    cp "$2" "$work/$1.before" || stop_here 4 "$2 could not be read"
    write_over "$work/$1" "$2" "$work/$1.before"
    did "$2 has the port $port"
}

#end
#if share
# Whether a path of the VM is the host's: mounted is yes, no, or unknown.
ask_mount() {
    mounted=unknown
    # limactl of some versions says nothing about a stopped VM and succeeds: only an answer counts.
    answer=$(limactl shell --workdir / "$instance" findmnt -n -o FSTYPE -T "$1" 2>"$work/messages" </dev/null)
    if [ "$?" = 127 ]; then return 0; fi
    file_system=$(printf '%s\n' "$answer" | tail -n 1)
    case $file_system in
    9p | virtiofs | fuse.sshfs) mounted=yes ;;
    *) mounted=no ;;
    esac
}

#end
#if lima
validate() {
    # limactl takes the name of a file for the name of a VM, and lima.yaml is fit for that.
    cp "$work/lima" "$work/lima.yaml" || stop_here 4 'no copy can be made'
    if ! limactl validate "$work/lima.yaml" >"$work/messages" 2>&1 </dev/null; then
        limactl_said
        stop_here 4 "limactl does not accept the corrected $lima_file"
    fi
    say '  limactl accepts it'
}

#end
#if restart
# A VM reads its file only when it starts.
must_restart() {
    if [ "$vm" != Running ]; then return 1; fi
#if lima
    if is_to_change lima; then return 0; fi
#end
#@ stale
    return 1
}
#end
#end
