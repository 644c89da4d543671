//! Hosted tools: those that a provider runs by itself, and that a project may be denied.
//!
//! In: the `type` of a tool as a request names it. Out: which [`HostedTool`] that is, and sets of them.

/// A tool that the provider runs, as OpenAI's permissions name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum HostedTool {
    /// Searches files that were uploaded.
    FileSearch,
    /// Searches the web.
    WebSearch,
    /// Makes images.
    ImageGeneration,
    /// Calls a remote server of tools, or a connector.
    Mcp,
    /// Runs code.
    CodeInterpreter,
}

impl HostedTool {
    /// All of them, in the order of OpenAI's specification.
    pub const ALL: [Self; 5] =
        [Self::FileSearch, Self::WebSearch, Self::ImageGeneration, Self::Mcp, Self::CodeInterpreter];

    /// The name in permissions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FileSearch => "file_search",
            Self::WebSearch => "web_search",
            Self::ImageGeneration => "image_generation",
            Self::Mcp => "mcp",
            Self::CodeInterpreter => "code_interpreter",
        }
    }

    /// The tool of a name in permissions.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    /// The tool that a request's `type` names: web search goes by several (`web_search_preview`, `web_search_2025_08_26`).
    #[must_use]
    pub fn of_type(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let is_it =
            |tool: &Self| word.strip_prefix(tool.name()).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        Self::ALL.into_iter().find(is_it)
    }
}

/// A set of hosted tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct HostedTools(u8);

impl HostedTools {
    /// The set with `tool` added.
    #[must_use]
    pub const fn with(self, tool: HostedTool) -> Self {
        Self(self.0 | (1 << tool as u8))
    }

    /// Whether `tool` is in it.
    #[must_use]
    pub const fn contains(self, tool: HostedTool) -> bool {
        self.0 & (1 << tool as u8) != 0
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in it.
    pub fn iter(self) -> impl Iterator<Item = HostedTool> {
        HostedTool::ALL.into_iter().filter(move |tool| self.contains(*tool))
    }
}

impl FromIterator<HostedTool> for HostedTools {
    fn from_iter<I: IntoIterator<Item = HostedTool>>(tools: I) -> Self {
        tools.into_iter().fold(Self::default(), Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_known_by_every_type_that_names_it() {
        for (word, expected) in [
            ("web_search", Some(HostedTool::WebSearch)),
            ("web_search_preview_2025_03_11", Some(HostedTool::WebSearch)),
            ("MCP", Some(HostedTool::Mcp)),
            ("function", None),
            ("mcpx", None),
        ] {
            assert_eq!(HostedTool::of_type(word), expected, "{word}");
        }
        for tool in HostedTool::ALL {
            assert_eq!(
                (HostedTool::from_name(tool.name()), HostedTool::of_type(tool.name())),
                (Some(tool), Some(tool))
            );
        }
    }
}
