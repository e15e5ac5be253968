//! What Lima mounts, against what the containers bind.

pub mod mount_missing;
pub mod mount_path_differs;
pub mod mount_read_only;

use crate::diagnostic::{Evidence, Step};
use crate::syntax::yaml::{Segment, Value, Yaml};
use crate::text::Edit;
use crate::topology::Setup;
use crate::topology::path::below;
use crate::topology::shared::SharedDir;

/// A mount to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NewMount {
    location: String,
    /// Where it arrives in the VM; written only where it differs from the location.
    mount_point: String,
    writable: bool,
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

    fn to_value(&self, setup: &Setup) -> Value {
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

/// The edits that append mounts to `lima.yaml`; `None` where they cannot be written safely.
fn add_mounts(setup: &Setup, mounts: &[NewMount]) -> Option<Vec<Edit>> {
    let lima = setup.lima.as_ref()?;
    let (document, text) = setup.document(lima.file)?;
    if mounts.iter().any(|mount| RESERVED.contains(&mount.mount_point.as_str())) {
        return None;
    }
    let path = [Segment::Key("mounts".to_owned())];
    let values: Vec<Value> = mounts.iter().map(|mount| mount.to_value(setup)).collect();
    if lima.mounts_key.is_none() {
        let list = Value::List(values);
        let edits = match &lima.hardware_key {
            Some(key) => document.insert_after(text, key, "mounts", &list),
            None => document.set(text, &path, &list),
        };
        return edits.ok();
    }
    if let [value] = values.as_slice() {
        return document.append(text, &path, value).ok();
    }
    // Each further entry is written into the text that holds the ones before.
    let mut new_text = text.to_owned();
    for value in &values {
        let yaml = Yaml::parse(lima.file, &new_text);
        let edits = yaml.documents.first()?.append(&new_text, &path, value).ok()?;
        new_text = crate::text::EditSet::of(&edits).ok()?.apply(lima.file, &new_text).ok()?;
    }
    Edit::between(lima.file, text, &new_text).map(|edit| vec![edit])
}

/// The edits that set a field of the mount at `index` of the list as written.
fn set_in_mount(setup: &Setup, index: usize, field: &str, value: &Value) -> Option<Vec<Edit>> {
    let lima = setup.lima.as_ref()?;
    let (document, text) = setup.document(lima.file)?;
    let path =
        [Segment::Key("mounts".to_owned()), Segment::Index(index), Segment::Key(field.to_owned())];
    document.set(text, &path, value).ok()
}

/// What `lima.yaml` shares, as a link of the chain: "shares only `~`".
fn shares(setup: &Setup) -> Vec<Evidence> {
    let Some(lima) = &setup.lima else { return Vec::new() };
    let Some(place) = setup.mounts_place() else { return Vec::new() };
    let name = format!("`{}`", setup.lima_name());
    if let Some(plain) = lima.plain {
        return vec![Evidence::new(plain, "with `plain`, Lima leaves every mount out")];
    }
    let locations: Vec<String> =
        setup.mounts.iter().filter_map(|m| m.location.as_ref()).map(|l| format!("`{l}`")).collect();
    let note = match (lima.mounts_key, locations.as_slice()) {
        (None, []) => format!("{name} has no `mounts:`, and Lima mounts nothing by itself"),
        (_, []) => format!("{name} mounts nothing"),
        (_, locations) => format!("{name} shares only {}", locations.join(", ")),
    };
    vec![Evidence::new(place, note)]
}

/// What has to happen for a change of the mounts to take effect.
fn steps(setup: &Setup, mounts: &[NewMount]) -> Vec<Step> {
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
