//! Causes in what lies at the address of an image or a file: each step of a download, and what came of it.
//!
//! They are finer than `image_url_unreachable`, `image_invalid` and `image_too_large`, under which providers and `explain`
//! know them; the gateway tells them apart because it looks itself.

use super::snippets;
use crate::cause::{Party, Retry, Wire};

const fn bad(code: &'static str, sentence: &'static str) -> Wire {
    Wire::new(400, "invalid_request_error", Some(code), sentence)
}

/// As OpenAI says it of an address that is none.
const NO_URL: Wire =
    bad("invalid_value", "Invalid '{param}'. Expected a valid URL, but got a value with an invalid format.");
/// As OpenAI says it of a download that failed.
const FAILED: Wire = bad("invalid_image_url", "Error while downloading {url}.");
/// As OpenAI says it of what is not an image.
const UNSUPPORTED: Wire = bad(
    "invalid_image_format",
    "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', \
     'gif', 'webp'].",
);

causes! {
    Content:

    IMAGE_URL_MALFORMED {
        slug: "image_url_malformed",
        title: "The address of the image is not a valid URL",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: NO_URL,
        explanation: "The text given as the image's address cannot be read as a URL[[: {what}]].",
        remedy: "Send a whole http or https URL, percent-encoded and without white space around it.",
        reasons: &[
            "The scheme is missing: `images.example/cat.png` or a path such as `/tmp/cat.png`",
            "A line break or a blank from a file or a template stands at the end",
            "Blanks or backslashes within it were not percent-encoded",
            "A user name and a password stand in front of the host",
        ],
        checks: &["Print the URL with repr() or JSON.stringify() and look at its first and last characters"],
        remedies: &[
            "Strip the text, and build it with urllib.parse or new URL()",
            "Percent-encode names of files: %20 for a blank",
            "Embed a local file as a base64 data: URL",
        ],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The address cannot be parsed, or what stands in it is read differently by different programs.",
        example: "Invalid 'messages[0].content[1].image_url.url'. Expected a valid URL, but got a value with an invalid \
            format.",
        related: &["image_url_scheme", "image_base64_invalid", "image_url_unreachable"],
    }

    IMAGE_URL_SCHEME {
        slug: "image_url_scheme",
        title: "The scheme of the image's address cannot be fetched",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: NO_URL,
        explanation: "Only http and https addresses can be fetched[[: {what}]].",
        remedy: "Send an https URL, or embed the image as a base64 data: URL.",
        reasons: &[
            "A path of the local disk was sent as file://, which only the own machine can read",
            "An address inside a cloud (gs://, s3://) was sent; its storage has https addresses too",
            "A blob: URL of a browser was sent, which exists in that page alone",
        ],
        checks: &["Look at what stands in front of ://"],
        remedies: &[
            "Read the file and embed it as a base64 data: URL",
            "Make a signed https URL of the object (S3 presigned URL, GCS signed URL)",
        ],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE, snippets::IMAGE_SHELL],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The scheme of the address is neither http, https nor data.",
        example: "the scheme of the URL is \"gs\", and only http and https can be fetched",
        related: &["image_url_malformed", "image_url_not_supported"],
    }

    IMAGE_URL_NOT_PUBLIC {
        slug: "image_url_not_public",
        title: "The image's address is not on the public internet",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: FAILED,
        explanation: "The address leads to a place that only its own network reaches[[: {what}]].",
        remedy: "Embed the image as a base64 data: URL, or put it where everybody can fetch it.",
        reasons: &[
            "localhost, a name of an intranet or a private address works in the own network alone",
            "A host of a development machine or a container was sent",
            "A public name leads to a private address, or the answer redirects to one",
            "The address is that of a cloud's metadata service, which nobody may fetch through a gateway",
        ],
        checks: &["Resolve the name with `dig +short HOST` and look whether every address is a public one"],
        remedies: &[
            "Embed the image as a base64 data: URL",
            "Serve it from a public https address",
            "For hosts of your own network: list them in images.allowed_hosts of this gateway and set images = \"inline\"",
        ],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "An address of the host is private, loopback, link-local, multicast, reserved or of a metadata service.",
        example: "Error while downloading http://127.0.0.1:8000/cat.png.",
        related: &["image_host_not_found", "image_host_unreachable", "image_url_unreachable"],
    }

    IMAGE_HOST_NOT_FOUND {
        slug: "image_host_not_found",
        title: "The host of the image cannot be resolved",
        party: Party::Caller,
        retry: Retry::Depends,
        statuses: &[400],
        wire: FAILED,
        explanation: "No address is known for the host of the image[[: {what}]].",
        remedy: "Correct the name of the host, or use one that public DNS knows.",
        reasons: &[
            "The name is misspelt, or the domain has gone",
            "The name exists inside the own network alone",
            "The resolver did not answer",
        ],
        checks: &["Run `dig +short HOST` or `nslookup HOST 1.1.1.1`"],
        remedies: &["Correct the host in the URL", "Embed the image as a base64 data: URL"],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it helps only where the resolver was at fault.",
        recognised: "The resolver has no address for the host.",
        example: "Error while downloading https://imgaes.example/cat.png.",
        related: &["image_host_unreachable", "image_url_not_public"],
    }

    IMAGE_HOST_UNREACHABLE {
        slug: "image_host_unreachable",
        title: "No connection to the host of the image",
        party: Party::Caller,
        retry: Retry::Depends,
        statuses: &[400],
        wire: FAILED,
        explanation: "The host of the image accepted no connection or broke it off[[: {what}]].",
        remedy: "Let the host be reached from everywhere at the port of the URL, or embed the image.",
        reasons: &[
            "Nothing listens at that port",
            "A firewall drops connections from elsewhere",
            "The host speaks another protocol at that port, or broke off the answer",
        ],
        checks: &["Run `curl -v -o /dev/null URL` from a machine outside of the own network"],
        remedies: &[
            "Start the server, open the port, or correct the port in the URL",
            "Embed the image as a base64 data: URL",
        ],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it helps only where the host was down for a moment.",
        recognised: "The connection was refused, reset or cut, or what came is not HTTP.",
        example: "Error while downloading https://images.example:8443/cat.png.",
        related: &["image_host_not_found", "image_download_timeout", "image_host_tls"],
    }

    IMAGE_HOST_TLS {
        slug: "image_host_tls",
        title: "The host of the image has no valid certificate",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: FAILED,
        explanation: "No trusted TLS connection to the host of the image came about[[: {what}]].",
        remedy: "Give the host a certificate of a public authority for its name, with the whole chain, or embed the image.",
        reasons: &[
            "The certificate has expired, is self-signed or is for another name",
            "A certificate between the host's and the authority's is not sent along; browsers fetch it, programs do not",
            "The port speaks plain http",
        ],
        checks: &["Run `openssl s_client -connect HOST:443 -servername HOST` and read the verification's result"],
        remedies: &[
            "Renew the certificate, and serve the full chain (fullchain.pem)",
            "Use the name that the certificate is for",
            "Embed the image as a base64 data: URL",
        ],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The handshake with the host of the image failed.",
        example: "Error while downloading https://expired.images.example/cat.png.",
        related: &["image_host_unreachable", "tls_untrusted_ca"],
    }

    IMAGE_REDIRECTS {
        slug: "image_redirects",
        title: "The image's address redirects too often or to nowhere",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: FAILED,
        explanation: "The redirects of the image's address do not end at an image[[: {what}]].",
        remedy: "Send the address that the redirects end at.",
        reasons: &[
            "A short link or a sharing link passes through several services",
            "The host redirects in a circle, as it does for who has no cookie",
            "A redirect leads to what cannot be fetched, or names no place",
        ],
        checks: &["Run `curl -sIL URL` and follow the location headers"],
        remedies: &["Use the direct address of the file", "Embed the image as a base64 data: URL"],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "More than three redirects came, or one that cannot be followed.",
        example: "Error while downloading https://short.example/a1b2.",
        related: &["image_needs_login", "image_host_answered"],
    }

    IMAGE_HOST_ANSWERED {
        slug: "image_host_answered",
        title: "The host of the image answered with an error",
        party: Party::Caller,
        retry: Retry::Depends,
        statuses: &[400],
        wire: FAILED,
        explanation: "The host of the image has no image at that address[[: {what}]].",
        remedy: "Correct the address, or make a new one where it was signed and has expired.",
        reasons: &[
            "The file was moved or deleted (404, 410), or the path is misspelt",
            "The host has a fault or is overloaded (5xx, 429)",
        ],
        checks: &["Run `curl -sI URL` without cookies and read the status"],
        remedies: &["Correct the path", "Embed the image as a base64 data: URL"],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it helps only after a 429 or 5xx of the image's host.",
        recognised: "The host answered with a status that is neither a success, a redirect nor about permission.",
        example: "Error while downloading https://images.example/cat.png. Upstream status code: 404.",
        related: &["image_needs_login", "image_redirects"],
    }

    IMAGE_NEEDS_LOGIN {
        slug: "image_needs_login",
        title: "The image can be had only after a login",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: FAILED,
        explanation: "The host gives the image only to those who have permission[[: {what}]].",
        remedy: "Use an address that answers without cookies and headers, such as a signed URL, or embed the image.",
        reasons: &[
            "The address works in a browser because that has a cookie",
            "A signed URL has expired, or its query was cut off",
            "The host refuses programs, or requests without a Referer (hotlink protection)",
        ],
        checks: &["Open the URL in a private window, or run `curl -sI URL`"],
        remedies: &[
            "Make a new signed URL that lives long enough",
            "Make the file public",
            "Embed the image as a base64 data: URL",
        ],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE, snippets::IMAGE_SHELL],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The host answered 401, 403 or 407, or led to a page for signing in.",
        example: "Error while downloading https://images.example/cat.png. Upstream status code: 403.",
        related: &["image_host_answered", "image_is_page"],
    }

    IMAGE_DOWNLOAD_TIMEOUT {
        slug: "image_download_timeout",
        title: "The image did not arrive in time",
        party: Party::Caller,
        retry: Retry::Depends,
        statuses: &[400],
        wire: super::wires::IMAGE_TIMEOUT,
        explanation: "The host of the image was too slow[[: {what}]].",
        remedy: "Serve the image from a faster host, make it smaller, or embed it as a base64 data: URL.",
        reasons: &[
            "The host makes the image only when it is asked for",
            "A firewall drops packets without an answer",
            "The file is large and the line slow",
        ],
        checks: &["Run `time curl -o /dev/null URL`, and `curl -v URL` to see where it waits"],
        remedies: &["Put the image behind a CDN, or make it before", "Embed the image as a base64 data: URL"],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it helps where the host was slow for a moment.",
        recognised: "A step of the download took longer than its limit.",
        example: "Timeout while downloading https://images.example/cat.png.",
        related: &["image_host_unreachable", "image_too_large"],
    }

    IMAGE_IS_PAGE {
        slug: "image_is_page",
        title: "The image's address leads to a web page",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: UNSUPPORTED,
        explanation: "What lies at the address is a web page and not an image[[: {what}]].",
        remedy: "Send the address of the file itself: open the image alone and copy that address.",
        reasons: &[
            "The address of the page around the image was copied (a sharing link of a drive, a page of a photo site)",
            "The host answers who has no cookie with a page for signing in or for consent",
            "The host says `not found` in a page with status 200",
        ],
        checks: &["Run `curl -sI URL` and look at content-type"],
        remedies: &["Copy the address of the image itself", "Embed the image as a base64 data: URL"],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The bytes at the address begin as HTML does.",
        example: "You uploaded an unsupported image. Please make sure your image has of one the following formats: \
            ['png', 'jpeg', 'gif', 'webp'].",
        related: &["image_needs_login", "image_invalid"],
    }

    IMAGE_TYPE_MISMATCH {
        slug: "image_type_mismatch",
        title: "The media type is not that of the image",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: UNSUPPORTED,
        explanation: "The type that is given for the image is not what its bytes are[[: {what}]].",
        remedy: "Give the media type that the first bytes of the image have.",
        reasons: &[
            "The type was taken from the name of the file, and the file was renamed and not converted",
            "A program writes one type for all images",
        ],
        checks: &["Run `file --mime-type` on the image and compare"],
        remedies: &["Write the right media type, or convert the image to the one that is given"],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "Content-Type or the media type of the data: URL names another format than the first bytes show.",
        example: "Image does not match the provided media type image/jpeg",
        related: &["image_invalid", "image_base64_invalid"],
    }

    IMAGE_DAMAGED {
        slug: "image_damaged",
        title: "The image is empty or cut off",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: UNSUPPORTED,
        explanation: "The bytes of the image are not whole[[: {what}]].",
        remedy: "Make the image again, and send all of its bytes.",
        reasons: &[
            "The file was read while it was written, or only its beginning was",
            "An upload broke off",
            "The file is empty",
        ],
        checks: &["Open the image with another program, and compare its size with the original"],
        remedies: &["Close the file before it is read, and read it whole", "Upload it again"],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The first bytes are those of an image, and its header or its end is missing; or there are none.",
        example: "The image data you provided does not represent a valid image: image file is truncated",
        related: &["image_invalid", "image_base64_invalid"],
    }

    IMAGE_DIMENSIONS {
        slug: "image_dimensions",
        title: "The image has too many pixels on a side",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad("invalid_image", "Failed to download image from {url}. Image size exceeds the limit."),
        explanation: "The image is wider or higher than what is taken[[: {what}]].",
        remedy: "Scale the image down; models see no more than about 2,000 pixels on a side.",
        reasons: &["A photograph or a scan was sent in its full size", "A long page was made into one image"],
        checks: &["Print width and height of the image"],
        remedies: &["Resize it to 2,000 pixels or less on a side", "Cut a long page into several images"],
        snippets: &[snippets::IMAGE_SHELL],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "Width or height in the image's header exceeds a limit.",
        example: "messages.0.content.0.image.source.base64.data: At least one of the image dimensions exceed max allowed \
            size: 8000 pixels",
        related: &["image_too_large"],
    }

    IMAGE_ANIMATED {
        slug: "image_animated",
        title: "The image is animated",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: UNSUPPORTED,
        explanation: "The image has more than one frame[[: {what}]].",
        remedy: "Send one frame as a png or jpeg.",
        reasons: &["An animated gif was sent; models take those that stand still"],
        checks: &["Run `identify FILE`, which prints a line for each frame"],
        remedies: &["Take one frame: `magick 'a.gif[0]' a.png`", "Send several frames as images of their own"],
        snippets: &[snippets::IMAGE_SHELL],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "A second frame follows the first.",
        example: "You uploaded an unsupported image. Please make sure your image has of one the following formats: \
            ['png', 'jpeg', 'gif', 'webp'].",
        related: &["image_invalid"],
    }
}
