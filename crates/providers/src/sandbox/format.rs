//! The form that a caller wants the answer in: prose, any JSON object, or an instance of a schema.
//!
//! In: the part of the body that says so, which chat and responses spell differently. Out: the text of the answer.

use serde_json::{Value, json};

use super::{
    conversation::Conversation,
    fields::Fields,
    refusal::Refusal,
    schema::{
        self,
        subset::{self, Purpose},
    },
    write,
};

/// The form of the answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Format<'a> {
    /// Prose.
    Text,
    /// A JSON object of our choice.
    Object,
    /// An instance of this schema, if one is given.
    Schema(Option<&'a Value>),
}

impl<'a> Format<'a> {
    /// The form that chat's `response_format` asks for.
    pub(super) fn of_chat(body: &Fields<'a>) -> Result<Self, Refusal> {
        let Some(format) = body.object("response_format")? else { return Ok(Self::Text) };
        match format.required_word("type", &["json_object", "json_schema", "text"])? {
            "json_object" => Ok(Self::Object),
            "json_schema" => {
                format.required("json_schema")?;
                let Some(named) = format.object("json_schema")? else {
                    return Err(Refusal::missing("response_format.json_schema"));
                };
                Self::of_schema(&named, "response_format", None)
            }
            _ => Ok(Self::Text),
        }
    }

    /// The form that the responses' `text.format` asks for.
    pub(super) fn of_responses(body: &Fields<'a>) -> Result<Self, Refusal> {
        let Some(text) = body.object("text")? else { return Ok(Self::Text) };
        text.word("verbosity", &["low", "medium", "high"])?;
        let Some(format) = text.object("format")? else { return Ok(Self::Text) };
        match format.required_word("type", &["json_object", "text", "json_schema"])? {
            "json_object" => Ok(Self::Object),
            "json_schema" => Self::of_schema(&format, "text.format.schema", Some("invalid_json_schema")),
            _ => Ok(Self::Text),
        }
    }

    fn of_schema(named: &Fields<'a>, param: &str, code: Option<&'static str>) -> Result<Self, Refusal> {
        let name = named.required_string("name")?;
        named.check_identifier("name", name)?;
        named.string("description")?;
        let strict = named.boolean("strict")?.unwrap_or(false);
        named.object("schema")?;
        let schema = named.get("schema");
        if let Some(schema) = schema.filter(|_| strict) {
            subset::check(schema, Purpose { kind: "response_format", name, param, code })?;
        }
        Ok(Self::Schema(schema))
    }

    /// Whether it is prose.
    pub(super) fn is_text(self) -> bool {
        self == Self::Text
    }

    /// Whether OpenAI would refuse JSON mode because nobody says JSON, lest the model print blanks for ever.
    pub(super) fn misses_the_word(self, conversation: &Conversation) -> bool {
        self == Self::Object && !conversation.mentions_json()
    }

    /// The text of the answer, in this form; another `variant` is another answer.
    pub(super) fn content(self, conversation: &Conversation, variant: usize) -> String {
        match self {
            Self::Text => conversation.answer(variant),
            Self::Object => {
                let answer = conversation.answer(variant);
                write::json_text(&json!({ "answer": answer, "messages": conversation.messages() }))
            }
            Self::Schema(None) => String::from("{}"),
            Self::Schema(Some(schema)) => write::json_text(&schema::instance(schema, variant)),
        }
    }
}
