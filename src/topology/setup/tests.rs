use super::Setup;
use crate::rules::testing::input;

#[test]
fn files_that_are_named_and_not_pasted_are_told() {
    let setup = Setup::new(&input(
        r#"
#- compose.yaml
include: [base.yaml]
services:
  api:
    env_file: [.env, api.env]
    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"}
  web:
    env_file: web.env
#- .env
A=1
"#,
    ));
    let told: Vec<&str> = setup.unchecked.iter().map(|entry| entry.what.as_str()).collect();
    assert!(told.contains(&"what `base.yaml` adds to the Compose project"), "{told:?}");
    assert!(told.contains(&"what `api.env` sets in the containers"), "{told:?}");
    assert!(!told.iter().any(|what| what.contains("web.env")), "{told:?}");
    assert!(!told.contains(&"what `.env` sets in the containers"), "{told:?}");
}

#[test]
fn what_is_pasted_and_not_read_is_told() {
    let told = |fixture: &str| -> Vec<String> {
        let mut input = input(fixture);
        for file in &mut input.files {
            if file.name.ends_with(".env") {
                file.kind = crate::text::FileKind::Env;
            }
        }
        Setup::new(&input).unchecked.into_iter().map(|entry| entry.what).collect()
    };
    for (fixture, expected) in [
        (
            "#- compose.yaml\nservices:\n  a: {image: x}\n  b: {image: x, profiles: [lab]}\n",
            "the service `b`, which runs only with the profile `lab`",
        ),
        (
            "#- compose.yaml\nservices:\n  b: {image: x, profiles: [lab]}\n  c: {image: x, profiles: [dev, lab]}\n",
            "the services `b`, `c`, which run only with the profiles `lab`, `dev`",
        ),
        (
            "#- compose.yaml\nservices:\n  a: {image: x}\n#- .env\nA=1\n#- prod.env\nA=2\n",
            "what `prod.env` sets, which no Compose file names",
        ),
        (
            "#- compose.yaml\nservices:\n  a: {image: x}\n#- docker-compose.yml\nservices:\n  b: {image: x}\n",
            "what `docker-compose.yml` says, which Compose does not read beside the others",
        ),
        (
            "#- compose.yaml\ninclude: [{path: b.yaml, env_file: b.env}]\n#- b.yaml\nservices:\n  b: {image: $B}\n",
            "what `b.env` sets for the variables in what is included",
        ),
    ] {
        let told = told(fixture);
        assert!(told.iter().any(|what| what == expected), "{fixture}\n{told:#?}");
    }
}

#[test]
fn the_project_directory_matters_for_relative_paths_that_are_shared() {
    let fixture = "#- lima.yaml\nmounts: [{location: /srv/app/jobs, writable: true}]\n#- compose.yaml\nservices:\n  api:\n    environment: {LIBVIRT_URI: 'qemu+ssh://dev@host.docker.internal:20022/system', JOBS_DIR: /srv/app/jobs}\n    volumes: ['SOURCE:/srv/app/jobs']\n";
    for (source, directory, matters, relative) in [
        ("/srv/app/jobs", None, false, false),
        ("./jobs", None, true, true),
        ("./jobs", Some("/srv/app"), true, false),
    ] {
        let mut input = input(&fixture.replace("SOURCE", source));
        let shell = directory.map(|directory| ("PWD".to_owned(), directory.to_owned()));
        input.answers.shell.extend(shell);
        let setup = Setup::new(&input);
        assert_eq!(setup.project_directory_matters(), matters, "{source} {directory:?}");
        let told = setup.unchecked.iter().any(|entry| entry.what.contains("relative"));
        assert_eq!(told, relative, "{source} {directory:?}");
        let named = setup.assumptions.iter().any(|one| one.name == "project-directory");
        assert_eq!(named, directory.is_some(), "{source} {directory:?}");
    }
}

#[test]
fn a_service_that_does_not_run_has_no_findings() {
    let fixture = "#- lima.yaml\nmounts: []\n#- compose.yaml\nservices:\n  web: {image: x}\n  api:\n    profiles: [lab]\n    environment: {LIBVIRT_URI: 'qemu+ssh://dev@localhost:20022/system'}\n    volumes: ['/var/lib/libvirt/images:/var/lib/libvirt/images', 'gone:/x']\n";
    let mut input = input(fixture);
    assert_eq!(crate::diagnose(&input).report.findings, []);
    input.answers.shell.insert("COMPOSE_PROFILES".to_owned(), "lab".to_owned());
    let rules: Vec<_> = crate::diagnose(&input).report.findings.iter().map(|f| f.rule).collect();
    for rule in ["mount-missing", "libvirt-host-is-container", "compose-syntax"] {
        assert!(rules.contains(&rule), "{rules:?}");
    }
}
