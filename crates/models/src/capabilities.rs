//! What may be asked of a model: the table's rows of it, joined with the rules of its family.
//!
//! In: a vendor, where it is known, and a name. Out: [`Capabilities`], or nothing for a model that nobody has heard of.
//! Where rows of one model differ, the one of this vendor counts for limits, and an ability that any row lists is
//! taken for there: better to let a request pass that a provider refuses than the other way round.

use crate::endpoints::{self, Endpoints};
use crate::families;
use crate::lookup::{How, find, is_of, rows};
use crate::spelling::bare;
use crate::table::{Mode, Model};
use crate::vendor::Vendor;

/// Whether a model can do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It can.
    Yes,
    /// It cannot, for certain.
    No,
    /// It is not listed with it, which is no proof.
    Unlisted,
}

/// Which lengths its vectors can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimensions {
    /// One only: `dimensions` is refused.
    Fixed,
    /// Any up to this.
    UpTo(u32),
    /// Not known, or it makes no vectors.
    Unlisted,
}

/// Which values of `temperature` and its like it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// Any.
    Free,
    /// The defaults alone.
    Fixed,
    /// Any while it does not reason (`reasoning_effort` is `none`), else the defaults alone.
    WithoutReasoning,
    /// Not known.
    Unlisted,
}

/// What may be asked of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// What it is.
    pub mode: Mode,
    /// Where it is served.
    pub endpoints: Endpoints,
    /// The most tokens of prompt and answer together, where both share one window.
    pub context: Option<u32>,
    /// The most tokens of the input alone.
    pub max_input: Option<u32>,
    /// The most tokens that it writes.
    pub max_output: Option<u32>,
    /// Calling of functions.
    pub tools: Support,
    /// `parallel_tool_calls`.
    pub parallel_tools: Support,
    /// Images in the input.
    pub vision: Support,
    /// `response_format` of type `json_schema`.
    pub json_schema: Support,
    /// Reasoning, and with it `reasoning_effort`.
    pub reasoning: Support,
    /// Messages of role `system` or `developer`.
    pub system: Support,
    /// `max_tokens` in chat completions; where not, `max_completion_tokens` takes its place.
    pub max_tokens: Support,
    /// `temperature` and its like.
    pub sampling: Sampling,
    /// `dimensions` of an embedding.
    pub dimensions: Dimensions,
    /// Other parameters that it refuses with any value but their defaults.
    pub refused: &'static [&'static str],
    /// Names that OpenAI does not know are refused.
    pub strict_names: bool,
}

impl Capabilities {
    /// Of a model of which nothing but its kind is known.
    #[must_use]
    pub fn unknown(mode: Mode) -> Self {
        Self {
            mode,
            endpoints: Endpoints::Unlisted,
            context: None,
            max_input: None,
            max_output: None,
            tools: Support::Unlisted,
            parallel_tools: Support::Unlisted,
            vision: Support::Unlisted,
            json_schema: Support::Unlisted,
            reasoning: Support::Unlisted,
            system: Support::Unlisted,
            max_tokens: Support::Unlisted,
            sampling: Sampling::Unlisted,
            dimensions: Dimensions::Unlisted,
            refused: &[],
            strict_names: false,
        }
    }
}

/// What may be asked of the model that a vendor serves under `name`.
#[must_use]
pub fn of(vendor: Option<Vendor>, name: &str) -> Option<Capabilities> {
    let found = find(vendor, name)?;
    let rows = rows(name);
    let limits: Vec<Model> = match found.how {
        How::Exact => vec![found.model],
        How::Spelling => rows.iter().copied().filter(|m| is_of(m.vendor, found.model.vendor)).collect(),
        How::OtherVendor => rows.clone(),
    };
    let most = |of: fn(&Model) -> Option<u32>| limits.iter().filter_map(of).max();
    let openais =
        rows.iter().copied().find(|m| m.is_kept() && bare(m.name) == bare(name) && !m.name.starts_with("ft:"));
    let ability = |letter| support(openais, &rows, letter);
    let mut c = Capabilities {
        endpoints: endpoints::of(vendor, &found.model),
        max_input: most(|m| m.max_input),
        max_output: most(|m| m.max_output),
        tools: ability('T'),
        parallel_tools: match ability('P') {
            Support::Yes => Support::Yes,
            _ => Support::Unlisted,
        },
        vision: ability('V'),
        json_schema: ability('J'),
        reasoning: ability('R'),
        // The list of those that take them is far from whole.
        system: if ability('S') == Support::Yes { Support::Yes } else { Support::Unlisted },
        ..Capabilities::unknown(found.model.mode)
    };
    families::apply(&mut c, vendor, name);
    Some(c)
}

/// OpenAI keeps its own rows whole; of others, what any row lists is there, and nothing is proved by its absence.
fn support(openais: Option<Model>, rows: &[Model], ability: char) -> Support {
    let listed = match openais {
        Some(model) => model.lists(ability),
        None => rows.iter().any(|model| model.lists(ability)),
    };
    match (listed, openais) {
        (true, _) => Support::Yes,
        (false, Some(_)) => Support::No,
        (false, None) => Support::Unlisted,
    }
}
