//! The texts and the rules that they lead to.

use super::Text;
use super::files::*;

const fn text(rule: &'static str, files: &'static str, text: &'static str) -> Text {
    Text { rule, text, files }
}

pub(crate) const TEXTS: &[Text] = &[
    // What a container may only read.
    text("bind-read-only", "", "OSError: [Errno 30] Read-only file system: '/srv/lab/jobs/a1'"),
    text("bind-read-only", "", "mkdir /srv/lab/jobs/a1: read-only file system"),
    text("bind-read-only", "", "open /srv/lab/jobs/a1/seed.iso: read-only file system"),
    text("bind-read-only", "", "Error: EROFS: read-only file system, mkdir '/srv/lab/jobs/a1'"),
    text("bind-read-only", "", "sh: can't create /srv/lab/jobs/a1: Read-only file system"),
    text("bind-read-only", "", "touch: cannot touch '/srv/lab/jobs/a1': Read-only file system"),
    text(
        "host-directory-denied",
        "",
        "Error response from daemon: error while creating mount source path '/host_mnt/srv/jobs': mkdir /host_mnt/srv: read-only file system",
    ),
    // The connection.
    text(
        "ssh-port-stale",
        NO_MOUNT,
        "error: failed to connect to the hypervisor\nerror: Cannot recv data: ssh: connect to host host.docker.internal port 58411: Connection refused: Connection reset by peer",
    ),
    text(
        "ssh-port-stale",
        NO_MOUNT,
        "Cannot recv data: ssh: connect to host host.docker.internal port 58411: Network is unreachable: Connection reset by peer",
    ),
    text(
        "change-not-in-effect",
        HEALTHY,
        "Cannot recv data: ssh: connect to host host.docker.internal port 20022: Connection refused: Connection reset by peer",
    ),
    text(
        "container-not-recreated",
        HEALTHY,
        "Cannot recv data: ssh: connect to host host.docker.internal port 63255: Connection refused: Connection reset by peer",
    ),
    text(
        "libvirt-host-is-container",
        LOCALHOST,
        "Cannot recv data: ssh: connect to host localhost port 20022: Connection refused: Connection reset by peer",
    ),
    text(
        "host-name-unresolved",
        ON_LINUX,
        "Cannot recv data: ssh: Could not resolve hostname host.docker.internal: Name or service not known: Connection reset by peer",
    ),
    text(
        "loopback-unreachable",
        ON_LINUX_BRIDGE,
        "Cannot recv data: ssh: connect to host host.docker.internal port 20022: Connection refused: Connection reset by peer",
    ),
    text(
        "vm-not-running",
        STOPPED,
        "Cannot recv data: ssh: connect to host host.docker.internal port 20022: Connection refused: Connection reset by peer",
    ),
    text(
        "lima-reported",
        "",
        "FATA[0000] instance \"dev\" is stopped, run `limactl start dev` to start the instance",
    ),
    text(
        "ssh-user-wrong",
        OTHER_USER,
        "Cannot recv data: root@host.docker.internal: Permission denied (publickey).: Connection reset by peer",
    ),
    text(
        "ssh-key-missing",
        "",
        "Cannot recv data: dev@host.docker.internal: Permission denied (publickey,password).: Connection reset by peer",
    ),
    text(
        "ssh-key-missing",
        "",
        "Warning: Identity file /root/.ssh/id_lima not accessible: No such file or directory.",
    ),
    text("ssh-key-is-directory", "", "Load key \"/root/.ssh/id_lima\": Is a directory"),
    text("ssh-key-is-directory", "", "Load key \"/root/.ssh/id_lima\": bad permissions"),
    text(
        "ssh-host-key",
        "",
        "Cannot recv data: Host key verification failed.: Connection reset by peer",
    ),
    text("ssh-host-key", "", "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @"),
    text(
        "ssh-port-taken",
        "",
        "FATA[0001] listen tcp 127.0.0.1:60022: bind: address already in use",
    ),
    text(
        "ssh-port-taken",
        "",
        "qemu-system-aarch64: Could not set up host forwarding rule 'tcp:127.0.0.1:60022-:22'",
    ),
    text(
        "ssh-port-absent",
        NO_PORT,
        "Cannot recv data: ssh: connect to host host.docker.internal port 22: Connection refused: Connection reset by peer",
    ),
    // libvirt.
    text(
        "libvirt-uri-local",
        "",
        "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
    ),
    text(
        "libvirt-uri-local",
        "",
        "Failed to connect socket to '/var/run/libvirt/virtqemud-sock': No such file or directory",
    ),
    text(
        "libvirt-socket-bound",
        "",
        "Error response from daemon: error while creating mount source path '/host_mnt/private/var/run/libvirt/libvirt-sock': mkdir /host_mnt/private/var/run/libvirt: permission denied",
    ),
    text(
        "libvirt-session",
        SESSION,
        "error: Network not found: no network with matching name 'default'",
    ),
    text("libvirt-session", SESSION, "error: failed to get domain 'vm-1'"),
    text(
        "libvirt-group-missing",
        "",
        "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
    ),
    text(
        "libvirt-group-missing",
        "",
        "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
    ),
    text(
        "libvirtd-not-running",
        "",
        "End of file while reading data: nc: unix connect failed: No such file or directory: Input/output error",
    ),
    text(
        "libvirtd-not-running",
        "",
        "End of file while reading data: nc: /var/run/libvirt/libvirt-sock: No such file or directory: Input/output error",
    ),
    text(
        "libvirtd-not-running",
        "",
        "End of file while reading data: virt-ssh-helper: cannot connect to '/var/run/libvirt/libvirt-sock': Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory: Input/output error",
    ),
    text(
        "libvirt-tcp-not-listening",
        "",
        "unable to connect to server at 'host.docker.internal:16509': Connection refused",
    ),
    // Paths.
    text(
        "engine-does-not-share",
        "",
        "Error response from daemon: Mounts denied:\nThe path /var/lib/libvirt/images/jobs is not shared from the host and is not known to Docker.",
    ),
    text(
        "engine-does-not-share",
        "",
        "The path /var/lib/libvirt/images/jobs\nis not shared from OS X and is not known to Docker.",
    ),
    text(
        "host-directory-denied",
        "",
        "create job directory: mkdir /var/lib/libvirt/images/jobs/vm-1: permission denied",
    ),
    text(
        "host-directory-denied",
        "",
        "field `mounts[0].location` refers to a non-existent directory: \"/var/lib/libvirt/images\": ",
    ),
    text(
        "mount-missing",
        NO_MOUNT,
        "error: Failed to start domain 'vm-1'\nerror: Cannot access storage file '/var/lib/libvirt/images/jobs/vm-1/cloud-init.iso': No such file or directory",
    ),
    text(
        "mount-missing",
        NO_MOUNT,
        "Cannot access storage file '/var/lib/libvirt/images/jobs/vm-1/cloud-init.iso' (as uid:64055, gid:109): No such file or directory",
    ),
    text(
        "mount-missing",
        NO_MOUNT,
        "Cannot access backing file '/var/lib/libvirt/images/base/jammy.qcow2' of storage file '/var/lib/libvirt/images/jobs/vm-1/disk-overlay.qcow2' (as uid:64055, gid:109): No such file or directory",
    ),
    text(
        "mount-path-differs",
        OTHER_PATH,
        "Cannot access storage file '/var/lib/libvirt/images/jobs/vm-1/cloud-init.iso': No such file or directory",
    ),
    text(
        "mount-read-only",
        READ_ONLY,
        "Could not open '/var/lib/libvirt/images/jobs/vm-1/disk-overlay.qcow2': Read-only file system",
    ),
    text(
        "mount-read-only",
        READ_ONLY,
        "Could not open '/var/lib/libvirt/images/jobs/vm-1/disk-overlay.qcow2': Permission denied",
    ),
    text(
        "share-permission",
        HEALTHY,
        "internal error: process exited while connecting to monitor: Could not open '/var/lib/libvirt/images/jobs/vm-1/disk-overlay.qcow2': Permission denied",
    ),
    text(
        "share-permission",
        HEALTHY,
        "Cannot access storage file '/var/lib/libvirt/images/jobs/vm-1/disk.qcow2' (as uid:64055, gid:109): Permission denied",
    ),
    text(
        "share-permission",
        HEALTHY,
        "unable to set user and group to '64055:109' on '/var/lib/libvirt/images/jobs/vm-1/disk.qcow2': Permission denied",
    ),
    text(
        "change-not-in-effect",
        HEALTHY,
        "Cannot access storage file '/var/lib/libvirt/images/jobs/vm-1/cloud-init.iso': No such file or directory",
    ),
    // What happens in the VM.
    text(
        "package-unconfigured",
        PACKAGE,
        "chmod: changing permissions of '/var/lib/libvirt/images/': Operation not permitted",
    ),
    text(
        "package-unconfigured",
        PACKAGE,
        "chown: changing ownership of '/var/lib/libvirt/images/': Operation not permitted",
    ),
    text(
        "package-unconfigured",
        PACKAGE,
        "dpkg: error processing package libvirt-daemon-system (--configure):\n installed libvirt-daemon-system package post-installation script subprocess returned error exit status 1",
    ),
    text(
        "package-unconfigured",
        "",
        "dpkg: error processing package libvirt-daemon-common (--configure):",
    ),
    text(
        "provision-stops",
        "",
        "WARNING: Failed to execute /mnt/lima-cidata/provision.system/00000000",
    ),
    text(
        "vm-degraded",
        "",
        "WARN[0042] DEGRADED. The VM seems running, but file sharing and port forwarding may not work. (hint: see \"/Users/dev/.lima/dev/ha.stderr.log\")",
    ),
    // Machines.
    text(
        "kvm-missing",
        "",
        "error: invalid argument: could not find capabilities for domaintype=kvm ",
    ),
    text(
        "kvm-missing",
        ON_ARM,
        "error: invalid argument: could not find capabilities for ostype=hvm arch=aarch64 domaintype=kvm machine=virt ",
    ),
    text(
        "guest-arch-differs",
        ON_ARM,
        "error: invalid argument: could not find capabilities for arch=x86_64 domaintype=kvm ",
    ),
    text(
        "guest-arch-differs",
        "",
        "invalid argument: could not find capabilities for ostype=hvm arch=x86_64 domaintype=qemu ",
    ),
    text(
        "nested-virtualization-unsupported",
        "",
        "FATA[0003] nested virtualization requires macOS 15 or newer",
    ),
    text(
        "nested-virtualization-unsupported",
        "",
        "nested virtualization is not supported on this device",
    ),
    text("ip-timeout-short", "", "sandbox vm-1: IP discovery timeout after 2m0s"),
    // Lima's settings.
    text(
        "lima-setting-refused",
        "",
        "field `mounts[0].location` must be an absolute path, got \".\"",
    ),
    text(
        "lima-setting-refused",
        "",
        "field `mounts[1].location` refers to an unexpandable path: \"~bob/x\"",
    ),
    text(
        "lima-setting-refused",
        "",
        "field `mounts[0].mountPoint` must not be a system path such as /etc or /usr",
    ),
    text(
        "lima-setting-refused",
        "",
        "field `mounts[0].mountPoint` is the reserved internal home directory \"/home/dev.linux\"",
    ),
    text("lima-setting-refused", "", "field `mounts[0].mountPoint` must not start with \"~\""),
    text("lima-setting-refused", "", "field mounts[0] must be absolute, got \"srv\""),
    text("lima-setting-refused", "", "field `msize` has an invalid value"),
    text("lima-setting-refused", "", "field `ssh.localPort` must not be 22"),
    text("lima-setting-refused", "", "field `ssh.localPort` must be < 65536"),
    text(
        "lima-setting-refused",
        "",
        "field `mountType` must be \"reverse-sshfs\" or \"9p\" or \"virtiofs\", or \"wsl2\", got \"sshfs\"",
    ),
    text(
        "lima-setting-refused",
        "",
        "field `mountType` must be \"reverse-sshfs\" or \"virtiofs\" for VZ driver , got \"9p\"",
    ),
    text(
        "lima-setting-refused",
        "",
        "field `mountType` must be \"reverse-sshfs\" or \"9p\" for QEMU driver on non-Linux, got \"virtiofs\"",
    ),
    text("lima-setting-refused", "", "field base must be empty for YAML validation"),
    text("lima-setting-refused", "", "field `images` must be set"),
    text("lima-setting-refused", "", "field `portForwards[0].guestPort` must not be 22"),
    text(
        "lima-setting-refused",
        "",
        "field `param` key \"DIR\" is not used in any provision, probe, copyToHost, or portForward",
    ),
    text(
        "lima-setting-refused",
        "",
        "field `dns` must be empty when field `HostResolver.Enabled` is true",
    ),
    text(
        "lima-file-rejected",
        "",
        "the YAML is invalid, saved the buffer as \"lima.REJECTED.yaml\": field `mounts[0].mountPoint` must not be a system path",
    ),
    text(
        "lima-key-unknown",
        "",
        "WARN[0000] Non-strict YAML detected; please check for typos: main file \"/Users/dev/.lima/dev/lima.yaml\": unknown field \"mount\"",
    ),
    text(
        "lima-key-unknown",
        "",
        "WARN[0000] Non-strict YAML is deprecated and will be unsupported in a future version of Lima",
    ),
    text(
        "lima-reported",
        "",
        "failed to unmarshal YAML (main file \"/Users/dev/.lima/dev/lima.yaml\"): mapping key \"mounts\" already defined at [3:1]",
    ),
    text("lima-reported", "", "duplicate key \"mounts\""),
    text("lima-reported", "", "FATA[0000] cannot edit a running instance"),
    text("lima-reported", "", "level=fatal msg=\"No instance matching lab found.\""),
    text("lima-reported", "", "FATA[0000] instance \"lab\" not found"),
    text("lima-reported", "", "limactl: must not run as the root user"),
    text("lima-reported", "", "template requires Lima version \"2.1.0\"; this is only \"1.2.2\""),
    text("lima-reported", "", "shrinking the disk is not supported"),
    // Compose.
    text(
        "compose-refused",
        "",
        "service \"api\" refers to undefined volume jobs: invalid compose project",
    ),
    text("compose-refused", "", "invalid spec: :/data: empty section between colons"),
    text(
        "variable-unset",
        "",
        "The \"JOBS_DIR\" variable is not set. Defaulting to a blank string.",
    ),
    text(
        "compose-refused",
        "",
        "error while interpolating services.api.environment.[]: required variable LIBVIRT_URI is missing a value: see README",
    ),
    text(
        "compose-refused",
        "",
        "validating /Users/dev/lab/docker-compose.yml: services.api additional properties 'volumez' not allowed",
    ),
    text(
        "compose-refused",
        "",
        "services.api.volumes[1]: target /data already mounted as services.api.volumes[0]",
    ),
    text(
        "compose-refused",
        "",
        "service api declares mutually exclusive `network_mode` and `networks`: invalid compose project",
    ),
    text(
        "compose-refused",
        "",
        "Volume \"lab_jobs\" exists but doesn't match configuration in compose file. Recreate (data will be lost)?",
    ),
    text(
        "compose-refused",
        "",
        "service \"api\" depends on undefined service \"db\": invalid compose project",
    ),
];
