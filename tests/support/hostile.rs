//! Texts that nobody writes by hand: deep, repetitive, self-referring, or long, of any size.

use lima_doctor::Input;
use lima_doctor::intake::Answers;
use lima_doctor::text::{FileKind, SourceFile};

/// A shape of text, for one kind of file.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) kind: FileKind,
    /// What stands before the repeated part.
    head: &'static str,
    /// The repeated part, by its number.
    part: fn(usize) -> String,
}

impl Shape {
    /// The text in about this many bytes.
    pub(crate) fn text(&self, size: usize) -> String {
        let mut res = self.head.to_owned();
        for i in 0.. {
            let part = (self.part)(i);
            if res.len() + part.len() > size {
                break;
            }
            res.push_str(&part);
        }
        res
    }

    /// A set-up that is whole but for one file, which has this shape.
    pub(crate) fn input(&self, size: usize) -> Input {
        let text = self.text(size);
        let mut files = vec![
            SourceFile::new("lima.yaml", FileKind::Lima, LIMA),
            SourceFile::new(".env", FileKind::Env, ENV),
            SourceFile::new("docker-compose.yml", FileKind::Compose, COMPOSE),
            SourceFile::new("limactl list", FileKind::Limactl, LIST),
            SourceFile::new("error", FileKind::Error, ERROR),
        ];
        for file in &mut files {
            if file.kind == self.kind {
                file.text.clone_from(&text);
            }
        }
        Input { files, answers: Answers::default() }
    }
}

const LIMA: &str = "vmType: qemu\nmounts:\n- location: \"~\"\nssh:\n  forwardAgent: true\n";
const ENV: &str = "LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:52136/system\n";
const COMPOSE: &str = "\
services:
  api:
    environment:
    - LIBVIRT_URI=${LIBVIRT_URI}
    volumes:
    - /var/lib/libvirt/images/jobs:/var/lib/libvirt/images/jobs
";
const LIST: &str = "\
NAME    STATUS     SSH                CPUS    MEMORY    DISK      DIR
dev     Running    127.0.0.1:58411    4       8GiB      60GiB     ~/.lima/dev
";
const ERROR: &str = "error: Cannot access storage file '/var/lib/libvirt/images/jobs/a.iso': No such file or directory\n";

const CLIENT: &str = "\
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:52136/system
";

/// Every shape.
pub(crate) fn shapes() -> Vec<Shape> {
    let mut res = Vec::new();
    for kind in [FileKind::Lima, FileKind::Compose] {
        yaml(kind, &mut res);
    }
    lima(&mut res);
    compose(&mut res);
    env(&mut res);
    outputs(&mut res);
    res
}

/// Name, head and repeated part.
type Described = (&'static str, &'static str, fn(usize) -> String);

fn add(res: &mut Vec<Shape>, kind: FileKind, shapes: &[Described]) {
    res.extend(shapes.iter().map(|&(name, head, part)| Shape { name, kind, head, part }));
}

fn yaml(kind: FileKind, res: &mut Vec<Shape>) {
    add(
        res,
        kind,
        &[
            ("nested brackets", "", |_| "[".to_owned()),
            ("nested braces", "", |_| "{a: ".to_owned()),
            ("nested dashes", "", |_| "- ".to_owned()),
            ("nested question marks", "", |_| "? ".to_owned()),
            ("stairs", "", |i| format!("{}a{i}:\n", " ".repeat(i.min(200)))),
            ("lists that double through aliases", "a0: &a0 [x, x]\n", |i| {
                format!("a{0}: &a{0} [*a{i}, *a{i}]\n", i + 1)
            }),
            ("maps that double through merges", "a0: &a0 {k: 1}\n", |i| {
                format!("a{0}: &a{0} {{<<: [*a{i}, *a{i}], k{i}: 1}}\n", i + 1)
            }),
            ("anchors", "", |i| format!("a{i}: &x{i} {{b: 1}}\n")),
            ("one anchor, many aliases", "a: &a [1]\n", |i| format!("b{i}: *a\n")),
            ("pairs in one line", "a: [", |_| "a: b,".to_owned()),
            ("keys", "", |i| format!("k{i}: 1\n")),
            ("one key again and again", "", |_| "k: 1\n".to_owned()),
            ("two colons in every line", "", |i| format!("k{i}: b: c\n")),
            ("a quote opened in every line", "", |i| format!("k{i}: \"x\n")),
            ("text behind a quote in every line", "", |i| format!("k{i}: \"x\" y\n")),
            ("a bracket opened in every line", "", |i| format!("k{i}: [\n")),
            ("a comment right behind a quote", "", |i| format!("k{i}: \"x\"#c\n")),
            ("words without colons", "", |i| format!("word{i}\n")),
            ("deeper and back, both wrong", "", |i| format!("a{i}:\n    b: 1\n  c: 2\n")),
            ("tabs before keys", "", |i| format!("a{i}:\n\tb: 1\n")),
            ("lines of tabs", "a: 1\n", |_| "\t\n".to_owned()),
            ("tabs behind dashes", "", |_| "-\ta\n".to_owned()),
            ("documents", "", |_| "---\na: 1\n".to_owned()),
            ("broken documents", "", |_| "---\na: [\n".to_owned()),
            ("comments", "", |_| "# comment\n".to_owned()),
            ("one long line", "a: ", |_| "word ".to_owned()),
            ("one long text in quotes", "a: \"", |_| "\\n\\x41 \n ".to_owned()),
            ("one long block text", "a: |\n", |_| "  line\n".to_owned()),
            ("lone carriage returns", "", |i| format!("a{i}: 1\r")),
        ],
    );
}

fn lima(res: &mut Vec<Shape>) {
    add(
        res,
        FileKind::Lima,
        &[
            ("mounts", "mounts:\n", |i| format!("- location: /data/{i}\n")),
            ("mounts of one directory at many places", "mounts:\n", |i| {
                format!("- {{location: /var/lib/libvirt, mountPoint: /m/{i}}}\n")
            }),
            ("mounts of one directory", "mounts:\n", |_| "- location: /a\n".to_owned()),
            ("mounts and an alias", "a: &a {location: /a}\nmounts:\n", |_| "- *a\n".to_owned()),
            ("port forwards", "portForwards:\n", |i| format!("- hostPort: {}\n", i % 65536)),
            ("provision scripts with links", "provision:\n", |i| {
                format!("- script: ln -s /a/{i} /b/{i}\n")
            }),
            ("one script with links", "provision:\n- script: |\n", |i| {
                format!("    ln -s /a/{i} /b/{i}\n")
            }),
            ("`limactl shell`", "message: |\n", |i| format!("  limactl shell vm{i}\n")),
            ("homes", "a:\n", |i| format!("- /Users/u{i}/x\n")),
        ],
    );
}

fn compose(res: &mut Vec<Shape>) {
    add(
        res,
        FileKind::Compose,
        &[
            ("services that use libvirt", "services:\n", |i| {
                format!(
                    "  s{i}:\n    environment: {{LIBVIRT_URI: \"qemu+ssh://h:1/system\"}}\n    volumes: [\"/a/{i}:/var/lib/libvirt/{i}\"]\n"
                )
            }),
            (
                "volumes",
                "services:\n  api:\n    environment: {U: \"qemu+ssh://host.docker.internal:1/system\"}\n    volumes:\n",
                |i| format!("    - /var/lib/libvirt/images/{i}:/var/lib/libvirt/images/{i}\n"),
            ),
            (
                "volumes and variables",
                "services:\n  api:\n    volumes: [/srv/a:/a, /srv/b:/b, /srv/c:/c]\n    environment:\n    - U=qemu+ssh://host.docker.internal:1/system\n",
                |i| format!("    - JOBS{i}=/var/lib/libvirt/images/{i}\n"),
            ),
            ("URIs", CLIENT, |i| {
                format!("      U{i}: qemu+ssh://host.docker.internal:{i}/system\n")
            }),
            ("references", CLIENT, |i| format!("      V{i}: \"${{V{i}:-$LIBVIRT_URI}}\"\n")),
            ("references in each other", CLIENT, |i| match i {
                0 => "      V: \"".to_owned(),
                _ => "${A:-".to_owned(),
            }),
            ("dollars", CLIENT, |i| if i == 0 { "      V: ".to_owned() } else { "$".to_owned() }),
            (
                "open braces",
                CLIENT,
                |i| if i == 0 { "      V: ".to_owned() } else { "${".to_owned() },
            ),
            ("broken references", CLIENT, |i| format!("      V{i}: \"${{!}}\"\n")),
            ("services that extend each other", "services:\n  s0: {image: x}\n", |i| {
                format!("  s{0}: {{extends: s{i}, labels: [a{i}]}}\n", i + 1)
            }),
            (
                "services merged from one",
                "x-a: &a {image: x, environment: [U=qemu:///system]}\nservices:\n",
                |i| format!("  s{i}: {{<<: *a}}\n"),
            ),
            ("named volumes", "volumes:\n", |i| {
                format!("  v{i}: {{driver_opts: {{o: bind, type: none, device: /a/{i}}}}}\n")
            }),
            ("extra hosts", "services:\n  api:\n    extra_hosts:\n", |i| {
                format!("    - h{i}:host-gateway\n")
            }),
            ("ports", "services:\n  api:\n    ports:\n", |i| {
                format!("    - \"{}:80\"\n", i % 65536)
            }),
            ("port ranges", "services:\n  api:\n    ports:\n", |_| {
                "    - \"1-65535:1-65535\"\n".to_owned()
            }),
        ],
    );
}

fn env(res: &mut Vec<Shape>) {
    add(
        res,
        FileKind::Env,
        &[
            ("variables", "", |i| format!("A{i}=x\n")),
            ("one name again and again", "", |_| "A=x\n".to_owned()),
            ("values that double", "A0=xx\n", |i| format!("A{0}=$A{i}$A{i}\n", i + 1)),
            ("values that grow", "A=x\n", |_| "A=${A}x\n".to_owned()),
            ("defaults in each other", "A=", |_| "${A:-".to_owned()),
            ("dollars", "A=", |_| "$".to_owned()),
            ("a quote opened in every line", "", |i| format!("A{i}=\"x\n")),
            ("lines that are no assignment", "", |_| "?!\n".to_owned()),
            ("one long value", "A=", |_| "x ".to_owned()),
            ("URIs", "", |i| format!("U{i}=qemu+ssh://localhost:{i}/system\n")),
            ("equals signs", "", |_| "=".to_owned()),
        ],
    );
}

fn outputs(res: &mut Vec<Shape>) {
    for kind in [FileKind::Limactl, FileKind::Error] {
        add(
            res,
            kind,
            &[
                (
                    "rows",
                    "NAME    STATUS     SSH                CPUS    MEMORY    DISK      DIR\n",
                    |i| {
                        format!(
                            "vm{i}    Running    127.0.0.1:{}    4       8GiB      60GiB     ~/.lima/vm{i}\n",
                            10000 + i % 50000
                        )
                    },
                ),
                ("headings", "", |_| {
                    "NAME    STATUS     SSH                CPUS    MEMORY    DISK      DIR\n"
                        .to_owned()
                }),
                ("objects", "", |i| {
                    format!("{{\"name\":\"vm{i}\",\"sshLocalPort\":{}}}\n", i % 65536)
                }),
                ("nested brackets", "", |_| "[".to_owned()),
                ("nested objects", "", |_| "{\"a\":".to_owned()),
                ("hosts", "", |i| format!("Host lima-vm{i}\n  Port {}\n", i % 65536)),
                ("log lines", "", |i| {
                    format!(
                        "time=\"2026-01-01T00:00:00Z\" level=info msg=\"SSH Local Port: {}\"\n",
                        i % 65536
                    )
                }),
                ("missing files", "", |i| {
                    format!(
                        "error: Cannot access storage file '/var/lib/libvirt/images/{i}': No such file or directory\n"
                    )
                }),
                ("one missing file in one line", "error: ", |i| {
                    format!("Cannot access storage file '/a/{i}': Permission denied: ")
                }),
                ("refused connections", "", |i| {
                    format!(
                        "ssh: connect to host localhost port {}: Connection refused\n",
                        i % 65536
                    )
                }),
                ("URIs", "", |i| {
                    format!("qemu+ssh://dev@host.docker.internal:{}/system\n", i % 65536)
                }),
                ("slashes", "", |_| "/".to_owned()),
                ("quotes", "", |_| "'".to_owned()),
                ("quotes and backslashes", "", |_| "\"\\".to_owned()),
                ("escaped JSON", "{\"error\":\"", |_| "\\\\\\\"".to_owned()),
                ("colons", "", |_| "a: ".to_owned()),
                ("words", "", |i| format!("word{i} ")),
                ("spaces", "", |_| " ".to_owned()),
                ("escape sequences", "", |_| "\u{1b}[0m".to_owned()),
            ],
        );
    }
}
