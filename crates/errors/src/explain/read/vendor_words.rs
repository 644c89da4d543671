//! Words by which further providers, SDKs and clients of models are known, of which less is known than of those of
//! `provider_words`.
//!
//! In: nothing. Out: tables, in lower case, with `|` between. Hosts, modules of SDKs, and members that only one vendor's
//! errors have; a bare name only where no other product has it.

use super::signs::Sign::{self, Host, Id, Library, Product};

/// Words, the provider (empty where several share them), and what kind of sign they are.
pub(super) const VENDORS: [(&str, &str, Sign); 34] = [
    // Weights that anybody serves, as people write their names.
    (
        "llama 2|llama 3|llama 4|llama-3|mixtral|mistral large|mistral small|gemma 2|gemma 3|azure ai serverless",
        "",
        Product,
    ),
    ("githubcopilot.com", "copilot", Host),
    ("cloudcode-pa|cloudaicompanion|cloud code private api|gemini for google cloud", "gemini", Host),
    ("/stream-chat|ruby_llm|rubyllm", "", Library),
    ("ibm_watsonx_ai|watsonx|cloud.ibm.com/apidocs/machine-learning|ml.cloud.ibm.com", "watsonx", Product),
    ("bigmodel.cn|z.ai|zhipuai|zhipu|chatglm|glm-4|glm-5", "zhipu", Host),
    ("moonshot.cn|kimi", "moonshot", Product),
    ("base_resp|minimax|minimaxi.com", "minimax", Id),
    ("ark.cn-|volcengine|byteplus|ark console|modelnotopen|accountoverdueerror", "volcengine", Product),
    ("aip.baidubce.com|qianfan|ernie-bot|ernie bot|erniebot|wenxin|model server is overloaded", "qianfan", Host),
    ("hunyuan", "hunyuan", Product),
    ("aliyun.com/zh/model-studio|model-studio|tongyi|qwen-max|qwen-plus|qwen-vl", "dashscope", Product),
    ("siliconflow", "siliconflow", Product),
    ("yandexgpt|llm.api.cloud.yandex|foundationmodels|\"grpccode\"", "yandex", Id),
    ("gigachat|devices.sberbank.ru", "gigachat", Product),
    ("integrate.api.nvidia|nvidia nim|nvcf|degraded function", "nvidia", Product),
    ("databricks-|databricks serving|serving-endpoints", "databricks", Product),
    ("snowflake.cortex|snowflake cortex|cortex_user|cortex inference", "snowflake", Product),
    ("ai21.com|ai21|api.writer.com|aleph-alpha|luminous-|reka.ai", "", Host),
    ("voyageai|voyage-|jina.ai|jina-embeddings|nomic-embed|stability.ai|elevenlabs", "", Library),
    ("fireworks.client|fireworks|replicateerror|replicate.exceptions|togetherai|novita", "", Library),
    (
        "cerebras|baseten|sambanova|nebius|hyperbolic.xyz|featherless|chutes.ai|deepinfra|upstage|solar-pro|stepfun|baichuan|\
         doubao|volces.com|ernie-|xfyun|xf-yun|sparkdesk|hyperclova|anyscale|octoai|predibase|qwen|text-generation-inference",
        "",
        Product,
    ),
    ("@cf/|env.ai.run|aierror|workers ai|workers-ai", "cloudflare_ai", Id),
    (
        "koboldcpp|mlx_lm|tensorrtllm|tensorrt-llm|tritonserver|xinference|text-embeddings-inference|llamafile",
        "",
        Library,
    ),
    ("sagemaker", "sagemaker", Product),
    ("bifrost|x-portkey|kong ai|ai gateway|ai-gateway|new-api|llm-proxy|llm gateway", "", Product),
    (
        "langgraph|langchain4j|llmchain|pydantic_ai|pydantic-ai|dspy|nontransientaiexception|transientaiexception|openai4j|ruby_llm|\
         dart_openai|rig-core|chatopenai|chatanthropic|openaichatmodel",
        "",
        Library,
    ),
    (
        "open-webui|open_webui|open webui|librechat|lobechat|anythingllm|anything-llm|dify|flowise|nextchat|kilo code",
        "",
        Product,
    ),
    // The files of OpenAI's tokenizers, which its clients fetch before the first call.
    ("openaipublic.blob.core.windows.net|openaipublic.azureedge.net", "openai", Host),
    ("requires more system memory|llama runner process|ollama pull", "ollama", Library),
    ("chatcompletionrequest|chatcompletionmessage", "", Library),
    // Assistants in editors, which call services of their own.
    (
        "cloud.zed.dev|zed.dev/account|api2.cursor.sh|api.githubcopilot.com|copilot-proxy.githubusercontent|codeium.com|api.tabnine.com|\
         augmentcode.com|supermaven.com|sourcegraph.com/.api/completions|predict_edits|edit_prediction",
        "",
        Host,
    ),
    // How an SDK for many providers ends its attempts.
    ("attempts. last error:", "", Library),
    ("google.genai|google-genai|generativeaiexception|genai.errors|vertex-ai/generative-ai", "gemini", Library),
];

/// Words that are said of models and hardly of anything else, beside those of `provider_words`.
pub(super) const SAID: &str = "frequency penalty|presence penalty|repetition penalty|rate_limit_error|not_found_error|permission_error|request_too_large|\
    prompt_tokens|max_seq_len|sequence length|generation length|multimodal|best_of|chatcompletion|resp.choices|\
    choices[0]|getcandidates|dall-e|dalle|image generation|image_data|non-streaming|text_input|unexpected role|\
    invalid_image_format|invalid_image|system role|model group|model inference|token quota|resource package|\
    invalid conversation|input validation error|response_format.type|unrecognized request argument|integer above maximum value|\
    integer below minimum value|decimal above maximum value|decimal below minimum value|a model parameter|\
    had an error while processing your request|custom_id|input_audio|logprobs|max_model_len|tool_choice|tool_calls|\
    conversation_locked|presencepenalty|frequencypenalty|reasoningeffort|encrypted_content|reasoning_content|json_validate_failed|\
    failed_generation|failed during generation|header using bearer auth|enginecore|ggml_|qwq|generation_config|generationconfig|safety_settings|\
    already has an active run|stream options|expected a string with|expected an array with|inputtextsensitivecontentdetected|image_safety|\
    image_prohibited_content|image_recitation|controlled generation|items are not persisted|capacity on this model|inference limit|experience mode|\
    completion failed with status|language model completion|response mime type|response_mime_type|responsemimetype|payload.input|input.contents|input.texts|\
    unsafe_generation|generateimages|batchgenerate|predictlongrunning|ak/sk|streamgeneratecontent|counttokens|jsondeserialize|async_openai|`temperature`|\"temperature\"|temperature=|temperature must|temperature should|temperature value|\
    temperature parameter|temperature is deprecated|temperature and top_p|set temperature|temperature to|temperature of 0|temperature of 1";
