//! Paths of binds: lexical, without a file system.

pub use crate::syntax::go::clean_path as clean;

/// The path that Compose hands to the engine for a bind's source: `~` stands for the home
/// directory (also in `~name`, which is no other person's), a relative path is relative to the
/// project directory, an absolute one stays as it is. Where a directory is not known, the result
/// starts with `~`, `./` or `../`, or is `.`.
pub fn resolve_source(source: &str, project_dir: Option<&str>, home: Option<&str>) -> String {
    if let Some(rest) = source.strip_prefix('~') {
        if let Some(home) = home {
            return clean(&format!("{home}/{rest}"));
        }
        let rest = clean(rest.trim_start_matches('/'));
        return if rest == "." { "~".to_owned() } else { format!("~/{rest}") };
    }
    if is_absolute(source) {
        return source.to_owned();
    }
    if let Some(dir) = project_dir {
        return clean(&format!("{dir}/{source}"));
    }
    let path = clean(source);
    if path == "." || path == ".." || path.starts_with("../") {
        return path;
    }
    format!("./{path}")
}

/// Whether a path is the same whatever directory it is seen from.
pub(super) fn is_anchored(path: &str) -> bool {
    path.starts_with('~') || is_absolute(path)
}

/// Absolute on the host or on Windows: `/…`, `C:\…`, `\\…`.
fn is_absolute(path: &str) -> bool {
    if path.starts_with('/') || path.starts_with(r"\\") {
        return true;
    }
    let mut chars = path.chars();
    let drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    drive && chars.next() == Some(':') && matches!(chars.next(), Some('/' | '\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_lexically() {
        for (path, expected) in [
            ("/data/", "/data"),
            ("/a/../data", "/data"),
            ("//a//./b", "/a/b"),
            ("/../x", "/x"),
            ("/", "/"),
            ("a/../..", ".."),
            ("../../a", "../../a"),
            ("", "."),
            ("j:/data", "j:/data"),
        ] {
            assert_eq!(clean(path), expected, "{path}");
            assert_eq!(clean(&clean(path)), expected, "{path} again");
        }
    }

    #[test]
    fn sources_are_resolved_as_far_as_is_known() {
        for (source, symbolic, known) in [
            ("/srv//jobs/", "/srv//jobs/", "/srv//jobs/"),
            ("./jobs", "./jobs", "/srv/app/jobs"),
            ("jobs/../x", "./x", "/srv/app/x"),
            ("..", "..", "/srv"),
            ("../jobs/", "../jobs", "/srv/jobs"),
            (".", ".", "/srv/app"),
            ("", ".", "/srv/app"),
            ("~", "~", "/home/dev"),
            ("~/jobs", "~/jobs", "/home/dev/jobs"),
            ("~/../x", "~/../x", "/home/x"),
            ("~bob/x", "~/bob/x", "/home/dev/bob/x"),
            (r"C:\jobs", r"C:\jobs", r"C:\jobs"),
            ("C:jobs", "./C:jobs", "/srv/app/C:jobs"),
            (r"\\.\pipe\x", r"\\.\pipe\x", r"\\.\pipe\x"),
        ] {
            assert_eq!(resolve_source(source, None, None), symbolic, "{source}");
            let resolved = resolve_source(source, Some("/srv/app"), Some("/home/dev"));
            assert_eq!(resolved, known, "{source}");
        }
    }
}
