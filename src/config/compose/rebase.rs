//! Paths of a file in another directory, as seen from the directory of the one that names it.

use std::rc::Rc;

use super::catalog::join;
use super::tree::{Data, Field, Tree};

/// Notes for every path in a project or in the services of one that the file stands in
/// `directory`.
pub(super) fn rebase(project: &mut Tree, directory: &str) {
    if directory == "." || directory.is_empty() {
        return;
    }
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
    for key in ["env_file", "extends", "volumes"] {
        if let Some(value) = service.value.get_mut(key) {
            rebase_all(value, directory);
        }
    }
}

fn rebase_all(tree: &mut Tree, directory: &str) {
    match &mut tree.data {
        Data::Null => {}
        Data::Scalar(scalar) => {
            let own = scalar.directory.as_deref().unwrap_or(".");
            scalar.directory = Some(Rc::from(join(directory, own)));
        }
        Data::Map(fields) => {
            fields.iter_mut().for_each(|field| rebase_all(&mut field.value, directory));
        }
        Data::List(items) | Data::Layers(items) => {
            items.iter_mut().for_each(|item| rebase_all(item, directory));
        }
    }
}
