//! Several files: which are read, in which order, and how they find each other.

use super::*;

/// A project of files with names; those that end in `env` are environment files.
struct Named {
    texts: Vec<String>,
    names: Vec<String>,
    compose: Compose,
}

impl Named {
    fn at(&self, span: Span) -> String {
        format!("{}: {}", self.names[span.file.0], &self.texts[span.file.0][span.range()])
    }

    fn messages(&self) -> Vec<String> {
        let errors = self.compose.errors.iter().chain(&self.compose.env_errors);
        errors.map(|error| format!("{} ({})", error.message, self.at(error.span))).collect()
    }

    fn service(&self, name: &str) -> &Service {
        let found = self.compose.services.iter().find(|service| service.name == name);
        found.unwrap_or_else(|| panic!("no service {name}: {:?}", self.messages()))
    }

    fn files(&self) -> Vec<&str> {
        self.compose.files.iter().map(|file| self.names[file.0].as_str()).collect()
    }

    fn external(&self) -> Vec<&str> {
        self.compose.external.iter().map(|(path, _)| path.as_str()).collect()
    }
}

fn project(files: &[(&str, &str)], shell: &[(&str, &str)]) -> Named {
    let is_env = |name: &str| name.contains(".env") || name.ends_with("env");
    let ids = || files.iter().enumerate().map(|(i, (name, text))| (FileId(i), *name, *text));
    let yaml: Vec<_> = ids()
        .filter(|(_, name, _)| !is_env(name))
        .map(|(id, name, text)| (id, name, Yaml::parse(id, text)))
        .collect();
    let pasted = Pasted {
        compose: yaml.iter().map(|(id, name, yaml)| (*id, *name, yaml)).collect(),
        env: ids().filter(|(_, name, _)| is_env(name)).collect(),
    };
    let shell = shell.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let env = pasted.project_env(&shell);
    let env = ids().find(|(id, ..)| Some(*id) == env);
    let env = env.map(|(id, _, text)| (id, EnvFile::parse(id, text)));
    let environment = Environment::resolve(env.as_ref().map(|(id, file)| (*id, file)), &shell);
    Named {
        texts: files.iter().map(|(_, text)| (*text).to_owned()).collect(),
        names: files.iter().map(|(name, _)| (*name).to_owned()).collect(),
        compose: Compose::resolve(&pasted, &environment),
    }
}

#[test]
fn files_are_merged_in_the_order_of_their_names_kinds() {
    let ordinary = "services: {a: {image: x}}\n";
    for (names, shell, expected) in [
        (
            &["compose.override.yaml", "compose.yaml"][..],
            "",
            &["compose.yaml", "compose.override.yaml"][..],
        ),
        (&["dev.yml", "docker-compose.yml"], "", &["docker-compose.yml", "dev.yml"]),
        (&["b.yml", "a.yml"], "", &["b.yml", "a.yml"]),
        (&["b.override.yml", "b.yml"], "", &["b.yml", "b.override.yml"]),
        (&["docker-compose.yml", "compose.yaml"], "", &["compose.yaml"]),
        (
            &["a/docker-compose.yml", "b/compose.yaml"],
            "",
            &["b/compose.yaml", "a/docker-compose.yml"],
        ),
        (
            &["compose.yaml", "dev.yaml", "ci.yaml"],
            "ci.yaml:compose.yaml",
            &["ci.yaml", "compose.yaml"],
        ),
        (&["compose.yaml", "dev.yaml"], "prod.yaml", &["compose.yaml", "dev.yaml"]),
    ] {
        let files: Vec<_> = names.iter().map(|name| (*name, ordinary)).collect();
        let project = project(&files, &[("COMPOSE_FILE", shell)]);
        assert_eq!(project.files(), expected, "{names:?} {shell}");
        let read = project.compose.files.len() + project.compose.unread.len();
        assert_eq!(read, names.len(), "{names:?} {shell}");
    }
}

#[test]
fn a_file_that_another_names_is_no_override() {
    let base = "services: {b: {image: x, environment: [A=base]}}\n";
    for (main, others) in [
        ("include: [base.yaml]\nservices: {a: {image: x}}\n", &["a", "b"][..]),
        ("services: {a: {extends: {file: ./base.yaml, service: b}}}\n", &["a"]),
    ] {
        for order in [[0, 1], [1, 0]] {
            let files = [("app.yaml", main), ("base.yaml", base)];
            let project = project(&order.map(|i| files[i]), &[]);
            assert_eq!(project.files(), ["app.yaml"], "{main}");
            let names: Vec<_> = project.compose.services.iter().map(|s| s.name.as_str()).collect();
            assert_eq!((names.as_slice(), project.messages()), (others, vec![]), "{main}");
        }
    }
}

#[test]
fn what_compose_adds_to_a_file_leaves_it_the_main_one() {
    let main = "services: {a: {image: x, environment: [A=1, B=1]}}\n";
    let over = "services: {b: {extends: {file: compose.yaml, service: a}, environment: [A=2]}}\n";
    let project = project(&[("compose.override.yaml", over), ("compose.yaml", main)], &[]);
    assert_eq!(project.files(), ["compose.yaml", "compose.override.yaml"]);
    assert_eq!(environment_of(project.service("b")), [("A", Some("2")), ("B", Some("1"))]);
}

#[test]
fn paths_of_an_extended_file_are_relative_to_it() {
    let main =
        "services:\n  a: {extends: {file: sub/base.yaml, service: b}, volumes: ['./y:/y']}\n";
    let base = "services:\n  b:\n    extends: {file: ../top.yaml, service: c}\n    volumes: ['./x:/x:ro', '/z:/z']\n";
    let top = "services:\n  c: {image: x, env_file: c.env, volumes: [{type: bind, source: w, target: /w}]}\n";
    let files =
        [("compose.yaml", main), ("sub/base.yaml", base), ("top.yaml", top), ("c.env", "C=1\n")];
    let project = project(&files, &[]);
    assert_eq!(project.messages(), [""; 0]);
    let service = project.service("a");
    let expected =
        [("./w", "/w", false), ("./sub/x", "/x", true), ("/z", "/z", false), ("./y", "/y", false)];
    assert_eq!(binds_of(service), expected);
    assert_eq!(environment_of(service), [("C", Some("1"))]);
    let source = &service.binds[1].source;
    assert_eq!(project.at(source.written_at(0..3).unwrap()), "sub/base.yaml: ./x");
}

#[test]
fn what_is_included_has_its_own_directory_and_variables() {
    let main =
        "include: [sub/base.yaml]\nservices: {a: {image: x, environment: ['V=$V', 'W=$W']}}\n";
    let base = "services:\n  b:\n    image: x\n    environment: [V, 'W=$W', U]\n    env_file: b.env\n    volumes: ['./x:/x', 'vol:/v']\nvolumes:\n  vol: {driver: local, driver_opts: {o: bind, device: dev}}\n";
    let files = [
        ("compose.yaml", main),
        (".env", "V=main\n"),
        ("sub/base.yaml", base),
        ("sub/.env", "V=sub\nW=sub $V\n"),
        ("sub/b.env", "B=${W:-unset} $B2\nU=u\n"),
    ];
    let project = project(&files, &[]);
    assert_eq!(project.messages(), [""; 0]);
    let expected = [("V", Some("main")), ("W", Some(""))];
    assert_eq!(environment_of(project.service("a")), expected);
    let service = project.service("b");
    let expected =
        [("V", Some("main")), ("W", Some("sub main")), ("U", None), ("B", Some("sub main "))];
    assert_eq!(environment_of(service), expected);
    assert_eq!(binds_of(service), [("./sub/x", "/x", false), ("./sub/dev", "/v", false)]);
    let value = service.environment[1].value.as_ref().unwrap();
    assert_eq!(project.at(value.written_at(0..3).unwrap()), "sub/.env: sub");
    let unset: Vec<_> = project.compose.unset.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(unset, ["W", "B2"]);
}

#[test]
fn what_is_reset_is_reset_in_each_file_that_is_included() {
    let part = "services: {api: {image: x, environment: {V1: a, V2: b}}}";
    for include in ["[p.yaml]", "[p.yaml, p.yaml]"] {
        let own = format!(
            "include: {include}\nservices: {{api: {{environment: {{V1: !reset null}}}}}}\n"
        );
        let found = project(&[("compose.yaml", &own), ("p.yaml", part)], &[]);
        let names: Vec<&str> =
            found.service("api").environment.iter().map(|v| v.name.as_str()).collect();
        assert_eq!(names, ["V2"], "{include}");
    }
}

#[test]
fn an_entry_of_include_may_name_directory_files_and_overrides() {
    let main = "include:\n- path: [sub/base.yaml, over.yaml]\n  project_directory: other\n  env_file: [inc.env]\nservices: {b: {environment: [A=main]}}\n";
    let files = [
        ("compose.yaml", main),
        (
            "sub/base.yaml",
            "services: {b: {image: x, environment: ['A=$I', 'B=$I'], volumes: ['./x:/x']}}\n",
        ),
        ("over.yaml", "services: {b: {environment: [C=over]}}\n"),
        ("inc.env", "I=inc\n"),
    ];
    let project = project(&files, &[]);
    assert_eq!((project.messages(), project.files()), (vec![], vec!["compose.yaml"]));
    let service = project.service("b");
    let expected = [("A", Some("main")), ("B", Some("inc")), ("C", Some("over"))];
    assert_eq!(environment_of(service), expected);
    assert_eq!(binds_of(service), [("./other/x", "/x", false)]);
}

#[test]
fn circles_and_what_is_missing_are_told_where_they_are() {
    for (files, expected) in [
        (
            &[("compose.yaml", "include: [b.yaml]\n"), ("b.yaml", "include: [compose.yaml]\n")][..],
            "include cycle detected: compose.yaml include b.yaml include compose.yaml (b.yaml: compose.yaml)",
        ),
        (
            &[
                ("compose.yaml", "services: {a: {extends: {file: b.yaml, service: b}}}\n"),
                ("b.yaml", "services: {b: {extends: {service: c}}, c: {extends: b}}\n"),
            ],
            "Circular reference: a extends b extends c extends b (b.yaml: b)",
        ),
        (
            &[
                ("compose.yaml", "services: {a: {extends: {file: b.yaml, service: x}}}\n"),
                ("b.yaml", "services: {b: {image: x}}\n"),
            ],
            "cannot extend service \"a\": service \"x\" not found in b.yaml (compose.yaml: {file: b.yaml, service: x})",
        ),
        (
            &[
                ("compose.yaml", "services: {a: {extends: {file: b.yaml, service: x}}}\n"),
                ("b.yaml", "volumes: {}\n"),
            ],
            "cannot extend service \"a\" in b.yaml: no services section (compose.yaml: file: b.yaml)",
        ),
        (
            &[
                ("compose.yaml", "include: [b.yaml]\n"),
                ("b.yaml", "services: {b: {image: x, volumes: ['/x:']}}\n"),
            ],
            "invalid spec: /x:: empty section between colons (b.yaml: '/x:')",
        ),
        (
            &[
                ("compose.yaml", "services: {b: {image: x, env_file: b.env}}\n"),
                ("b.env", "A B=1\n"),
            ],
            "line 1: key cannot contain a space (b.env: A B)",
        ),
        (
            &[("compose.yaml", "include: {path: b.yaml}\nservices: {b: {image: x}}\n")],
            "`include` must be a list (compose.yaml: {path: b.yaml})",
        ),
    ] {
        assert_eq!(project(files, &[]).messages(), [expected], "{files:?}");
    }
}

#[test]
fn a_file_that_cannot_be_told_is_not_read() {
    let main =
        "include: [sub/base.yaml, 'oci://example.com/base.yaml']\nservices: {a: {image: x}}\n";
    let base = "services: {b: {image: x}}\n";
    let project = project(
        &[("compose.yaml", main), ("/p/sub/base.yaml", base), ("/q/sub/base.yaml", base)],
        &[],
    );
    assert_eq!(project.external(), ["sub/base.yaml", "oci://example.com/base.yaml"]);
}

#[test]
fn the_projects_own_env_file_is_told_from_others() {
    let listing = "services: {a: {image: x, env_file: [api.env], environment: ['V=$V']}}\n";
    let plain = "services: {a: {image: x, environment: ['V=$V']}}\n";
    for (compose, names, expected) in [
        (listing, &["api.env", ".env"][..], Some(".env")),
        (listing, &["api.env"], None),
        (listing, &["api.env", "prod.env"], Some("prod.env")),
        (plain, &["api.env"], Some("api.env")),
        (plain, &["/home/me/p/.env", "x.env"], Some("/home/me/p/.env")),
        (plain, &["sub/.env", ".env"], Some(".env")),
        ("include: [sub/b.yaml]\nservices: {a: {environment: ['V=$V']}}\n", &["sub/.env"], None),
    ] {
        let entries: Vec<String> = names.iter().map(|name| format!("V={name}\n")).collect();
        let mut files = vec![("compose.yaml", compose), ("sub/b.yaml", plain)];
        files.extend(names.iter().zip(&entries).map(|(name, text)| (*name, text.as_str())));
        let project = project(&files, &[]);
        let value = environment_of(project.service("a")).into_iter().find(|(name, _)| *name == "V");
        assert_eq!(value, Some(("V", Some(expected.unwrap_or("")))), "{compose} {names:?}");
    }
}

#[test]
fn environment_files_are_read_in_order_and_raw_ones_as_they_are() {
    let main = "services:\n  a:\n    image: x\n    environment: [S=service]\n    env_file: [one.env, {path: two.env, format: raw}, {path: three.env, required: false}, .env]\n";
    let files = [
        ("compose.yaml", main),
        ("one.env", "A=one\nB=$A $S\nS=file\nP=$P\n"),
        ("two.env", "A='two' # x\nC=$A\nP\n"),
        ("three.env", "D=$A\n"),
        (".env", "P=project\n"),
    ];
    let project = project(&files, &[]);
    assert_eq!(project.messages(), [""; 0]);
    let expected = [
        ("S", Some("service")),
        ("A", Some("'two' # x")),
        ("B", Some("one service")),
        ("P", Some("project")),
        ("C", Some("$A")),
        ("D", Some("'two' # x")),
    ];
    assert_eq!(environment_of(project.service("a")), expected);
}

#[test]
fn a_profile_that_is_not_active_leaves_a_service_out() {
    let main =
        "services:\n  a: {image: x}\n  b: {image: x, profiles: [one, two], volumes: ['vol:/v']}\n";
    for (active, names) in
        [("", &["a"][..]), ("three", &["a"]), ("three, two", &["a", "b"]), ("*", &["a", "b"])]
    {
        let project = project(&[("compose.yaml", main)], &[("COMPOSE_PROFILES", active)]);
        let found: Vec<_> = project.compose.services.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(found, names, "{active}");
        // Compose looks for the volumes of those that run only.
        assert_eq!(project.messages().len(), names.len() - 1, "{active}");
        assert_eq!(project.compose.left_out.len(), 2 - names.len(), "{active}");
    }
}

#[test]
fn files_that_name_each_other_without_end_are_read_to_one() {
    let names: Vec<String> = (0..20).map(|i| format!("{i}.yaml")).collect();
    let text = |i: usize| {
        let others = (0..20).filter(|other| *other != i).map(|other| format!("{other}.yaml"));
        let others = others.collect::<Vec<_>>().join(", ");
        format!("include: [{others}]\nservices: {{s{i}: {{image: x, env_file: a.env}}}}\n")
    };
    let texts: Vec<String> = (0..20).map(text).collect();
    let mut files: Vec<_> =
        names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    files.push(("a.env", "A=1\n"));
    let project = project(&files, &[]);
    assert_eq!(project.files(), ["0.yaml"]);
    let more = "the file unfolds to more than can be read";
    let messages = project.messages();
    assert!(messages.iter().any(|message| message.starts_with(more)), "{messages:?}");
}
