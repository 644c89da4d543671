//! Tools: their names, schemas and number, calls without results and results without calls, and servers without a parser.

use crate::explain::case::Case;
use crate::explain::rule::Rule;
use crate::explain::rules::facts;

/// Places within the schema of a tool's arguments.
const SCHEMA_OF_A_TOOL: &[&str] = &[
    "*function.parameters",
    "*.parameters.properties",
    "*.parameters.type",
    "*.parameters.required",
    "*.input_schema",
    "*.input_schema.type",
    "*.input_schema.properties",
];

pub(super) const RULES: &[Rule] = &[
    Rule::new("tool_results_missing", 6.2).says(&[
        "tool_calls|tool_use|tool_call_id|tool_call_ids|tool call|tool calls|toolcalls|function call|function calls|tooluse|function_call & \
         must be followed|followed by|without|did not have|do not have|does not have|have no|no corresponding|no response|missing|no matching|\
         unanswered|not followed|was not followed|not been|expected|immediately after & tool_result|tool result|response messages|tool \
         message|tool messages|tool response|tool output|toolresult|function response|output|function_call_output|result|results & \
         !thought_signature|signature|preceding|preceeding|unexpected tool_use_id|no tool call found|arguments|required following|\
         reasoning item|thinking",
        "no tool output found|no tool outputs found|no function_call_output",
        "tool output & not found|missing & function call|call_",
        "number of function response parts|function response parts & equal",
        "number of toolresult blocks|number of tool results & match|same|exceed|equal",
        "not the same number of function calls and responses|not the same number of & function calls|tool calls",
        "insufficient tool messages",
        "tool_use ids were found|tool_use ids & without",
        "function call turn & comes immediately|function response turn & after|must come",
        "tool_call|tool_calls|function_call & 没有|缺少|必须 & 结果|响应|tool",
    ]),
    Rule::new("tool_result_orphan", 6.6).says(&[
        "unexpected tool_use_id|unexpected & tool_result|tool_use_id",
        "must be a response to|must follow|should follow|must be preceded|must come after|must be in response & preceding|preceeding|previous|\
         tool_calls|tool_call|tool call",
        "tool_result|tool result|toolresult|tool message|tool messages|role tool|tool response|function response|function_call_output|tool \
         output & no corresponding|no matching|without|does not match|not match|not found|without a preceding|previous message|orphan|no tool \
         call found|unknown tool call|exceed|no preceding|not correspond|must be preceded|cannot be the first|not expected|preceding|invalid. \
         tool_call_id & !did not have response|must be followed|ids were found without|immediately after",
        "no tool call found|no tool call with|no function call found",
        "tool_call_id|tool call id|call_id & not found|does not match|unknown|no corresponding|no match|invalid. & tool_calls|previous|preceding|\
         assistant|conversation|message",
        "not expect & tool|function & role|message & after|previous",
        "unexpected role tool after|unexpected role 'tool' after",
        "number of toolresult blocks & exceeds",
    ]),
    Rule::new("tool_results_missing", -2.5).says(&["number of toolresult blocks & exceeds"]),
    Rule::new("tool_schema_invalid", 6.0).codes(&["invalid_function_parameters", "invalid_tool_schema", "invalid_function_schema"]),
    Rule::new("tool_schema_invalid", 5.8).says(&[
        "invalid schema|invalid parameter schema|invalid json schema|schema|input_schema|parameters schema|inputschema|.parameters & function|tool|\
         tools|toolspec|.input_schema|input_schema|inputschema|function_declarations|functiondeclaration|custom.input_schema & invalid.|not \
         valid|must|missing|required|unsupported|not supported|not support|expected|error|exceed|fail|unrecognized|incorrect|none is not of & \
         !response_format|does not match pattern|name.|arguments|tool call validation|response format|text.format",
        "function_declarations|functiondeclarations & parameters|properties|schema|items|enum|required|type|cannot find field|format|unknown name|\
         description & !name.|thought_signature|invalid function name",
        "tools & unknown name|additionalproperties|exclusiveminimum|$schema|anyof|oneof|allof|$ref|array schema missing items|not be empty",
        "array schema missing items|should be non-empty for object type|non-empty for object",
        "tools|tool & parameters|input_schema|json schema|properties & must|invalid.|missing|should|unsupported|required|expected|is not|type & \
         !response_format|name.|does not match pattern",
        "json schema is invalid. & draft 2020-12|tool|input_schema",
        "tool|tools|function & oneof|allof|anyof|$ref|additionalproperties & top level|not support|not allowed|not permitted|must",
        "schema & tool|function & too complex|recursive|depth|nesting|too many",
        "failed to parse grammar|unable to generate parser|json schema conversion failed",
        "only allowed for string type|only allowed for & enum",
        "工具|函数 & schema|参数定义|参数 & 无效|不合法|格式",
    ]),
    Rule::new("tool_schema_invalid", 6.0)
        .says(&["required|valid|match|should|must|invalid|expected|permitted|support|missing|cannot find"])
        .when(|case| facts::mentions(case, &["input_schema", "inputschema", "function_declarations", "function.parameters"])),
    Rule::new("tool_schema_invalid", 6.4).params(SCHEMA_OF_A_TOOL),
    Rule::new("param_invalid_type", -3.0).params(SCHEMA_OF_A_TOOL),
    Rule::new("param_missing", -3.0).params(SCHEMA_OF_A_TOOL),
    Rule::new("tool_schema_invalid", 4.6).codes(&["tool_use_failed"]),
    Rule::new("tool_schema_invalid", 4.6).says(&["tool call validation failed|failed to call a function"]).of_an_api(),
    Rule::new("tool_schema_invalid", -3.0).when(facts::names_a_tools_name),
    // Tools that a provider has built in have members of their own, and a place among the messages is not a schema.
    Rule::new("tool_schema_invalid", -5.0).says(&["missing required|required parameter|is required|field required"]).when(lacks_a_tools_own_member),
    Rule::new("param_missing", 6.8).says(&["missing required|required parameter|is required|field required"]).when(lacks_a_tools_own_member),
    Rule::new("tool_schema_invalid", -5.0).says(&["final position|last position|final turn|last turn|final message|last message & assistant|role"]),
    Rule::new("tool_name_invalid", -5.0).says(&["unknown name|name & cannot find field|can not find field|cannot start list|can not start list|proto field"]),
    Rule::new("tool_schema_invalid", 6.4).says(&["function_declarations|functiondeclarations & proto field|can not start list|can not find field|unknown name"]),
    Rule::new("tool_schema_invalid", -2.0).says(&["response_format|response_schema|text.format|json_schema & schema|invalid."]),
    // Names.
    Rule::new("tool_name_invalid", 6.6).says(&[
        "name|.name|names|tool_name|function.name & does not match|should match|must match|not match|must be a-z|a-za-z0-9_-|a-za-z0-9_|alphanumeric|\
         illegal|invalid characters|must start with & tool|tools|function|.function.name|function_declarations|toolspec|custom.name|pattern & \
         !bucket|repository|container|namespace|resource|model name|deployment|package|user.name|schema name",
        "invalid function name|invalid tool name|invalid toolname|tool name|tool names|function name|function names|function_declarations & \
         start with|must be|must match|too long|longer than|invalid.|not valid|at most|maximum|64|characters|pattern|unique|duplicate & !unknown \
         tool|not found|not exist|was not found",
        "tools|tool|.function.name|.name|toolconfig|toolspec & name|.name & string too long|too long|maximum length|length less than|64|128",
        "tool names must be unique|duplicate tool|duplicate function|tools names must be unique",
        "工具|函数 & 名称|名 & 无效|非法|长度|只能|超过|过长|太长",
    ])
    .of_an_api(),
    Rule::new("tool_name_invalid", 6.4)
        .params(&["*function.name", "*.custom.name", "*toolspec.name", "*].name", "*tool_name"])
        .codes(&["invalid_value", "string_above_max_length", "string_pattern_mismatch", "invalid_request_error", "string_too_long"]),
    Rule::new("tool_name_invalid", 6.8)
        .says(&["pattern|too long|length|characters|match|unique|duplicate|constraint|invalid."])
        .when(facts::names_a_tools_name),
    Rule::new("too_many_tools", -3.0).when(facts::names_a_tools_name),
    Rule::new("too_many_tools", -4.0).says(&["toolresult|tooluse|tool_result|tool_use|tool_calls"]),
    Rule::new("model_no_tools", -4.0)
        .when(|case| facts::mentions(case, &["input_schema", "function_declarations", "oneof", "json schema"])),
    // Calls of tools in the history, and no tools beside them.
    Rule::new("param_missing", 7.2).says(&[
        "tool_use|tool_result|tooluse|toolresult|tool_calls|tool calls|tool calling|tool blocks|tool content|toolconfig|tool messages & must define|must be defined|must be specified|must be given|must be passed|must be present|must also define|\
         must specify|must declare|must be declared|without tools|without a tools|without defining|no tools were|no tools are|param specified|is required when|required if|\
         required when & tools|toolconfig & !must be followed|corresponding|preceding|without tool_result",
    ]),
    Rule::new("model_no_tools", -5.0).says(&["tool calling without tools|tool use without tools|without tools= param|without the tools param"]),
    Rule::new("tool_schema_invalid", -4.0).says(&["must define tools|toolconfig field must be defined|tools must be defined|must declare tools"]),
    // Too many.
    Rule::new("too_many_tools", 6.7).says(&[
        "tools|functions|tool|function declarations|function_declarations & array too long|too many|at most|maximum number|exceeds the maximum|more \
         than|exceed|limit of|up to|maximum of|cannot exceed|less than or equal & 128|64|tools|512|20|100|array|functions|number & \
         !characters|name|string too long|iterations|tool calls|retries|rounds|tokens|per min",
        "max tools|maximum tools|tools limit|工具数量",
    ]),
    Rule::new("too_many_tools", 6.6).codes(&["array_above_max_length", "too_many_tools", "too_long"]).params(&["tools", "functions", "body.tools"]),
    // Servers without the flags.
    Rule::new("vllm_tool_flags_missing", 6.8).says(&[
        "enable-auto-tool-choice|--enable-auto-tool-choice|tool-call-parser|--tool-call-parser",
        "auto tool choice|tool_choice|tool choice & requires|not set|require|enable|parser|--jinja|jinja & !unsupported value|not supported with|thinking",
        "tools param requires|tool calling requires|function calling requires & --jinja|jinja|parser|flag",
        "reasoning-parser|--reasoning-parser & set|require",
    ]),
];

/// What is missing has its place in a tool, outside of its name and its schema: `tools[5].filters.type`.
fn lacks_a_tools_own_member(case: &Case) -> bool {
    const OF_A_FUNCTION: &str = "function|parameters|input_schema|inputschema|schema|properties|custom|toolspec|name";
    case.params.iter().any(|param| {
        let inner = param
            .strip_prefix("tools")
            .map(|rest| rest.trim_start_matches(|c: char| "[].".contains(c) || c.is_ascii_digit()));
        inner.is_some_and(|inner| !inner.is_empty() && !OF_A_FUNCTION.split('|').any(|part| inner.contains(part)))
    })
}
