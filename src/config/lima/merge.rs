//! The list `mounts` as Lima has it: bases added, entries given twice made one, templates filled in.

use super::circumstances::Circumstances;
use super::template::Fields;
use super::{Lima, Mount};
use crate::syntax::go;
use crate::text::Span;

/// More mounts than anyone has; those beyond are not looked at.
pub const MOST: usize = 100;

/// A mount as Lima has it after reading the file. What cannot be known stays a hole in the text,
/// see [`super::template`]; the host's unknown home directory is `~`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedMount {
    /// The entry of the list as written that it starts from; `None` for one that a base brings.
    pub index: Option<usize>,
    /// The host's directory: cleaned since 1.1, `.` or empty where none is given.
    pub location: String,
    /// The directory in the VM.
    pub mount_point: String,
    /// Whether the VM may write.
    pub writable: bool,
    /// The entry, or the base that brings it.
    pub span: Span,
    /// Where `writable` is written, if it is.
    pub writable_span: Option<Span>,
    /// Where `mountPoint` is written, if it is.
    pub mount_point_span: Option<Span>,
    /// `9p.msize`, if it is written.
    pub msize: Option<(String, Span)>,
}

/// An entry before it is merged with others.
#[derive(Clone, Debug)]
struct Entry {
    index: Option<usize>,
    location: String,
    mount_point: Option<(String, Option<Span>)>,
    writable: Option<(bool, Option<Span>)>,
    msize: Option<(String, Span)>,
    span: Span,
}

/// The mounts in the list's order, of the first [`MOST`] entries; none with `plain` (Lima, pkg/limayaml/defaults.go).
pub fn mounts(lima: &Lima, circumstances: &Circumstances) -> Vec<MergedMount> {
    if lima.plain.is_some() {
        return Vec::new();
    }
    let mut entries: Vec<Entry> = lima.mounts.iter().take(MOST).map(Entry::of).collect();
    if circumstances.since(1, 1, 0) {
        if !lima.mounts_null {
            for base in lima.bases.iter().filter(|base| base.is_default_mounts()) {
                entries.extend(default_mounts(circumstances, base.span));
            }
        }
        if circumstances.is_template || lima.base.is_some() {
            entries = combine(entries);
        }
    }
    load(lima, circumstances, entries)
}

/// Those of `template:_default/mounts`: the home directory, up to 1.2 also a directory for
/// exchange.
fn default_mounts(circumstances: &Circumstances, span: Span) -> Vec<Entry> {
    let entry = |location: &str, mount_point: Option<&str>, writable: Option<bool>| Entry {
        index: None,
        location: location.to_owned(),
        mount_point: mount_point.map(|path| (path.to_owned(), None)),
        writable: writable.map(|writable| (writable, None)),
        msize: None,
        span,
    };
    let mut res = vec![entry("~", None, None)];
    if !circumstances.since(2, 0, 0) {
        res.push(entry("{{.GlobalTempDir}}/lima", Some("/tmp/lima"), Some(true)));
    }
    res
}

/// What happens once, when a VM is made from a template: of entries with the same mount point, or
/// else location, as written, the first stays and takes from later ones what it lacks; `*` stands
/// for all before it (Lima, pkg/limatmpl/embed.go).
fn combine(entries: Vec<Entry>) -> Vec<Entry> {
    let mut keys: Vec<(String, usize)> = Vec::new();
    let mut res: Vec<Entry> = Vec::new();
    for entry in entries {
        let key = entry.mount_point.as_ref().map_or(&entry.location, |(path, _)| path).clone();
        let same = keys.iter().find(|(other, _)| *other == key).map(|(_, at)| *at);
        let fills = match (key.as_str(), same) {
            ("*", _) => 0..res.len(),
            (_, Some(at)) => at..at + 1,
            (_, None) => {
                if !key.is_empty() {
                    keys.push((key, res.len()));
                }
                res.push(entry);
                continue;
            }
        };
        for earlier in res.get_mut(fills).unwrap_or_default() {
            earlier.mount_point = earlier.mount_point.take().or_else(|| entry.mount_point.clone());
            earlier.writable = earlier.writable.or(entry.writable);
            earlier.msize = earlier.msize.take().or_else(|| entry.msize.clone());
        }
    }
    res
}

/// What happens at every load. From 2.0 on, entries with the same mount point are one: the first
/// keeps its location. Before, entries with the same location are one, and the last mount point
/// that is given wins. The last `writable` that is given wins in either case.
fn load(lima: &Lima, circumstances: &Circumstances, entries: Vec<Entry>) -> Vec<MergedMount> {
    let read = Reader::new(lima, circumstances);
    let by_mount_point = circumstances.since(2, 0, 0);
    let mut res: Vec<(String, MergedMount)> = Vec::new();
    for entry in entries {
        let key = read.location(&entry.location);
        let location = read.expanded(&key);
        let mount_point = match &entry.mount_point {
            Some((path, _)) => read.mount_point(path),
            None => location.clone(),
        };
        let key = if by_mount_point { mount_point.clone() } else { key };
        let Some((_, earlier)) = res.iter_mut().find(|(other, _)| *other == key) else {
            let made = MergedMount {
                index: entry.index,
                location,
                mount_point,
                writable: entry.writable.is_some_and(|(writable, _)| writable),
                span: entry.span,
                writable_span: entry.writable.and_then(|(_, span)| span),
                mount_point_span: entry.mount_point.and_then(|(_, span)| span),
                msize: entry.msize,
            };
            res.push((key, made));
            continue;
        };
        if let Some((writable, span)) = entry.writable {
            earlier.writable = writable;
            earlier.writable_span = span;
        }
        earlier.msize = entry.msize.or_else(|| earlier.msize.take());
        if let Some((_, span)) = entry.mount_point.filter(|_| !by_mount_point) {
            earlier.mount_point = mount_point;
            earlier.mount_point_span = span;
        }
    }
    res.into_iter().map(|(_, mount)| mount).collect()
}

/// Stands for the directory that limactl runs in.
const WORKING_DIRECTORY: &str = "{{$PWD}}";

/// How one version of Lima reads the paths of a mount.
struct Reader<'a> {
    circumstances: &'a Circumstances,
    host: Fields<'a>,
    guest: Fields<'a>,
}

impl<'a> Reader<'a> {
    fn new(lima: &'a Lima, circumstances: &'a Circumstances) -> Self {
        Self {
            circumstances,
            host: Fields::host(circumstances, &lima.param),
            guest: Fields::guest(circumstances, &lima.param, &lima.user),
        }
    }

    /// A location as entries are compared by it before 2.0: filled in since 1.0, cleaned since 1.1.
    fn location(&self, written: &str) -> String {
        let since = |major, minor| self.circumstances.since(major, minor, 0);
        let filled = if since(1, 0) { self.host.fill(written) } else { written.to_owned() };
        if since(1, 1) { go::clean_path(&filled) } else { filled }
    }

    /// A path of the host with `~` written out, where the home directory is known.
    fn expanded(&self, path: &str) -> String {
        let since = |major, minor| self.circumstances.since(major, minor, 0);
        let rest = path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        match (rest, &self.circumstances.home) {
            (Some(rest), Some(home)) => go::clean_path(&format!("{home}{rest}")),
            (Some(rest), None) => match go::clean_path(rest.trim_start_matches('/')).as_str() {
                "." => "~".to_owned(),
                rest => format!("~/{rest}"),
            },
            (None, _) if path.starts_with('/') => go::clean_path(path),
            // 1.1 and 1.2 start at the directory that limactl happens to run in.
            (None, _) if !path.starts_with(['~', '{']) && since(1, 1) && !since(2, 0) => {
                if path.starts_with("..") {
                    WORKING_DIRECTORY.to_owned()
                } else {
                    go::clean_path(&format!("{WORKING_DIRECTORY}/{path}"))
                }
            }
            (None, _) => path.to_owned(),
        }
    }

    /// A mount point that is given: since 1.1 as it stands, before as a path of the host.
    fn mount_point(&self, written: &str) -> String {
        let since = |major, minor| self.circumstances.since(major, minor, 0);
        let filled = if since(1, 0) { self.guest.fill(written) } else { written.to_owned() };
        if since(1, 1) { filled } else { self.expanded(&filled) }
    }
}

impl Entry {
    fn of(mount: &Mount) -> Entry {
        Entry {
            index: Some(mount.index),
            location: mount.location.as_ref().map_or("", |text| text.as_str()).to_owned(),
            mount_point: mount.mount_point.as_ref().map(|(path, span)| (path.clone(), Some(*span))),
            writable: mount.writable.map(|(writable, span)| (writable, Some(span))),
            msize: mount.msize.clone(),
            span: mount.span,
        }
    }
}
