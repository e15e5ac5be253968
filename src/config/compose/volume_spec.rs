use std::ops::Range;

use crate::text::Traced;

/// An entry of `volumes` in its short form, `source:target:options`, as parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeSpec {
    /// Whether it mounts a directory of the host; otherwise a volume.
    pub is_bind: bool,
    /// The directory or the volume's name; `None` for an anonymous volume.
    pub source: Option<Traced>,
    /// The path in the container, as written; empty behind an unclosed `${`.
    pub target: Traced,
    /// Whether the container may not write; of `ro` and `rw` the last one counts.
    pub read_only: bool,
    /// Whether the option `nocopy` is there.
    pub nocopy: bool,
    /// The propagation option, empty where there is none.
    pub propagation: String,
    /// `z` or `Z`, empty where there is none.
    pub selinux: String,
    /// The options that Compose passes over without a word, `readonly` and `RO` among them.
    pub ignored: Vec<Traced>,
}

/// Why Compose refuses a volume in its short form, in its words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VolumeSpecError {
    /// There is no text.
    #[error("invalid empty volume spec")]
    Empty,
    /// Nothing stands before, between or behind colons.
    #[error("invalid spec: {0}: empty section between colons")]
    EmptySection(String),
    /// There is a fourth section.
    #[error("invalid spec: {0}: too many colons")]
    TooManyColons(String),
}

impl VolumeSpec {
    /// Parses the short form, references followed. (compose-go, format/volume.go.)
    pub fn parse(spec: &Traced) -> Result<VolumeSpec, VolumeSpecError> {
        let text = spec.as_str();
        match text.len() {
            0 => return Err(VolumeSpecError::Empty),
            1 | 2 => return Ok(VolumeSpec { target: spec.clone(), ..VolumeSpec::default() }),
            _ => {}
        }
        let (sections, ended) = sections(text);
        for (i, section) in sections.iter().enumerate() {
            if section.is_empty() {
                return Err(VolumeSpecError::EmptySection(text.to_owned()));
            }
            if i == 2 && (sections.len() > 3 || !ended) {
                return Err(VolumeSpecError::TooManyColons(text.to_owned()));
            }
        }
        let mut sections = sections.into_iter().map(|range| spec.slice(range));
        let Some(first) = sections.next() else {
            return Ok(VolumeSpec::default());
        };
        let target = match sections.next() {
            Some(target) => target,
            // What stands before a colon is a source, even if nothing is taken up behind it.
            None if ended => return Ok(VolumeSpec { target: first, ..VolumeSpec::default() }),
            None => Traced::default(),
        };
        let is_bind = is_path(first.as_str());
        let mut res = VolumeSpec { is_bind, source: Some(first), target, ..VolumeSpec::default() };
        let options = sections.next().unwrap_or_default();
        let mut start = 0;
        for option in options.as_str().split(',') {
            let range = start..start + option.len();
            start = range.end + 1;
            match option {
                "ro" => res.read_only = true,
                "rw" => res.read_only = false,
                "nocopy" => res.nocopy = true,
                "z" | "Z" => res.selinux = option.to_owned(),
                "private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave" => {
                    res.propagation = option.to_owned();
                }
                "" => {}
                _ => res.ignored.push(options.slice(range)),
            }
        }
        Ok(res)
    }
}

/// The sections between colons. The colon behind a single letter belongs to it, as that of a
/// drive, and so do those within `${…}`. A section in which that is not closed never ends, and is
/// not taken up: then the second value is false.
fn sections(text: &str) -> (Vec<Range<usize>>, bool) {
    let mut res = Vec::new();
    let mut start = 0;
    let mut open = 0usize;
    for (i, c) in text.char_indices() {
        match c {
            '$' if text.get(i + 1..).is_some_and(|rest| rest.starts_with('{')) => open += 1,
            '}' if open > 0 => open -= 1,
            ':' if is_letter(text.get(start..i).unwrap_or_default()) => {}
            ':' if open == 0 => {
                res.push(start..i);
                start = i + 1;
            }
            _ => {}
        }
    }
    let ended = open == 0;
    if ended {
        res.push(start..text.len());
    }
    (res, ended)
}

fn is_letter(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

/// Whether a source is a path: all else is a volume's name.
fn is_path(source: &str) -> bool {
    let drive = source.split_once(':').is_some_and(|(before, _)| is_letter(before));
    source.starts_with(['.', '/', '~']) || source.starts_with(r"\\") || drive
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::{FileId, Span};

    fn parse(text: &str) -> Result<VolumeSpec, VolumeSpecError> {
        VolumeSpec::parse(&Traced::verbatim(text, Span::new(FileId(0), 0, text.len())))
    }

    #[test]
    fn sections_between_colons() {
        for (text, is_bind, source, target, read_only) in [
            ("/srv:/data", true, Some("/srv"), "/data", false),
            ("./jobs:/data:ro", true, Some("./jobs"), "/data", true),
            ("~/x:/data:ro,rw", true, Some("~/x"), "/data", false),
            ("/srv:/data:z,ro,cached", true, Some("/srv"), "/data", true),
            ("/srv:/data:readonly", true, Some("/srv"), "/data", false),
            ("/srv:/data:RO, ro", true, Some("/srv"), "/data", false),
            ("jobs:/data", false, Some("jobs"), "/data", false),
            ("jobs/sub:/data", false, Some("jobs/sub"), "/data", false),
            (" /srv:/data", false, Some(" /srv"), "/data", false),
            ("/data", false, None, "/data", false),
            (".", false, None, ".", false),
            ("c:", false, None, "c:", false),
            ("j:/data", false, None, "j:/data", false),
            ("/a:/b/${x:ro", true, Some("/a"), "", false),
            ("/a:/b:ro,${x", true, Some("/a"), "/b", false),
            (r"C:\a:D:\b:ro", true, Some(r"C:\a"), r"D:\b", true),
            ("/a:/t/${S:-x:y}/z", true, Some("/a"), "/t/${S:-x:y}/z", false),
        ] {
            let spec = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let read = (spec.is_bind, spec.source.as_ref().map(Traced::as_str));
            assert_eq!(read, (is_bind, source), "{text}");
            assert_eq!((spec.target.as_str(), spec.read_only), (target, read_only), "{text}");
        }
    }

    #[test]
    fn what_compose_refuses() {
        for (text, message) in [
            ("", "invalid empty volume spec"),
            (":/data", "invalid spec: :/data: empty section between colons"),
            ("/srv:", "invalid spec: /srv:: empty section between colons"),
            ("/srv::ro", "invalid spec: /srv::ro: empty section between colons"),
            ("/a:/b:ro:z:", "invalid spec: /a:/b:ro:z:: too many colons"),
            ("/a:/b:ro:z", "invalid spec: /a:/b:ro:z: too many colons"),
            ("/a:/b:ro:${z", "invalid spec: /a:/b:ro:${z: too many colons"),
        ] {
            assert_eq!(parse(text).map_err(|e| e.to_string()), Err(message.to_owned()), "{text}");
        }
        assert!(parse("/a:/b:z:ro").is_ok(), "a single letter takes its colon along");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_into_parts_of_itself(text in "[/a:${}.~,ro\\\\ü]{0,16}") {
            if let Ok(spec) = parse(&text) {
                for part in spec.source.iter().chain([&spec.target]).filter(|part| !part.is_empty()) {
                    let at = part.written_at(0..part.as_str().len()).map(|span| &text[span.range()]);
                    prop_assert_eq!(at, Some(part.as_str()));
                }
            }
        }
    }
}
