//! What the files say, against what is in force: an older container or VM, another file, the
//! shell's variables.

pub mod change_not_in_effect;
pub mod container_not_recreated;
pub mod env_file_not_read;
pub mod shell_variable_wins;

use crate::text::{Reference, Span, Traced};
use crate::topology::Setup;

/// Every place at which a service's variables and binds refer to a name, with the service's name.
fn references<'a>(setup: &'a Setup, name: &str) -> Vec<(&'a str, &'a Reference, Span)> {
    let mut res = Vec::new();
    for service in &setup.compose.services {
        let variables = service.environment.iter();
        let values = variables.filter_map(|v| Some((v.value.as_ref()?, v.span)));
        let binds = service.binds.iter().map(|bind| (&bind.source, bind.span));
        for (value, span) in values.chain(binds) {
            let found = Traced::references(value).into_iter().find(|r| r.name == name);
            res.extend(found.map(|reference| (service.name.as_str(), reference, span)));
        }
    }
    res
}
