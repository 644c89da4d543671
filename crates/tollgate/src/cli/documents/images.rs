//! Documents of `image`.

use super::{Document, Shape};

/// What lies at an address.
pub static IMAGE_CHECK: Document = Document {
    object: "tollgate.image_check",
    commands: &["image check"],
    shape: Shape::Members(&[
        ("ok", "whether a model can have it"),
        ("cause", "slug of what is wrong; null where it is in order"),
        ("what", "what was seen, in words; null where it is in order"),
        ("hint", "what some providers refuse although it is in order; null where nothing"),
        ("title", "the cause in a line; null where there is none"),
        ("remedies", "what ends it; null where nothing is wrong"),
        (
            "format",
            "media type by the first bytes: `image/png`, `image/jpeg`, `image/gif` or `image/webp`; null of others",
        ),
        ("width", "in pixels; null of what is not an image"),
        ("height", "in pixels; null of what is not an image"),
        ("animated", "whether it has more than one frame; null of what is not an image"),
        ("media_type", "what the answer or the data: URL says that it is; null where it does not say"),
        ("bytes", "how many it has"),
        ("way", "the addresses that redirected, and the last one; empty where nothing was fetched"),
        ("dns_ms", "until the last host's name was resolved; null where nothing was fetched"),
        ("connect_ms", "until the connection stood; null where nothing was fetched"),
        ("tls_ms", "until TLS was agreed; null where nothing was fetched"),
        ("first_byte_ms", "from the beginning to the answer's head; null where nothing was fetched"),
        ("total_ms", "from the beginning to the last byte; null where nothing was fetched"),
        ("model", "as asked; null where none was"),
        ("setting", "`images` of that model; null where none was asked"),
    ]),
};
