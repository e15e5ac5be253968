import fcntl, os, pty, re, select, struct, sys, termios
text, mode, shell = open(sys.argv[1], 'rb').read(), sys.argv[2], sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(shell[0], shell)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 50, 200, 0, 0))
fcntl.fcntl(terminal, fcntl.F_SETFL, fcntl.fcntl(terminal, fcntl.F_GETFL) | os.O_NONBLOCK)
seen = b''
def type(out, until):
    global seen
    while out or not re.search(until, seen):
        read, write, _ = select.select([terminal], [terminal] if out else [], [], 120)
        if not read and not write:
            sys.exit('nothing comes: ' + repr(seen[-2000:]))
        if read:
            seen += os.read(terminal, 65536)
        if write and out:
            try:
                out = out[os.write(terminal, out[:512]):]
            except BlockingIOError:
                pass
type(b'', rb'[$%#] ')
settings = {
    'bash': b'set -o histexpand; set -o noclobber; shopt -s extglob failglob',
    'zsh': b'setopt bang_hist extended_glob no_clobber no_interactive_comments null_glob ksh_arrays',
}[os.path.basename(shell[0])]
aliases = b"alias say=false cp='cp -i' if=false cat='cat -n' sh='/bin/sh'"
type(settings + b"; " + aliases + b"; echo RE''ADY\r", rb'READY')
if mode == 'raw':
    type(text.replace(b'\n', b'\r'), b'')
else:
    type(b'\x1b[200~' + text + b'\x1b[201~\r', b'')
type(b"echo DO''NE:$?:\r", rb'DONE:\d+:')
print('DONE:' + re.search(rb'DONE:(\d+):', seen).group(1).decode())
os.close(terminal)
