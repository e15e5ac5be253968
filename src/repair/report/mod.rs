//! The report as data (`"version": 1`), as Markdown for a ticket, and as one sentence.

mod data;
mod markdown;
mod model;
mod summary;

pub use data::json;
pub use markdown::markdown;
pub use model::model_json;
pub use summary::summary;

#[cfg(test)]
mod tests;
