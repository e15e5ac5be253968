//! Paths of a file in another directory, as seen from the directory of the one that names it.

use std::rc::Rc;

use super::catalog::join;
use super::paths::is_anchored;
use super::tree::{Data, Field, Tree};
use super::volume_spec::VolumeSpec;

/// Notes for every path in a project or in the services of one that the file stands in
/// `directory`.
pub(super) fn rebase(project: &mut Tree, directory: &str) {
    for field in project.fields_mut() {
        for part in field.value.fields_mut() {
            match field.key.as_str() {
                "services" => rebase_service(part, directory),
                "volumes" => {
                    let device = part.value.get_mut("driver_opts");
                    if let Some(device) = device.and_then(|options| options.get_mut("device")) {
                        rebase_all(device, directory);
                    }
                }
                _ => {}
            }
        }
    }
}

fn rebase_service(service: &mut Field, directory: &str) {
    for key in ["env_file", "extends"] {
        if let Some(value) = service.value.get_mut(key) {
            rebase_all(value, directory);
        }
    }
    let Some(Tree { data: Data::List(volumes), .. }) = service.value.get_mut("volumes") else {
        return;
    };
    for volume in volumes {
        let kind = volume.get("type").and_then(|field| field.value.text());
        if kind.is_some_and(|kind| kind.as_str() == "bind") {
            if let Some(source) = volume.get_mut("source") {
                rebase_all(source, directory);
            }
        } else if let Some(Ok(spec)) = volume.text().map(VolumeSpec::parse)
            && spec.is_bind
        {
            rebase_all(volume, directory);
        }
    }
}

fn rebase_all(tree: &mut Tree, directory: &str) {
    match &mut tree.data {
        Data::Scalar(scalar) if !is_anchored(scalar.text.as_str()) => {
            let own = scalar.directory.as_deref().unwrap_or(".");
            scalar.directory = Some(Rc::from(join(directory, own)));
        }
        Data::Null | Data::Scalar(_) => {}
        Data::Map(fields) => {
            fields.iter_mut().for_each(|field| rebase_all(&mut field.value, directory));
        }
        Data::List(items) | Data::Layers(items) => {
            items.iter_mut().for_each(|item| rebase_all(item, directory));
        }
    }
}
