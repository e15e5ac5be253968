
# ---------------------------------------------------------------- checks

failed=0
#if checks
passes() { say "  ok: $1"; }
fails() {
    failed=$((failed + 1))
    say "  FAILED: $1"
}
#end
#if not_checked
not_checked() { say "  not checked: $1"; }
#end

#if files
verify_file() {
    file_state "$@"
    if [ "$state" = corrected ]; then passes "$2 is corrected"; else fails "$2 is not the corrected file"; fi
}

#end
#if vm
# Without a running VM, nothing else about it can be true.
verify_vm() {
    ask_status
    if [ "$vm" = Running ]; then
        passes "$instance is running"
    else
        fails "$instance is not running"
    fi
}

verify_port() {
    if [ "$vm" = Running ]; then :; else
        not_checked "the SSH port"
        return 0
    fi
    if ask_port; then :; else
        fails "limactl shows no SSH port of $instance"
        return 0
    fi
#if pin
    if [ "$port" = "$pinned_port" ]; then :; else
        fails "the SSH port is $port, though $pinned_port is pinned"
        return 0
    fi
#end
    passes "the SSH port is $port"
#if follow
    each_file verify_file_port
#end
}

#if follow
verify_file_port() {
    port_place "$1" || return 0
    if [ -f "$2" ] && read_port "$@"; then
        if [ "$file_port" = "$port" ]; then
            passes "$2 has this port"
        else
            fails "$2 has the port $file_port"
        fi
    else
        fails "$2 is not the corrected file, so its port is unknown"
    fi
}

#end
#if verify_share
verify_mount() {
    if [ "$vm" = Running ]; then :; else
        not_checked "the mount of $1"
        return 0
    fi
    ask_mount "$1"
    case $mounted in
    yes) passes "$1 is mounted in $instance ($file_system)" ;;
    no)
        fails "$1 is not mounted in $instance${file_system:+: it is on $file_system there}"
        messages
        ;;
    *) not_checked "the mount of $1, since $instance has no findmnt" ;;
    esac
}

#end
#end
#if write
# A file of a name that nobody else uses, which is removed whatever happens.
probe_file=
remove_probe() {
    if [ -z "$probe_file" ]; then return 0; fi
    if (compose exec -T "$probe_service" sh -c "rm -f -- \"\$1\"" sh "$probe_file") </dev/null >/dev/null 2>&1; then :; else
        say "  please remove $probe_file, which the check left in the container of $probe_service"
    fi
    probe_file=
}

verify_write() {
    if [ "$vm" = Running ]; then :; else
        not_checked "whether $instance sees what $1 writes to $2"
        return 0
    fi
    token="lima-doctor-check-$$-${work##*/}"
    probe_service=$1
    probe_file="${2%/}/.$token"
    # The option -C keeps sh from writing over a file that is there. A subshell, here and below, so
    # that what is said at a signal does not go where the command's words go.
    if (compose exec -T "$1" sh -C -c "umask 022; printf %s \"\$2\" >\"\$1\"" sh "$probe_file" "$token") \
        </dev/null >"$work/messages" 2>&1; then :; else
        fails "$1 cannot write to $2"
        messages
        remove_probe
        return 0
    fi
    if [ "$(limactl shell --workdir / "$instance" cat "$probe_file" 2>"$work/messages" </dev/null)" = "$token" ]; then
        passes "$instance sees what $1 writes to $2"
    else
        fails "$instance does not see what $1 writes to $2"
        messages
    fi
    remove_probe
}

#end
#if virsh
verify_virsh() {
    (compose exec -T "$1" sh -c "$virsh_command") </dev/null >"$work/messages" 2>&1
    case $? in
    0) passes "$1 reaches libvirt through $2" ;;
    77) not_checked "whether $1 reaches libvirt, since its container has no virsh" ;;
    126 | 127) not_checked "whether $1 reaches libvirt, since its container has no sh" ;;
    *)
        fails "$1 does not reach libvirt through $2"
        messages
        ;;
    esac
}

#end
verify() {
#@ verify
    if [ "$failed" -gt 0 ]; then stop_here 1 "failed checks: $failed"; fi
}
