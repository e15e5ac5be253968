//! The files that a text may come with.

/// A VM that is all right, and a service that reaches it: `jobs` is shared and writable.
pub(crate) const HEALTHY: &str = "\
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
pub(crate) const NO_MOUNT: &str = "\
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
pub(crate) const OTHER_PATH: &str = "\
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
pub(crate) const READ_ONLY: &str = "\
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
pub(crate) const LOCALHOST: &str = "\
#- docker-compose.yml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@localhost:20022/system
";

/// The Docker engine of Linux, which knows no name for the host.
pub(crate) const ON_LINUX: &str = "\
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
pub(crate) const ON_LINUX_BRIDGE: &str = "\
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
pub(crate) const PACKAGE: &str = "\
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

/// The VM is stopped.
pub(crate) const STOPPED: &str = "\
#- lima.yaml
ssh:
  localPort: 20022
#- docker-compose.yml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
#- limactl list
NAME    STATUS     SSH                CPUS    MEMORY    DISK
dev     Stopped    127.0.0.1:20022    4       8GiB      50GiB
";

/// The URI has another user than the VM.
pub(crate) const OTHER_USER: &str = "\
#- lima.yaml
ssh:
  localPort: 20022
user:
  name: dev
#- docker-compose.yml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://root@host.docker.internal:20022/system
";

/// The URI has no port.
pub(crate) const NO_PORT: &str = "\
#- lima.yaml
ssh:
  localPort: 20022
#- docker-compose.yml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal/system
";

/// The URI means the user's own machines.
pub(crate) const SESSION: &str = "\
#- docker-compose.yml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/session
";

/// A VM for Arm.
pub(crate) const ON_ARM: &str = "\
#- lima.yaml
arch: aarch64
";
