//! The real `patch` makes the corrected text out of the original one.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use lima_doctor::repair::diff;

#[test]
fn patch_applies_what_is_written() {
    if Command::new("patch").arg("--version").output().is_err() {
        println!("no `patch` on PATH: nothing was checked");
        return;
    }
    let long: String = (1..60).map(|i| format!("line {i}\n")).collect();
    let cases = [
        ("plain", "a\nb\nc\n".to_owned(), "a\nB\nc\nd\n".to_owned()),
        ("CR LF", "a\r\nb\r\nc\r\n".into(), "a\r\nB\r\nc\r\n".into()),
        ("mixed line ends", "a\r\nb\nc\r".into(), "a\r\nb\r\nc\r".into()),
        ("no last line break", "a\nb".into(), "a\nc".into()),
        ("a last line break added", "a\nb".into(), "a\nb\n".into()),
        ("a last line break removed", "a\nb\n".into(), "a\nb".into()),
        ("inserted at the start", "b\n".into(), "a\nb\n".into()),
        ("filled", String::new(), "a\nb\n".into()),
        ("several hunks", long.clone(), long.replace("line 5\n", "").replace("line 40", "x")),
        ("lines like a diff's", "--- a\n+++ b\n@@ -1 +1 @@\n".into(), "--- b\n@@\n".into()),
        ("beyond ASCII", "ä: 1\n漢: 2\n".into(), "ä: 1\n漢: 3\n".into()),
    ];
    for (case, original, corrected) in cases {
        for name in ["docker-compose.yml", ".env", "deploy here/lima.yaml"] {
            let folder = tempfile::tempdir().expect("a folder can be made");
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("it has one")).expect("it can be made");
            fs::write(&path, &original).expect("it can be written");

            let mut patch = Command::new("patch")
                .args(["-p1", "--fuzz=0", "--no-backup-if-mismatch"])
                .current_dir(folder.path())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("patch starts");
            let text = diff::unified(name, &original, &corrected);
            patch.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("it reads");
            let output = patch.wait_with_output().expect("it ends");

            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{case}, {name}: {said}\n{text}");
            assert!(!said.contains("fuzz") && !said.contains("offset"), "{case}, {name}: {said}");
            let patched = fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(patched, corrected, "{case}, {name}\n{text}");
        }
    }
}
