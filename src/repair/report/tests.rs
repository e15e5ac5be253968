use expect_test::expect;

use super::*;
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::Answers;
use crate::repair::diff::count;
use crate::repair::plan::{CorrectedFile, Outcome, Repair};
use crate::text::{Edit, FileId, FileKind, SourceFile, Sources, Span};
use crate::topology::{Assumption, Hop, Place, Route, Setup, Stop, Subject, Unchecked, Verdict};
use crate::{Diagnosis, Input, Report};

const ENV: &str = "PASSWORD=secret\nLIBVIRT_URI=qemu+ssh://ada@h:52136/system\n";
const LIST: &str = "NAME STATUS SSH\ndev Running 127.0.0.1:58411\n";

/// The span of `part` in the text of a file.
fn span(file: usize, text: &str, part: &str) -> Span {
    let start = text.find(part).expect("the part is there");
    Span::new(FileId(file), start, start + part.len())
}

fn diagnosis() -> Diagnosis {
    let port = span(0, ENV, "52136");
    let listens = span(1, LIST, "58411");
    let stale = Diagnostic {
        rule: "ssh-port-stale",
        severity: Severity::Error,
        message: "`LIBVIRT_URI` names port 52136, but `dev` listens on 58411".into(),
        detail: "Lima picks a new port at each start.".into(),
        span: port,
        evidence: vec![Evidence::new(listens, "the VM listens here")],
        caused_by: None,
        is_next: false,
        fixes: vec![
            Fix {
                name: "pin",
                title: "Pin the port".into(),
                suits: "a VM of one's own",
                applicability: Applicability::Safe,
                edits: vec![Edit::replace(port, "20022")],
                steps: vec![Step::RestartInstance, Step::RecreateService("api".into())],
            },
            Fix {
                name: "follow",
                title: "Write the current port".into(),
                suits: "",
                applicability: Applicability::Review,
                edits: vec![Edit::replace(port, "58411")],
                steps: vec![Step::FollowPort, Step::CreateHostDirectory("/a`b".into())],
            },
        ],
    };
    let hint = Diagnostic {
        rule: "port-unpinned",
        severity: Severity::Hint,
        message: "the port is not pinned".into(),
        detail: String::new(),
        span: listens,
        evidence: Vec::new(),
        caused_by: Some(0),
        is_next: false,
        fixes: Vec::new(),
    };
    let unchecked = vec![Unchecked { what: "the mounts".into(), needs: "`lima.yaml`".into() }];
    let assumptions = vec![Assumption {
        name: "host",
        value: "macos".into(),
        because: "a path starts with `/Users`".into(),
    }];
    let stop =
        |place, label: &str, span| Stop { place, label: label.into(), note: String::new(), span };
    let input = Input {
        files: vec![
            SourceFile::new(".env", FileKind::Env, ENV),
            SourceFile::new("limactl list", FileKind::Limactl, LIST),
        ],
        answers: Answers::default(),
    };
    let setup = Setup {
        routes: vec![Route {
            subject: Subject::Connection,
            stops: vec![
                stop(Place::Container("api".into()), "h:52136", Some(port)),
                stop(Place::Guest, "", None),
            ],
            hops: vec![Hop {
                verdict: Verdict::Broken,
                label: "port".into(),
                note: "nothing listens there".into(),
                span: Some(listens),
            }],
        }],
        assumptions: assumptions.clone(),
        unchecked: unchecked.clone(),
        ..Setup::new(&input)
    };
    Diagnosis { setup, report: Report { findings: vec![stale, hint], unchecked, assumptions } }
}

fn repaired() -> Repair {
    let text = ENV.replace("52136", "20022");
    Repair {
        corrected: vec![CorrectedFile { file: FileId(0), count: count(ENV, &text), text }],
        outcomes: vec![Outcome::Fixed("pin"), Outcome::ClearedBy("ssh-port-stale")],
        steps: vec![
            Step::RestartInstance,
            Step::RecreateService("api".into()),
            Step::FollowPort,
            Step::CreateHostDirectory("/a`b".into()),
        ],
        recheck: crate::diagnose(&Input::default()),
    }
}

#[test]
fn the_report_as_data() {
    let text = serde_json::to_string_pretty(&json(&diagnosis())).unwrap();
    expect![[r#"
        {
          "assumptions": [
            {
              "because": "a path starts with `/Users`",
              "name": "host",
              "value": "macos"
            }
          ],
          "findings": [
            {
              "caused_by": null,
              "detail": "Lima picks a new port at each start.",
              "evidence": [
                {
                  "file": "limactl list",
                  "note": "the VM listens here",
                  "span": {
                    "column": 23,
                    "end": 43,
                    "line": 2,
                    "start": 38
                  }
                }
              ],
              "file": ".env",
              "fixes": [
                {
                  "applicability": "safe",
                  "edits": [
                    {
                      "file": ".env",
                      "span": {
                        "column": 30,
                        "end": 50,
                        "line": 2,
                        "start": 45
                      },
                      "text": "20022"
                    }
                  ],
                  "name": "pin",
                  "steps": [
                    {
                      "name": "restart-instance"
                    },
                    {
                      "name": "recreate-service",
                      "service": "api"
                    }
                  ],
                  "suits": "a VM of one's own",
                  "title": "Pin the port"
                },
                {
                  "applicability": "review",
                  "edits": [
                    {
                      "file": ".env",
                      "span": {
                        "column": 30,
                        "end": 50,
                        "line": 2,
                        "start": 45
                      },
                      "text": "58411"
                    }
                  ],
                  "name": "follow",
                  "steps": [
                    {
                      "name": "follow-port"
                    },
                    {
                      "name": "create-host-directory",
                      "path": "/a`b"
                    }
                  ],
                  "suits": "",
                  "title": "Write the current port"
                }
              ],
              "message": "`LIBVIRT_URI` names port 52136, but `dev` listens on 58411",
              "next": false,
              "rule": "ssh-port-stale",
              "severity": "error",
              "span": {
                "column": 30,
                "end": 50,
                "line": 2,
                "start": 45
              }
            },
            {
              "caused_by": {
                "index": 0,
                "rule": "ssh-port-stale"
              },
              "detail": "",
              "evidence": [],
              "file": "limactl list",
              "fixes": [],
              "message": "the port is not pinned",
              "next": false,
              "rule": "port-unpinned",
              "severity": "hint",
              "span": {
                "column": 23,
                "end": 43,
                "line": 2,
                "start": 38
              }
            }
          ],
          "unchecked": [
            {
              "needs": "`lima.yaml`",
              "what": "the mounts"
            }
          ],
          "version": 1
        }"#]]
    .assert_eq(&text);
}

#[test]
fn the_model_as_data() {
    let text = serde_json::to_string_pretty(&model_json(&diagnosis())).unwrap();
    expect![[r#"
        {
          "assumptions": [
            {
              "because": "a path starts with `/Users`",
              "name": "host",
              "value": "macos"
            }
          ],
          "compose_files": [],
          "env": {
            "LIBVIRT_URI": "qemu+ssh://ada@h:52136/system",
            "PASSWORD": "secret"
          },
          "left_out": [],
          "lima": null,
          "routes": [
            {
              "hops": [
                {
                  "file": "limactl list",
                  "label": "port",
                  "note": "nothing listens there",
                  "span": {
                    "column": 23,
                    "end": 43,
                    "line": 2,
                    "start": 38
                  },
                  "verdict": "broken"
                }
              ],
              "stops": [
                {
                  "file": ".env",
                  "label": "h:52136",
                  "note": "",
                  "place": "container",
                  "service": "api",
                  "span": {
                    "column": 30,
                    "end": 50,
                    "line": 2,
                    "start": 45
                  }
                },
                {
                  "file": null,
                  "label": "",
                  "note": "",
                  "place": "guest",
                  "service": null,
                  "span": null
                }
              ],
              "subject": "connection",
              "verdict": "broken"
            }
          ],
          "services": [],
          "unchecked": [
            {
              "needs": "`lima.yaml`",
              "what": "the mounts"
            }
          ],
          "version": 1,
          "warnings": []
        }"#]]
    .assert_eq(&text);
}

#[test]
fn the_report_for_a_ticket() {
    let text = markdown(&diagnosis(), Some(&repaired()));
    assert!(!text.contains("secret"), "{text}");
    expect![[r#"
        # lima-doctor report

        One problem. One restart of the VM fixes it. One hint. One thing could not be checked.

        ## 1. error: `LIBVIRT_URI` names port 52136, but `dev` listens on 58411

        Rule `ssh-port-stale`, at `.env:2:30`.

        Lima picks a new port at each start.

        - `limactl list:2:23`: the VM listens here

        - Fix (`pin`, safe, made below): Pin the port
        - Or (`follow`, to be reviewed): Write the current port

        ## 2. hint: the port is not pinned

        Rule `port-unpinned`, at `limactl list:2:23`.
        It follows from finding 1.

        ## Not checked

        - the mounts: paste `lima.yaml`

        ## Assumed

        - host: `macos`, because a path starts with `/Users`

        ## Corrected files

        `.env`: 1 line added, 1 removed, 1 untouched.

        ```diff
        --- a/.env
        +++ b/.env
        @@ -2,1 +2,1 @@
        -LIBVIRT_URI=qemu+ssh://ada@h:52136/system
        +LIBVIRT_URI=qemu+ssh://ada@h:20022/system
        ```

        ## To be done

        - stop and start the VM
        - recreate the container of the service `api`
        - write the VM's SSH port after its start into the URI
        - create the directory ``/a`b`` on the host, owned by your user

        ## After the correction

        No finding remains.
    "#]]
    .assert_eq(&text);
    let without = markdown(&diagnosis(), None);
    assert!(!without.contains("made below"), "{without}");
    assert!(!without.contains("Corrected files"), "{without}");
}

#[test]
fn what_was_pasted_cannot_break_out_of_the_markdown() {
    let mut diagnosis = diagnosis();
    diagnosis.setup.sources = Sources::new(vec![
        SourceFile::new("a`b\n# x", FileKind::Env, "A=```\n\u{1b}[31m\n"),
        SourceFile::new("", FileKind::Limactl, ""),
    ]);
    diagnosis.report.findings[0].message = "line\nbreak \u{202e}".into();
    let mut repair = repaired();
    repair.corrected[0].text = "B=````\n\u{1b}[31m\n".into();
    let text = markdown(&diagnosis, Some(&repair));
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
    assert!(!text.contains("\n# x"), "{text}");
    assert!(text.contains("\n`````diff\n"), "{text}");
}

#[test]
fn a_summary_says_how_many_and_what_helps() {
    let mut diagnosis = diagnosis();
    let expected = "One problem. One restart of the VM fixes it. One hint. \
                    One thing could not be checked.";
    assert_eq!(summary(&diagnosis), expected);

    diagnosis.report.unchecked.clear();
    diagnosis.report.findings[1].severity = Severity::Warning;
    let expected = "Two problems. One restart of the VM fixes one of them.";
    assert_eq!(summary(&diagnosis), expected);

    diagnosis.report.findings[1].fixes = diagnosis.report.findings[0].fixes.split_off(1);
    let expected = "Two problems. One restart of the VM fixes both.";
    assert_eq!(summary(&diagnosis), expected);

    diagnosis.report.findings.clear();
    assert_eq!(summary(&diagnosis), "No problem found in `.env` and `limactl list`.");
    diagnosis.setup.sources = Sources::default();
    assert_eq!(summary(&diagnosis), "Nothing was given to check.");
}
