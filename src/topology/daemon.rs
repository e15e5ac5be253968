//! How provision scripts set libvirtd up: who may use it, whether it listens for TCP, what it is
//! told in its settings files.

use super::scripts::{ScriptCommand, script_commands};
use crate::config::lima::Lima;
use crate::text::Span;

/// Programs that put a user into a group.
const GROUP_PROGRAMS: [&str; 6] =
    ["usermod", "adduser", "addgroup", "gpasswd", "useradd", "groupmems"];

/// Programs behind which anything may be done that the scripts do not show.
const OPAQUE: [&str; 12] = [
    ".",
    "ansible",
    "ansible-playbook",
    "bash",
    "curl",
    "eval",
    "git",
    "make",
    "python3",
    "sh",
    "source",
    "wget",
];

/// The command that gives a setting a value: a line of a here-document, a word of `echo` or `sed`.
pub fn setting(lima: &Lima, name: &str, value: &str) -> Option<Span> {
    let says = |text: &str| {
        text.lines().any(|line| {
            let line = line.trim_start();
            let Some(at) = line.rfind(name).filter(|_| !line.starts_with('#')) else {
                return false;
            };
            let rest = line.get(at + name.len()..).unwrap_or_default();
            rest.trim_start_matches([' ', '=', '"', '\\', '\'']).starts_with(value)
        })
    };
    let commands = script_commands(lima);
    let found = commands
        .iter()
        .find(|command| command.words.iter().chain(&command.documents).any(|text| says(text)));
    found.map(|command| command.span)
}

/// Whether a script lets the VM's user, or every user, manage libvirt; or may, unseen.
pub fn may_give_access(lima: &Lima) -> bool {
    is_opaque(lima) || gives_access(lima)
}

/// Whether a script lets the VM's user, or every user, manage libvirt.
pub fn gives_access(lima: &Lima) -> bool {
    let speaks = |command: &ScriptCommand, word: &str| {
        command
            .all_words()
            .chain(command.documents.iter().map(String::as_str))
            .any(|text| text.contains(word))
    };
    let is_open = |command: &ScriptCommand| {
        let to_group = GROUP_PROGRAMS.contains(&command.program());
        (to_group && (speaks(command, "libvirt") || speaks(command, "{{$}}")))
            || speaks(command, "polkit")
            || speaks(command, "unix_sock")
            || speaks(command, "auth_unix_rw")
            || speaks(command, "libvirtd.conf")
    };
    script_commands(lima).iter().any(is_open)
}

/// Whether scripts do things that cannot be read here.
pub fn is_opaque(lima: &Lima) -> bool {
    let elsewhere = lima.provision.iter().any(|one| one.is_elsewhere || one.mode == "ansible");
    elsewhere
        || lima.incomplete
        || !lima.bases_are_known()
        || script_commands(lima).iter().any(|command| OPAQUE.contains(&command.program()))
}

/// Whether any command speaks of libvirt.
pub fn speaks_of_libvirt(lima: &Lima) -> bool {
    let words = ["libvirt", "virt-", "virsh", "qemu-kvm"];
    script_commands(lima)
        .iter()
        .any(|command| command.all_words().any(|word| words.iter().any(|name| word.contains(name))))
}

/// How libvirtd is told to listen for TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listening {
    /// By `--listen`, while a socket of systemd's is started as well: the two exclude each other.
    Both(Span, Span),
    /// In one way, or in one that cannot be read wholly.
    Perhaps,
    /// The script installs libvirt and nothing more.
    Never,
}

/// What the scripts do for libvirtd's port.
pub fn listening(lima: &Lima) -> Listening {
    let commands = script_commands(lima);
    let flag = commands.iter().find(|command| {
        let texts = command.words.iter().chain(&command.documents);
        let mut lines = texts.flat_map(|text| text.lines());
        lines.any(|line| {
            let is_option = line.contains("LIBVIRTD_ARGS") || line.contains("libvirtd_opts");
            is_option
                && (line.contains("--listen") || line.contains("-l\"") || line.contains("-l "))
        })
    });
    let socket = |verbs: &[&str]| {
        commands.iter().find(|command| {
            let mut words = command.words.iter().map(String::as_str);
            let is_socket = |word: &str| word.starts_with("libvirtd") && word.ends_with(".socket");
            words.next() == Some("systemctl")
                && command.words.iter().any(|word| verbs.contains(&word.as_str()))
                && command.words.iter().any(|word| is_socket(word))
        })
    };
    let started = socket(&["enable", "start", "restart", "reenable", "unmask"]);
    let stopped = socket(&["mask", "disable", "stop"]);
    match (flag, started, stopped) {
        (Some(flag), Some(socket), None) => return Listening::Both(flag.span, socket.span),
        (None, None, None) => {}
        _ => return Listening::Perhaps,
    }
    let speaks = |text: &str| ["listen", "tcp", "libvirtd.conf"].iter().any(|w| text.contains(w));
    let may = commands.iter().any(|command| {
        command.all_words().any(speaks) || command.documents.iter().any(|text| speaks(text))
    });
    if may || is_opaque(lima) { Listening::Perhaps } else { Listening::Never }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::yaml::Yaml;
    use crate::text::FileId;

    fn lima(script: &str) -> Lima {
        let indented = script.replace('\n', "\n    ");
        let yaml = format!("provision:\n- mode: system\n  script: |\n    {indented}\n");
        Lima::resolve(FileId(0), &Yaml::parse(FileId(0), &yaml))
    }

    #[test]
    fn settings_are_found_in_words_and_documents() {
        for (script, expected) in [
            ("cat >>/etc/libvirt/libvirtd.conf <<E\nlisten_tcp = 1\nauth_tcp = \"none\"\nE", true),
            ("echo 'auth_tcp = \"none\"' >> /etc/libvirt/libvirtd.conf", true),
            ("sed -i 's/#auth_tcp = \"sasl\"/auth_tcp = \"none\"/' /x", true),
            ("sed -i \"s/^auth_tcp.*/auth_tcp = \\\"none\\\"/\" /x", true),
            ("cat >/x <<E\n# auth_tcp = \"none\"\nE", false),
            ("echo 'auth_tcp = \"sasl\"'", false),
            ("echo none", false),
        ] {
            let found = setting(&lima(script), "auth_tcp", "none").is_some();
            assert_eq!(found, expected, "{script}");
        }
    }

    #[test]
    fn the_user_gets_access_in_many_ways() {
        for (script, expected) in [
            ("usermod -aG libvirt \"${LIMA_CIDATA_USER}\"", true),
            ("sudo adduser dev libvirt", true),
            ("for g in kvm libvirt; do usermod -aG $g dev; done", true),
            ("cat > /etc/polkit-1/rules.d/50.rules <<E\nx\nE", true),
            ("cat > /x <<E\nunix_sock_rw_perms = \"0777\"\nE", true),
            ("curl x | sh", true),
            ("usermod -aG kvm dev", false),
            ("apt-get install -y libvirt-daemon-system", false),
        ] {
            assert_eq!(may_give_access(&lima(script)), expected, "{script}");
        }
    }

    #[test]
    fn the_port_is_opened_in_one_way_or_in_two() {
        for (script, expected) in [
            ("apt-get install -y libvirt-daemon-system", "Never"),
            ("systemctl enable --now libvirtd-tcp.socket", "Perhaps"),
            ("echo 'LIBVIRTD_ARGS=\"--listen\"' > /etc/default/libvirtd", "Perhaps"),
            (
                "echo 'LIBVIRTD_ARGS=\"-l\"' > /x\nsystemctl mask libvirtd.socket\nsystemctl restart libvirtd",
                "Perhaps",
            ),
            (
                "echo 'libvirtd_opts=\"-l\"' > /x\nsystemctl enable --now libvirtd.socket libvirtd-tcp.socket",
                "Both",
            ),
            ("./setup-tcp.sh", "Perhaps"),
        ] {
            let found = format!("{:?}", listening(&lima(script)));
            assert!(found.starts_with(expected), "{script}: {found}");
        }
    }
}
