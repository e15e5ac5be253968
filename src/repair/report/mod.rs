//! The report as data (`"version": 1`), as Markdown for a ticket, and as one sentence.

mod data;
mod markdown;
mod summary;

pub use data::{json, model_json};
pub use markdown::markdown;
pub use summary::summary;

#[cfg(test)]
mod tests;
