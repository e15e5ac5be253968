#![doc = include_str!("uri_unescaped.md")]

use super::quoted;
use crate::config::compose::{Service, Variable};
use crate::config::libvirt_uri::LibvirtUri;
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::rules::Rule;
use crate::syntax::dotenv::{EnvEntry, Quote};
use crate::text::{Edit, FileId, Span};
use crate::topology::Setup;

/// A libvirt URI holds characters that are read otherwise than they are meant.
pub const RULE: Rule = Rule {
    name: "uri-unescaped",
    severity: Severity::Warning,
    summary: "a libvirt URI holds an `&` that a shell reads, or a blank that libvirt refuses",
    docs: include_str!("uri_unescaped.md"),
    covers: &["C19"],
    check,
};

/// Characters that end a word in a shell.
const OF_SHELLS: [char; 6] = ['&', ';', '(', ')', '<', '>'];

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    if let Some((file, env)) = &setup.env_file {
        res.extend(env.entries.iter().filter_map(|entry| in_shell(setup, *file, entry)));
    }
    let services = setup.compose.services.iter();
    for (service, variable) in services.flat_map(|s| s.environment.iter().map(move |v| (s, v))) {
        let Some(finding) = blank(setup, service, variable) else { continue };
        if !res.iter().any(|other| other.span == finding.span) {
            res.push(finding);
        }
    }
    res
}

/// An unquoted value that a shell would cut, where a sign shows that one reads the file.
fn in_shell(setup: &Setup, file: FileId, entry: &EnvEntry) -> Option<Diagnostic> {
    let value = entry.value.as_ref().filter(|value| value.quote == Quote::None)?;
    LibvirtUri::parse(value.text.as_str())?;
    let raw = setup.sources.slice(value.span);
    let at = raw.find(OF_SHELLS)?;
    let is_exported = setup.sources.slice(entry.span).trim_start().starts_with("export ");
    let sourced = setup.terminal.sourced.first();
    if !is_exported && sourced.is_none() {
        return None;
    }
    let place = Span::new(file, value.span.start + at, value.span.start + at + 1);
    let char = setup.sources.slice(place);
    let mut evidence: Vec<Evidence> = sourced
        .map(|span| Evidence::new(*span, "reads the file into a shell"))
        .into_iter()
        .collect();
    evidence.extend(
        is_exported
            .then(|| Evidence::new(entry.span, "`export` is for a shell that reads the file")),
    );
    let fix = quoted(raw).map(|text| Fix {
        name: "quote",
        title: "Put the value between quotes".to_owned(),
        suits: "",
        applicability: Applicability::Safe,
        edits: vec![Edit::replace(value.span, text)],
        steps: Vec::new(),
    });
    Some(Diagnostic {
        severity: Severity::Hint,
        detail: "Compose reads the whole value; a shell ends it there, and an exported value wins \
                 over the file."
            .to_owned(),
        evidence,
        fixes: fix.into_iter().collect(),
        ..RULE.finding(place, format!("a shell cuts `{}` at `{char}`", entry.key))
    })
}

/// A blank behind the `?` of a URI.
fn blank(setup: &Setup, service: &Service, variable: &Variable) -> Option<Diagnostic> {
    let value = variable.value.as_ref()?;
    let text = value.as_str();
    let query = text.find('?')?;
    let blanks: Vec<usize> =
        text.match_indices(' ').map(|(at, _)| at).filter(|at| *at > query).collect();
    let first = *blanks.first()?;
    let escaped = text.replace(' ', "%20");
    LibvirtUri::parse(&escaped).filter(|_| !text.get(..query).is_some_and(|t| t.contains(' ')))?;
    let span = value.written_at(first..first + 1).or(value.outermost()).unwrap_or(variable.span);
    let edits: Option<Vec<Edit>> = blanks
        .iter()
        .map(|at| Some(Edit::replace(value.written_at(*at..at + 1)?, "%20")))
        .collect();
    let fix = edits.map(|edits| Fix {
        name: "escape",
        title: "Write `%20` for the blank".to_owned(),
        suits: "",
        applicability: Applicability::Safe,
        edits,
        steps: vec![Step::RecreateService(service.name.clone())],
    });
    let file = setup.sources.short_name(span.file);
    Some(Diagnostic {
        detail: "libvirt reads the values of a URI percent-encoded.".to_owned(),
        fixes: fix.into_iter().collect(),
        ..RULE.finding(span, format!("the URI of `{}` in `{file}` holds a blank", variable.name))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    fn files(line: &str) -> String {
        format!(
            "#- lima.yaml\nssh: {{localPort: 20022}}\n#- .env\n{line}\n#- compose.yaml\nservices:\n  api:\n    environment: [LIBVIRT_URI]\n    volumes: [\"~/.lima/_config/user:/key:ro\"]\n"
        )
    }

    const URI: &str = "qemu+ssh://dev@host.docker.internal:20022/system?keyfile=/key&no_verify=1";

    #[test]
    fn a_shell_reads_the_file() {
        check(
            &files(&format!("export LIBVIRT_URI={URI} # the VM")),
            &expect![[r#"
            hint[uri-unescaped] .env:1:81: a shell cuts `LIBVIRT_URI` at `&`
              .env:1:1: `export` is for a shell that reads the file
              fix quote: Put the value between quotes
        "#]],
        );
        check(
            &format!("{}#- error\n$ source .env\n", files(&format!("LIBVIRT_URI={URI}"))),
            &expect![[r#"
                hint[uri-unescaped] .env:1:74: a shell cuts `LIBVIRT_URI` at `&`
                  error:1:3: reads the file into a shell
                  fix quote: Put the value between quotes
            "#]],
        );
    }

    #[test]
    fn a_blank_in_a_path() {
        check(
            &files(&format!("LIBVIRT_URI=\"{}\"", URI.replace("/key", "/my key"))),
            &expect![[r#"
                warning[uri-unescaped] .env:1:74: the URI of `LIBVIRT_URI` in `.env` holds a blank
                  fix escape: Write `%20` for the blank
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
                --- .env
                -LIBVIRT_URI="qemu+ssh://dev@host.docker.internal:20022/system?keyfile=/my key&no_verify=1"
                +LIBVIRT_URI="qemu+ssh://dev@host.docker.internal:20022/system?keyfile=/my%20key&no_verify=1"
            "#]],
        );
    }

    #[test]
    fn values_that_every_reader_takes_alike() {
        for line in [
            format!("LIBVIRT_URI={URI}"),
            format!("export LIBVIRT_URI=\"{URI}\""),
            format!("export LIBVIRT_URI='{URI}'"),
            "export LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:20022/system".to_owned(),
            format!("export OTHER=a&b\nLIBVIRT_URI={URI}"),
        ] {
            check_clean(&RULE, &files(&line));
        }
    }
}
