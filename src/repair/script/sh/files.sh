#if files

# ---------------------------------------------------------------- files

# Lines of the file on disk, byte for byte, and new lines.
#if keep
keep() { head -n "$2" <"$source_file" | tail -n "+$1"; }
#end
#if keep_from
keep_from() { tail -n "+$1" <"$source_file"; }
#end
#if line
line() { printf "%s\n" "$1"; }
#end
#if line_crlf
line_crlf() { printf "%s\r\n" "$1"; }
#end

#@ builds
# Calls a function for every file: key, file, checksum as analysed, checksum as corrected.
each_file() {
#@ each_file
}

# Which text a file holds, known by the checksum and the size that cksum prints.
file_state() {
    state=other
    if [ -f "$2" ]; then
        found=$(cksum <"$2") || found=
        if [ "$found" = "$4" ]; then
            state=corrected
        elif [ "$found" = "$3" ]; then
            state=original
#if follow
        elif read_port "$@"; then
            # It is the corrected file but for the port, which an earlier run wrote.
            state=corrected
#end
        fi
    else
        state=missing
    fi
}

#if follow
# Reads the port that a corrected file holds, if that is all in which it differs.
read_port() {
    port_place "$1" || return 1
    source_file=$2
    file_port=$(keep "$port_line" "$port_line" | cut -b "$port_column-" | sed "s/[^0-9].*//")
    [ "$("port_$1" "$port_shown" | cksum)" = "$4" ] &&
        [ "$("port_$1" "$file_port" | cksum)" = "$(cksum <"$2")" ]
}

#end
to_change=
is_to_change() {
    case " $to_change " in
    *" $1 "*) return 0 ;;
    esac
    return 1
}

# Where to run this, so that a file is found.
where_it_is() {
    case $1 in
#if existing
    lima) say "run this as the user who owns the VM, on the machine that runs it, or say --lima FILE" ;;
#end
    *) say "run this where the Compose file is, or say --${1%%_*} FILE" ;;
    esac
}

unknown_file() {
    case $state in
    missing) stop_here 3 "$2 is not there: $(where_it_is "$1")" ;;
    *) stop_here 3 "$2 is not the file that was analysed, be it in its line ends alone: have it diagnosed again as it is now" ;;
    esac
}

check_file() {
    file_state "$@"
    case $state in
    corrected) say "  $2 is corrected already" ;;
    original)
        if [ -w "$2" ]; then :; else stop_here 4 "$2 may not be written"; fi
        say "  $2 is the file that was analysed"
        to_change="$to_change $1"
        ;;
    *) unknown_file "$@" ;;
    esac
}

build_file() {
    is_to_change "$1" || return 0
#if keeps
    source_file=$2
#end
    "build_$1" >"$work/$1" || stop_here 4 "no corrected copy of $2 could be made"
    if [ "$(cksum <"$work/$1")" = "$4" ]; then return 0; fi
    stop_here 4 "the corrected copy of $2 did not come out as it should"
}

# The checksum in its name ties a backup to one text, so that no other backup is ever lost.
backup_of() { backup="$2.lima-doctor-${3%% *}.bak"; }

# Whether the backup is a file of its own that holds what it should.
is_backup() {
    if [ -h "$backup" ]; then return 1; fi
    [ -f "$backup" ] && [ "$(cksum <"$backup")" = "$1" ]
}

back_up() {
    backup_of "$@"
    if [ "$(cksum <"$2")" = "$3" ]; then :; else return 0; fi
    if [ -e "$backup" ] || [ -h "$backup" ]; then
        if is_backup "$3"; then return 0; fi
        stop_here 4 "$backup is in the way: it is not what $2 holds"
    fi
    # Only a whole copy gets the name of a backup; a link of that name must not lead it elsewhere.
    rm -f -- "$backup.new"
    if [ -e "$backup.new" ] || [ -h "$backup.new" ]; then stop_here 4 "$backup.new is in the way"; fi
    if cp -p "$2" "$backup.new" && [ "$(cksum <"$backup.new")" = "$3" ] && mv -f "$backup.new" "$backup"; then
        did "$2 backed up as $backup"
    else
        rm -f "$backup.new"
        stop_here 4 "$2 could not be backed up"
    fi
}

#if changes
back_up_file() {
    if is_to_change "$1"; then back_up "$@"; fi
}

#end
# Writes into the file that is there rather than putting another in its place: it keeps its owner
# and its mode, and a symbolic link still leads to it.
write_over() {
    # In the middle of a file, an interruption waits.
    trap "interrupted=yes" HUP INT TERM
    interrupted=
    if cat <"$1" >"$2" && cmp -s "$1" "$2"; then
        stop_at_signals
        return 0
    fi
    if cat <"$3" >"$2" && cmp -s "$3" "$2"; then
        stop_here 4 "$2 could not be written; it is as it was before"
    fi
    stop_here 4 "$2 could not be written, and may be damaged; what it held is in $3"
}

# Stops where a signal came while a file was written.
obey() { if [ -n "$interrupted" ]; then stop_here 130 "interrupted"; fi; }

#if changes
# A person may have saved the file since it was checked.
see_unchanged() {
    is_to_change "$1" || return 0
    if [ "$(cksum <"$2")" = "$3" ]; then return 0; fi
    stop_here 3 "$2 has just been changed"
}

put_file() {
    is_to_change "$1" || return 0
    backup_of "$@"
    is_written=yes
    write_over "$work/$1" "$2" "$backup"
    did "$2 corrected"
    obey
}

#end
plan_file() {
    file_state "$@"
    case $state in
    corrected) say "  $2 (corrected already)" ;;
    original) say "  $2" ;;
    missing) say "  $2 (NOT THERE: $(where_it_is "$1"))" ;;
    *) say "  $2 (NOT THE FILE THAT WAS ANALYSED: have it diagnosed again as it is now)" ;;
    esac
    case $state in
    missing | other) plan_status=3 ;;
    esac
}

# A mark that outlives an interruption: a directory, since a file might be a link to another one.
mark() {
    if [ -d "$1" ] || mkdir -- "$1"; then return 0; fi
    stop_here 4 "$1 cannot be made; where it is in the way, remove it"
}
unmark() { if [ -d "$1" ]; then rmdir -- "$1"; fi; }
is_unmarked() { if [ -d "$1" ]; then return 1; fi; }

to_restore=
find_backup() {
    if [ -f "$2" ] && [ "$(cksum <"$2")" = "$3" ]; then
        say "  $2 is as it was"
        return 0
    fi
    file_state "$@"
    backup_of "$@"
    if is_backup "$3"; then :; else
        if [ "$state" = corrected ]; then :; else unknown_file "$@"; fi
        stop_here 4 "the backup $backup is missing, or it was changed"
    fi
    if [ "$state" = corrected ]; then :; else
        stop_here 3 "$2 was changed since; what it held before is in $backup: put back by hand what you need of it, then run this again"
    fi
    say "  $2 will be as in $backup"
    to_restore="$to_restore $1"
}

is_to_restore() {
    case " $to_restore " in
    *" $1 "*) return 0 ;;
    esac
    return 1
}

restore_file() {
    is_to_restore "$1" || return 0
    backup_of "$@"
    cp "$2" "$work/$1" || stop_here 4 "$2 could not be read"
    write_over "$backup" "$2" "$work/$1"
    did "$2 put back"
    obey
}
#end
