//! Lexical POSIX paths; no file system is asked.
//!
//! A path of the host is compared in one normal form: cleaned, the home directory as `~`, and on
//! macOS without the `/private` in front of `var`, `tmp` and `etc`, which are links into it.
//! A path of the VM is compared as it is written: Linux has no `/private`.

use crate::intake::Host;

/// A path without empty, `.` and `..` parts and without a slash at its end.
///
/// `~` and a relative start stay; a `..` that would climb above the start stays, too.
pub fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." && !(parts.len() == 1 && last == "~") => {
                    parts.pop();
                }
                _ if absolute => {}
                _ => parts.push(part),
            },
            _ => parts.push(part),
        }
    }
    match (absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// The normal form of a path of the host, as Lima's `location` or a bind's source names it.
///
/// `home` is the home directory where it is known: then `/Users/me/x` and `~/x` are one.
pub fn normal_host(path: &str, host: Host, home: Option<&str>) -> String {
    let mut path = clean(path);
    if host == Host::MacOs
        && let Some(rest) = path.strip_prefix("/private")
        && ["/var", "/tmp", "/etc"].iter().any(|dir| below(dir, rest).is_some())
    {
        path = rest.to_owned();
    }
    if let Some(rest) = home.and_then(|home| below(home, &path)) {
        path = join("~", rest);
    }
    path
}

/// What is left of `path` behind `directory`, without a slash in front: empty for the directory
/// itself, `None` for a path outside it. Both in normal form.
pub fn below<'a>(directory: &str, path: &'a str) -> Option<&'a str> {
    if directory == "/" {
        return path.strip_prefix('/');
    }
    let rest = path.strip_prefix(directory)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// `directory/rest`, or `directory` where there is no rest.
pub fn join(directory: &str, rest: &str) -> String {
    match (directory, rest) {
        (directory, "") => directory.to_owned(),
        ("/", rest) => format!("/{rest}"),
        (directory, rest) => format!("{directory}/{rest}"),
    }
}

/// The deepest directory that holds all of `paths`; `None` for none, or where nothing is shared.
pub fn common_parent(paths: &[String]) -> Option<String> {
    let mut paths = paths.iter();
    let mut common: Vec<&str> = paths.next()?.split('/').collect();
    for path in paths {
        let same = common.iter().zip(path.split('/')).take_while(|(a, b)| **a == *b).count();
        common.truncate(same);
    }
    match common.join("/") {
        path if path.is_empty() => None,
        path => Some(path),
    }
}

/// How many directories deep a path is: 3 for `/var/lib/libvirt`, 1 for `~/x`.
pub fn depth(path: &str) -> usize {
    path.split('/').filter(|part| !part.is_empty() && *part != "~").count()
}

/// Whether a directory is one of the system, or holds what others have there: no place for a set-up's
/// files.
pub fn is_of_system(path: &str) -> bool {
    const SYSTEM: [&str; 14] = [
        "/etc",
        "/usr",
        "/bin",
        "/sbin",
        "/lib",
        "/boot",
        "/dev",
        "/proc",
        "/sys",
        "/root",
        "/System",
        "/Applications",
        "/Library",
        "/opt/homebrew",
    ];
    const HOLDERS: [&str; 14] = [
        "/",
        "/var",
        "/var/lib",
        "/var/run",
        "/var/log",
        "/var/lib/libvirt",
        "/tmp",
        "/run",
        "/opt",
        "/srv",
        "/mnt",
        "/home",
        "/Users",
        "/Volumes",
    ];
    let path = clean(path);
    let path = path.strip_prefix("/private").unwrap_or(&path);
    SYSTEM.iter().any(|dir| below(dir, path).is_some()) || HOLDERS.contains(&path)
}

/// Whether the path is absolute or starts at the home directory, so that it can be compared.
pub fn is_anchored(path: &str) -> bool {
    path.starts_with('/') || path == "~" || path.starts_with("~/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_without_asking_the_file_system() {
        for (path, expected) in [
            ("/var//lib/./x/", "/var/lib/x"),
            ("/a/../b", "/b"),
            ("/../a", "/a"),
            ("/", "/"),
            ("./x/../y", "y"),
            ("../x", "../x"),
            ("a/../../x", "../x"),
            ("~/x/", "~/x"),
            ("~/../x", "~/../x"),
            ("", "."),
            ("./", "."),
        ] {
            assert_eq!(clean(path), expected, "{path}");
        }
    }

    #[test]
    fn one_place_of_the_host_has_one_normal_form() {
        for (path, host, expected) in [
            ("/private/var/lib/x", Host::MacOs, "/var/lib/x"),
            ("/private/var", Host::MacOs, "/var"),
            ("/private/variety", Host::MacOs, "/private/variety"),
            ("/private/var/lib/x", Host::Linux, "/private/var/lib/x"),
            ("/Users/me/jobs", Host::MacOs, "~/jobs"),
            ("/Users/me", Host::MacOs, "~"),
            ("/Users/meg/jobs", Host::MacOs, "/Users/meg/jobs"),
            ("~", Host::MacOs, "~"),
        ] {
            assert_eq!(normal_host(path, host, Some("/Users/me")), expected, "{path}");
        }
    }

    #[test]
    fn below_compares_whole_parts() {
        for (directory, path, expected) in [
            ("/var/lib", "/var/lib/x/y", Some("x/y")),
            ("/var/lib", "/var/lib", Some("")),
            ("/var/lib", "/var/library", None),
            ("/", "/var", Some("var")),
            ("~", "~/x", Some("x")),
            ("~", "/x", None),
        ] {
            assert_eq!(below(directory, path), expected, "{directory} {path}");
        }
    }

    #[test]
    fn the_common_parent_of_sub_directories() {
        let parent = |paths: &[&str]| {
            common_parent(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(parent(&["/v/images/jobs", "/v/images/base"]).as_deref(), Some("/v/images"));
        assert_eq!(parent(&["/v/images", "/v/images/base"]).as_deref(), Some("/v/images"));
        assert_eq!(parent(&["~/a", "~/b"]).as_deref(), Some("~"));
        assert_eq!(parent(&["/a", "/b"]), None);
        assert_eq!(parent(&[]), None);
    }
}
