//! Changes to a command's surroundings in its script, made only where they read back as meant.

use super::ScriptCommand;
use crate::config::lima::Lima;
use crate::syntax::yaml::Yaml;
use crate::text::{Edit, EditSet, Span};

impl ScriptCommand {
    /// The edit that puts a line of its own before the command, at its depth; `None` where that
    /// would not be read as meant.
    pub fn insert_line_before(&self, lima: &Lima, text: &str, line: &str) -> Option<Edit> {
        let script = lima.provision.get(self.entry)?.script.as_str();
        let before = script.get(..self.range.start)?;
        let (above, indent) = match before.rfind('\n') {
            Some(at) => before.split_at(at + 1),
            None => ("", before),
        };
        let goes_on = above.trim_end().ends_with(['\\', '|', '&', '(']);
        if goes_on || !indent.chars().all(|c| c == ' ' || c == '\t') {
            return None;
        }
        let span = self.byte_at(lima, self.range.start)?;
        let in_file = text.get(..span.start)?;
        let column = in_file.get(in_file.rfind('\n').map_or(0, |at| at + 1)..)?;
        if !column.chars().all(|c| c == ' ') {
            return None;
        }
        let line_break = match text.get(span.start..)?.split_once('\n') {
            Some((rest, _)) if rest.ends_with('\r') => "\r\n",
            _ => "\n",
        };
        let edit = Edit::insert(span.file, span.start, format!("{line}{line_break}{column}"));
        let meant = format!("{above}{indent}{line}\n{indent}{}", script.get(self.range.start..)?);
        read_back(lima, text, std::slice::from_ref(&edit), &[(self.entry, meant)])?;
        Some(edit)
    }

    /// Where one byte of the script is written just so.
    fn byte_at(&self, lima: &Lima, at: usize) -> Option<Span> {
        lima.provision.get(self.entry)?.script.written_at(at..at + 1)
    }
}

/// The edits that put text right behind each of the commands, which stand in the scripts' order;
/// `None` where that would not be read as meant.
pub fn append_to_each(
    lima: &Lima,
    text: &str,
    commands: &[&ScriptCommand],
    behind: &str,
) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    let mut meant: Vec<(usize, String)> = Vec::new();
    // From the back, so that places further up stay where they are.
    for command in commands.iter().rev() {
        let span = command.byte_at(lima, command.range.end.checked_sub(1)?)?;
        edits.push(Edit::insert(span.file, span.end, behind));
        if meant.last().is_none_or(|(entry, _)| *entry != command.entry) {
            let script = lima.provision.get(command.entry)?.script.as_str();
            meant.push((command.entry, script.to_owned()));
        }
        let (_, script) = meant.last_mut()?;
        let (start, end) = script.split_at_checked(command.range.end)?;
        *script = format!("{start}{behind}{end}");
    }
    edits.reverse();
    read_back(lima, text, &edits, &meant)?;
    Some(edits)
}

/// Some, if with the edits these scripts alone are changed, and are just the ones that are meant.
fn read_back(lima: &Lima, text: &str, edits: &[Edit], meant: &[(usize, String)]) -> Option<()> {
    let new_text = EditSet::of(edits).ok()?.apply(lima.file, text).ok()?;
    let new = Lima::resolve(lima.file, &Yaml::parse(lima.file, &new_text));
    let is_as_meant = new.provision.len() == lima.provision.len()
        && lima.provision.iter().zip(&new.provision).enumerate().all(|(i, (old, new))| {
            let changed = meant.iter().find(|(entry, _)| *entry == i);
            let script = changed.map_or(old.script.as_str(), |(_, script)| script.as_str());
            new.script.as_str() == script && new.mode == old.mode
        });
    (is_as_meant && !new.incomplete).then_some(())
}
