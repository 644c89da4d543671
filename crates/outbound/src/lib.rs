//! The guarded way out of the program, for whatever a caller's text names: images, files, later webhooks.
//!
//! In: a URL from somebody who is not trusted. Out: what lies there, or exactly why not. A URL is parsed once ([`target`]),
//! its name resolved once ([`reach`]), every address that it has is looked at ([`address`]), and the connection goes to an
//! address that was looked at; each redirect goes through all of it again ([`fetch`]). Nothing of ours is sent along: no
//! credential, no cookie, no header of the caller. Providers' connections are not made here: their hosts come from the
//! operator.

pub mod address;
pub mod allow;
pub mod fetch;
pub mod reach;
pub mod target;
pub mod tls;

pub use allow::Allowed;
pub use fetch::{Fetched, Fetcher, Limits};
pub use reach::ReachError;
pub use target::{Target, TargetError};
