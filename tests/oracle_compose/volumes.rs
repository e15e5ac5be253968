//! Volumes of services and of projects, made up at random.

use super::project::{field, map};
use super::support::random::Random;
use super::templates::{NAMES, scalar, template};
use super::yaml::Yaml;

/// The volumes that a document declares.
pub(crate) fn declared_volumes(random: &mut Random) -> Yaml {
    let device = random.pick(&[
        "/srv/jobs",
        "./jobs",
        "~/jobs",
        "'${DIR:-/d}'",
        "$HOME/v",
        "'${UNSET:-./u}'",
        "/srv/../x/",
    ]);
    let options = |kind| map(&[("type", "none"), ("o", kind), ("device", device)]);
    let driver = || field("driver", Yaml::scalar("local"));
    let kind = random.pick(&["bind", "bind", "'bind,ro'", "rbind", "'ro,bind'"]);
    Yaml::Map(vec![
        field(
            "v",
            Yaml::scalar(random.pick(&["", "{}", "~", "{name: other}", "{labels: {a: b}}"])),
        ),
        field("w", Yaml::scalar(random.pick(&["{driver: local}", "{driver: nfs}"]))),
        field("e", Yaml::scalar("{external: true}")),
        field("bound", Yaml::Map(vec![driver(), field("driver_opts", options("bind"))])),
        field("own", Yaml::Map(vec![field("driver_opts", options(kind))])),
        field(
            "nfs",
            Yaml::Map(vec![
                driver(),
                field(
                    "driver_opts",
                    map(&[("type", "nfs"), ("o", "'addr=h,rw'"), ("device", "':/x'")]),
                ),
            ]),
        ),
    ])
}

const TARGETS: &[&str] = &["/a", "/b", "/var/lib/jobs", "${DIR:-/d}", "/a:b"];
/// Other ways to write some of them.
const TWISTED_TARGETS: &[&str] = &["/b/", "/c/../a", "/e//f", "/var/lib/jobs/"];

fn source(random: &mut Random) -> String {
    match random.below(12) {
        0 if random.chance(40) => format!("/t{}", template(random, 1)),
        0 | 1 => format!("${{{}:-./made}}", random.pick(NAMES)),
        _ => random
            .pick(&[
                "./jobs",
                "../up/./x",
                "~/x",
                "~",
                "/srv/jobs",
                "/srv/./jobs/",
                "v",
                "w",
                "bound",
                "own",
                "nfs",
                "$DIR",
                "${DIR:-./d}",
                "$HOME/y",
                "${UNSET:-/u}",
                "~bob/x",
                ".",
                "./a b",
                "e",
                "$PWD/here",
                "..",
            ])
            .to_owned(),
    }
}

/// A volume of a service, in either form.
pub(crate) fn volume(random: &mut Random) -> Yaml {
    let twisted = random.chance(20);
    let target = random.pick(if twisted { TWISTED_TARGETS } else { TARGETS });
    if random.chance(35) {
        return long_volume(random, target);
    }
    let spec = match random.below(40) {
        0 => target.to_owned(),
        1 if random.chance(8) => {
            random.pick(&["", ":/a", "/a:", "/a:/b:ro:z", "/a::ro", "jobs/sub:/a"]).to_owned()
        }
        2 => random.pick(&["a", "/x", "c:/x", "c:"]).to_owned(),
        _ => {
            let options =
                ["", "", "", ":ro", ":rw", ":z", ":ro,Z", ":cached", ":RO", ":rw,ro", ":nocopy"];
            format!("{}:{target}{}", source(random), random.pick(&options))
        }
    };
    Yaml::Scalar(scalar(random, &spec))
}

fn long_volume(random: &mut Random, target: &str) -> Yaml {
    let kind = random.pick(&["bind", "bind", "bind", "volume", "tmpfs"]);
    let mut fields = vec![field("type", Yaml::scalar(kind))];
    if kind != "tmpfs" && random.chance(99) {
        let source = match kind {
            "volume" => random.pick(&["v", "w", "bound", "own", "nfs"]).to_owned(),
            _ => source(random),
        };
        fields.push(field("source", Yaml::Scalar(scalar(random, &source))));
    }
    if random.chance(99) {
        fields.push(field("target", Yaml::Scalar(scalar(random, target))));
    }
    if random.chance(40) {
        let rare = random.chance(2);
        let values = ["true", "false", "'true'", "True", "'off'", "'${UNSET:-yes}'"];
        let value = if rare { "'$A'" } else { random.pick(&values) };
        fields.push(field("read_only", Yaml::scalar(value)));
    }
    if kind == "bind" && random.chance(30) {
        let value = random.pick(&[
            "{}",
            "{create_host_path: false}",
            "{create_host_path: true, selinux: z}",
        ]);
        fields.push(field("bind", Yaml::scalar(value)));
    }
    if kind == "volume" && random.chance(30) {
        fields.push(field(
            "volume",
            Yaml::scalar(random.pick(&["{subpath: in/it}", "{nocopy: true}"])),
        ));
    }
    Yaml::Map(fields)
}
