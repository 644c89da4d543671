//! Causes in what the body's content is.

use super::snippets;
use crate::cause::{Party, Retry, Wire};

const fn bad(code: &'static str, sentence: &'static str) -> Wire {
    Wire::new(400, "invalid_request_error", Some(code), sentence)
}

causes! {
    Content:

    CONTENT_POLICY {
        slug: "content_policy",
        title: "A safety system refused the content",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 403, 200],
        wire: bad(
            "content_policy_violation",
            "Your request was rejected as a result of our safety system. Your prompt may contain text that is not \
                allowed by our safety system.",
        ),
        explanation: "The safety system of [[{provider}||the provider]] refused the content of the request[[ \
            ({what})]].",
        remedy: "Rephrase or remove the part that was refused; the same content will be refused again.",
        reasons: &[
            "The prompt or the image asked for was flagged, sometimes wrongly",
            "Text from a third party, such as a web page or a document, was part of the prompt",
            "Reasoning models refuse attempts to get at their reasoning (invalid_prompt)",
            "A safety threshold is set strictly (Gemini: safetySettings)",
        ],
        checks: &[
            "Halve the prompt until it passes, to find the part that is refused",
            "Send it to POST /v1/moderations and read the categories; Gemini: blockReason and safetyRatings",
        ],
        remedies: &[
            "Rephrase the prompt or remove the part that was flagged",
            "Adjust the safety settings where the provider offers that (Gemini: BLOCK_ONLY_HIGH)",
            "Read the provider's usage policy, tell the user that the safety system refused it, and do not repeat it \
                automatically",
        ],
        snippets: &[snippets::MODERATION_CURL],
        retry_advice: "Repeating it unchanged does not help, and may get the account flagged.",
        recognised: "The message says that a safety system, usage policy or moderation refused or flagged the content.",
        example: "{\"error\":{\"message\":\"Your request was rejected as a result of our safety \
            system.\",\"type\":\"image_generation_user_error\",\"param\":null,\"code\":\"moderation_blocked\"}}",
        related: &["provider_refused", "content_filter_azure"],
    }

    CONTENT_FILTER_AZURE {
        slug: "content_filter_azure",
        title: "Azure's content filter blocked the prompt",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad(
            "content_filter",
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please \
                modify your prompt and retry.",
        )
        .with_param("prompt"),
        explanation: "A category of Azure's content filter fired on the prompt[[: {what}]].",
        remedy: "Rephrase the part that fired, or have the deployment's content filter adjusted; the same prompt will \
            be blocked again.",
        reasons: &[
            "A category (hate, violence, sexual, self_harm, jailbreak, protected material) reached the filter's \
                threshold",
            "Instructions in the prompt look like a jailbreak: role play, `ignore previous instructions`, long system \
                texts",
            "Retrieved documents or chat history hold text that fires, not the user's own words",
            "The completion was filtered: finish_reason content_filter in an answer with status 200",
        ],
        checks: &[
            "Read innererror.content_filter_result in the error: the category with `filtered: true` and its severity",
            "Halve the prompt until it passes, to find the part that fires",
        ],
        remedies: &[
            "Rephrase or remove that part; do not retry unchanged",
            "Create a content filter with other thresholds (Azure AI Foundry, Guardrails and controls) and assign it \
                to the deployment; less filtering than medium needs Microsoft's approval",
            "Clean retrieved text before it goes into the prompt, and tell the user politely",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "Azure's code is content_filter, and innererror has a content_filter_result.",
        example: "{\"error\":{\"message\":\"The response was filtered due to the prompt triggering Azure OpenAI's \
            content management \
            policy.\",\"type\":null,\"param\":\"prompt\",\"code\":\"content_filter\",\"status\":400,\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\",\"content_filter_result\":{\"violence\":{\"filtered\":true,\"severity\":\"medium\"}}}}}",
        related: &["content_policy"],
    }

    IMAGE_URL_UNREACHABLE {
        slug: "image_url_unreachable",
        title: "The image could not be downloaded",
        party: Party::Caller,
        retry: Retry::Depends,
        statuses: &[400],
        wire: bad("invalid_image_url", "Error while downloading {url}."),
        explanation: "The image's address could not be fetched[[: {what}]].",
        remedy: "Use a public https address that answers without a login, or send the image as a base64 data: URL.",
        reasons: &[
            "The URL is private (localhost, an intranet), expired (a signed link), needs a login or refuses programs",
            "It was mistyped, or leads to a web page instead of the image",
            "The host answers too slowly, or redirects",
        ],
        checks: &[
            "Run curl -I on the URL from another network and without cookies",
            "Look at status, content-type and content-length of the answer",
        ],
        remedies: &["Use a public, direct https URL of the file", "Or embed the image as a base64 data: URL"],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE, snippets::IMAGE_SHELL],
        retry_advice: "Repeating it helps only where the image's host was slow.",
        recognised: "The message says that an image or URL could not be downloaded or timed out.",
        example: "{\"error\":{\"message\":\"Error while downloading https://images.example/cat.png. Upstream status \
            code: 403.\",\"type\":\"invalid_request_error\",\"param\":\"url\",\"code\":\"invalid_image_url\"}}",
        related: &[
            "image_invalid",
            "image_too_large",
            "image_base64_invalid",
            "image_url_not_supported",
            "image_url_not_public",
            "image_needs_login",
        ],
    }

    IMAGE_INVALID {
        slug: "image_invalid",
        title: "The content is not a supported image",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad(
            "invalid_image_format",
            "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', \
                'jpeg', 'gif', 'webp'].",
        ),
        explanation: "The bytes given as an image are [[{what}||no png, jpeg, gif or webp]].",
        remedy: "Send a whole png, jpeg, gif or webp image with the matching media type.",
        reasons: &[
            "Another format, such as heic, svg, bmp, avif or pdf",
            "A web page or an error text was saved as an image",
            "The file or its base64 text was truncated, or is empty",
            "The MIME type in the data: URL is not that of the content",
        ],
        checks: &[
            "Run `file` on the image",
            "Decode the base64 text and compare length and first bytes (89504e47 is png, ffd8ff jpeg)",
            "Compare the MIME type in the data: URL with the content",
        ],
        remedies: &[
            "Convert (re-encode) the image to png or jpeg (gif and webp work too), whatever format it had",
            "Write the data: URL again from the file, with the right MIME type",
        ],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that the image is unsupported, invalid or could not be processed, or lists png, \
            jpeg, gif, webp.",
        example: "You uploaded an unsupported image. Please make sure your image has of one the following formats: \
            ['png', 'jpeg', 'gif', 'webp'].",
        related: &[
            "image_url_unreachable",
            "body_too_large",
            "image_too_large",
            "image_base64_invalid",
            "audio_format_invalid",
            "model_no_vision",
        ],
    }

    IMAGE_TOO_LARGE {
        slug: "image_too_large",
        title: "The image is too large",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 413],
        wire: bad("invalid_image", "Failed to download image from {url}. Image size exceeds the limit."),
        explanation: "The image exceeds the limit in bytes or pixels[[: {what}]].",
        remedy: "Scale the image down or compress it; models see no more than about 2,000 pixels on a side.",
        reasons: &[
            "A photograph was sent in its full size",
            "Many images were sent in one request, for which a smaller limit per image holds (Anthropic: 2,000 pixels \
                beyond 20 images, 5 MB each)",
            "base64 adds a third to the bytes",
        ],
        checks: &["Print width, height and bytes of the image"],
        remedies: &[
            "Resize it to 2,000 pixels or less on a side: models see no more",
            "Compress it: save it as JPEG or WebP",
            "Send fewer images per request",
        ],
        snippets: &[snippets::IMAGE_SHELL],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message compares bytes or pixels of an image with a maximum.",
        example: "messages.0.content.1.image.source.base64: image exceeds 5 MB maximum: 6291456 bytes > 5242880 bytes",
        related: &["image_invalid", "image_url_unreachable", "body_too_large"],
    }

    IMAGE_BASE64_INVALID {
        slug: "image_base64_invalid",
        title: "The base64 text of the image is malformed",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad("invalid_base64", "Invalid base64 image_url."),
        explanation: "The data: URL[[ in `{param}`]] cannot be decoded[[: {what}]].",
        remedy: "Send `data:image/png;base64,` followed by standard base64 without line breaks.",
        reasons: &[
            "The text has line breaks, as the command `base64` writes them unless told not to",
            "The prefix is missing, stands twice, or lacks `;base64`",
            "The URL-safe alphabet (- and _) was used, or the padding was cut off",
            "Python's b'…' was put into the text",
        ],
        checks: &["Decode the part behind the comma locally and look whether an image comes out"],
        remedies: &[
            "Send data:image/png;base64, followed by standard base64 without newlines, with the prefix written once",
            "Encode with `base64 -w0`, or b64encode(data).decode() in Python, Buffer.toString('base64') in Node",
            "Where the API takes bare base64 (Anthropic, Ollama), leave the data: prefix out",
        ],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE, snippets::IMAGE_SHELL],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that the base64 or the data URL of an image is invalid.",
        example: "{\"error\":{\"message\":\"Invalid base64 \
            image_url.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"invalid_base64\"}}",
        related: &["image_invalid", "image_url_unreachable", "image_url_not_supported"],
    }

    IMAGE_URL_NOT_SUPPORTED {
        slug: "image_url_not_supported",
        title: "Images are accepted inline only",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(400, "External image URLs are not supported. Please provide a base64 data URL."),
        explanation: "[[{provider}||The provider]] does not fetch images from addresses.",
        remedy: "Download the image and send it as a base64 data: URL.",
        reasons: &[
            "Local servers (Ollama, llama.cpp) and some providers or proxies take inline images only and refuse \
                external URLs",
        ],
        checks: &["Look whether the image's url begins with http or with data:"],
        remedies: &[
            "Download the image and send it as a base64 data: URL: data:image/png;base64,…",
            "Or use a provider that fetches image URLs itself",
        ],
        snippets: &[snippets::IMAGE_PYTHON, snippets::IMAGE_NODE],
        retry_advice: "Repeating it unchanged does not help: embed the image.",
        recognised: "The message says that image URLs are not supported, or that only base64 is.",
        example: "External image URLs are not supported. Please provide a base64 data URL.",
        related: &["image_url_unreachable", "image_base64_invalid"],
    }
}
