//! What a conversation must carry along: thinking, signatures, items of the Responses API, runs; and calls that must stream.

use crate::explain::rule::Rule;
use crate::explain::rules::facts;

pub(super) const RULES: &[Rule] = &[
    Rule::new("thinking_block_missing", 6.8).says(&[
        "thinking|redacted_thinking & expected|must start with|must begin|should start|must be followed|cannot be modified|must remain|must be \
         passed|must be preserved|must contain|preceding|first block|lastmust|signature|final block & block|blocks|assistant|content|found|type|field \
         & !budget|thought_signature|max_tokens|tool_choice|temperature",
        "reasoning_content|reasoning content & must be passed|must be provided|missing|is missing|required|pass back|passed back|must include|need|not \
         found & thinking|assistant|tool call|tool_calls|message|api & !unsupported|unknown",
        "invalid signature & thinking",
        "expected thinking or redacted_thinking",
    ]),
    Rule::new("thinking_block_missing", 6.8)
        .says(&["required|invalid|missing|expected|must"])
        .when(|case| facts::mentions(case, &["thinking.signature"])),
    Rule::new("thinking_block_missing", -2.5).says(&["thought_signature|thought signature"]),
    Rule::new("thought_signature_missing", 7.0).says(&[
        "thought_signature|thoughtsignature|thought signature|thought_signatures|thought signatures|signature of thought",
    ]),
    Rule::new("responses_item_missing", 6.8).says(&[
        "was provided without its required|without its required|provided without & following item|reasoning item|reasoning",
        "item|items & rs_|msg_|fc_ & without|missing|required & following|reasoning|preceding|item",
        "reasoning & item & required & following|preceding|must be followed|must precede",
        "item|items & rs_|msg_|fc_|id & not found|not persisted & store|persisted|previous",
        "encrypted_content|encrypted content & could not be|verified|decrypted|invalid.|missing|parse",
    ]),
    // Items are named by what they are: reasoning, messages, calls, searches, images.
    Rule::new("responses_item_missing", 6.8).says(&[
        "item|items|reasoning item|input item & rs_|msg_|fc_|ws_|ig_|ci_|mcp_|fs_|cu_ & not found|not be found|no longer|does not exist|not exist|expired|unknown|not stored|not persisted",
        "items are not persisted|item is not persisted|not persisted when store",
    ]),
    Rule::new("endpoint_not_found", -4.0).says(&["item with id|items with id|item rs_|item msg_|item fc_"]),
    Rule::new("responses_item_missing", 6.0).codes(&["invalid_encrypted_content", "responses_item_missing"]),
    Rule::new("responses_item_missing", -3.0).says(&["thought_signature", "no tool output|tool_call_id", "previous_response_id|previous response"]),
    Rule::new("previous_response_not_found", 6.8).codes(&["previous_response_not_found", "previous_response_expired"]),
    Rule::new("previous_response_not_found", 6.6).says(&[
        "previous response|previous_response_id|previous_response|response with id|response id & not found|no such|does not exist|expired|not stored|\
         unknown|invalid.|could not be found|cannot be found|zero data retention|deleted|not exist",
        "conversation with id|conversation id & not found|does not exist & resp_|conv_",
    ]),
    Rule::new("run_in_progress", 6.6).says(&[
        "run.|thread.|assistant. & while a run|run is active|already running|active run|is already active|still running|in progress|already has an \
         active & !docker|container|job|runner|workflow|pipeline",
        "cannot|can not & add messages & thread|run",
        "conversation|thread|session & locked|another process|another request|currently being|being used|in use & operating|response|run|conversation",
        "previous|another|existing & response|generation|run|request & still in progress|not finished|not completed|has not finished|in progress",
    ])
    .of_an_api(),
    Rule::new("run_in_progress", 5.5).codes(&["conversation_locked", "run_active", "thread_busy", "active_run"]),
    Rule::new("streaming_required", 6.4).says(&[
        "streaming is required|streaming is strongly recommended|streaming strongly recommended|must be streamed|must use streaming|must use \
         stream|requires streaming|requires stream|stream must be set to true|stream must be true|set stream to true|please use stream|please set \
         stream|streaming mode only|only streaming|enable streaming|stream mode only|stream is required for",
        "longer than 10 minutes|operations that may take longer & stream|streaming|10 minutes",
        "only support|only supports|supports only|only available|only be called & stream mode|streaming mode|streaming output|stream output|\
         stream=true|stream: true|stream true|streaming request|streaming call|streaming. & !non-stream",
        "non-streaming|nonstream|non-stream|stream false|stream=false|synchronous & not supported|not allowed|not support|unsupported|cannot|\
         disabled|can not",
        "must be set to false & non-streaming|non-stream",
        "仅支持|只支持|必须|只能 & 流式|stream",
        "http call & stream|does not support http call",
    ])
    .of_an_api(),
    Rule::new("streaming_required", 5.6).says(&["only support stream mode|only supports stream mode|supports only stream mode"]),
    Rule::new("streaming_required", -3.0).says(&["must be verified", "non-streaming & only support non|only supports non"]),
];
