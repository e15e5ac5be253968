//! What the files say, against what is in force: an older container or VM, another file, the
//! shell's variables.

pub mod change_not_in_effect;
pub mod container_not_recreated;
pub mod env_file_not_read;
pub mod shell_variable_wins;

use crate::text::{Reference, Span, Traced};
use crate::topology::Setup;

/// Every value of the services' variables and binds, with the service's name and its place.
fn values(setup: &Setup) -> impl Iterator<Item = (&str, &Traced, Span)> {
    setup.compose.services.iter().flat_map(|service| {
        let variables = service.environment.iter();
        let values = variables.filter_map(|v| Some((v.value.as_ref()?, v.span)));
        let binds = service.binds.iter().map(|bind| (&bind.source, bind.span));
        values.chain(binds).map(|(value, span)| (service.name.as_str(), value, span))
    })
}

/// Every place at which a service's variables and binds refer to a name, with the service's name.
fn references<'a>(setup: &'a Setup, name: &str) -> Vec<(&'a str, &'a Reference, Span)> {
    values(setup)
        .filter_map(|(service, value, span)| {
            let found = Traced::references(value).into_iter().find(|r| r.name == name);
            found.map(|reference| (service, reference, span))
        })
        .collect()
}
