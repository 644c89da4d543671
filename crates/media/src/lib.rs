//! What an image is, read from its own bytes, and what is wrong with a data: URL.
//!
//! In: bytes or the text of a URL. Out: format, size in pixels and whether it moves, or the exact reason why it is not an
//! image that models read. Nothing is decoded: headers alone are read, and whether the end is there, so that no decoder can
//! be attacked.

pub mod data_url;
mod end;
mod gif;
mod header;
pub mod picture;

pub use data_url::{DataUrl, DataUrlError};
pub use picture::{Format, NotAPicture, Picture};
