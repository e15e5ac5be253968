use super::Yaml;
use crate::text::FileId;

impl Yaml {
    /// Reads `text`, the content of `file`.
    pub fn parse(file: FileId, text: &str) -> Yaml {
        let _ = (file, text);
        Yaml::default()
    }
}
