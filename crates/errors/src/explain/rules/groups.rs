//! Groups of words that mean the same, for the patterns of rules: what services print in English and other languages.
//!
//! Each is a macro that stands for a text, so that `concat!` can put it into a pattern.

/// What proves who calls.
macro_rules! key_words {
    () => {
        "api key|apikey|api_key|api-key|x-api-key|x-goog-api-key|api token|api-token|authentication token|auth token|\
         access token|bearer token|authorization token|subscription key|secret key|credential|auth_token|authtoken|\
         virtual key|user token|密钥|令牌|apiキー|api-schlüssel|api schlüssel|clave de api|clave api|clé api|clé d api|\
         ключ api|api ключ|api-ключ|chave de api|chave da api|api-sleutel|api sleutel|klucz api|klucza api|chiave api|chiave di api|\
         api-nyckel|api anahtar|api 키|api키|인증 키|openai-schlüssel|clef api|kunci api|khóa api|api-kulcs"
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
         不能为空|请提供|需要提供|请输入|请先|fehlt|nicht angegeben|nicht gesetzt|erforderlich|manquant|requise|non fourni|falta|\
         no se proporcion|es obligatori|ausente|não fornecid|não informad|obrigatóri|отсутствует|не указан|не задан|\
         не предоставлен|требуется|ありません|指定されていません|設定されていません|必要です"
    };
}

/// It is there and wrong.
macro_rules! wrong {
    () => {
        "invalid|incorrect|not valid|wrong|is bad|bad api|bad credential|bad key|not recognized|not recognised|unknown|\
         unrecognized|unrecognised|not accepted|rejected|no such|not found|not be found|does not exist|not exist|\
         not correct|not authentic|can not be verified|could not verify|could not be verified|failed verification|\
         verification failed|fails|fail to auth|failed to auth|do not match any|not associated|not registered|isn t valid|\
         无效|错误|不正确|非法|不存在|不合法|有误|验证失败|ungültig|falsch|fehlerhaft|invalide|incorrecte|non valide|no válida|\
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
         no model named|not hosted|hittades inte|finns inte|findes ikke|tidak ditemukan|không tồn tại"
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
         模型|模型名称|modell|modelo|modèle|модел|モデル"
    };
}

/// What shows that something is said of the body or of a budget, not of the key.
macro_rules! not_of_a_key {
    () => {
        "max_tokens|unexpected token|json|context length|tokens per|parse|quota|rate limit|budget|tool_call|csrf|\
         next_page_token|page token|image"
    };
}
