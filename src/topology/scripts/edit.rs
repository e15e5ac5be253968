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
        self.reads_as(lima, text, edit, &meant)
    }

    /// The edit that puts text right behind the command; `None` where that would not be read as
    /// meant.
    pub fn append(&self, lima: &Lima, text: &str, behind: &str) -> Option<Edit> {
        let script = lima.provision.get(self.entry)?.script.as_str();
        let span = self.byte_at(lima, self.range.end.checked_sub(1)?)?;
        let edit = Edit::insert(span.file, span.end, behind);
        let (start, end) = script.split_at_checked(self.range.end)?;
        self.reads_as(lima, text, edit, &format!("{start}{behind}{end}"))
    }

    /// Where one byte of the script is written just so.
    fn byte_at(&self, lima: &Lima, at: usize) -> Option<Span> {
        lima.provision.get(self.entry)?.script.written_at(at..at + 1)
    }

    /// The edit, if with it this script alone is changed, and is just the one that is meant.
    fn reads_as(&self, lima: &Lima, text: &str, edit: Edit, meant: &str) -> Option<Edit> {
        let new_text =
            EditSet::of(std::slice::from_ref(&edit)).ok()?.apply(lima.file, text).ok()?;
        let new = Lima::resolve(lima.file, &Yaml::parse(lima.file, &new_text));
        let same_elsewhere = new.provision.len() == lima.provision.len()
            && lima.provision.iter().zip(&new.provision).enumerate().all(|(i, (old, new))| {
                let script = if i == self.entry { meant } else { old.script.as_str() };
                new.script.as_str() == script && new.mode == old.mode
            });
        (same_elsewhere && !new.incomplete).then_some(edit)
    }
}
