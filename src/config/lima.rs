//! A `lima.yaml`: mounts, SSH and the rest that decides who sees what.
