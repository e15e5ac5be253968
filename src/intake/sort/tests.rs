use super::*;

const LIMA: &str = "vmType: qemu\nmounts:\n- location: \"~\"\n";
const ENV: &str = "# the VM\nLIBVIRT_URI=qemu+ssh://ada@host.docker.internal:52136/system\n";
const COMPOSE: &str = "services:\n  api:\n    image: api\n    volumes:\n    - ./jobs:/jobs\n";
const LIST: &str = "NAME    STATUS     SSH\ndev     Running    127.0.0.1:58411\n";
const ERROR: &str = "error: Cannot access storage file '/jobs/x': No such file or directory\n";

fn files(name: Option<&str>, text: &str) -> Vec<(String, FileKind, String)> {
    sort(name, text).into_iter().map(|file| (file.name, file.kind, file.text)).collect()
}

fn file(name: &str, kind: FileKind, text: &str) -> (String, FileKind, String) {
    (name.to_owned(), kind, text.to_owned())
}

/// The three files that most pastes hold, under their usual names.
fn trio() -> [(String, FileKind, String); 3] {
    [
        file("lima.yaml", FileKind::Lima, LIMA),
        file(".env", FileKind::Env, ENV),
        file("docker-compose.yml", FileKind::Compose, COMPOSE),
    ]
}

#[test]
fn a_name_tells_the_kind() {
    for (name, kind) in [
        ("lima.yaml", FileKind::Lima),
        ("/Users/ada/.lima/dev/lima.yaml", FileKind::Lima),
        ("dev.lima.yml", FileKind::Lima),
        (".env", FileKind::Env),
        (".env.lima.example", FileKind::Env),
        ("prod.env", FileKind::Env),
        ("docker-compose.override.yml", FileKind::Compose),
        ("deploy\\Compose.yaml", FileKind::Compose),
        ("ssh.config", FileKind::Limactl),
        ("limactl-list.txt", FileKind::Limactl),
        ("error.txt", FileKind::Error),
        ("virsh.log", FileKind::Error),
        ("notes.txt", FileKind::Error),
    ] {
        assert_eq!(kind_of(Some(name), ""), kind, "{name}");
    }
    assert_eq!(kind_of(Some("start.log"), "SSH Local Port: 60022\n"), FileKind::Limactl);
    assert_eq!(kind_of(Some("api.log"), ENV), FileKind::Error);
    assert_eq!(kind_of(Some("dev.yaml"), LIMA), FileKind::Lima);
    assert_eq!(kind_of(Some("stack.yaml"), COMPOSE), FileKind::Compose);
}

#[test]
fn content_tells_the_kind() {
    for (text, kind) in [
        (LIMA, FileKind::Lima),
        ("ssh:\n  localPort: 2222\n", FileKind::Lima),
        ("- location: /srv\n  writable: true\n", FileKind::Lima),
        ("# run limactl list\nimages:\n- location: https://x\n", FileKind::Lima),
        (COMPOSE, FileKind::Compose),
        ("api:\n  environment:\n    A: b\n  extra_hosts: []\n", FileKind::Compose),
        ("volumes:\n  jobs:\n", FileKind::Compose),
        (ENV, FileKind::Env),
        ("export A=1\nB = two words here\n", FileKind::Env),
        ("KEY=\"-----BEGIN\nabc\n-----END\"\nA=1\nB=2\n", FileKind::Env),
        (LIST, FileKind::Limactl),
        ("NAME    STATUS    SSH\n", FileKind::Limactl),
        ("{\"name\":\"dev\",\"status\":\"Running\",\"sshLocalPort\":58411}\n", FileKind::Limactl),
        ("name: dev\nstatus: Running\nvmType: vz\nsshLocalPort: 58411\n", FileKind::Limactl),
        ("Host lima-dev\n  User ada\n  Port 58411\n", FileKind::Limactl),
        ("time=\"x\" level=info msg=\"SSH Local Port: 60022\"\n", FileKind::Limactl),
        (ERROR, FileKind::Error),
        ("time=\"x\" level=fatal msg=\"did not receive an event\"\n", FileKind::Error),
        ("{\"error\":\"create sandbox\",\"code\":500}\n", FileKind::Error),
        ("It does not work.\n", FileKind::Error),
        ("", FileKind::Error),
    ] {
        assert_eq!(kind_of(None, text), kind, "{text}");
    }
}

#[test]
fn one_plain_file_stays_as_it_is() {
    for (kind, text) in [
        (
            FileKind::Lima,
            "# lima.yaml\nvmType: vz\nmessage: |\n  Run:\n  ```\n  limactl shell dev\n  ```\n",
        ),
        (
            FileKind::Lima,
            "images: []\nprovision:\n- mode: system\n  script: |\n    $ cat lima.yaml\n    # .env\n",
        ),
        (
            FileKind::Compose,
            "\n# docker-compose.yml\n---\nservices:\n  api:\n    image: a@sha256:b # c\n#- location: x\n",
        ),
        (FileKind::Env, "\u{feff}A=1\r\n# .env\r\nB=ada@mac$ x\r\n#- C=2"),
        (FileKind::Env, "### .env\nA=1\n--- x ---\n=======\n"),
        (FileKind::Error, ERROR),
        (FileKind::Limactl, LIST),
    ] {
        let name = kind.default_name();
        assert_eq!(files(None, text), [file(name, kind, text)], "{text}");
    }
    assert_eq!(files(None, ""), [file("error", FileKind::Error, "")]);
}

#[test]
fn the_name_of_a_settings_file_keeps_it_whole() {
    let text = format!("lima.yaml:\n```\n{LIMA}```\n");
    assert_eq!(files(Some("x/.env"), &text), [file("x/.env", FileKind::Env, &text)]);
    assert_eq!(files(Some("ticket.txt"), &text), [file("lima.yaml", FileKind::Lima, LIMA)]);
}

#[test]
fn fences_with_names_around_them() {
    for (lima, env, compose) in [
        ("```yaml lima.yaml", "```.env", "~~~ yaml title=\"docker-compose.yml\""),
        ("lima.yaml:\n```yaml", "**.env**\n```", "### docker-compose.yml\n\n~~~"),
        ("1. `lima.yaml`:\n```", "- .env\n\n```sh", "# docker-compose.yml\n~~~yaml"),
        ("```yaml", "```", "~~~yaml"),
    ] {
        let text = format!("{lima}\n{LIMA}```\n{env}\n{ENV}```\n\n{compose}\n{COMPOSE}~~~\n");
        assert_eq!(files(None, &text), trio(), "{text}");
    }
}

#[test]
fn a_ticket_is_split_and_its_prose_is_kept() {
    let text = format!(
        "Hi, it fails:\n\n```\n{ERROR}```\nMy lima.yaml:\n   ```yaml\n   vmType: vz\n   cpus: 4\n   ```\nand\n```\n{LIST}```\nThanks!\n"
    );
    assert_eq!(
        files(Some("ticket.md"), &text),
        [
            file(
                "ticket.md",
                FileKind::Error,
                &format!("Hi, it fails:\n\n{ERROR}My lima.yaml:\nand\nThanks!\n")
            ),
            file("lima.yaml", FileKind::Lima, "vmType: vz\ncpus: 4\n"),
            file("limactl list", FileKind::Limactl, LIST),
        ]
    );
}

#[test]
fn terminal_dumps_are_split_at_prompts() {
    for [lima, env, compose, end] in [
        ["$ cat lima.yaml", "$ cat .env", "$ cat docker-compose.yml", "$ "],
        [
            "ada@mac virsh % cat lima.yaml",
            "ada@mac virsh % cat .env",
            "ada@mac virsh % cat \"docker-compose.yml\"",
            "ada@mac virsh %",
        ],
        [
            "(venv) ada@vm:~/src$ cat lima.yaml",
            "[ada@vm src]$ cat .env",
            "root@vm:/srv# cat docker-compose.yml",
            "root@vm:/srv#",
        ],
    ] {
        let text = format!("{lima}\n{LIMA}{env}\n{ENV}{compose}\n{COMPOSE}{end}\n");
        let mut expected = trio().to_vec();
        expected.push(file("error", FileKind::Error, &format!("{end}\n")));
        assert_eq!(files(None, &text), expected, "{text}");
    }
    let text =
        format!("$ limactl list\n{LIST}$ docker compose config\n{COMPOSE}$ virsh start x\n{ERROR}");
    assert_eq!(
        files(None, &text),
        [
            file("limactl list", FileKind::Limactl, &format!("$ limactl list\n{LIST}")),
            file("docker-compose.yml", FileKind::Compose, COMPOSE),
            file("error", FileKind::Error, &format!("$ virsh start x\n{ERROR}")),
        ]
    );
}

#[test]
fn names_between_rules_and_lines_of_their_own() {
    for (lima, env, compose) in [
        ("==> lima.yaml <==", "\n==> .env <==", "\n==> docker-compose.yml <=="),
        ("#- lima.yaml", "#- .env", "#- docker-compose.yml"),
        ("--- lima.yaml ---", "--- .env ---", "--- docker-compose.yml ---"),
        ("=== lima.yaml ===", "# ==== .env ====", "=== docker-compose.yml ==="),
        ("lima.yaml:", ".env:", "docker-compose.yml:"),
        ("**lima.yaml**", "`.env`", "**docker-compose.yml:**"),
    ] {
        let text = format!("{lima}\n{LIMA}{env}\n{ENV}{compose}\n{COMPOSE}");
        let found: Vec<_> = files(None, &text)
            .into_iter()
            .map(|(name, kind, text)| (name, kind, text.trim_end().to_owned() + "\n"))
            .collect();
        assert_eq!(found, trio(), "{text}");
    }
}

#[test]
fn a_rule_between_settings_of_different_kinds() {
    let text = format!("{LIMA}---\n{ENV}---\n{COMPOSE}");
    assert_eq!(files(None, &text), trio());
    let documents = format!("---\n{COMPOSE}---\n{COMPOSE}---\n");
    let whole = file("docker-compose.yml", FileKind::Compose, &documents);
    assert_eq!(files(None, &documents), [whole]);
}

#[test]
fn comments_that_name_the_files_stay_in_them() {
    let text = format!("# lima.yaml\n{LIMA}\n# .env\n{ENV}# docker-compose.yml\n{COMPOSE}");
    assert_eq!(
        files(None, &text),
        [
            file("lima.yaml", FileKind::Lima, &format!("# lima.yaml\n{LIMA}\n")),
            file(".env", FileKind::Env, &format!("# .env\n{ENV}")),
            file(
                "docker-compose.yml",
                FileKind::Compose,
                &format!("# docker-compose.yml\n{COMPOSE}")
            ),
        ]
    );
}

#[test]
fn a_mail_in_which_every_line_is_quoted() {
    let text = format!("lima.yaml:\n```\n{LIMA}```\n\n.env:\n\n```\n{ENV}```\n");
    let quoted: String =
        text.lines().map(|line| format!("> {line}").trim_end().to_owned() + "\n").collect();
    assert_eq!(files(None, &quoted), trio()[..2]);
    let log = "> one line is quoted\nand one is not\n";
    assert_eq!(files(None, log), [file("error", FileKind::Error, log)]);
    assert_eq!(files(None, "> error: no\n"), [file("error", FileKind::Error, "> error: no\n")]);
}

#[test]
fn a_long_paste_of_separators_makes_a_bounded_number_of_files() {
    for piece in [
        "```\nA=1\n```\n",
        "# .env\n",
        ".env:\nA=1\n",
        "$ x\n",
        "==> a <==\nb\n",
        "> ```\n",
        "a: |\n",
        "---\nA=1\n---\nvmType: vz\n",
    ] {
        let found = sort(None, &piece.repeat((1 << 18) / piece.len()));
        assert!(found.len() <= 200, "{piece:?}: {} files", found.len());
    }
}

#[test]
fn equal_names_are_told_apart() {
    let text = format!("```\n{COMPOSE}```\n```\n{COMPOSE}```\n");
    let names: Vec<_> = sort(None, &text).into_iter().map(|file| file.name).collect();
    assert_eq!(names, ["docker-compose.yml", "docker-compose.yml (2)"]);
}

proptest::proptest! {
    /// Nothing is lost: each line of a paste that is no separator is in one of the files.
    #[test]
    fn every_line_survives(
        lines in proptest::collection::vec(
            "(```|```yaml|~~~|   ```|lima.yaml:|\\*\\*.env\\*\\*|==> x <==|\\$ cat .env|\\$ virsh list|#- .env|# compose.yml|vmType: vz|A=1|services:|  a: b|error: no|some words of prose|> q|)\r?",
            0..24,
        ),
        end in "\n?",
    ) {
        let text = lines.join("\n") + &end;
        let found = sort(None, &text);
        let has_fences = text.contains("```") || text.contains("~~~");
        let is_content = |line: &&str| {
            let line = line.trim();
            // Before a fence, a heading names the file; elsewhere it is a comment.
            ["vmType", "A=1", "services", "a: b", "error", "some", "> q"]
                .iter()
                .any(|start| line.starts_with(start))
                || (line.starts_with("# compose") && !has_fences)
        };
        let mut expected: Vec<&str> = text.lines().filter(is_content).map(str::trim).collect();
        let mut kept: Vec<&str> =
            found.iter().flat_map(|file| file.text.lines()).filter(is_content).map(str::trim).collect();
        expected.sort_unstable();
        kept.sort_unstable();
        proptest::prop_assert_eq!(kept, expected);
    }

    #[test]
    fn text_without_separators_is_one_file(text in "([a-z]{1,9}: [a-z0-9]{1,9}\r?\n|#[ a-z]{0,9}\n|[A-Z]{1,9}=[a-z]*\n|  - [ -~]{0,9}\n)*") {
        let found = sort(None, &text);
        proptest::prop_assert_eq!(found.len(), 1);
        proptest::prop_assert_eq!(&found[0].text, &text);
    }
}

#[test]
fn yaml_of_other_programs_is_no_settings_file() {
    for text in [
        "#cloud-config\nusers: [default]\nmounts:\n- [a, b]\nruncmd: [ls]\n",
        "stages: [build]\nbuild:\n  image: rust\n  services: [postgres]\n",
        "kind: pipeline\nsteps:\n- image: rust\nservices:\n- name: db\n",
        "on: push\nenv: {A: b}\njobs:\n  test: {runs-on: x}\n",
        "apiVersion: v1\nkind: Pod\nspec: {volumes: []}\n",
        "cpu: 4\nruntime: docker\nkubernetes: {enabled: false}\nmounts: []\narch: host\n",
        "services:\n  - type: web\n    env: docker\n",
        "replicaCount: 1\nservice: {port: 80}\nimage: {tag: x}\n",
    ] {
        assert_eq!(kind_of(Some("some.yaml"), text), FileKind::Error, "{text}");
        assert_eq!(certain_kind(text), None, "{text}");
    }
    assert_eq!(kind_of(None, "services:\n  api: {image: x}\n"), FileKind::Compose);
    assert_eq!(kind_of(None, "vmType: vz\nmounts: []\n"), FileKind::Lima);
}
