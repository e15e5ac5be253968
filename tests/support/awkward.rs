//! Small YAML files, each awkward in a way of its own, and ways to make any file more so.

/// The files.
pub(crate) const FILES: &[&str] = &[
    // Lists at their key's column and indented, comments at every place.
    "# head\nmounts: # why\n- location: \"~\" # home\n  writable: false\n# between\n- location: /tmp/lima\n\n# about ssh\nssh:\n  localPort: 0 # any\n  forwardAgent: true\n",
    "services:\n  web: &web\n    image: \"x:1\"\n    volumes:\n      - ./a:/a:ro   # data\n      - type: bind\n        source: ~/src\n        target: /src\n    environment:\n      - A=1\n  api:\n    <<: *web\n    ports: [\"8080:80\", '22:22'] # two\nvolumes: {}\n",
    // Block texts: clipped, folded, kept, with an indentation of their own, and at the end.
    "a: |\n  one\n  two\n\n# c\nb: >-  # folded\n  one\n  two\n\n  three\n    more\nc: |+\n  keep\n\n\nd: |2\n    deep\n  x\ne: |\n  last\n",
    "provision:\n- mode: system\n  script: |\n    #!/bin/sh\n    # no comment\n    echo \"a: b\"\n\n    x\n- mode: user\n  script: >\n    folded\n    text",
    // Flow, over one line and several.
    "a: {x: 1, \"y\": [1, 2, ], z: }\nb: [\n  1, # one\n  {k: v},\n  [] # last\n]\nc: {\n  d: 1,\n  e: 2,\n}\n",
    "{\n  \"mounts\": [\n    {\"location\": \"/a\", \"writable\": true},\n    {\"location\": \"/b\"}\n  ],\n  \"ssh\": {\"localPort\": 60022}\n}\n",
    // Empty values and collections.
    "a:\nb: # c\nc: ~\nd: null # n\ne: []\nf: {} # m\ng:\n  h:\n  i: &i\nj:\n  -\n  - # c\n  - x\nk: !x\n",
    // Compact and nested lists.
    "- - a\n  - - b\n    - c # d\n- x: 1\n  y:\n  - 2\n  -   z: 3\n      w: 4\n-\n- last",
    // Anchors, aliases, tags.
    "base: &base {a: 1, b: &b [x]}\nother: &unused\n  c: *b\n  d: &d text # t\n  e: !!str 12\nlist:\n- *d\n- &f\n  g: 1\nmerge:\n  <<: [*base, *f]\n  own: 1\n",
    // Quotes and plain texts over lines, escapes.
    "a: 'it''s'\nb: \"tab\\t \\u00e9 \\\n  joined\"\nc: one\n  two\n\n  three # end\nd: \"x\n\n  y\"\n'e f': http://x:80/#a\n? g\n: h\n? |\n  block key\n: - i\n",
    // Wide indentation, uneven lists, non-ASCII, a comment at the end without a line break.
    "über:\n        größe: 1\n        liste:\n            -   ä: ö\n            -   ü: 😀 # ß\nkey:    wide   # far\n# the end",
    "--- # first\na: 1\n# tail\n...\n# between\n---\nb: [1]\n",
    "port: 22\nenv_file: .env\ndevices:\n  # - /dev/kvm\nnumbers: [0644, 1_000, 0x1f, 1.5, .inf, 12:30, yes]\n",
];

/// A way to make a file more awkward.
pub(crate) type Variant = (&'static str, fn(&str) -> String);

/// The ways.
pub(crate) const VARIANTS: &[Variant] = &[
    ("as it is", str::to_owned),
    ("CR LF", |text| text.replace('\n', "\r\n")),
    ("no final line break", |text| text.trim_end_matches('\n').to_owned()),
    ("indented", |text| {
        text.split_inclusive('\n')
            .map(|line| {
                let marker = line.starts_with("---") || line.starts_with("...");
                if line == "\n" || marker { line.to_owned() } else { format!("  {line}") }
            })
            .collect()
    }),
    ("marker", |text| format!("---\n{text}")),
    ("marker with a comment", |text| format!("--- # c\n{text}")),
    ("end marker", |text| format!("{}\n...\n", text.trim_end_matches('\n'))),
    ("comment at the end", |text| format!("{}\n# end\n", text.trim_end_matches('\n'))),
    ("comment without a line break", |text| format!("{}\n\n# end", text.trim_end_matches('\n'))),
    ("byte order mark", |text| format!("\u{feff}{text}")),
    ("blank lines", |text| text.replace('\n', "\n\n")),
    ("trailing spaces", |text| text.replace('\n', "  \n")),
    ("second document", |text| format!("{}\n---\nsecond: [1]\n", text.trim_end_matches('\n'))),
];

/// Every file in every variant, with a name.
pub(crate) fn all() -> impl Iterator<Item = (String, String)> {
    FILES.iter().enumerate().flat_map(|(i, file)| {
        VARIANTS.iter().map(move |(name, variant)| (format!("file {i}, {name}"), variant(file)))
    })
}
