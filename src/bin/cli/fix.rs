//! `lima-doctor fix` and `lima-doctor script`.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use lima_doctor::diagnostic::Severity;
use lima_doctor::repair::plan::{Choices, Outcome, Repair};
use lima_doctor::repair::script::Refusal;
use lima_doctor::repair::{diff, report, stale_files};
use lima_doctor::rules::rule;
use lima_doctor::text::{SourceFile, printable};
use lima_doctor::words::line_count;
use lima_doctor::{Diagnosis, Input, diagnose, repair, script as make_script};

use crate::args::{ChoiceArgs, FixArgs, Given, ScriptArgs};
use crate::markup::STRONG;
use crate::{Done, HEALTHY, Problems, complain, input, status_of};

pub(crate) fn fix(args: &FixArgs) -> Result<Done, Problems> {
    let (diagnosis, repair) = repaired(&args.given, &args.choices)?;
    let files = output(&diagnosis, &repair);
    write_all(&args.out, &files, args.force, input::is_private(&args.given))?;

    let mut text = String::new();
    for (name, note) in files.iter().map(|file| (&file.name, &file.note)) {
        let path = args.out.join(name);
        let _ = writeln!(text, "{STRONG}{}{STRONG:#}: {note}", printable(&path.to_string_lossy()));
    }
    if let Err(refusal) = make_script(&diagnosis, &repair) {
        let _ = writeln!(text, "no apply.sh: {}", printable(&refusal.to_string()));
    }
    let problems = diagnosis.report.findings.iter().zip(&repair.outcomes);
    for (finding, outcome) in problems.filter(|(finding, _)| finding.severity != Severity::Hint) {
        let why = match outcome {
            Outcome::Fixed(_) | Outcome::ClearedBy(_) | Outcome::Optional => continue,
            Outcome::NoFix => "left to you".to_owned(),
            Outcome::Skipped => "left, as chosen".to_owned(),
            Outcome::Failed(name) => format!("left, the fix `{name}` does not go with the others"),
        };
        let (severity, message) = (finding.severity.as_str(), printable(&finding.message));
        let _ = writeln!(text, "{severity}[{}]: {message} ({why})", finding.rule);
    }
    let after =
        if repair.corrected.is_empty() { &diagnosis.report } else { &repair.recheck.report };
    let errors = after.findings.iter().filter(|each| each.severity == Severity::Error).count();
    let _ = match errors {
        0 => writeln!(text, "no error remains"),
        1 => writeln!(text, "1 error remains"),
        count => writeln!(text, "{count} errors remain"),
    };
    Ok(Done { text, status: status_of(after) })
}

pub(crate) fn script(args: &ScriptArgs) -> Result<Done, Problems> {
    let (diagnosis, repair) = repaired(&args.given, &args.choices)?;
    match make_script(&diagnosis, &repair) {
        Ok(script) if !args.paste => Ok(Done { text: script.text, status: HEALTHY }),
        Ok(script) => match script.paste {
            Some(text) => Ok(Done { text, status: HEALTHY }),
            None => Err(Problems::from(
                "the script is too long to be pasted; take it without `--paste`".to_owned(),
            )),
        },
        Err(Refusal::NothingToDo) => {
            complain("note", &Refusal::NothingToDo.to_string());
            Ok(Done { text: String::new(), status: HEALTHY })
        }
        Err(refusal) => Err(Problems::from(format!("no script can be made: {refusal}"))),
    }
}

fn repaired(given: &Given, choices: &ChoiceArgs) -> Result<(Diagnosis, Repair), Problems> {
    let input: Input = input::read(given)?;
    let diagnosis = diagnose(&input);
    let choices = Choices(choices.choose.iter().cloned().collect());
    let problems = wrong_choices(&diagnosis, &choices);
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    let repair = repair(&input, &diagnosis, &choices);
    Ok((diagnosis, repair))
}

/// Choices of a rule or of an alternative that there is not.
fn wrong_choices(diagnosis: &Diagnosis, choices: &Choices) -> Vec<String> {
    let findings = &diagnosis.report.findings;
    let mut res = Vec::new();
    for (key, name) in &choices.0 {
        let of_rule = || findings.iter().filter(|finding| finding.rule == key);
        if of_rule().next().is_none() {
            // A key that is no rule's name is that of a single finding, which the plan knows.
            let looks_like_rule = key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            if looks_like_rule && rule(key).is_none() {
                res.push(format!("`{key}` in `--choose` is no rule"));
            }
            continue;
        }
        let offered: Vec<&str> =
            of_rule().flat_map(|finding| &finding.fixes).map(|fix| fix.name).collect();
        if name != Choices::SKIP && !offered.contains(&name.as_str()) {
            let mut words = offered;
            words.push(Choices::SKIP);
            res.push(format!("`{name}` is no fix of `{key}`; choose {}", words.join(" or ")));
        }
    }
    res
}

/// A file to be written.
struct OutputFile {
    name: String,
    text: String,
    is_executable: bool,
    note: String,
}

/// Everything that `fix` writes, in the order in which it is listed.
fn output(diagnosis: &Diagnosis, repair: &Repair) -> Vec<OutputFile> {
    let mut own = vec![OutputFile {
        name: "REPORT.md".to_owned(),
        text: report::markdown(diagnosis, Some(repair)),
        is_executable: false,
        note: "the report, for a ticket".to_owned(),
    }];
    if let Ok(script) = make_script(diagnosis, repair) {
        own.push(OutputFile {
            name: "apply.sh".to_owned(),
            text: script.text,
            is_executable: true,
            note: "applies the corrected files and checks the result".to_owned(),
        });
    }
    let sources = &diagnosis.setup.sources;
    let stale = stale_files(repair);
    let mut patch = String::new();
    let mut res: Vec<OutputFile> = Vec::new();
    for corrected in &repair.corrected {
        let Some(file) = sources.get(corrected.file) else { continue };
        patch += &diff::unified(patch_name(&file.name), &file.text, &corrected.text);
        let name = free_name(&base_name(file), |name| {
            matches!(name, "REPORT.md" | "apply.sh" | "fix.patch")
                || res.iter().any(|other| other.name == name)
        });
        res.push(OutputFile {
            name,
            text: corrected.text.clone(),
            is_executable: false,
            note: match stale.contains(&corrected.file) {
                true => format!(
                    "corrected, {}; its port is that of before the restart, apply.sh writes the new one",
                    line_count(corrected.count)
                ),
                false => format!("corrected, {}", line_count(corrected.count)),
            },
        });
    }
    if !patch.is_empty() {
        own.push(OutputFile {
            name: "fix.patch".to_owned(),
            text: patch,
            is_executable: false,
            note: "the same changes for `patch -p1`".to_owned(),
        });
    }
    res.extend(own);
    res
}

/// The last part of a file's name, as a name that is one anywhere. A name may come out of a paste,
/// and must not lead out of the directory.
fn base_name(file: &SourceFile) -> String {
    let base = file.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let base = printable(base.trim());
    if matches!(&*base, "" | "." | "..") {
        file.kind.default_name().to_owned()
    } else {
        base.into_owned()
    }
}

/// The name as `patch -p1` takes it: a path from the working directory, or else the last part.
fn patch_name(name: &str) -> &str {
    let relative = name.strip_prefix("./").unwrap_or(name);
    let leads_elsewhere = relative.starts_with(['/', '~'])
        || relative.split('/').any(|part| matches!(part, "" | "." | ".."));
    if leads_elsewhere { relative.rsplit('/').next().unwrap_or(relative) } else { relative }
}

/// `name`, or `2.name`, `3.name`, … where it is taken.
fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    (1..)
        .map(|n| if n == 1 { name.to_owned() } else { format!("{n}.{name}") })
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

/// Writes all of the files, or none where one of them is there already and differs. What was made
/// from private files nobody else may read.
fn write_all(
    folder: &Path,
    files: &[OutputFile],
    force: bool,
    is_private: bool,
) -> Result<(), Problems> {
    let shown = |path: &Path| printable(&path.to_string_lossy()).into_owned();
    let mut problems = Vec::new();
    let mut to_write = Vec::new();
    for file in files {
        let path = folder.join(&file.name);
        match fs::read(&path) {
            Ok(there) if there == file.text.as_bytes() => {}
            Ok(_) if !force => {
                let path = shown(&path);
                problems.push(format!("`{path}` is there already and differs; see --force"));
            }
            Ok(_) => to_write.push((file, path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => to_write.push((file, path)),
            Err(error) => problems.push(format!("`{}` is in the way: {error}", shown(&path))),
        }
    }
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    fs::create_dir_all(folder)
        .map_err(|error| format!("`{}` cannot be made: {error}", shown(folder)))?;
    for (file, path) in to_write {
        write(&path, file, force, is_private)
            .map_err(|error| format!("`{}` cannot be written: {error}", shown(&path)))?;
    }
    Ok(())
}

fn write(path: &Path, file: &OutputFile, force: bool, is_private: bool) -> io::Result<()> {
    // In its place rather than through it, should it be a link.
    if force && fs::symlink_metadata(path).is_ok() {
        fs::remove_file(path)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let mode = if file.is_executable { 0o777 } else { 0o666 };
        options.mode(if is_private { mode & 0o700 } else { mode });
    }
    options.open(path)?.write_all(file.text.as_bytes())
}

#[cfg(test)]
mod tests {
    use lima_doctor::repair::plan::CorrectedFile;
    use lima_doctor::text::{FileId, FileKind};

    use super::*;

    #[test]
    fn names_from_a_paste_stay_in_the_directory() {
        for (name, base, in_patch) in [
            ("lima.yaml", "lima.yaml", "lima.yaml"),
            ("./deploy/docker-compose.yml", "docker-compose.yml", "deploy/docker-compose.yml"),
            ("/Users/ada/.lima/dev/lima.yaml", "lima.yaml", "lima.yaml"),
            ("~/.lima/dev/lima.yaml", "lima.yaml", "lima.yaml"),
            ("../../etc/passwd", "passwd", "passwd"),
            ("..", ".env", ".."),
            ("a/", ".env", ""),
            ("C:\\x\\.env", ".env", "C:\\x\\.env"),
            ("\u{1b}x", "␛x", "\u{1b}x"),
        ] {
            let file = SourceFile::new(name, FileKind::Env, "");
            assert_eq!(base_name(&file), base, "{name}");
            assert_eq!(patch_name(name), in_patch, "{name}");
        }
    }

    #[test]
    fn equal_and_own_names_are_told_apart() {
        let files: Vec<SourceFile> = ["a/x.yml", "b/x.yml", "apply.sh"]
            .map(|name| SourceFile::new(name, FileKind::Compose, "a: 1\n"))
            .into();
        let corrected = |i| CorrectedFile {
            file: FileId(i),
            text: "a: 2\n".into(),
            count: diff::count("a: 1\n", "a: 2\n"),
        };
        let input = Input { files, ..Input::default() };
        let repair = Repair {
            corrected: (0..3).map(corrected).collect(),
            outcomes: Vec::new(),
            steps: Vec::new(),
            recheck: diagnose(&Input::default()),
        };
        let written = output(&diagnose(&input), &repair);
        let names: Vec<&str> = written.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names[..3], ["x.yml", "2.x.yml", "2.apply.sh"]);
        assert!(names.contains(&"fix.patch"), "{names:?}");
    }

    #[test]
    fn nothing_is_written_where_something_would_be_lost() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("deep/out");
        let file = |name: &str, text: &str| OutputFile {
            name: name.into(),
            text: text.into(),
            is_executable: name == "apply.sh",
            note: String::new(),
        };
        let first = [file("a", "1"), file("apply.sh", "2")];
        assert!(write_all(&out, &first, false, false).is_ok());
        assert!(write_all(&out, &first, false, false).is_ok(), "the same again");

        let second = [file("new", "0"), file("a", "other"), file("apply.sh", "2")];
        let refused = write_all(&out, &second, false, false).unwrap_err();
        assert!(refused.0[0].contains("is there already and differs"), "{:?}", refused.0);
        assert_eq!(fs::read_to_string(out.join("a")).unwrap(), "1");
        assert!(!out.join("new").exists());

        assert!(write_all(&out, &second, true, false).is_ok());
        assert_eq!(fs::read_to_string(out.join("a")).unwrap(), "other");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |name| fs::metadata(out.join(name)).unwrap().permissions().mode() & 0o111;
            assert_ne!(mode("apply.sh"), 0);
            assert_eq!(mode("a"), 0);
        }
    }
}
