//! Shell prompts: where a terminal's dump goes on with another command.

/// The command behind a shell's prompt (`$ cat x`, `ada@mac ~ % cat x`, `❯ cat x`); empty where
/// none was typed.
pub(in crate::intake) fn prompt(line: &str) -> Option<&str> {
    let line = line.trim_end();
    for sign in ["$", "%", "❯", "➜"] {
        if let Some(command) = line.strip_prefix(sign)
            && (command.is_empty() || command.starts_with(' '))
        {
            return Some(command.trim());
        }
    }
    let signs = [" %", "$", "#", "❯"];
    let ends_head = |at: usize, sign: &str| {
        let after = line.get(at + sign.len()..).unwrap_or_default();
        after.is_empty() || after.starts_with(' ')
    };
    let (at, sign) = signs
        .iter()
        .filter_map(|sign| Some((line.find(sign)?, *sign)))
        .filter(|(at, sign)| ends_head(*at, sign))
        .min()?;
    is_prompt_head(line.get(..at)?).then(|| line.get(at + sign.len()..).unwrap_or_default().trim())
}

/// `user@host`, then a directory: `ada@mac ~`, `[ada@vm src]`, `(venv) ada@vm:~/src`.
fn is_prompt_head(head: &str) -> bool {
    let head = match head.strip_prefix('(').and_then(|rest| rest.split_once(") ")) {
        Some((_, rest)) => rest,
        None => head.trim_start_matches('['),
    };
    let is_name = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
    };
    let Some((user, rest)) = head.split_once('@') else { return false };
    let (host, path) = rest.split_once([':', ' ']).unwrap_or((rest, "~"));
    head.len() <= 120
        && is_name(user)
        && is_name(host)
        && !path.is_empty()
        && !path.contains(['"', '\'', '=', ',', ':'])
        && !path.ends_with(' ')
}

/// The file that `cat` prints.
pub(super) fn cat(command: &str) -> Option<String> {
    let mut words = command.split_whitespace();
    (words.next() == Some("cat")).then_some(())?;
    let name = words.next().filter(|word| !word.starts_with(['-', '|', '<']))?;
    words.next().is_none().then(|| name.trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_of_common_shells() {
        for (line, command) in [
            ("$ cat x", Some("cat x")),
            ("%", Some("")),
            ("❯ limactl list", Some("limactl list")),
            ("ada@mac src % ls", Some("ls")),
            ("ada@vm:~/src$ ls", Some("ls")),
            ("[ada@vm src]$ ls", Some("ls")),
            ("(venv) ada@vm:~$ ls", Some("ls")),
            ("root@vm:/# ls", Some("ls")),
            ("root@vm:/#", Some("")),
            ("# ls", None),
            ("$HOME/x", None),
            ("  $ ls", None),
            ("image: a@sha256:b # c", None),
            ("MAIL=a@b # c", None),
            ("- git@host.org:x/y # c", None),
            ("50 % of a@b", None),
        ] {
            assert_eq!(prompt(line), command, "{line}");
        }
    }

    #[test]
    fn the_file_that_is_printed() {
        for (command, name) in [
            ("cat .env", Some(".env")),
            ("cat \"lima.yaml\"", Some("lima.yaml")),
            ("cat a b", None),
            ("cat -n x", None),
            ("cat", None),
            ("category x", None),
        ] {
            assert_eq!(cat(command).as_deref(), name, "{command}");
        }
    }
}
