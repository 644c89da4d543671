//! Every cause, one static each, in one file per family.
//!
//! To add or reword a cause, edit the file of its family: API, guide page, `explain` and docs follow by themselves. A
//! text says which value was wrong and what to do; it never holds a secret or an internal address. Sentences of OpenAI
//! were seen in public threads and published specifications; its misspellings are kept, since clients match on them.

use std::sync::LazyLock;

use crate::cause::Cause;

/// Declares the causes of a family: the statics, documented by their titles, and the list of them in `CAUSES`.
macro_rules! causes {
    ($family:ident: $($name:ident { slug: $slug:literal, title: $title:literal, $($field:ident: $value:expr,)* })*) => {
        $(
            #[doc = concat!("`", $slug, "`: ", $title, ".")]
            pub static $name: $crate::cause::Cause = $crate::cause::Cause {
                slug: $slug,
                title: $title,
                family: $crate::cause::Family::$family,
                $($field: $value,)*
                ..$crate::cause::Cause::BLANK
            };
        )*

        pub(super) static CAUSES: &[&$crate::cause::Cause] = &[$(&$name),*];
    };
}

mod access;
mod address;
mod administration;
mod base_url;
mod body;
mod capacity;
mod client;
mod content;
mod conversation;
mod credentials;
mod credit;
mod files;
mod http;
mod identity;
mod images;
mod limits;
mod local;
mod models;
mod network;
mod sentences;
mod server;
mod snippets;
mod unknown;
pub mod wires;

pub use access::*;
pub use address::*;
pub use administration::*;
pub use base_url::*;
pub use body::*;
pub use capacity::*;
pub use client::*;
pub use content::*;
pub use conversation::*;
pub use credentials::*;
pub use credit::*;
pub use files::*;
pub use http::*;
pub use identity::*;
pub use images::*;
pub use limits::*;
pub use local::*;
pub use models::*;
pub use network::*;
pub use server::*;
pub use unknown::*;

/// All causes, in the order of the guide.
#[must_use]
pub fn all() -> &'static [&'static Cause] {
    static ALL: LazyLock<Vec<&'static Cause>> = LazyLock::new(|| {
        [
            credentials::CAUSES,
            identity::CAUSES,
            administration::CAUSES,
            access::CAUSES,
            models::CAUSES,
            address::CAUSES,
            base_url::CAUSES,
            limits::CAUSES,
            credit::CAUSES,
            http::CAUSES,
            body::CAUSES,
            conversation::CAUSES,
            files::CAUSES,
            content::CAUSES,
            images::CAUSES,
            client::CAUSES,
            network::CAUSES,
            local::CAUSES,
            server::CAUSES,
            capacity::CAUSES,
            unknown::CAUSES,
        ]
        .concat()
    });
    &ALL
}

/// The cause of that name.
#[must_use]
pub fn by_slug(slug: &str) -> Option<&'static Cause> {
    static SORTED: LazyLock<Vec<&'static Cause>> = LazyLock::new(|| {
        let mut causes = all().to_vec();
        causes.sort_unstable_by_key(|cause| cause.slug);
        causes
    });
    let at = SORTED.binary_search_by_key(&slug, |cause| cause.slug).ok()?;
    Some(SORTED[at])
}
