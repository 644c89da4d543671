//! Faults of the server: the provider's own, and model runners that broke down.

use crate::explain::case::Case;
use crate::explain::rule::Rule;
use crate::explain::rules::facts;

pub(super) const RULES: &[Rule] = &[
    Rule::new("server_error", 4.2)
        .codes(&["server_error", "api_error", "internal_server_error", "internal_error", "internal", "internalserverexception", "internalservererror", "internal_failure", "model_error"])
        .of_an_api(),
    Rule::new("server_error", 4.0)
        .says(&[
            "internal server error|internal error|internalservererror|internal_server_error|internalserverexception|internal failure|internalfailure",
            "server|service|system|api|model|provider & had an error|encountered an error|unexpected error|experienced an error|encountered an unexpected|\
             error processing|error while processing|error occurred while processing|something went wrong|internal & !json|parse|your code|client",
            "an error occurred while processing your request|error while processing your request|internal error has occurred",
            "model produced invalid content|model error|unexpected error during processing",
            "inference failed|inference error|generation failed|prediction failed",
            "服务器内部错误|内部错误|系统错误|服务内部错误|服务器错误|未知错误",
            "interner serverfehler",
            "erreur interne",
            "error interno",
            "erro interno",
            "内部エラー|サーバーエラー",
            "внутренняя ошибка",
        ])
        .of_an_api(),
    Rule::new("server_error", 3.0).statuses(&[500]).of_an_api(),
    Rule::new("server_error", 1.0).statuses(&[500]).exceptions(&["internalservererror", "apierror", "apistatuserror"]),
    Rule::new("server_error", 1.6).says(&["500 internal server error|internal server error"]).statuses(&[500]),
    // A local runner.
    Rule::new("local_backend_crashed", 5.8).says(&[
        "llama runner|runner process|model runner|llama-server|llama_server|inference server|inference engine|backend|runner|worker|engine core|enginecore|\
         subprocess & terminated|exited|no longer running|crashed|crash|unexpectedly stopped|stopped unexpectedly|died|dead|killed|segmentation|exit \
         status|exit code|has failed & !docker|build|test|self-hosted|github",
        "cuda out of memory|outofmemoryerror|out of memory|hip out of memory|mps backend out of memory|cudamalloc failed|cuda error|cublas|cudnn|\
         ggml_assert|ggml_cuda|rocm error|metal & memory|error|failed|cuda|gpu|oom|assert|allocate|model & !postgres|mysql|redis|java heap|javascript heap|\
         node",
        "torch.cuda.outofmemoryerror|torch.outofmemoryerror|cuda out of memory|cuda error|cudamalloc|ggml_assert",
        "requires more system memory|requires more & memory|not enough available memory|enough available memory|not enough memory|insufficient memory|\
         insufficient system resources|insufficient vram|not enough vram|memory layout cannot be allocated|unable to allocate & model|load|memory|backend|\
         buffer|resources|vram",
        "failed to generate embedding|failed to load model|unable to load model|error loading model|failed to create context|failed to create llama|could not \
         load model|model failed to load|loading was stopped|model loading & failed|error|stopped",
        "asyncenginedeaderror|enginedeaderror|enginecore|engine loop|background loop & dead|encountered|error|errored|stopped|fatal",
        "the model has crashed|model has crashed|model crashed|unexpectedly stopped this may be due",
        "no available memory for the cache blocks|kv cache|cache blocks & memory|larger than|no available|slot|full & !prompt cache",
        "unknown model architecture|gguf & fail|error|invalid.|corrupt|unsupported|magic",
        "signal: killed|signal: aborted|signal: segmentation|sigkill|sigabrt|sigsegv|signal arrived during cgo",
        "显存不足|内存不足|显存溢出",
    ])
    .of_an_api(),
    Rule::new("local_backend_crashed", 5.4).says(&[
        "llama runner|ollama runner & exited|terminated|no longer|exit status",
        "requires more system memory|may not have enough available memory to run",
    ]),
    Rule::new("model_loading", -4.0).says(&["terminated|exit status|exit code|failed to load|unable to load|allocate|crash"]),
    Rule::new("local_backend_crashed", 5.6).says(&[
        "post predict|do embedding request|/completion|/embedding & eof|forcibly|wsarecv & 127.0.0.1|localhost|predict|embedding",
        "timed out waiting for llama runner|error starting llama|starting the external llama server|llama server & exit|terminated|stopped",
        "maximum number of tokens that can be stored in kv cache",
    ]),
    Rule::new("local_backend_crashed", -3.0).says(&["training|imagenet|epoch|fine-tun|finetun|trainer|loss.backward"]),
    // A program of one's own that fills the card's memory says no more than this.
    Rule::new("local_backend_crashed", -6.0)
        .says(&["torch.cuda.outofmemoryerror|torch.outofmemoryerror|cuda out of memory & tried to allocate"])
        .when(is_of_ones_own),
    Rule::new("local_backend_crashed", 5.0).exceptions(&["asyncenginedeaderror", "enginedeaderror", "mqenginedeaderror"]),
    Rule::new("model_name_mismatch_local", -3.0).says(&["failed to load|exit code|exit status"]),
    Rule::new("local_backend_crashed", 3.2).statuses(&[500]).when(facts::calls_local_server),
    Rule::new("local_backend_crashed", 2.2).statuses(&[500]).providers(&["ollama", "lmstudio", "llamacpp", "vllm", "localai"]),
];

/// Nothing says that a server failed.
fn is_of_ones_own(case: &Case) -> bool {
    let named = case.providers.is_empty() && case.addresses.is_empty() && case.models.is_empty();
    named && case.statuses.is_empty() && !facts::mentions(case, &["during generation", "inference"])
}
