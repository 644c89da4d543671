//! Clients whose versions do not fit together.

use crate::explain::rule::Rule;
use crate::explain::rules::facts;

pub(super) const RULES: &[Rule] = &[
    Rule::new("sdk_version_mismatch", 6.4).says(&[
        "openai & no longer supported & >=1.0.0|openai>=1.0.0|1.0.0|migrate",
        "openai>=1.0.0|openai==0|openai migrate|apiremovedinv1",
        "unexpected keyword argument & proxies|http_client|proxy",
        "no module named & openai.|openai|anthropic|langchain|google.generativeai|google.genai|litellm|tiktoken|cohere|mistralai|groq|ollama|llama_index",
        "cannot import name & openai|anthropic|langchain|azureopenai|genai|litellm|mistralai|cohere|groq|ollama|llama_index|asyncopenai|openaierror",
        "module openai|module anthropic|module google.generativeai|module google.genai|module cohere|module litellm|module ollama|openai object|\
         asyncopenai object|anthropic object|client object|completions object|openai & has no attribute|has no & attribute|chatcompletion|completion|embedding|\
         error|responses|messages|chat|beta|generativemodel|openai|client|api_resources|audio|image|images|files|create",
        "module openai|openai & has no attribute & chatcompletion|completion|embedding|error|openai|client|azureopenai|api_type",
        "openai has no & attribute & old version|likely due to an old version",
        "openaiapi|configuration|openai_1|openai.create|createchatcompletion|createcompletion|openai.chat.completions|openai.responses|client.responses & \
         is not a constructor|is not a function|is not exported|undefined",
        "unexpected keyword argument & completions|create|client.|__init__|openai|anthropic|chatopenai|generate|stream_options|max_completion_tokens|\
         response_format|reasoning|http_options|proxies & !proxy_server",
        "chatcompletion|completion|choice|chatcompletionmessage|message & object is not subscriptable|not subscriptable|no attribute get|object does not support \
         item",
        "cannot instantiate typing.union|nonetype object cannot be converted to pybool|by_alias|__fields_set__|fieldinfo & openai|pydantic|typing|pybool|object|has no",
        "requires & openai|httpx|pydantic|langchain & version|>=|<|incompatible|but you have",
        "package subpath & not defined by exports & openai|anthropic|langchain|ai-sdk",
        "unsupported model version|ai sdk 4|ai sdk 5|specification version|ai_unsupportedmodelversionerror & model|version|sdk",
        "cannot find module & openai|anthropic|@anthropic-ai|langchain|@google/generative-ai|groq-sdk|@ai-sdk",
    ]),
    Rule::new("sdk_version_mismatch", 6.2)
        .says(&["module not found|can not resolve|failed to resolve import & openai.|@anthropic-ai/sdk|@google/genai|@google/generative-ai|langchain.|@langchain|groq-sdk|ollama.|@ai-sdk & !host"]),
    Rule::new("sdk_version_mismatch", 6.0).exceptions(&["apiremovedinv1", "apiremovedinv1error", "ai_unsupportedmodelversionerror"]),
    Rule::new("sdk_version_mismatch", 6.2).when(|case| facts::mentions(case, &["apiremovedinv1"])),
    Rule::new("sdk_version_mismatch", 3.4)
        .says(&["got an unexpected keyword argument|has no attribute|is not a constructor|is not a function|cannot import name|no module named"])
        .exceptions(&["typeerror", "attributeerror", "importerror", "modulenotfounderror"])
        .providers(&["openai", "anthropic", "gemini", "mistral", "cohere", "groq", "litellm", "langchain", "ollama", "huggingface"]),
    Rule::new("sdk_version_mismatch", -3.5)
        .says(&["object has no attribute choices|str object has no attribute|cannot read properties|reading 0 & !coroutine"]),
    // An asynchronous client that was called as if it waited, and the reverse.
    Rule::new("sdk_version_mismatch", 6.6).says(&[
        "coroutine object|coroutine|got coroutine|promise<|promise & no attribute|not subscriptable|not iterable|not json serializable|was never awaited|never awaited|\
         not awaited|on type promise & choices|candidates|completions.create|completions|messages.create|responses.create|embeddings.create|generate_content|output_text|openai|\
         anthropic|acompletion|ainvoke|chatcompletion",
    ]),
    Rule::new("sdk_version_mismatch", 6.4).says(&["coroutine object & no attribute|not subscriptable|not iterable|not json serializable", "coroutine & never awaited"])
        .only_of_an_api(),
    Rule::new("sdk_version_mismatch", 6.4).says(&[
        "used in await expression|requires an object with __aiter__|requires an object with __anext__|async_generator object|asyncstream object|asyncgenerator|\
         got stream|stream object & await|async|asyncstream|not iterable|not an iterator|no attribute|__aiter__|__anext__",
    ])
    .only_of_an_api(),
    Rule::new("response_shape_unexpected", -6.0).says(&["coroutine & never awaited"]),
    // The client could not write the request: its library of JSON does not know the class.
    Rule::new("sdk_version_mismatch", 6.8).says(&[
        "content type|content-type|unsupportedmediatypeexception & not supported for bodytype",
        "no httpmessageconverter|no suitable httpmessageconverter|no suitable writer|no encoder & for request type|request type|bodytype|for class|for type & !response type",
    ])
    .of_an_api(),
    Rule::new("content_type_wrong", -5.0).says(&["for bodytype"]),
    // A program that is started by a name which it does not have.
    Rule::new("sdk_version_mismatch", -6.0).says(&["error while finding module specification"]),
];
