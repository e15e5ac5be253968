//! Made-up `lima.yaml`s: each value is one that people write or that sits at a rule's edge.

/// A source of numbers that a seed decides (SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// The seed of a run: the given one, unless `LIMA_DOCTOR_SEED` says another.
    pub(crate) fn seeded(seed: u64) -> Dice {
        let said = std::env::var("LIMA_DOCTOR_SEED").ok().and_then(|seed| seed.parse().ok());
        Dice::new(said.unwrap_or(seed))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const GOOD_LOCATIONS: [&str; 16] = [
    "/a",
    "/a/",
    "/a/../b",
    "//b",
    "/b",
    "\"~\"",
    "~/x",
    "~/x/",
    "~/x/../y",
    "/srv/a b",
    "'{{.Home}}/x'",
    "'{{ .Home }}/x'",
    "'{{.Dir}}/x'",
    "'/m/{{.Name}}'",
    "'/m/{{.Param.p}}'",
    "'{{.GlobalTempDir}}/q'",
];
const BAD_LOCATIONS: [&str; 12] = [
    "~",
    "\"\"",
    "rel",
    "./rel",
    "$HOME/x",
    "~other/x",
    "/var",
    "/tmp/",
    "/home",
    "~/../../../x",
    "'{{.Nope}}/x'",
    "'{{.Param.none}}'",
];
const GOOD_POINTS: [&str; 12] = [
    "/mnt/a",
    "/mnt/a/",
    "/a",
    "/b",
    "/var/",
    "/var/lib",
    "'/m/{{.Name}}'",
    "'{{.Home}}/x'",
    "'/m/{{.Hostname}}'",
    "'{{.Param.p}}'",
    "rel",
    "null",
];
const BAD_POINTS: [&str; 9] =
    ["/", "/var", "/tmp", "/home", "\"~\"", "~/x", "'{{.Home}}'", "/h/me", "~other"];

/// A file with `mounts`, which may be refused.
pub(crate) fn mounts(dice: &mut Dice) -> String {
    let bad = if dice.percent(50) { 0 } else { 12 };
    let mut res = head(dice);
    if dice.percent(3) {
        res += "plain: true\n";
    }
    if dice.percent(15) {
        res += "user: {home: /h/me}\n";
    }
    res += "mounts:\n";
    for _ in 0..=dice.below(5) {
        let location = value(dice, &GOOD_LOCATIONS, &BAD_LOCATIONS, bad);
        res += &format!("- location: {location}\n");
        if dice.percent(50) {
            res += &format!("  mountPoint: {}\n", value(dice, &GOOD_POINTS, &BAD_POINTS, bad));
        }
        if dice.percent(50) {
            res += &format!("  writable: {}\n", dice.pick(&["true", "false", "null", "TRUE"]));
        }
        if dice.percent(10) {
            let size = value(
                dice,
                &["128KiB", "1.5g", "null", "131072", "8 kb"],
                &["many", "1x", "\"\"", "-1"],
                bad,
            );
            res += &format!("  9p: {{msize: {size}}}\n");
        }
    }
    res
}

/// A file with one setting of a type that Lima may not take.
pub(crate) fn types(dice: &mut Dice) -> String {
    // Not `vmType`: a driver of another name may be installed.
    let key = dice.pick(&[
        "mounts",
        "ssh",
        "portForwards",
        "param",
        "user",
        "provision",
        "mountType",
        "plain",
        "mountTypesUnsupported",
        "dns",
        "hostResolver",
        "minimumLimaVersion",
        "arch",
    ]);
    let field = dice.pick(&[
        "location",
        "mountPoint",
        "writable",
        "localPort",
        "guestPort",
        "hostPort",
        "guestSocket",
        "guestPortRange",
        "guestIP",
        "reverse",
        "ignore",
        "proto",
        "name",
        "uid",
        "home",
        "enabled",
    ]);
    let value = dice.pick(&[
        "80",
        "\"80\"",
        "80.5",
        "true",
        "\"true\"",
        "yes",
        "text",
        "null",
        "\"\"",
        "[]",
        "{}",
        "[a]",
        "{a: b}",
        "[80, 90]",
        "[80, x]",
        "\"[80, 90]\"",
    ]);
    let setting = match dice.below(4) {
        0 => value.to_owned(),
        1 => format!("{{{field}: {value}}}"),
        2 => format!("[{value}]"),
        _ => format!("[{{{field}: {value}}}]"),
    };
    let mut res =
        "images: [{location: \"https://example.com/disk.img\", arch: x86_64}]\n".to_owned();
    // A mount without a location, and a script that is empty, is refused for that.
    let setting = match (key, field) {
        ("mounts", "mountPoint" | "writable") => setting.replace("[{", "[{location: /a, "),
        ("provision", _) => setting.replace("[{", "[{script: echo, "),
        _ => setting,
    };
    res += &format!("{key}: {setting}\n");
    res
}

/// A template that may build on Lima's own, with entries given twice more often than not.
/// `locator` is how this version writes their scheme.
pub(crate) fn template(dice: &mut Dice, locator: &str) -> String {
    let mut res = head(dice);
    if dice.percent(60) {
        let base = match dice.below(3) {
            0 => format!("{locator}_default/mounts"),
            1 => format!("[\"{locator}_default/mounts\"]"),
            _ => format!("[\"{locator}_images/debian-12\", \"{locator}_default/mounts\"]"),
        };
        res += &format!("base: {base}\n");
    }
    match dice.below(8) {
        0 => return res,
        1 => return res + "mounts: null\n",
        2 => return res + "mounts: []\n",
        _ => res += "mounts:\n",
    }
    for _ in 0..=dice.below(5) {
        let location = dice.pick(&["/a", "/b", "\"~\"", "~/x", "/a/", "rel", "\"*\"", "/tmp/lima"]);
        // What is no path is legal only where it is merged into others.
        let location = if dice.percent(90) && location == "rel" { "/a" } else { location };
        res += &format!("- location: {location}\n");
        if location == "\"*\"" || dice.percent(40) {
            let points: &[&str] = match location {
                "\"*\"" => &["\"*\""],
                _ => &["/a", "/b", "/mnt/a", "/a/", "/tmp/lima", "\"*\"", "null"],
            };
            res += &format!("  mountPoint: {}\n", dice.pick(points));
        }
        if dice.percent(50) {
            res += &format!("  writable: {}\n", dice.pick(&["true", "false", "null"]));
        }
    }
    res
}

/// A file with `ssh`, `portForwards` and the settings of the machine, which may be refused.
pub(crate) fn ports(dice: &mut Dice) -> String {
    let bad = if dice.percent(50) { 0 } else { 15 };
    let mut res = head(dice);
    if dice.percent(50) {
        let port = value(
            dice,
            &["0", "60022", "1", "65535", "null", "\"2222\"", "0x50", "022", "2_222", "2222.9"],
            &["22", "65536", "-1", "0x16", "026"],
            bad,
        );
        res += &format!("ssh: {{localPort: {port}}}\n");
    }
    if dice.percent(25) {
        let kind = value(
            dice,
            &["9p", "virtiofs", "reverse-sshfs", "null"],
            &["sshfs", "\"\"", "default", "9P"],
            bad,
        );
        res += &format!("mountType: {kind}\n");
        if dice.percent(20) {
            res += "mountTypesUnsupported: [9p]\n";
        }
    }
    if dice.percent(10) {
        res += "dns: [1.1.1.1]\n";
        let enabled = value(dice, &["false"], &["true", "null"], bad);
        res += &format!("hostResolver: {{enabled: {enabled}}}\n");
    }
    if dice.percent(10) {
        let version = value(
            dice,
            &["1.0.0", "v0.20.1", "1.0.0-rc.1", "null"],
            &["1.0", "\"new\"", "\"\""],
            bad,
        );
        res += &format!("minimumLimaVersion: {version}\n");
    }
    if dice.percent(5) {
        res += &format!("param: {{p: x, {}: y}}\n", dice.pick(&["q", "a_b", "r-s", "9x"]));
        res += "probes: [{script: \"#!/bin/sh\\necho $PARAM_p $PARAM_a_b\"}]\n";
    }
    if dice.percent(70) {
        res += "portForwards:\n";
        for _ in 0..=dice.below(3) {
            res += &format!("- {{{}}}\n", port_forward(dice, bad));
        }
    }
    res
}

fn port_forward(dice: &mut Dice, bad: usize) -> String {
    let mut fields = Vec::new();
    let good_port = ["80", "8080", "1", "65535", "0", "null", "\"81\""];
    let bad_port = ["22", "-1", "65536", "70000"];
    let good_range =
        ["[80, 90]", "[8080, 8090]", "[80, 80]", "[0, 0]", "[1, 65535]", "[\"80\", \"90\"]"];
    let bad_range = ["[90, 80]", "[22, 30]", "[0, 10]", "[80, 70000]", "[-1, 5]", "[80]"];
    let mut field = |dice: &mut Dice, chance: usize, key: &str, good: &[&str], wrong: &[&str]| {
        if dice.percent(chance) {
            fields.push(format!("{key}: {}", value(dice, good, wrong, bad)));
        }
    };
    let by_range = dice.percent(30);
    let by_socket = dice.percent(15);
    if by_socket {
        field(dice, 90, "guestSocket", &["/run/g.sock", "'/run/{{.Name}}'"], &["g.sock"]);
        field(dice, 90, "hostSocket", &["/tmp/h.sock", "h.sock", "'{{.Dir}}/h'"], &["/tmp/h.sock"]);
        field(dice, 20, "reverse", &["true", "false", "null"], &["true"]);
    }
    if !by_socket || dice.percent(bad) {
        if by_range {
            field(dice, 90, "guestPortRange", &good_range, &bad_range);
            field(dice, 30, "hostPortRange", &good_range, &bad_range);
        }
        if !by_range || dice.percent(bad) {
            field(dice, 90, "guestPort", &good_port, &bad_port);
            field(dice, 50, "hostPort", &good_port, &bad_port);
        }
    }
    field(dice, 20, "proto", &["tcp", "udp", "any", "null", "\"\""], &["TCP", "sctp", "icmp"]);
    field(
        dice,
        20,
        "guestIP",
        &["0.0.0.0", "127.0.0.1", "\"::\"", "\"::1\"", "null"],
        &["localhost", "1.2.3"],
    );
    field(dice, 20, "hostIP", &["0.0.0.0", "127.0.0.1", "\"::ffff:1.2.3.4\""], &["host"]);
    field(dice, 10, "guestIPMustBeZero", &["false", "null"], &["true"]);
    field(dice, 10, "ignore", &["true", "false"], &["true"]);
    fields.join(", ")
}

/// One of the good values, or with a chance one of the bad.
fn value<'a>(dice: &mut Dice, good: &[&'a str], bad: &[&'a str], chance: usize) -> &'a str {
    if dice.percent(chance) { dice.pick(bad) } else { dice.pick(good) }
}

/// What every file needs, and a parameter that is used.
fn head(dice: &mut Dice) -> String {
    let mut res =
        "images: [{location: \"https://example.com/disk.img\", arch: x86_64}]\n".to_owned();
    if dice.percent(90) {
        res += "vmType: qemu\n";
    }
    res
}
