//! What is known of models: limits, abilities, dates of retirement, under the spellings that vendors give their names.
//!
//! In: the name that a vendor takes for a model, and the vendor where that is known. Out: [`find`] the row of the table,
//! as it was published; [`of`] what may be asked of the model, the table joined with rules that were written by hand;
//! [`same`] whether two names mean one model; [`sellers`] who has it, and [`retired()`] who has switched it off. Nothing here asks a
//! network: the table is a file of this crate (`table.tsv`, with its date in its first line), made by `cargo xtask models FILE`; an
//! index of it is made on first use, which takes about a millisecond, and rows are read where they stand.
//!
//! What the table does not list, is not known to be missing: it is kept by many hands, and a vendor's own page may say
//! otherwise. [`Support`] keeps the two apart. It says nothing of a caller's rights, and it knows no request.
//!
//! Open [`capabilities`] first.

pub mod capabilities;
mod endpoints;
mod families;
mod lookup;
mod retired;
mod spelling;
mod table;
mod vendor;

pub use capabilities::{Capabilities, Dimensions, Sampling, Support, of};
pub use endpoints::{Endpoint, Endpoints};
pub use lookup::{Found, How, find, sellers};
pub use retired::{Retired, retired};
pub use spelling::{canonical, same};
pub use table::{Mode, Model, all};
pub use vendor::Vendor;

#[cfg(test)]
mod tests;
