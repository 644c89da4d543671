//! A provider that has no room at the moment.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule::new("provider_overloaded", 5.5).codes(&[
        "overloaded_error",
        "overloaded",
        "engine_overloaded_error",
        "engine_overloaded",
        "serveroverloaded",
        "server_overloaded",
        "queue_exceeded",
        "modelnotreadyexception",
        "capacity_exceeded",
        "no_capacity",
        "nocapacity",
        "model_overloaded",
        "over_capacity",
    ]),
    Rule::new("provider_overloaded", 5.4)
        .says(&[
            "model|engine|server|service|provider|api|backend|endpoint|system & overloaded|overload|at capacity|over \
             capacity|out of capacity|too busy|saturated",
            "overloaded_error|overloadederror|overloaded.",
            "high demand|high traffic|high load|heavy load|heavy traffic|surge in & try again|please|currently|retry|later|\
             unable|not process|experiencing|spikes|unavailable",
            "capacity & exceeded|insufficient|not enough|not available|no available|limited|constraint|unavailable|short & \
             !disk|memory|storage|budget",
            "currently overloaded with other requests",
            "server is busy|service is busy|system busy|model is busy|server busy",
            "is busy & try|later|again",
            "service tier capacity exceeded",
            "not ready & model|on-demand|inference",
            "queue & full|exceeded|too long",
            "maximum pending requests|pending requests exceeded|max pending requests|负载已达上限",
            "服务器繁忙|系统繁忙|服务繁忙|模型过载|负载过高|服务过载|负载已饱和|访问量过大|繁忙|過載|伺服器忙碌|请求量过大|当前请求过多|\
             请求过多请稍后",
            "überlastet|stark ausgelastet",
            "surchargé|forte demande",
            "sobrecargad|alta demanda",
            "混雑|過負荷|混み合って",
            "перегружен",
        ])
        .of_an_api(),
    Rule::new("provider_overloaded", 5.2).says(&[
        "model is overloaded|model is currently overloaded|model is currently experiencing high demand|overloaded with other requests",
    ]),
    Rule::new("service_unavailable", -1.5).says(&["overloaded|high demand"]),
    Rule::new("provider_overloaded", 4.5).statuses(&[529]),
    Rule::new("provider_overloaded", 2.6).says(&["overloaded|over capacity|server is busy|too busy"]),
    Rule::new("provider_overloaded", -2.0).says(&["upstream & rate-limited|rate limited|饱和"]),
    Rule::new("provider_overloaded", 2.0).codes(&["unavailable"]).statuses(&[503]).of_an_api(),
];
