//! What lima-doctor makes of a file, and the mounts that limactl prints.

use std::path::Path;

use lima_doctor::config::lima::merge::{self, MergedMount};
use lima_doctor::config::lima::validate::{When, refusals};
use lima_doctor::config::lima::{Circumstances, Lima, template};
use lima_doctor::intake::{Host, LimaVersion, VmState};
use lima_doctor::syntax::yaml::Yaml;
use lima_doctor::text::FileId;
use serde_json::Value;

/// The circumstances under which limactl reads a file here.
pub(crate) fn circumstances(version: LimaVersion, instance: &str, home: &Path) -> Circumstances {
    Circumstances {
        version,
        host: Host::Linux,
        host_is_known: true,
        version_is_known: true,
        is_template: false,
        is_stored: true,
        vm: VmState::Existing,
        instance: Some(instance.to_owned()),
        home: Some(home.to_string_lossy().into_owned()),
    }
}

/// What Lima refuses when it loads the file, and the mounts as it has them.
pub(crate) fn foretell(
    text: &str,
    circumstances: &Circumstances,
) -> (Vec<String>, Vec<MergedMount>) {
    let file = FileId(0);
    let yaml = Yaml::parse(file, text);
    let lima = Lima::resolve(file, &yaml);
    let mut refused: Vec<String> =
        yaml.errors.iter().chain(&lima.errors).map(|error| error.message.clone()).collect();
    if let Some(document) = yaml.documents.first() {
        let refusals = refusals(&lima, document, circumstances).into_iter();
        refused.extend(refusals.filter(|r| r.when == When::Load).map(|r| r.error.message));
    }
    (refused, merge::mounts(&lima, circumstances))
}

/// Says where the mounts differ from those that limactl has; a hole fits what may fill it.
pub(crate) fn compare(ours: &[MergedMount], theirs: &Value, home: &Path) -> Result<(), String> {
    let home = home.to_string_lossy();
    let theirs = theirs.as_array().map(Vec::as_slice).unwrap_or_default();
    let expanded = |path: &str| match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{home}{rest}"),
        _ => path.to_owned(),
    };
    let same = ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|(ours, theirs)| {
            // Lima 1 leaves `~` in a location.
            let location = expanded(theirs["location"].as_str().unwrap_or_default());
            let mount_point = theirs["mountPoint"].as_str().unwrap_or_default();
            let writable = theirs["writable"].as_bool().unwrap_or_default();
            template::may_be(&ours.location, &location)
                && template::may_be(&ours.mount_point, mount_point)
                && ours.writable == writable
        });
    if same { Ok(()) } else { Err(format!("we have {ours:#?}\nlimactl has {theirs:#?}")) }
}
