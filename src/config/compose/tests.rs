use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::syntax::dotenv::EnvFile;
use crate::syntax::yaml::Yaml;
use crate::text::ValueFrom;

mod files;
mod merging;

const ENV: FileId = FileId(9);

struct Project {
    texts: Vec<String>,
    env: String,
    compose: Compose,
}

impl Project {
    fn slice(&self, span: Span) -> &str {
        let text = if span.file == ENV { &self.env } else { &self.texts[span.file.0] };
        &text[span.range()]
    }
}

fn resolve_files(texts: &[&str], env: Option<&str>) -> Project {
    let names: Vec<String> = (1..).map(|i| format!("{i}.yaml")).take(texts.len()).collect();
    let yamls: Vec<_> =
        texts.iter().enumerate().map(|(i, text)| Yaml::parse(FileId(i), text)).collect();
    let compose = names.iter().zip(&yamls).enumerate();
    let pasted = Pasted {
        compose: compose.map(|(i, (name, yaml))| (FileId(i), name.as_str(), yaml)).collect(),
        env: env.map(|text| (ENV, ".env", text)).into_iter().collect(),
    };
    let file = env.map(|text| EnvFile::parse(ENV, text));
    let shell = BTreeMap::from([("COMPOSE_PROFILES".to_owned(), "*".to_owned())]);
    let environment = Environment::resolve(file.as_ref().map(|file| (ENV, file)), &shell);
    Project {
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        env: env.unwrap_or_default().to_owned(),
        compose: Compose::resolve(&pasted, &environment),
    }
}

/// A project of one service, `a`, with the given settings.
fn service(settings: &str) -> Project {
    resolve_files(&[&format!("services:\n  a:\n    image: x\n{settings}")], None)
}

fn messages(project: &Project) -> Vec<&str> {
    project.compose.errors.iter().map(|error| error.message.as_str()).collect()
}

fn environment_of(service: &Service) -> Vec<(&str, Option<&str>)> {
    service
        .environment
        .iter()
        .map(|variable| (variable.name.as_str(), variable.value.as_ref().map(Traced::as_str)))
        .collect()
}

fn binds_of(service: &Service) -> Vec<(&str, &str, bool)> {
    service
        .binds
        .iter()
        .map(|bind| (bind.resolved_source.as_str(), bind.target.as_str(), bind.read_only))
        .collect()
}

const TICKET: &str = r#"
services:
  api:
    image: api
    environment:
      LIBVIRT_URI: "qemu+ssh://${SSH_USER:-dev}@host.docker.internal:${LIMA_SSH_PORT}/system"
      JOBS_DIR: ${JOBS_DIR:-/srv/jobs}
    volumes:
      - ${JOBS_DIR:-/srv/jobs}:/srv/jobs
    extra_hosts: ["host.docker.internal:host-gateway"]
    ports: ["127.0.0.1:8080:80"]
"#;

#[test]
fn a_part_of_a_value_is_traced_to_the_file_that_says_it() {
    let project = resolve_files(&[TICKET], Some("LIMA_SSH_PORT=52136\n"));
    assert_eq!(messages(&project), [""; 0]);
    let api = &project.compose.services[0];
    let uri = api.environment[0].value.as_ref().unwrap();
    assert_eq!(uri.as_str(), "qemu+ssh://dev@host.docker.internal:52136/system");
    let port = uri.as_str().find("52136").unwrap();
    let span = uri.written_at(port..port + 5).unwrap();
    assert_eq!((span.file, project.slice(span)), (ENV, "52136"));
    let user = uri.as_str().find("dev").unwrap();
    let span = uri.written_at(user..user + 3).unwrap();
    assert_eq!((span.file, project.slice(span)), (FileId(0), "dev"));
    let source = &api.binds[0].source;
    let from: Vec<_> = source.references().iter().map(|r| (r.name.as_str(), r.from)).collect();
    assert_eq!(from, [("JOBS_DIR", ValueFrom::Default)]);
    let span = source.written_at(0..source.as_str().len()).unwrap();
    assert_eq!(project.slice(span), "/srv/jobs");
    assert_eq!(project.slice(source.outermost().unwrap()), "${JOBS_DIR:-/srv/jobs}");
    assert_eq!(project.slice(api.binds[0].span), "${JOBS_DIR:-/srv/jobs}:/srv/jobs");
    assert_eq!(api.published_ports.iter().map(|port| port.0).collect::<Vec<_>>(), [8080]);
}

#[test]
fn an_unset_variable_is_told_and_what_follows_from_it() {
    let project = service("    volumes: ['$GONE:/data', '${GONE:-/x}:/y', '${OTHER}/z:/z']\n");
    let unset: Vec<_> = project.compose.unset.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(unset, ["GONE", "OTHER"]);
    assert_eq!(messages(&project), ["invalid spec: :/data: empty section between colons"]);
    assert_eq!(project.slice(project.compose.errors[0].span), "'$GONE:/data'");
    let service = &project.compose.services[0];
    assert_eq!(binds_of(service), [("/x", "/y", false), ("/z", "/z", false)]);
}

#[test]
fn environment_in_both_forms() {
    for (settings, expected) in [
        (
            "[A=1, 'B=x=y', C=, D, 'E=\"q\"', A=2]",
            &[
                ("A", Some("2")),
                ("B", Some("x=y")),
                ("C", Some("")),
                ("D", None),
                ("E", Some("\"q\"")),
            ][..],
        ),
        (
            "{A: 052136, B: '052136', C: , D: ~, E: '', F: True, G: yes, H: 1.10}",
            &[
                ("A", Some("21598")),
                ("B", Some("052136")),
                ("C", None),
                ("D", None),
                ("E", Some("")),
                ("F", Some("true")),
                ("G", Some("yes")),
                ("H", Some("1.1")),
            ],
        ),
        ("[HOME, 'P=$PWD/x']", &[("HOME", Some("~")), ("P", Some("./x"))]),
        ("['A=$$HOME', 'B=${X-}']", &[("A", Some("$HOME")), ("B", Some(""))]),
        ("{'$K': v}", &[("$K", Some("v"))]),
    ] {
        let project = service(&format!("    environment: {settings}\n"));
        assert_eq!(messages(&project), [""; 0], "{settings}");
        assert_eq!(environment_of(&project.compose.services[0]), expected, "{settings}");
    }
}

#[test]
fn a_name_without_a_value_takes_it_from_the_project() {
    let text = "services: {a: {image: x, environment: [PORT, GONE]}}\n";
    let project = resolve_files(&[text], Some("PORT=1\n"));
    let service = &project.compose.services[0];
    assert_eq!(environment_of(service), [("PORT", Some("1")), ("GONE", None)]);
    let value = service.environment[0].value.as_ref().unwrap();
    assert_eq!(project.slice(value.outermost().unwrap()), "PORT");
    assert_eq!(value.references()[0].from, ValueFrom::EnvFile);
}

#[test]
fn an_env_file_stands_behind_the_environment() {
    let env = "A=1\nB=${A}2\nC=3\nD=$E\n";
    for (path, pasted) in [(".env", true), ("./.env", true), ("other.env", false)] {
        let text = format!(
            "services: {{a: {{image: x, env_file: [{path}], environment: {{B: own, C: , E: e}}}}}}\n"
        );
        let project = resolve_files(&[&text], Some(env));
        let service = &project.compose.services[0];
        let mut expected = vec![("B", Some("own")), ("C", Some("3")), ("E", Some("e"))];
        if pasted {
            expected.extend([("A", Some("1")), ("D", Some("e"))]);
        }
        assert_eq!(environment_of(service), expected, "{path}");
        assert_eq!(service.env_files[0].file.is_some(), pasted, "{path}");
    }
}

#[test]
fn binds_in_both_forms() {
    for (entry, expected) in [
        ("/srv:/data:ro", ("/srv", "/data", true)),
        ("./jobs/:/data/", ("./jobs", "/data", false)),
        ("~/x:/data/../y", ("~/x", "/y", false)),
        ("$PWD/x:/x", ("./x", "/x", false)),
        ("{type: bind, source: y, target: /d/, read_only: true}", ("./y", "/d", true)),
        ("{type: bind, source: ~/y, target: /d, read_only: 'yes'}", ("~/y", "/d", true)),
        ("{type: bind, source: '${X:-/x}', target: /d, bind: {}}", ("/x", "/d", false)),
    ] {
        let project = service(&format!("    volumes:\n      - {entry}\n"));
        assert_eq!(messages(&project), [""; 0], "{entry}");
        assert_eq!(binds_of(&project.compose.services[0]), [expected], "{entry}");
    }
}

#[test]
fn of_one_target_the_last_counts_at_the_place_of_the_first() {
    let project = service("    volumes: [/a:/d, /b:/e, /c:/d/, vol]\n");
    let service = &project.compose.services[0];
    assert_eq!(binds_of(service), [("/c", "/d", false), ("/b", "/e", false)]);
    assert_eq!(
        (service.volumes[0].name.as_deref(), service.volumes[0].target.as_str()),
        (None, "vol")
    );
    let span = service.volumes_span.unwrap();
    assert_eq!(project.slice(span), "[/a:/d, /b:/e, /c:/d/, vol]");
}

#[test]
fn a_named_volume_may_be_a_bind() {
    let declared = |options: &str| {
        let text = format!(
            "services: {{a: {{image: x, volumes: ['vol:/d:ro']}}}}\nvolumes: {{vol: {options}}}\n"
        );
        let project = resolve_files(&[&text], None);
        assert_eq!(messages(&project), [""; 0], "{options}");
        let service = &project.compose.services[0];
        let bind = service.binds.first().map(|bind| bind.resolved_source.clone());
        assert_eq!(service.volumes.len(), usize::from(bind.is_none()), "{options}");
        bind
    };
    for (options, expected) in [
        ("{driver: local, driver_opts: {type: none, o: bind, device: ./x}}", Some("./x")),
        ("{driver_opts: {type: none, o: 'bind,ro', device: /srv/x}}", Some("/srv/x")),
        ("{driver_opts: {type: nfs, o: 'addr=h,rw', device: ':/x'}}", None),
        ("{driver: other, driver_opts: {o: bind, device: /x}}", None),
        ("{external: true}", None),
        ("", None),
    ] {
        assert_eq!(declared(options).as_deref(), expected, "{options}");
    }
}

#[test]
fn hosts_in_every_form() {
    for (settings, expected) in [
        ("['h:1.2.3.4', 'h=host-gateway']", &[("h", "1.2.3.4"), ("h", "host-gateway")][..]),
        (
            "['v6:::1', 'b:[::1]', 'k=1.1.1.1,2.2.2.2']",
            &[("v6", "::1"), ("b", "::1"), ("k", "1.1.1.1"), ("k", "2.2.2.2")],
        ),
        ("{h: 1.2.3.4, i: ['::1', '[::2]']}", &[("h", "1.2.3.4"), ("i", "::1"), ("i", "::2")]),
    ] {
        let project = service(&format!("    extra_hosts: {settings}\n"));
        let hosts = &project.compose.services[0].extra_hosts;
        let hosts: Vec<_> = hosts.iter().map(|h| (h.host.as_str(), h.address.as_str())).collect();
        assert_eq!((hosts, messages(&project)), (expected.to_vec(), vec![]), "{settings}");
    }
}

#[test]
fn what_compose_refuses_is_told_in_its_words_at_the_place() {
    for (settings, place, message) in [
        ("volumes: text", "volumes: text", "services.a.volumes must be a array"),
        ("volumes: [5]", "5", "services.a.volumes.0 must be a string"),
        ("volumes: ['']", "''", "invalid empty volume spec"),
        (
            "volumes: [jobs:/x]",
            "jobs:/x",
            "service \"a\" refers to undefined volume jobs: invalid compose project",
        ),
        (
            "volumes: [{type: bind, source: x}]",
            "{type: bind, source: x}",
            "service volume services.a.volumes.[0] is missing a mount target",
        ),
        (
            "volumes: [{type: bind, target: /x}]",
            "{type: bind, target: /x}",
            "invalid mount config for type \"bind\": field Source must not be empty",
        ),
        (
            "volumes: [{source: x, target: /x}]",
            "{source: x, target: /x}",
            "services.a.volumes.0 must be a string",
        ),
        (
            "volumes: [{type: bind, source: x, target: /x, readonly: true}]",
            "readonly",
            "services.a.volumes.0 additional properties 'readonly' not allowed",
        ),
        (
            "volumes: [/y:/d, {type: bind, source: /z, target: /d/}]",
            "{type: bind, source: /z, target: /d/}",
            "services.a.volumes[1]: target /d already mounted as services.a.volumes[0]",
        ),
        (
            "environment: {A: [1]}",
            "A: [1]",
            "services.a.environment.A must be a boolean, null, number or string",
        ),
        ("environment: [5]", "5", "services.a.environment.[0]: unexpected type int"),
        (
            "environment: ['A =x']",
            "'A =x'",
            "environment variable A  is declared with a trailing space",
        ),
        ("environment: {1: x}", "1", "non-string key in services.a.environment: 1"),
        (
            "environment: ['A=${X:?say}']",
            "${X:?say}",
            "error while interpolating services.a.environment.[]: required variable X is missing a value: say",
        ),
        ("command: pa${ss", "${ss", "invalid interpolation format for services.a.command"),
        ("extra_hosts: [h]", "h", "invalid additional host, missing IP: h"),
        ("extra_hosts: ['a:b=c']", "'a:b=c'", "bad host name 'a:b'"),
        (
            "network_mode: 'service:b'",
            "service:b",
            "service \"a\" depends on undefined service \"b\": invalid compose project",
        ),
        ("ports: ['70000:80']", "'70000:80'", "Invalid hostPort: 70000"),
        (
            "enviroment: {A: x}",
            "enviroment",
            "services.a additional properties 'enviroment' not allowed",
        ),
        ("extends: b", "b", "cannot extend service \"a\": service \"b\" not found"),
        ("extends: {service: a}", "{service: a}", "Circular reference: a extends a"),
    ] {
        let project = service(&format!("    {settings}\n"));
        assert_eq!(messages(&project), [message], "{settings}");
        let error = &project.compose.errors[0];
        assert_eq!(project.slice(error.span), place, "{settings}");
        assert!(!error.help.is_empty(), "{settings}");
    }
}

#[test]
fn a_slip_in_a_key_is_mended_where_the_key_is_free() {
    let project = service("    volume: [/a:/b]\n");
    let fix = project.compose.errors[0].fix.clone().unwrap();
    assert_eq!((project.slice(fix.span), fix.text.as_str()), ("volume", "volumes"));
    assert_eq!(service("    volume: []\n    volumes: []\n").compose.errors[0].fix, None);
    assert_eq!(messages(&service("    x-volume: 1\n    expose: [1]\n    dns: h\n")), [""; 0]);
}

#[test]
fn later_files_are_laid_over_earlier_ones() {
    let base =
        "services:\n  a:\n    image: x\n    volumes: ['/y:/d']\n    environment: {A: 1, B: 2}\n";
    for (over, binds, environment) in [
        ("{volumes: ['/n:/n', '/z:/d:ro']}", "/z:/d:ro /n:/n", "A=1 B=2"),
        ("{volumes: !override ['/z:/q']}", "/z:/q", "A=1 B=2"),
        ("{volumes: !reset []}", "", "A=1 B=2"),
        ("{environment: [B=3, C=4]}", "/y:/d", "A=1 B=3 C=4"),
        ("{environment: {A: , B: !reset x}}", "/y:/d", "A"),
        ("{environment: !reset {}, volumes: }", "/y:/d", ""),
        ("!override {image: y}", "", ""),
        ("", "/y:/d", "A=1 B=2"),
    ] {
        let over = format!("services:\n  a: {over}\n");
        for project in [
            resolve_files(&[base, &over], None),
            resolve_files(&[&format!("{base}---\n{over}")], None),
        ] {
            assert_eq!(messages(&project), [""; 0], "{over}");
            let service = &project.compose.services[0];
            let read: Vec<_> = binds_of(service)
                .iter()
                .map(|(s, t, ro)| format!("{s}:{t}{}", if *ro { ":ro" } else { "" }))
                .collect();
            assert_eq!(read.join(" "), binds, "{over}");
            let read: Vec<_> = environment_of(service)
                .iter()
                .map(|(name, value)| value.map_or((*name).to_owned(), |v| format!("{name}={v}")))
                .collect();
            assert_eq!(read.join(" "), environment, "{over}");
        }
    }
    let project = resolve_files(&[base, "services: {a: !reset }\n"], None);
    assert_eq!(project.compose.services, []);
}

#[test]
fn services_are_extended_and_anchors_followed() {
    let text = "\
x-env: &env {A: 1, B: '${B:-2}'}
services:
  a:
    extends: {service: b}
    environment: [Q=1]
    volumes: ['/z:/d']
  b:
    image: x
    environment: {<<: *env, Q: 2}
    volumes: ['/y:/d', '/o:/o']
    profiles: [debug]
";
    let project = resolve_files(&[text], None);
    assert_eq!(messages(&project), [""; 0]);
    let [a, b] = &project.compose.services[..] else { panic!("two services") };
    assert_eq!(environment_of(a), [("Q", Some("1")), ("A", Some("1")), ("B", Some("2"))]);
    assert_eq!(binds_of(a), [("/z", "/d", false), ("/o", "/o", false)]);
    assert_eq!(environment_of(b)[0], ("Q", Some("2")));
    assert_eq!(b.profiles, ["debug"]);
}

#[test]
fn what_lies_in_other_files_is_recorded_and_not_called_missing() {
    let text = "\
include: [other.yaml, {path: [more.yaml]}]
services:
  a: {image: x, volumes: ['vol:/x'], network_mode: 'service:z'}
  b: {extends: {file: base.yaml, service: b}}
";
    let project = resolve_files(&[text], None);
    let external: Vec<_> = project.compose.external.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(external, ["other.yaml", "more.yaml", "base.yaml"]);
    assert_eq!(messages(&project), [""; 0]);
}

#[test]
fn files_that_hold_no_project() {
    for (text, expected) in [
        ("", &["empty compose file"][..]),
        ("# nothing\n", &["empty compose file"]),
        ("- x\n", &["top-level object must be a mapping"]),
        ("services: []\n", &["services must be a mapping"]),
        ("services: {a: }\n", &["services.a must be a mapping"]),
        ("services: {}\n", &[]),
        ("service: {}\n", &["additional properties 'service' not allowed"]),
    ] {
        assert_eq!(messages(&resolve_files(&[text], None)), expected, "{text:?}");
    }
}

#[test]
fn aliases_and_extends_that_multiply_have_an_end() {
    let mut text = "x-a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..10 {
        text += &format!("x-a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 8].join(", "));
    }
    let project = resolve_files(&[&text], None);
    assert!(messages(&project).contains(&"the file unfolds to more than can be read"));
    let mut text = "services:\n  s0: {image: x, environment: {A: x}}\n".to_owned();
    for i in 1..2000 {
        text += &format!("  s{i}: {{extends: s{}, environment: {{V{i}: x}}}}\n", i - 1);
    }
    assert!(!resolve_files(&[&text], None).compose.errors.is_empty());
}

proptest! {
    #[test]
    fn any_text_resolves_and_every_place_is_in_it(
        text in "(services:|volumes:|  a:|    environment:|    volumes:|    extends: a|      - |x:/y|A=1|\\{|\\}|\\[|\\]|\\$|\\$\\{A:-|: |\n|&a |\\*a|<<|!reset |'|\"|,){0,40}",
    ) {
        let project = resolve_files(&[&text, &text], Some(&text));
        let compose = &project.compose;
        for span in compose.errors.iter().map(|error| error.span) {
            prop_assert!(project.texts[span.file.0].get(span.range()).is_some());
        }
        for value in compose.services.iter().flat_map(|s| &s.environment).filter_map(|v| v.value.as_ref()) {
            for piece in value.pieces().iter().filter(|piece| piece.verbatim) {
                let span = piece.span.unwrap();
                prop_assert_eq!(&value.as_str()[piece.range.clone()], project.slice(span));
            }
        }
    }
}
