//! Projects: Compose files, `.env` and the shell's variables, made up at random.

use std::collections::BTreeMap;

use super::support::random::Random;
use super::templates::{NAMES, env_file, raw_file, scalar, small_env_file, template};
use super::volumes::{declared_volumes, volume};
use super::yaml::Yaml;

/// A project, as a person would have it on disk and run it.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// Every file by its path.
    pub(crate) files: Vec<(String, String)>,
    /// The files of `-f`, in order.
    pub(crate) main: Vec<String>,
    /// The shell's variables that are not the same for all projects.
    pub(crate) shell: BTreeMap<String, String>,
}

/// What the parts of a document depend on.
#[derive(Clone, Copy)]
struct Shape {
    /// Whether it is the first document, which is laid over nothing.
    first: bool,
    /// Whether it is the only one.
    alone: bool,
    /// Whether it has the anchors `one` and `two`.
    anchors: bool,
    /// Which of the other files it may name.
    part: Part,
}

/// What a document is to the project.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The whole of it: there are no other files.
    Whole,
    /// One of the files that Compose starts with; others are included and extended.
    Main,
    /// Included by a file of the project directory.
    Included,
    /// Included by what is included.
    Deep,
    /// Extended.
    Base,
    /// Extended, in a directory below.
    LowerBase,
}

const SERVICES: &[&str] = &["api", "web", "c-1"];
/// The services of files that others extend. Their names are no others': Compose mistakes two
/// services of one name on the way from one file to another for a circle.
const BASES: &[&str] = &["base-1", "base-2", "base-3"];
const LOWER_BASES: &[&str] = &["low-1", "low-2", "low-3"];

/// The project that follows from `seed`.
pub(crate) fn project(seed: u64) -> Project {
    let random = &mut Random::new(seed);
    let count = random.pick(&[1, 1, 1, 1, 2, 2, 3]);
    let part = if random.chance(35) { Part::Main } else { Part::Whole };
    let mut documents: Vec<String> = (0..count)
        .map(|i| document(random, i == 0, count == 1 && part == Part::Whole, part).document(random))
        .collect();
    if random.chance(25) {
        documents = vec![documents.join("---\n")];
    }
    let is_listed = documents.concat().contains("env_file");
    let names = ["compose.yaml", "sub/over.yaml", "last.yml"];
    let mut files: Vec<(String, String)> =
        names.iter().map(|name| (*name).to_owned()).zip(documents).collect();
    let main = files.iter().map(|(name, _)| name.clone()).collect();
    if part == Part::Main {
        other_files(random, &mut files);
    }
    // Files that were not pasted may be there: that one is missing is not told. Without a `.env`,
    // one that no file names would be taken for it.
    if is_listed || part == Part::Main || random.chance(85) {
        let small = part == Part::Main && random.chance(80);
        let text = if small { small_env_file(random) } else { env_file(random) };
        files.push((".env".to_owned(), text));
    }
    let mut shell = BTreeMap::new();
    for name in random.some(&["SHELL_ONLY", "A", "C", "PORT"], 35) {
        let value = random.pick(&["", "from the shell", "/sh", "$A", "22"]);
        shell.insert(name.to_owned(), value.to_owned());
    }
    let profiles = random.pick(&["*", "*", "*", "one", "two, three", ""]);
    if !profiles.is_empty() {
        shell.insert("COMPOSE_PROFILES".to_owned(), profiles.to_owned());
    }
    Project { files, main, shell }
}

/// The files that a project in several directories names.
fn other_files(random: &mut Random, files: &mut Vec<(String, String)>) {
    let mut add = |name: String, text| files.push((name, text));
    for (name, part) in [("base.yaml", Part::Base), ("sub/base.yaml", Part::LowerBase)] {
        add(name.to_owned(), document(random, true, false, part).document(random));
    }
    for name in ["inc/part.yaml", "inc/more.yaml"] {
        let part = document(random, name == "inc/part.yaml", false, Part::Included);
        add(name.to_owned(), part.document(random));
    }
    for directory in ["inc/deep", "other/deep"] {
        let low = document(random, true, false, Part::Deep).document(random);
        add(format!("{directory}/low.yaml"), low);
    }
    for directory in ["", "sub/", "inc/", "other/", "inc/deep/", "other/deep/"] {
        add(format!("{directory}x.env"), small_env_file(random));
    }
    for directory in ["", "sub/", "inc/", "other/", "inc/deep/", "other/deep/"] {
        add(format!("{directory}raw.env"), raw_file(random));
    }
    for directory in ["inc/", "other/"] {
        if random.chance(60) {
            add(format!("{directory}.env"), small_env_file(random));
        }
    }
}

pub(crate) fn field(key: &str, value: Yaml) -> (String, Yaml) {
    (key.to_owned(), value)
}

pub(crate) fn map(fields: &[(&str, &str)]) -> Yaml {
    Yaml::Map(fields.iter().map(|(key, value)| field(key, Yaml::scalar(*value))).collect())
}

fn document(random: &mut Random, first: bool, alone: bool, part: Part) -> Yaml {
    let mut fields = Vec::new();
    let shape = Shape { first, alone, anchors: random.chance(30), part };
    if shape.anchors {
        fields.push(field("x-one", environment_map(random, false, false).marked("&one")));
        let two = Yaml::Map(vec![
            field("V1", text(random)),
            field("V9", text(random)),
            field("PORT", Yaml::scalar("'9'")),
        ]);
        fields.push(field("x-two", two.marked("&two")));
    }
    if random.chance(10) {
        fields.push(field(
            "name",
            Yaml::scalar(random.pick(&["demo", "'${A:-Demo}x'", "two words"])),
        ));
    }
    if part == Part::Main && random.chance(50) || part == Part::Included && random.chance(25) {
        fields.push(field("include", include(random, part)));
    }
    let is_base = matches!(part, Part::Base | Part::LowerBase);
    let all = match part {
        Part::Base => BASES,
        Part::LowerBase => LOWER_BASES,
        _ => SERVICES,
    };
    let mut names = all.to_vec();
    if !is_base {
        names.truncate(1 + random.below(3));
    }
    if !first {
        names = random.some(all, 60);
    }
    let services = names.iter().map(|name| field(name, service(random, name, &names, shape)));
    let services = Yaml::Map(services.collect());
    fields.push(field("services", services));
    if first && random.chance(90) || random.chance(15) {
        fields.push(field("volumes", declared_volumes(random)));
    }
    Yaml::Map(fields)
}

/// What a file includes. The paths in a file that is included by one that is itself included must
/// be those of the default: Compose looks for others from the directory that it is started in.
fn include(random: &mut Random, part: Part) -> Yaml {
    if part == Part::Included {
        return Yaml::scalar(random.pick(&["[deep/low.yaml]", "[{path: ./deep/low.yaml}]"]));
    }
    let entries = [
        "inc/part.yaml",
        "./inc/part.yaml",
        "{path: inc/part.yaml}",
        "{path: [inc/part.yaml]}",
        "{path: [inc/part.yaml, inc/more.yaml]}",
        "{path: inc/part.yaml, project_directory: other}",
        "{path: [inc/part.yaml], project_directory: ./inc}",
        "{path: inc/part.yaml, project_directory: inc/../other}",
        "{path: inc/part.yaml, env_file: x.env}",
        "{path: inc/part.yaml, env_file: [sub/x.env, ./x.env]}",
        "{path: inc/part.yaml, env_file: /dev/null}",
        "'${UNSET:-inc}/part.yaml'",
        "inc/deep/low.yaml",
    ];
    let count = random.pick(&[1, 1, 1, 2]);
    Yaml::List((0..count).map(|_| Yaml::scalar(random.pick(&entries))).collect())
}

fn service(random: &mut Random, name: &str, names: &[&str], shape: Shape) -> Yaml {
    let Shape { first, anchors, .. } = shape;
    let mut fields = Vec::new();
    // A service that extends itself is refused.
    let i = names.iter().position(|other| *other == name).unwrap_or_default();
    let others = if random.chance(99) { names.get(..i).unwrap_or_default() } else { names };
    let percent = match shape.part {
        Part::Whole | Part::Base => 0,
        Part::LowerBase => 20,
        Part::Main | Part::Included | Part::Deep => 30,
    };
    if random.chance(percent) {
        fields.push(field("extends", extends_file(random, shape.part)));
    } else if random.chance(30) && !others.is_empty() {
        let name = random.pick(others);
        let value = match random.chance(50) {
            true => Yaml::scalar(name),
            false => map(&[("service", name)]),
        };
        fields.push(field("extends", value));
    }
    let extends = !fields.is_empty();
    // Compose refuses a service without an image; a pasted part of a file may well lack it.
    fields.push(field("image", Yaml::scalar(random.pick(&["demo", "'demo:${TAG:-1}'"]))));
    if random.chance(75) {
        // A variable that is reset where the service extends another stays set in earlier documents.
        let value = environment(random, anchors, !extends);
        // What is reset within what is replaced stays, as the text `null`.
        let resets = value.is_marked_within("!reset");
        let value = if resets { value } else { tagged(random, value, first) };
        fields.push(field("environment", value));
    }
    if random.chance(70) {
        let items = (0..random.below(4)).map(|_| volume(random)).collect();
        fields.push(field("volumes", tagged(random, Yaml::List(items), first)));
    }
    if random.chance(20) {
        let value = env_files(random, shape.part != Part::Whole);
        fields.push(field("env_file", value));
    }
    if random.chance(20) {
        let value = extra_hosts(random, shape.alone);
        fields.push(field("extra_hosts", tagged(random, value, first)));
    }
    if random.chance(15) {
        let mode = match random.chance(10) {
            true => "'service:api'",
            false => {
                random.pick(&["host", "bridge", "none", "'$MODE'", "'${UNSET:-host}'", "'$A'"])
            }
        };
        fields.push(field("network_mode", Yaml::scalar(mode)));
    }
    if random.chance(20) {
        let ports: Vec<Yaml> = (0..random.below(3)).map(|_| port(random)).collect();
        fields.push(field("ports", tagged(random, Yaml::List(ports), first)));
    }
    if random.chance(10) {
        let profiles = random.pick(&["[one]", "[one, two]", "[]", "['${A:-three}']"]);
        fields.push(field("profiles", Yaml::scalar(profiles)));
    }
    if random.chance(10) {
        fields.push(field("x-note", text(random)));
    }
    // The order of keys must not matter.
    for i in (1..fields.len()).rev() {
        fields.swap(i, random.below(i + 1));
    }
    Yaml::Map(fields)
}

/// A service of another file. That of `sub` may extend one beside its directory, and no other way
/// round.
fn extends_file(random: &mut Random, part: Part) -> Yaml {
    let files: &[&str] = match part {
        Part::Main => &["base.yaml", "./base.yaml", "sub/base.yaml", "sub/../sub/base.yaml"],
        Part::Included => &["../base.yaml", "../sub/base.yaml"],
        Part::Deep => &["../../base.yaml", "../../sub/base.yaml"],
        Part::LowerBase | Part::Base | Part::Whole => &["../base.yaml"],
    };
    let missing = random.chance(2);
    let file = random.pick(files);
    let all = if file.contains("sub/") { LOWER_BASES } else { BASES };
    let service = if missing { "api" } else { random.pick(all) };
    map(&[("file", file), ("service", service)])
}

fn tagged(random: &mut Random, value: Yaml, first: bool) -> Yaml {
    match random.below(if first { 60 } else { 8 }) {
        0 => value.marked("!override"),
        1 => value.marked("!reset"),
        _ => value,
    }
}

fn text(random: &mut Random) -> Yaml {
    let text = template(random, 2);
    Yaml::Scalar(scalar(random, &text))
}

/// An unquoted scalar of any kind.
fn unquoted(random: &mut Random) -> Yaml {
    Yaml::scalar(random.pick(&[
        "1",
        "052136",
        "0o17",
        "0x1F",
        "1_000",
        "1.50",
        "1e3",
        "true",
        "False",
        "yes",
        "off",
        "~",
        "null",
        "",
        "-5",
        "+7",
        "22:22",
        "2024-01-02",
        "089",
        ".5",
        "'5'",
        "\"1.0\"",
    ]))
}

fn environment(random: &mut Random, anchors: bool, resets: bool) -> Yaml {
    match random.below(20) {
        0 if anchors => Yaml::scalar("*one"),
        0 => Yaml::List(Vec::new()),
        1..=11 => environment_map(random, anchors, resets),
        _ => Yaml::List((0..random.below(5)).map(|_| environment_item(random)).collect()),
    }
}

fn environment_map(random: &mut Random, anchors: bool, resets: bool) -> Yaml {
    let mut fields = Vec::new();
    let merges = anchors && random.chance(40);
    if merges {
        let merged = random.pick(&["*one", "*two", "[*one, *two]", "[*two, *one]"]);
        fields.push(field("<<", Yaml::scalar(merged)));
    }
    for name in random.some(&["A", "V1", "V2", "URI", "'V 4'", "\"V5\"", "n.d", "PORT"], 30) {
        let value = match random.below(8) {
            0..=2 => unquoted(random),
            // With a merge, what is reset is not what the merge brings in.
            3 if resets && !merges && random.chance(20) => Yaml::scalar("null").marked("!reset"),
            _ => text(random),
        };
        fields.push(field(name, value));
    }
    Yaml::Map(fields)
}

fn environment_item(random: &mut Random) -> Yaml {
    let name = random.pick(&["A", "V1", "V2", "URI", "n.d", "PORT", "SHELL_ONLY", "UNSET", "B"]);
    let item = match random.below(10) {
        0 | 1 => name.to_owned(),
        2 => format!("{name}="),
        3 => format!("{name}=\"{}\"", template(random, 1)),
        4 if random.chance(3) => return Yaml::scalar("5"),
        4 if random.chance(3) => format!("{name} =x"),
        5 => format!("${{{}:-{name}}}={name}", random.pick(NAMES)),
        _ => format!("{name}={}", template(random, 2)),
    };
    Yaml::Scalar(scalar(random, &item))
}

fn env_files(random: &mut Random, others: bool) -> Yaml {
    if others && random.chance(80) {
        return Yaml::scalar(random.pick(&[
            "x.env",
            "[x.env]",
            "[./x.env, {path: raw.env, format: raw}]",
            "[{path: raw.env, format: raw}, x.env]",
            "[{path: x.env, required: false}]",
            "[{path: raw.env, format: raw}]",
            "[{path: '${UNSET:-raw}.env', format: raw, required: true}]",
            "[{path: none.env, required: false}, x.env]",
        ]));
    }
    if others {
        return Yaml::scalar("[]");
    }
    Yaml::scalar(random.pick(&[
        ".env",
        "[.env]",
        "./.env",
        "[{path: .env}]",
        "[{path: ./none.env, required: false}, .env]",
        "[{path: .env, required: false}]",
        "['${UNSET:-.env}']",
    ]))
}

fn extra_hosts(random: &mut Random, alone: bool) -> Yaml {
    if random.chance(40) {
        let addresses = [
            "host-gateway",
            "1.2.3.4",
            "'::1'",
            "'${HOST_ADDRESS:-5.6.7.8}'",
            "[1.1.1.1, 2.2.2.2]",
        ];
        let names = random.some(&["h", "host.docker.internal", "k"], 60);
        let hosts = names.iter().map(|name| field(name, Yaml::scalar(random.pick(&addresses))));
        let hosts: Vec<_> = hosts.collect();
        // Two empty mappings laid over each other are nothing, which Compose then refuses.
        return if hosts.is_empty() { Yaml::List(Vec::new()) } else { Yaml::Map(hosts) };
    }
    let items = [
        "'host.docker.internal:host-gateway'",
        "'h=1.2.3.4'",
        "'h:1.2.3.4'",
        "'g:[::1]'",
        "'g=::1'",
        "'k=1.1.1.1,2.2.2.2'",
        "'h:${HOST_ADDRESS:-9.9.9.9}'",
    ];
    let mut items = random.some(&items, 25);
    // A doubled entry is refused in the first document even if a later one replaces the list.
    if alone && random.chance(5) {
        items.extend(items.clone());
    }
    Yaml::List(items.into_iter().map(Yaml::scalar).collect())
}

fn port(random: &mut Random) -> Yaml {
    Yaml::scalar(random.pick(&[
        "'80:80'",
        "'127.0.0.1:81:81'",
        "8080",
        "'90-92:1-3'",
        "{target: 5, published: 77}",
        "{target: 6, published: '78'}",
        "'${UNSET:-99}:9'",
        "22:22",
        "'53:53/udp'",
        "{target: 7, published: '${UNSET:-70}', host_ip: 127.0.0.1}",
    ]))
}
