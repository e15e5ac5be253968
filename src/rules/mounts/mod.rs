//! What Lima mounts, against what the containers bind.

mod by_hand;
mod linked;
pub mod mount_missing;
pub mod mount_path_differs;
pub mod mount_read_only;

use crate::config::lima::Lima;
use crate::diagnostic::{Evidence, Step};
use crate::intake::{LimaVersion, VmState};
use crate::syntax::yaml::{Document, Segment, Value, Yaml};
use crate::text::{Edit, EditSet, FileId};
use crate::topology::Setup;
use crate::topology::mounts::{EffectiveMount, Sharing};
use crate::topology::path::{below, depth};
use crate::topology::share::Share;
use crate::topology::shared::SharedDir;

/// A mount to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewMount {
    pub(super) location: String,
    /// Where it arrives in the VM; written only where it differs from the location.
    pub(super) mount_point: String,
    pub(super) writable: bool,
}

impl NewMount {
    /// The mount that brings one shared directory to its place.
    fn of(dir: &SharedDir) -> NewMount {
        NewMount {
            location: dir.host.clone(),
            mount_point: dir.target.clone(),
            writable: dir.write,
        }
    }

    /// "`~/jobs` at `/data/jobs` (writable)".
    fn to_words(&self) -> String {
        let access = if self.writable { "writable" } else { "read-only" };
        format!("`{}` at `{}` ({access})", self.location, self.mount_point)
    }

    /// Whether Lima would refuse its mount point. `~` as a location may stand for the mount point as
    /// well; written as one, it is refused.
    fn is_refused(&self) -> bool {
        let point = self.mount_point.as_str();
        RESERVED.contains(&point) || (is_refused(point) && self.location != point)
    }

    pub(super) fn to_value(&self, setup: &Setup) -> Value {
        let mut entries = vec![("location".to_owned(), Value::Text(self.location.clone()))];
        let arrives = match (&setup.home, below("~", &self.location)) {
            (Some(home), Some(rest)) => crate::topology::path::join(home, rest),
            _ => self.location.clone(),
        };
        if arrives != self.mount_point {
            entries.push(("mountPoint".to_owned(), Value::Text(self.mount_point.clone())));
        }
        if self.writable {
            entries.push(("writable".to_owned(), Value::Bool(true)));
        }
        Value::Map(entries)
    }
}

/// Mount points that Lima refuses (Lima, pkg/limayaml/validate.go).
const RESERVED: [&str; 10] =
    ["/", "/bin", "/dev", "/etc", "/home", "/opt", "/sbin", "/tmp", "/usr", "/var"];

/// Whether Lima would refuse a mount point: one of the system's, or none of the VM's.
fn is_refused(mount_point: &str) -> bool {
    RESERVED.contains(&mount_point) || !mount_point.starts_with('/')
}

/// The edits that append mounts to `lima.yaml`; `None` where they cannot be written safely.
fn add_mounts(setup: &Setup, mounts: &[NewMount]) -> Option<Vec<Edit>> {
    let lima = setup.lima.as_ref()?;
    let (document, text) = setup.document(lima.file)?;
    if mounts.iter().any(|mount| mount.is_refused()) {
        return None;
    }
    let values: Vec<Value> = mounts.iter().map(|mount| mount.to_value(setup)).collect();
    write_mounts(lima, document, text, &values)
}

/// The edits that append entries to `mounts:`.
fn write_mounts(
    lima: &Lima,
    document: &Document,
    text: &str,
    values: &[Value],
) -> Option<Vec<Edit>> {
    let path = [Segment::Key("mounts".to_owned())];
    if lima.mounts_key.is_none() {
        let list = Value::List(values.to_vec());
        let edits = match &lima.hardware_key {
            Some(key) => document.insert_after(text, key, "mounts", &list),
            None => document.set(text, &path, &list),
        };
        return edits.ok();
    }
    write_in_turn(lima.file, text, values, |document, text, value| {
        document.append(text, &path, value).ok()
    })
}

/// The edits that set fields of a mount, each in the entry that has the say on it.
fn set_in_mount(
    setup: &Setup,
    mount: &EffectiveMount,
    fields: &[(&str, Value)],
) -> Option<Vec<Edit>> {
    let lima = setup.lima.as_ref()?;
    let (_, text) = setup.document(lima.file)?;
    write_in_turn(lima.file, text, fields, |document, text, (field, value)| {
        // Of entries that Lima takes for one, a later one may have set `writable`.
        let has_the_say = lima.mounts.iter().find(|entry| {
            *field == "writable"
                && mount.writable_span.is_some()
                && entry.writable.map(|(_, span)| span) == mount.writable_span
        });
        let path = [
            Segment::Key("mounts".to_owned()),
            Segment::Index(has_the_say.map(|entry| entry.index).or(mount.index)?),
            Segment::Key((*field).to_owned()),
        ];
        document.set(text, &path, value).ok()
    })
}

/// The edits that write several changes, each into the text that holds the ones before: one alone
/// keeps its own edits, several become the one edit between the first text and the last.
pub(super) fn write_in_turn<T>(
    file: FileId,
    text: &str,
    changes: &[T],
    write: impl Fn(&Document, &str, &T) -> Option<Vec<Edit>>,
) -> Option<Vec<Edit>> {
    let mut new_text = text.to_owned();
    let mut edits = Vec::new();
    for change in changes {
        let yaml = Yaml::parse(file, &new_text);
        edits = write(yaml.documents.first()?, &new_text, change)?;
        new_text = EditSet::of(&edits).ok()?.apply(file, &new_text).ok()?;
    }
    match changes {
        [_] => Some(edits),
        _ => Edit::between(file, text, &new_text).map(|edit| vec![edit]),
    }
}

/// A change of a document.
type Write<'a> = &'a dyn Fn(&Document, &str) -> Option<Vec<Edit>>;

/// The edits that make several changes: each change's own where they do not meet, so that other
/// fixes still find their place between them.
fn together(document: &Document, text: &str, changes: &[Write]) -> Option<Vec<Edit>> {
    let file = document.file();
    let in_turn =
        write_in_turn(file, text, changes, |document, text, write| write(document, text))?;
    let mut apart = Vec::new();
    for write in changes {
        apart.extend(write(document, text)?);
    }
    let made = |edits: &[Edit]| EditSet::of(edits).ok()?.apply(file, text).ok();
    let is_same = made(&apart).is_some_and(|apart| Some(apart) == made(&in_turn));
    Some(if is_same { apart } else { in_turn })
}

/// Whether a mount already does right by a shared directory.
fn is_used(setup: &Setup, mount: usize) -> bool {
    setup
        .shared
        .iter()
        .any(|dir| matches!(&dir.sharing, Sharing::Shared(i) | Sharing::ReadOnly(i) if *i == mount))
}

/// Whether a mount shares far more than one set-up's files: the home directory, or a top level.
fn is_broad(location: &str) -> bool {
    location == "~" || (location.starts_with('/') && depth(location) < 3)
}

/// Whether Lima would take none of the new mounts for one that is there: from 2.0 on by the mount
/// point, before by the location (Lima, pkg/limayaml/defaults.go).
fn are_new(setup: &Setup, mounts: &[NewMount]) -> bool {
    let by_mount_point = setup.lima_version >= LimaVersion::new(2, 0, 0);
    !setup.mounts.iter().any(|old| {
        mounts.iter().any(|new| match by_mount_point {
            true => old.mount_point == new.mount_point,
            false => old.location.as_ref() == Some(&new.location),
        })
    })
}

/// The name of a mount's location as `lima.yaml` has it, `/private` and all.
pub(super) fn written_location<'a>(setup: &'a Setup, mount: &EffectiveMount) -> &'a str {
    let lima = setup.lima.as_ref();
    let written = lima.and_then(|lima| lima.mounts.get(mount.index?)?.location.as_ref());
    written.map_or("", |location| location.as_str())
}

/// The text in front of `end` where it ends in that path: `/v` for `/v/jobs` and `jobs`.
fn above(path: &str, end: &str) -> Option<String> {
    let start = match end {
        "" => path,
        end => path.strip_suffix(end)?.strip_suffix('/').filter(|rest| !rest.is_empty())?,
    };
    Some(start.to_owned())
}

/// "`a` and `b`".
pub(super) fn listed(names: impl Iterator<Item = String>) -> String {
    distinct(names.map(|name| format!("`{name}`"))).join(" and ")
}

pub(super) fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut res = Vec::new();
    for item in items {
        if !res.contains(&item) {
            res.push(item);
        }
    }
    res
}

/// What `lima.yaml` shares, as a link of the chain: "shares only `~`".
fn shares(setup: &Setup) -> Vec<Evidence> {
    let Some(lima) = &setup.lima else { return Vec::new() };
    let Some(place) = setup.mounts_place() else { return Vec::new() };
    let name = format!("`{}`", setup.lima_name());
    if let Some(plain) = lima.plain {
        return vec![Evidence::new(plain, "with `plain`, Lima leaves every mount out")];
    }
    let locations: Vec<String> = setup
        .mounts
        .iter()
        .map(|mount| written_location(setup, mount))
        .filter(|l| !l.is_empty())
        .map(|l| format!("`{l}`"))
        .collect();
    let note = match (lima.mounts_key, locations.as_slice()) {
        (None, []) => format!("{name} has no `mounts:`, and Lima mounts nothing by itself"),
        (_, []) => format!("{name} mounts nothing"),
        (_, locations) => format!("{name} shares only {}", locations.join(", ")),
    };
    vec![Evidence::new(place, note)]
}

/// What has to happen for a change of the mounts to take effect.
pub(super) fn steps(setup: &Setup, mounts: &[NewMount]) -> Vec<Step> {
    let outside_home = |mount: &&NewMount| !mount.location.starts_with('~');
    let mut steps: Vec<Step> = mounts
        .iter()
        .filter(outside_home)
        .filter(|_| setup.host == crate::intake::Host::MacOs)
        .map(|mount| Step::CreateHostDirectory(mount.location.clone()))
        .collect();
    steps.push(Step::RestartInstance);
    steps
}

/// What comes of a change to an entry that is there: before 2.1, Lima tells the mounts of a VM apart
/// by their number, and at the first start the VM may find others behind its old ones (Lima, issue
/// 3957).
fn second_start(setup: &Setup) -> &'static str {
    let by_number = setup.lima_version < LimaVersion::new(2, 1, 0)
        && !matches!(setup.share(), Share::ReverseSshfs | Share::Unknown);
    match setup.vm {
        VmState::Existing if by_number => {
            " Lima before 2.1 numbers its mounts: where one changes, the VM may need a second \
             restart to see the right directories."
        }
        _ => "",
    }
}
