//! Images and what they come from.

use crate::explain::case::Case;
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule::new("image_url_unreachable", 6.0).codes(&[
        "invalid_image_url",
        "faileddownloadimage",
        "failedtodownloadimage",
        "image_download_error",
        "download_error",
        "image_url_unreachable",
        "invalidimageurl",
        "failed_to_download_image",
        "image_download_failed",
        "url_fetch_error",
        "image_fetch*",
        "image_download*",
        "failed_to_fetch_image*",
    ]),
    Rule::new("image_url_unreachable", 5.8)
        .says(&["fetch|fetching|download|downloading|retrieve|retrieving|load & could not|can not|fail|failed|unable|error|did not & !failed to fetch dynamically"])
        .when(names_image_file)
        .of_an_api(),
    Rule::new("image_url_unreachable", 5.8)
        .says(&[
            "image|media|multimodal|file|picture|img & download|downloading|fetch|fetching|retrieve|retrieving|load from|open url|access & \
             fail|failed|error|could not|cannot|unable|timeout|timed out|not accessible|can not|did not|couldn't|invalid. & !model|dimension|\
             vector|docker|pull|s3 bucket",
            "error while downloading|timeout while downloading|timed out while downloading|unable to download the file",
            "url & not accessible|unreachable|not reachable|not publicly|publicly accessible|could not be reached|robots.txt|disallowed & image|\
             media|download|file|content",
            "timeout while downloading|download & multimodal|timed out & image",
            "only https|only http & image|image url|scheme",
            "invalid_image_url|image_url & invalid url|invalid image url|failed to download",
            "image url|image_url & does not represent|no such|not found|404|403|invalid.|not valid & !only supported|base64|support image|type & \
             !expected",
            "cannot fetch content from the provided url|url_retrieval|url_error|url_unreachable",
            "图片|图像 & 下载|链接|地址|url & 失败|无法|不可|超时",
        ])
        .of_an_api(),
    // It is the program itself that does not get through.
    Rule::new("image_url_unreachable", -3.5)
        .os_errors(&["connect_timeout", "etimedout", "econnrefused", "econnreset", "enotfound"])
        .when(|case| case.api_signs == 0),
    Rule::new("image_url_unreachable", -3.0).says(&["base64 & only|external image url|not supported"]),
    Rule::new("image_url_not_supported", 6.2).says(&[
        "external image|remote image|image url|image urls|url images|http url|image links|image_url|url source|url sources & not supported|\
         unsupported|not allowed|only base64|base64 only|not accepted|does not support|not permitted|not enabled & !model|models",
        "only & base64 & image|data url|data uri|supported|inline",
        "image & must be & base64|data url|data uri|inline",
        "invalid image_url & data:image|only data",
        "unsupported uri|file uri|unsupported file uri|cannot fetch & http|https|gs://",
        "图片 & 仅支持|只支持 & base64",
    ]),
    Rule::new("image_invalid", 5.8).says(&[
        "unsupported image|invalid image|not a valid image|image is not valid|invalid_image|bad image|corrupt image|corrupted image & !url|\
         base64",
        "could not|cannot|unable|failed|can not|fail & process|decode|identify|read|load|open|parse|recognize & image|picture|images & !process your request|download|fetch|\
         url|model|vector|dimension",
        "image|images & is of one the following|one of the following formats|unsupported format|invalid format|format is|file type|media type|\
         mime type|mime & !pull|architecture|docker|platform",
        "image & media_type|mime|content type|content-type|data appears|appears to be|does not match|specified using",
        "image & too small|minimum|at least|width|height & pixel|px|14|28|10 & !exceeds|maximum|too large",
        "unable to process input image|provided image is not valid|cannot identify image file|image does not|invalidimage|unidentifiedimageerror",
        "image_parse_error|image_content_policy|invalid_image_format|sanitizer_server_error|unsupported_image|invalid_image_error",
        "图片|图像 & 格式|无效|损坏|解析|不支持该格式",
        "image & empty|truncated|corrupt",
        "unsupported mime type|unsupported mimetype|mime type is not supported",
        "image/jpeg & image/png & should be|supported|must be|one of|allowed",
    ])
    .of_an_api(),
    Rule::new("image_invalid", -3.0).says(&["only supported by certain|does not support image|not support image"]),
    Rule::new("image_invalid", 5.6).codes(&[
        "invalid_image_format",
        "sanitizer_server_error",
        "image_parse_error",
        "unsupported_image",
        "invalid_image",
        "invalidimageformat",
        "image_decode_error",
        "unsupported_image_media_type",
        "image_too_small",
        "invalidimage",
        "empty_image_file",
    ]),
    Rule::new("image_too_large", 6.2).says(&[
        "image|images|picture|img & exceed|exceeds|too large|too big|larger than|maximum|at most|max|over & mb|bytes|pixel|pixels|dimension|\
         dimensions|size|resolution|megapixel & !unsupported image|one of the following|one the following|per min|embedding|context|docker",
        "image & dimensions|size & limit|exceed|max allowed|allowed size",
        "image_too_large|image_size|invalidimagesize|image_file_too_large",
        "too many images|many-image|number of images & limit|maximum|exceed|more than",
        "图片|图像 & 过大|大小|尺寸 & 超过|限制|过大",
    ]),
    Rule::new("image_too_large", 6.0).codes(&["image_too_large", "image_file_too_large", "invalidimagesize", "image_size_exceeded"]),
    Rule::new("image_base64_invalid", 6.3).says(&[
        "base64 & image|image_url|data url|data uri|data:image|media|inline_data|inlinedata|source & invalid.|malformed|decod|illegal|incorrect padding|\
         not valid|bad|fail|could not|cannot|missing|prefix & !exceeds|maximum|only base64|5 mb",
        "invalid base64|invalid_base64|base64 decoding failed|base64 decode|incorrect padding|illegal base64 data|invalid b64|non-base64|failed to \
         decode base64|not valid base64",
        "expected a base64-encoded data url|got a value without the data",
        "data url|data uri|data:image & malformed|invalid.|expected format|missing|unsupported & base64|image|prefix",
    ])
    .of_an_api(),
    Rule::new("image_base64_invalid", 6.0).codes(&["invalid_base64", "invalid_base64_image", "invalid_image_base64", "base64_decode_error"]),
];

/// Whether the address of a file with an image stands in the text.
fn names_image_file(case: &Case) -> bool {
    const ENDS: [&str; 7] = [".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".heic"];
    case.addresses.iter().any(|a| {
        let path =
            a.path.split(['?', '#']).next().unwrap_or_default().trim_end_matches([':', ',', '.']).to_ascii_lowercase();
        ENDS.iter().any(|end| path.ends_with(end))
    })
}
