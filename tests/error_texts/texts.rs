//! The texts and the rules that they lead to.

use super::Text;

/// A VM that is all right, and a service that reaches it: `jobs` is shared and writable.
const HEALTHY: &str = "\
#- lima.yaml
vmType: qemu
mounts:
- location: /Users/dev/images/jobs
  mountPoint: /var/lib/libvirt/images/jobs
  writable: true
ssh:
  localPort: 20022
user:
  name: dev
#- docker-compose.yml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
    volumes:
    - /Users/dev/images/jobs:/var/lib/libvirt/images/jobs
";

/// Nothing is shared, and the port is that of last week.
const NO_MOUNT: &str = "\
#- lima.yaml
vmType: qemu
mounts: []
#- docker-compose.yml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:58411/system
    volumes:
    - /Users/dev/images/jobs:/var/lib/libvirt/images/jobs
    - /Users/dev/images/base:/var/lib/libvirt/images/base
#- limactl list
NAME    STATUS     SSH                CPUS    MEMORY    DISK
dev     Running    127.0.0.1:52136    4       8GiB      50GiB
";

/// The directory arrives at another path.
const OTHER_PATH: &str = "\
#- lima.yaml
vmType: qemu
mounts:
- location: /Users/dev/images/jobs
  writable: true
#- docker-compose.yml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
    volumes:
    - /Users/dev/images/jobs:/var/lib/libvirt/images/jobs
";

/// The VM may only read.
const READ_ONLY: &str = "\
#- lima.yaml
vmType: qemu
mounts:
- location: /Users/dev/images/jobs
  mountPoint: /var/lib/libvirt/images/jobs
#- docker-compose.yml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
    volumes:
    - /Users/dev/images/jobs:/var/lib/libvirt/images/jobs
";

/// `localhost` in a container.
const LOCALHOST: &str = "\
#- docker-compose.yml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@localhost:20022/system
";

/// The Docker engine of Linux, which knows no name for the host.
const ON_LINUX: &str = "\
#- answers
host = linux
runtime = engine
#- docker-compose.yml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
";

/// The Docker engine of Linux, with a name for its bridge.
const ON_LINUX_BRIDGE: &str = "\
#- answers
host = linux
runtime = engine
#- lima.yaml
ssh:
  localPort: 20022
#- docker-compose.yml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
    extra_hosts:
    - host.docker.internal:host-gateway
";

/// The mount lies where a package sets the mode of its directory.
const PACKAGE: &str = "\
#- lima.yaml
vmType: qemu
mounts:
- location: /Users/dev/images
  mountPoint: /var/lib/libvirt/images
  writable: true
provision:
- mode: system
  script: |
    apt-get install -y libvirt-daemon-system
";

/// A VM for Arm.
const ON_ARM: &str = "\
#- lima.yaml
arch: aarch64
";

const fn text(rule: &'static str, files: &'static str, text: &'static str) -> Text {
    Text { rule, text, files }
}

pub(crate) const TEXTS: &[Text] = &[
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
    // Paths.
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
