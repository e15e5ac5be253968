//! The Go templates in `location`, `mountPoint` and `user.home`: `{{.Name}}/x` (since Lima 1.0).
//!
//! A text keeps what cannot be filled in: `{{.User}}` stays `{{.User}}`, so that two texts with the
//! same hole compare equal, and [`may_be`] tells whether a path without holes could be meant.

use std::borrow::Cow;

use super::circumstances::Circumstances;

/// What a template's fields stand for on one side.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    known: Vec<(&'static str, Option<Cow<'a, str>>)>,
    param: &'a [(String, String)],
}

/// What Go prints for a field that is not there.
const NO_VALUE: &str = "<no value>";

impl<'a> Fields<'a> {
    /// Those of `location`, which speaks of the host (Lima, `executeHostTemplate`).
    pub fn host(circumstances: &'a Circumstances, param: &'a [(String, String)]) -> Self {
        let name = circumstances.instance.as_deref().map(Cow::Borrowed);
        let home = circumstances.home.as_deref().unwrap_or("~");
        let known = vec![
            ("Home", Some(Cow::Borrowed(home))),
            ("Name", name.clone()),
            ("Instance", name),
            ("Dir", None),
            ("LimaHome", None),
            ("UID", None),
            ("User", None),
            ("GlobalTempDir", Some(Cow::Borrowed("/tmp"))),
            ("TempDir", None),
        ];
        Self { known, param }
    }

    /// Those of `mountPoint`, which speaks of the VM (Lima, `executeGuestTemplate`).
    pub fn guest(
        circumstances: &'a Circumstances,
        param: &'a [(String, String)],
        user: &'a super::User,
    ) -> Self {
        let name = circumstances.instance.as_deref();
        let field = |written: &'a Option<(String, crate::text::Span)>| {
            written.as_ref().map(|(text, _)| Cow::Borrowed(text.as_str()))
        };
        let mut fields = Self {
            known: vec![
                ("Name", name.map(Cow::Borrowed)),
                // A host's name has no dots and underscores (Lima, pkg/instance/hostname).
                (
                    "Hostname",
                    name.map(|name| Cow::Owned(format!("lima-{}", name.replace(['.', '_'], "-")))),
                ),
                ("UID", field(&user.uid)),
                ("User", field(&user.name)),
            ],
            param,
        };
        let home = user.home.as_ref().map(|(home, _)| Cow::Owned(fields.fill(home)));
        fields.known.push(("Home", home));
        fields
    }

    /// The text with all that is known filled in.
    pub fn fill(&self, text: &str) -> String {
        let mut res = String::new();
        let mut rest = text;
        while let Some((before, hole, after)) = next_hole(rest) {
            res.push_str(before);
            match self.value(hole) {
                Some(value) => res.push_str(&value),
                None => {
                    let path = hole.trim();
                    let hole = if field_path(path).is_some() { path } else { hole };
                    res.push_str(&format!("{{{{{hole}}}}}"));
                }
            }
            rest = after;
        }
        res.push_str(rest);
        res
    }

    /// What stands in place of `{{hole}}`; `None` where that is not known.
    fn value(&self, hole: &str) -> Option<Cow<'_, str>> {
        let path = field_path(hole.trim())?;
        if let Some(name) = path.strip_prefix("Param.") {
            let param = self.param.iter().find(|(key, _)| key == name);
            return Some(Cow::Borrowed(param.map_or(NO_VALUE, |(_, value)| value)));
        }
        match self.known.iter().find(|(name, _)| *name == path) {
            Some((_, value)) => value.clone(),
            None if path.contains('.') || path == "Param" => None,
            None => Some(Cow::Borrowed(NO_VALUE)),
        }
    }
}

/// The first `{{…}}`: what stands before it, within it and behind it.
fn next_hole(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (hole, after) = rest.split_once("}}")?;
    Some((before, hole, after))
}

/// `A.B` for `.A.B`; `None` for any other expression.
fn field_path(hole: &str) -> Option<&str> {
    let path = hole.strip_prefix('.')?;
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    path.split('.').all(is_name).then_some(path)
}

/// Whether a text has holes left.
pub fn has_holes(text: &str) -> bool {
    next_hole(text).is_some()
}

/// Whether `path` could be what `pattern` stands for. A hole is any text; the host's and the VM's
/// home directory (`~`, `{{.Home}}`) is a directory of `/home` or `/Users`, or `/root`; a name and
/// a number have no slash.
pub fn may_be(pattern: &str, path: &str) -> bool {
    match pattern.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(rest) => pattern == path || may_be(&format!("{{{{.Home}}}}{rest}"), path),
        None => matches(pattern, path),
    }
}

/// Holes that are not filled by just any text.
const RESTRICTED: [&str; 9] =
    [".Home", ".Name", ".Hostname", ".User", ".UID", ".Instance", ".Dir", ".LimaHome", ".TempDir"];

/// Follows all the places in `path` that the pattern may have come to at once, so that many holes
/// cost no more than their number.
fn matches(pattern: &str, path: &str) -> bool {
    let mut rest = pattern;
    let mut places = vec![0];
    while let Some((literal, hole, after)) = next_hole(rest) {
        places = behind_literal(path, &places, literal);
        let hole = hole.trim();
        // What may be any text leads from its first start to all the places behind.
        let starts = if RESTRICTED.contains(&hole) { places.len() } else { 1 };
        let mut ends: Vec<usize> =
            places.iter().take(starts).flat_map(|at| ends(path, *at, hole)).collect();
        ends.sort_unstable();
        ends.dedup();
        places = ends;
        rest = after;
    }
    behind_literal(path, &places, rest).contains(&path.len())
}

fn behind_literal(path: &str, places: &[usize], literal: &str) -> Vec<usize> {
    let fits = |at: &&usize| path.get(**at..).is_some_and(|rest| rest.starts_with(literal));
    places.iter().filter(fits).map(|at| at + literal.len()).collect()
}

/// Where a hole that starts at `start` may end.
fn ends(path: &str, start: usize, hole: &str) -> Vec<usize> {
    let rest = path.get(start..).unwrap_or_default();
    let name_end = |from: usize| {
        let name = rest.get(from..).unwrap_or_default();
        from + name.find('/').unwrap_or(name.len())
    };
    let range = match hole {
        ".Home" if rest.starts_with("/root") => 5..=5,
        ".Home" => match ["/home/", "/Users/"].iter().find(|dir| rest.starts_with(**dir)) {
            Some(dir) => dir.len() + 1..=name_end(dir.len()),
            None => return Vec::new(),
        },
        ".Name" | ".Hostname" | ".User" | ".UID" | ".Instance" => 1..=name_end(0),
        ".Dir" | ".LimaHome" | ".TempDir" if !rest.starts_with(['/', '~']) => return Vec::new(),
        _ => 0..=rest.len(),
    };
    range.filter(|end| rest.is_char_boundary(*end)).map(|end| start + end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::lima::User;
    use crate::text::{FileId, Span};

    #[test]
    fn what_is_known_is_filled_in() {
        let param = [("share".to_owned(), "/srv/share".to_owned())];
        let user = User {
            name: Some(("me".to_owned(), Span::at(FileId(0), 0))),
            home: Some(("/home/{{.User}}.vm".to_owned(), Span::at(FileId(0), 0))),
            ..User::default()
        };
        let named = Circumstances {
            instance: Some("web.1".to_owned()),
            home: Some("/Users/me".to_owned()),
            ..Circumstances::default()
        };
        let unnamed = Circumstances::default();
        for (circumstances, text, host, guest) in [
            (&named, "{{.Home}}/x", "/Users/me/x", "/home/me.vm/x"),
            (&unnamed, "{{.Home}}/x", "~/x", "/home/me.vm/x"),
            (&named, "/a/{{ .Name }}/{{.Name}}", "/a/web.1/web.1", "/a/web.1/web.1"),
            (&unnamed, "/a/{{ .Name }}", "/a/{{.Name}}", "/a/{{.Name}}"),
            (&named, "/{{.Hostname}}", "/<no value>", "/lima-web-1"),
            (&named, "{{.Param.share}}/x", "/srv/share/x", "/srv/share/x"),
            (&named, "{{.Param.other}}", "<no value>", "<no value>"),
            (&named, "{{.GlobalTempDir}}/lima", "/tmp/lima", "<no value>/lima"),
            (&named, "/{{.User}}/{{.UID}}", "/{{.User}}/{{.UID}}", "/me/{{.UID}}"),
            (&named, "/{{if .Home}}a{{end}}", "/{{if .Home}}a{{end}}", "/{{if .Home}}a{{end}}"),
            (&named, "/{{", "/{{", "/{{"),
            (&named, "/plain", "/plain", "/plain"),
        ] {
            assert_eq!(Fields::host(circumstances, &param).fill(text), host, "host {text}");
            assert_eq!(
                Fields::guest(circumstances, &param, &user).fill(text),
                guest,
                "guest {text}"
            );
        }
    }

    #[test]
    fn a_hole_may_be_what_fits_it() {
        for (pattern, path, expected) in [
            ("/a/{{.Name}}/b", "/a/dev/b", true),
            ("/a/{{.Name}}/b", "/a/dev/x/b", false),
            ("/a/{{.Name}}", "/a/", false),
            ("/a/{{.Param.x}}", "/a/b/c", true),
            ("{{.Home}}/x", "/home/me.guest/x", true),
            ("{{.Home}}/x", "/var/lib/x", false),
            ("~/x", "/Users/me/x", true),
            ("~/x", "/Users/me/y", false),
            ("~", "~", true),
            ("/a", "/a", true),
            ("/a", "/b", false),
            ("{{if .X}}/a{{end}}", "/a", true),
            ("/{{.Param.x}}/{{.Name}}/é", "/ü/a/b/é", true),
            ("{{.A.b}}{{.A.b}}{{.A.b}}{{.A.b}}{{.A.b}}{{.A.b}}{{.A.b}}x", &"/y".repeat(500), false),
        ] {
            assert_eq!(may_be(pattern, path), expected, "{pattern} {path}");
        }
    }
}
