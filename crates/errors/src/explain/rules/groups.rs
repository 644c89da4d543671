//! Groups of words that mean the same, for the patterns of rules: what services print in English and other languages.
//!
//! Each is a macro that stands for a text, so that `concat!` can put it into a pattern.

/// What proves who calls.
macro_rules! key_words {
    () => {
        "api key|apikey|api_key|api-key|x-api-key|x-goog-api-key|api token|api-token|authentication token|auth token|\
         access token|bearer token|authorization token|subscription key|secret key|credential|auth_token|authtoken|api-schluessel|api schluessel|\
         virtual key|user token|密钥|令牌|apiキー|api-schlüssel|api schlüssel|clave de api|clave api|clé api|clé d api|\
         ключ api|api ключ|api-ключ|chave de api|chave da api|api-sleutel|api sleutel|klucz api|klucza api|chiave api|chiave di api|\
         api-nyckel|api anahtar|api 키|api키|인증 키|openai-schlüssel|clef api|kunci api|khóa api|api-kulcs|anmeldeinformationen|zugangsdaten|identifiants|credenciales|\
         credenciais|учётные данные|учетные данные|認証情報|자격 증명|凭证|凭据|认证信息|secretid|secret id|ak/sk|accesskey"
    };
}

/// The header that carries it.
macro_rules! header_words {
    () => {
        "authorization header|authorization field|authentication header|auth header|bearer auth|x-api-key header|\
         api-key header|authorization token|authorization headers|authorization parameter|header authorization|\
         authentication参数|authorization头|authorization 头|authorization-header|en-tête authorization"
    };
}

/// It is not there.
macro_rules! missing {
    () => {
        "missing|not provided|not provide|no api key|no api-key|not set|not supplied|not specified|not included|\
         not present|is required|are required|required to|must be provided|must provide|need to provide|must be included|\
         must include|must supply|must pass|must contain|was not sent|not given|absent|not detected|not configured|\
         not defined|is undefined|is null|is empty|not received|please provide|please supply|please include|expects a|\
         required but|requires an api|requires a valid|api key required|not contain|缺少|未提供|没有提供|未收到|未设置|未配置|\
         不能为空|请提供|需要提供|请输入|请先|fehlt|fehlen|nicht angegeben|nicht gesetzt|erforderlich|manquant|requise|non fourni|falta|\
         no se proporcion|es obligatori|ausente|não fornecid|não informad|obrigatóri|отсутствует|не указан|не задан|\
         не предоставлен|не передан|не отправлен|требуется|ありません|指定されていません|設定されていません|必要です"
    };
}

/// It is there and wrong.
macro_rules! wrong {
    () => {
        "invalid|incorrect|not valid|wrong|is bad|bad api|bad credential|bad key|not recognized|not recognised|unknown|\
         unrecognized|unrecognised|not accepted|rejected|no such|not found|not be found|does not exist|not exist|\
         not correct|not authentic|can not be verified|could not verify|could not be verified|failed verification|\
         verification failed|fails|fail to auth|failed to auth|do not match any|not associated|not registered|isn t valid|\
         无效|错误|不正确|非法|不存在|不合法|有误|验证失败|ungültig|ungueltig|falsch|fehlerhaft|invalide|incorrecte|non valide|no válida|\
         no es válida|inválid|incorrecta|неверн|недействительн|неправильн|無効|正しくありません|不正です|ongeldig|onjuist|nieprawidłow|non è valid|n est pas valide|geçersiz|ogiltig|ugyldig|neplatn|\
         유효하지|잘못된|tidak valid|không hợp lệ|érvénytelen|nicht gültig|no es válido"
    };
}

/// Nothing of that name.
macro_rules! not_there {
    () => {
        "not found|not be found|notfound|not_found|does not exist|do not exist|not exist|did not exist|no such|unknown|\
         unrecognized|unrecognised|not recognized|not recognised|could not find|can not find|unable to find|\
         failed to find|could not resolve|couldnt find|not available|unavailable|is not a valid|is invalid|not valid|\
         invalid model|not supported by any|not support model|no model|not listed|not a known|not known|non-existent|\
         nonexistent|nonexisting|can not be found|can not locate|could not locate|unable to locate|be located|not located|not among|not one of|\
         not in the list|no matching|not configured|not registered|isn t available|不存在|未找到|找不到|没有找到|无效|不支持该模型|\
         模型错误|nicht gefunden|existiert nicht|unbekannt|nicht verfügbar|no existe|no encontrad|no se encontr|\
         no disponible|introuvable|n existe pas|inconnu|pas disponible|見つかりません|存在しません|не найден|не существует|\
         недоступн|não existe|não encontrad|nao existe|não foi encontrad|inexistente|nicht vorhanden|gibt es nicht|bestaat niet|\
         niet gevonden|nie istnieje|nie znaleziono|non esiste|non trovat|찾을 수 없|존재하지|bulunamadı|no model called|\
         no model named|not hosted|kein modell|aucun modèle|ningún modelo|nenhum modelo|nessun modello|hittades inte|finns inte|findes ikke|tidak ditemukan|không tồn tại"
    };
}

/// It was valid once.
macro_rules! expired {
    () => {
        "expired|has expired|is expired|expiry|past its expir|no longer valid|outdated|已过期|过期|失效|abgelaufen|expiré|\
         caducad|expirad|expirou|истек|истёк|просрочен|期限切れ|有効期限|verlopen|wygas|scadut|süresi dol|만료|utgått|udløbet|kedaluwarsa|hết hạn|too old"
    };
}

/// It was valid until somebody put an end to it.
macro_rules! disabled {
    () => {
        "disabled|revoked|suspended|deactivated|blocked|banned|deleted|leaked|terminated|inactive|has been removed|\
         was removed|compromised|locked|frozen|invalidated|restricted|封禁|禁用|停用|冻结|状态不可用|被删除|gesperrt|deaktiviert|\
         widerrufen|désactivé|révoqué|suspendu|desactivad|suspendid|revocad|revogad|bloquead|заблокирован|отключен|отозван|\
         無効化|停止|zablokowan|wyłączon|disattivat|geblokkeerd|정지|비활성|askıya"
    };
}

/// The caller may not.
macro_rules! not_allowed {
    () => {
        "not allowed|not authorized|not authorised|unauthorized|not permitted|no permission|no access|not have access|\
         not have permission|not have the permission|no rights|access denied|access is denied|accessdenied|access_denied|\
         permission denied|permission_denied|forbidden|insufficient permission|insufficient privilege|lacks|lack of|\
         not granted|not entitled|without access|not enabled|requires access|无权|没有权限|权限不足|未开通|拒绝访问|keine berechtigung|\
         nicht berechtigt|zugriff verweigert|accès refusé|pas accès|pas autorisé|acceso denegado|sin permiso|no tiene acceso|\
         no autorizad|acesso negado|sem permissão|нет доступа|доступ запрещен|доступ запрещён|権限がありません|アクセス権|nie masz|brak uprawnień|geen toegang|non autorizzato|accesso negato|권한이 없|yetkiniz"
    };
}

/// A model, by whatever word.
macro_rules! model_words {
    () => {
        "model.|models|the model|model_name|modelid|model_id|model id|model name|model identifier|engine.|checkpoint|\
         模型|模型名称|modell|modelo|modèle|модел|モデル|모델|modele|mô hình"
    };
}

/// What shows that something is said of the body or of a budget, not of the key.
macro_rules! not_of_a_key {
    () => {
        "max_tokens|unexpected token|json|context length|tokens per|parse|quota|rate limit|budget|tool_call|csrf|\
         next_page_token|page token|image"
    };
}

/// What is counted: calls.
macro_rules! request_words {
    () => {
        "request|requests|calls|call.|queries|completions|messages|generations|prompts|anfrage|aufruf|requête|requete|appels|\
         solicitud|peticion|petición|llamada|requisiç|requisic|solicitaç|pedidos|chamada|richiest|chiamat|запрос|вызов|\
         リクエスト|呼び出し|请求|調用|调用|次数|요청|호출|verzoek|aanvra|żąda|zapyta|istek"
    };
}

/// What is counted: tokens.
macro_rules! token_words {
    () => {
        "token|tpm.|токен|jeton|トークン|토큰|词元"
    };
}

/// In a period that passes while one waits.
macro_rules! per_minute {
    () => {
        "per minute|per min|per-minute|a minute|each minute|every minute|minutely|/minute|/min|/ min|requests/min|tokens/min|\
         req/min|per second|per sec|a second|each second|every second|/sec|/s.|rpm.|tpm.|qps.|rps.|pro minute|je minute|pro sekunde|\
         par minute|par seconde|por minuto|por segundo|al minuto|al secondo|в минуту|в секунду|分あたり|分間|毎分|秒あたり|毎秒|每分钟|每分|\
         分钟内|每秒|분당|초당|per minuut|na minutę|dakikada"
    };
}

/// In a period that ends tomorrow.
macro_rules! per_day {
    () => {
        "per day|per-day|/day|requests/day|a day|each day|every day|daily|today|tomorrow|24 hours|24h|midnight|pro tag|täglich|\
         tages|heute|morgen wieder|par jour|quotidien|journali|aujourd|demain|por día|al día|diaria|diario|hoy|mañana|por dia|diári|hoje|\
         amanhã|al giorno|giornalier|oggi|domani|в день|в сутки|суточн|дневн|сегодня|завтра|日あたり|一日|毎日|本日|明日|每天|每日|今日|当日|\
         今天|明天|하루|일일|내일|mỗi ngày|per hari|per dag|dagelijks|dzienn|günlük"
    };
}

/// The bound is passed.
macro_rules! exceeded {
    () => {
        "exceed|over the|over your|above|beyond|reached|hit.|maxed|used up|used all|exhausted|spent|too many|too much|more than|limit|\
         cap.|allows|allowed|permits|permitted|at most|no more than|überschritten|überschreit|erreicht|aufgebraucht|zu viele|höchstens|\
         dépass|atteint|épuisé|trop de|excedid|excede|superad|supera|alcanzad|agotad|demasiad|atingi|ultrapass|esgotad|muitas|\
         raggiunt|esaurit|troppe|troppi|превыш|исчерпан|достигнут|слишком много|超え|上限|達し|多すぎ|超过|超出|超限|用完|耗尽|达到|过多|초과|\
         한도|너무 많|overschreden|bereikt|te veel|przekrocz|osiągni|aşıldı"
    };
}

/// At one time.
macro_rules! at_once {
    () => {
        "concurren|parallel|simultaneous|in flight|in-flight|at once|at the same time|at a time|active stream|active request|\
         active generation|open stream|open connection|already running|running request|running generation|still running|gleichzeitig|\
         simultané|en même temps|simultáne|à la fois|simultâne|contemporane|одновременн|параллельн|同時|并发|並發|同时|동시"
    };
}

/// A server that cannot take more.
macro_rules! busy {
    () => {
        "overload|over capacity|at capacity|capacity|swamped|saturated|congest|too busy|is busy|are busy|very busy|high load|\
         heavy load|high demand|high traffic|heavy traffic|peak load|peak demand|unusual demand|queue is full|queue full|\
         cannot take|can not take|no free slot|no free worker|no available worker|all replicas|all workers|all slots|load shed|\
         shedding|überlast|ausgelastet|surcharg|saturé|sobrecarg|saturad|sovraccaric|перегруж|負荷|混雑|混み合|负载|负荷|繁忙|过载|拥挤|压力过大|压力较大|资源紧张|\
         혼잡|과부하|overbelast|przeciążon|yoğun"
    };
}

/// Refused as such, not for its size.
macro_rules! refused {
    () => {
        "not supported|unsupported|not support|not available|unavailable|not allowed|not permitted|not accepted|not accept|\
         not compatible|incompatible|not enabled|not implemented|not possible|not applicable|not offered|not changeable|can not be|\
         cannot be|may not be|must not be|must be omitted|must be removed|reject|refuse|forbid|prohibited|disallow|ignores|remove.|omit|\
         drop.|leave out|fixed|only the default|nicht unterstützt|nicht erlaubt|nicht verfügbar|nicht möglich|non supporté|pas supporté|\
         prise en charge|pas pris en charge|pas autorisé|no soportad|no está soportad|no es compatible|no admite|no se admite|no permitid|\
         não suportad|não é suportad|não permitid|non supportat|non è supportat|non consentit|не поддерж|недопустим|нельзя|サポートされて|\
         対応して|使用できません|不支持|不允许|不可用|无法使用|지원하지|지원되지|indisponible|no disponible|indisponível|недоступ|not offered|isn t offered|not something|does not take|not take|niet ondersteund|nie jest obsługiwan|desteklenm"
    };
}

/// Not a name that is known.
macro_rules! unrecognized {
    () => {
        "unrecognized|unrecognised|not recognized|not recognised|not recognize|unknown|not known|unexpected|no such|not a known|\
         not understood|not defined in|extraneous|undocumented|not part of|superfluous|unbekannt|nicht erkannt|nicht bekannt|inconnu|\
         non reconnu|pas reconnu|inattendu|desconocid|no reconocid|no se reconoce|inesperad|desconhecid|não reconhecid|sconosciut|\
         non riconosciut|неизвестн|не распозна|不明な|認識され|未知|无法识别|不识别|未识别|알 수 없는|onbekend|nieznany|bilinmeyen"
    };
}

/// Within which bounds a number must lie.
macro_rules! bounds {
    () => {
        "between|must satisfy|must lie|lie in|range|bounds|interval|at most|at least|less than|greater than|more than|smaller than|larger than|\
         no more than|no greater|cannot exceed|can not exceed|not exceed|exceeds|above|below|maximum|minimum|negative|positive|\
         >=|<=|too high|too low|too large|too small|too big|zwischen|höchstens|mindestens|bereich|entre|maximal|compris|intervalle|\
         máximo|mínimo|rango|intervalo|tra 0|compreso|intervall|между|диапазон|не более|не менее|以上|以下|範囲|之间|范围|大于|小于|不超过|사이|범위"
    };
}

/// Of which kind a value must be.
macro_rules! type_words {
    () => {
        "string|number.|numeric|integer|int.|float|double|boolean|bool.|array|list.|object.|dictionary|zahl|ganzzahl|zeichenkette|\
         chaîne|entier|nombre|booléen|tableau|cadena|entero|número|booleano|matriz|inteiro|texto|stringa|intero|numero|строк|число|\
         целое|массив|булев|文字列|数値|整数|配列|字符串|数字|数组|布尔|浮点|문자열|정수|숫자|배열"
    };
}

/// One was wanted, another came.
macro_rules! wanted_other {
    () => {
        "must be|should be|has to be|needs to be|expected|expects|given|got|instead|received|not of type|not a|wrong type|type error|\
         cannot be parsed|could not be parsed|can not convert|cannot convert|muss|erwartet|statt|doit|attendu|debe|esperaba|\
         se esperaba|deve|esperado|previsto|atteso|должен|должна|должно|ожида|必须|应为|应该|期望|なければ|必要があります|여야"
    };
}

/// Parameters of a generation that models differ in.
macro_rules! tuning_words {
    () => {
        "top_p|topp|top p.|top_k|topk|top k.|min_p|presence penalty|frequency penalty|repetition penalty|presence_penalty|presencepenalty|frequency_penalty|frequencypenalty|repetition_penalty|\
         repeat_penalty|logprobs|top_logprobs|logit_bias|seed.|stop.|stop_sequences|best_of|suffix.|parallel_tool_calls|\
         reasoning_effort|reasoning effort|reasoning.effort|service_tier|stream_options|verbosity|thinking_budget|enable_thinking|\
         thinking.type|prediction.|web_search_options|cache_control|num_ctx|num_predict|n.|user.|store.|metadata."
    };
}

/// What a request asks a model to read.
macro_rules! prompt_words {
    () => {
        "prompt|conversation|history|input|messages|message.|context|document|transcript|dialog|chat.|request|text.|eingabe|\
         gespräch|anfrage|nachricht|entrée|saisie|requête|entrada|conversación|conversa|mensaje|mensagem|conversazione|richiesta|запрос|\
         диалог|ввод|сообщени|промпт|プロンプト|会話|入力|输入|提示|对话|消息|请求|入力|프롬프트|입력|대화|invoer"
    };
}

/// It is more than fits.
macro_rules! too_long {
    () => {
        "too long|too large|too big|too many|exceed|does not fit|do not fit|not fit|fits only|longer than|larger than|more than|bigger than|\
         can hold|holds only|hold only|can take|takes only|accepts only|accepts up|can only|at most|only up to|overflow|truncat|zu lang|\
         zu groß|zu viele|überschr|passt nicht|höchstens|trop long|trop grand|trop de|dépass|demasiado|excede|supera|muito long|\
         longo demais|ultrapass|troppo lung|слишком|превыш|не помещ|長すぎ|超え|過長|过长|太长|超过|超出|超长|너무 길|초과|te lang|za długi|çok uzun"
    };
}
