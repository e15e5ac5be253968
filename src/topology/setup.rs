use crate::intake::Answers;
use crate::text::Sources;
use crate::topology::Route;

/// The set-up as understood: what rules ask.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The pasted files.
    pub sources: Sources,
    /// What the person said.
    pub answers: Answers,
    /// How each path and connection goes.
    pub routes: Vec<Route>,
    /// What was inferred, and why.
    pub assumptions: Vec<Assumption>,
    /// What could not be checked.
    pub unchecked: Vec<Unchecked>,
}

/// Something that the pasted texts do not say outright.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The answer it stands for: `host`, `runtime`, `lima-version`, `instance`, `vm`.
    pub name: &'static str,
    /// The value, as the command line takes it.
    pub value: String,
    /// A clause that says why; "you said so" for an answer.
    pub because: String,
}

/// Something that could not be checked for lack of input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked {
    /// What: "whether `LIBVIRT_URI` names the VM's current SSH port".
    pub what: String,
    /// What to paste: "the output of `limactl list`".
    pub needs: String,
}

impl Setup {
    /// Reads the files and puts the model together.
    pub fn new(input: &crate::Input) -> Setup {
        Setup {
            sources: Sources::new(input.files.clone()),
            answers: input.answers.clone(),
            routes: Vec::new(),
            assumptions: Vec::new(),
            unchecked: Vec::new(),
        }
    }
}
