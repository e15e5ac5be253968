//! Before the files are read: a paste of anything becomes source files by kind, and what Lima
//! prints and what an error says become facts.

mod answers;
mod cut;
mod debris;
pub mod error_text;
pub mod limactl;
mod mapped;
mod sort;
mod unseen;
mod wrapped;

pub use answers::{
    Answers, Host, LimaVersion, PortStrategy, Runtime, UnknownAnswer, VmState, instance_name,
};
pub use cut::{broken_off, cuts};
pub use debris::{Debris, DebrisKind, blanked, debris};
pub use sort::{certain_kind, kind_of, sort};
pub use unseen::{Unseen, UnseenCharacter, unseen};
pub use wrapped::{Wrapped, wrapped};
