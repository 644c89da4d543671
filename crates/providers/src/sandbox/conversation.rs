//! What a caller said, as far as the sandbox understands it, and what it answers.
//!
//! In: messages with their roles and texts, added one by one while chat and responses read their bodies, and whatever
//! else of the request is worth repeating. Out: the number of input tokens, and an answer that says what arrived: short,
//! and of use to somebody who wonders what their program sends. Of recordings and files it knows only that they came.

use tollgate_tokens::{images::Detail, recipe};

use super::{
    image::Image,
    models::SandboxModel,
    text::{excerpt, tokens},
};

/// A role is one token in every vocabulary.
const TOKENS_OF_ROLE: u32 = 1;
/// Attachments, parameters and tools that an answer lists; of more it gives the number.
const MOST_LISTED: usize = 8;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The system or developer prompt.
    System,
    /// The user.
    User,
    /// The model, earlier.
    Assistant,
    /// A function's result.
    Tool,
}

/// What can be attached to a message and is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attachment {
    /// An image that is not in the request.
    Image,
    /// A recording.
    Audio,
    /// A file.
    File,
}

/// A conversation so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Conversation {
    /// Whose images are counted.
    model: &'static str,
    /// How many messages there are of each role, in the order of [`Role`].
    messages: [usize; 4],
    tokens: u32,
    last: Option<Role>,
    system: String,
    user: String,
    tool: String,
    attachments: Vec<String>,
    /// Functions called since the user spoke last.
    called: Vec<String>,
    parameters: Vec<String>,
    offered: Vec<String>,
    mentions_json: bool,
}

impl Conversation {
    /// One with `model`, by which images are counted.
    pub(super) fn with(model: &SandboxModel) -> Self {
        Self { model: model.name, ..Self::default() }
    }

    /// A message begins. What is said next belongs to it.
    pub(super) fn begin(&mut self, role: Role) {
        self.messages[role as usize] += 1;
        self.spend(recipe::PER_MESSAGE + TOKENS_OF_ROLE);
        self.last = Some(role);
        match role {
            Role::User => {
                self.user.clear();
                self.attachments.clear();
                self.called.clear();
            }
            Role::Tool => self.tool.clear(),
            Role::System | Role::Assistant => {}
        }
    }

    /// The current message says `text`.
    pub(super) fn say(&mut self, text: &str) {
        self.spend(tokens(text));
        self.mentions_json |= text.to_ascii_lowercase().contains("json");
        let heard = match self.last {
            Some(Role::System) => &mut self.system,
            Some(Role::User) => &mut self.user,
            Some(Role::Tool) => &mut self.tool,
            Some(Role::Assistant) | None => return,
        };
        if !heard.is_empty() {
            heard.push(' ');
        }
        heard.push_str(text);
    }

    /// The current message is of somebody with a name.
    pub(super) fn name(&mut self, name: &str) {
        self.spend(recipe::PER_NAME.saturating_add(tokens(name)));
    }

    /// The current message calls a function.
    pub(super) fn call(&mut self, name: &str, arguments: &str) {
        self.spend(tokens(name).saturating_add(tokens(arguments)));
        self.called.push(name.to_owned());
    }

    /// A system prompt that is not a message.
    pub(super) fn instruct(&mut self, instructions: &str) {
        self.spend(recipe::PER_MESSAGE + TOKENS_OF_ROLE);
        let last = self.last.replace(Role::System);
        self.say(instructions);
        self.last = last;
    }

    /// The current message carries an attachment.
    pub(super) fn attach(&mut self, attachment: Attachment) {
        self.attachments.push(String::from(match attachment {
            Attachment::Image => "an image that is not in the request",
            Attachment::Audio => "a recording",
            Attachment::File => "a file",
        }));
    }

    /// The current message shows an image.
    pub(super) fn show(&mut self, image: &Image, detail: Detail) {
        self.spend(image.tokens(self.model, detail));
        self.attachments.push(image.to_string());
    }

    /// The request sets a parameter.
    pub(super) fn set(&mut self, parameter: String) {
        self.parameters.push(parameter);
    }

    /// The request offers a tool.
    pub(super) fn offer(&mut self, name: &str) {
        self.offered.push(name.to_owned());
    }

    /// Tokens that are not a message's text.
    pub(super) fn spend(&mut self, tokens: u32) {
        self.tokens = self.tokens.saturating_add(tokens);
    }

    /// The number of input tokens.
    pub(super) fn input_tokens(&self) -> u32 {
        self.tokens.saturating_add(recipe::PRIMING)
    }

    /// How many messages there are.
    pub(super) fn messages(&self) -> usize {
        self.messages.iter().sum()
    }

    /// Whether the last message is a function's result, so that calling the function again would go round in circles.
    pub(super) fn ends_with_tool_result(&self) -> bool {
        self.last == Some(Role::Tool)
    }

    /// Whether a function has been called since the user spoke last.
    pub(super) fn has_called(&self, name: &str) -> bool {
        self.called.iter().any(|called| called == name)
    }

    /// What the user said last, as lower-case words with one blank around each.
    pub(super) fn words_of_user(&self) -> String {
        words(&self.user)
    }

    /// Whether any message has the word JSON, without which OpenAI refuses JSON mode.
    pub(super) fn mentions_json(&self) -> bool {
        self.mentions_json
    }

    /// The answer; another `variant` words it otherwise.
    pub(super) fn answer(&self, variant: usize) -> String {
        let mut answer = self.opening(variant);
        if !self.attachments.is_empty() {
            answer.push_str(&format!(" With it came {}.", listed(&self.attachments)));
        }
        answer.push_str(&format!(" This is the sandbox: it asked no model, and received {}", self.counted()));
        if !self.system.trim().is_empty() {
            answer.push_str(&format!(", under the system prompt “{}”", excerpt(&self.system)));
        }
        answer.push('.');
        if !self.parameters.is_empty() {
            answer.push_str(&format!(" Set: {}.", listed(&self.parameters)));
        }
        if !self.offered.is_empty() {
            answer.push_str(&format!(" Offered: {}.", listed(&self.offered)));
        }
        answer.push_str(self.closing(variant));
        if variant >= OPENINGS * CLOSINGS {
            answer.push_str(&format!(" (Wording {}.)", variant + 1));
        }
        answer
    }

    fn opening(&self, variant: usize) -> String {
        let (quoted, openings) = if self.ends_with_tool_result() {
            let openings = [
                "The tool answered",
                "The tool's result reads",
                "What came back from the tool is",
                "I have the result",
            ];
            (&self.tool, openings)
        } else {
            (&self.user, ["You said", "Your message reads", "I was asked", "What arrived is"])
        };
        if quoted.trim().is_empty() {
            let nothing = ["You said nothing", "Your message has nothing", "I was told nothing", "Nothing arrived"];
            return format!("{} that I can quote.", nothing[variant % OPENINGS]);
        }
        format!("{}: “{}”.", openings[variant % OPENINGS], excerpt(quoted))
    }

    fn closing(&self, variant: usize) -> &'static str {
        let closings = if self.ends_with_tool_result() {
            [
                " A model would put the result into words here.",
                " With this result a model would now answer.",
                " A model would go on from this result.",
                " Here a model would say what the result means.",
            ]
        } else {
            [
                " A model would answer here.",
                " Here a model would have its say.",
                " The answer itself would be a model's.",
                " A model would take it from here.",
            ]
        };
        closings[variant / OPENINGS % CLOSINGS]
    }

    /// `1 user message`, or `4 messages (1 system, 2 user, 1 assistant)`.
    fn counted(&self) -> String {
        let roles = ["system", "user", "assistant", "tool"];
        let counts: Vec<(usize, &str)> = self.messages.into_iter().zip(roles).filter(|(count, _)| *count > 0).collect();
        match counts.as_slice() {
            [] => String::from("no message"),
            [(1, role)] => format!("1 {role} message"),
            [(count, role)] => format!("{count} {role} messages"),
            several => {
                let parts: Vec<String> = several.iter().map(|(count, role)| format!("{count} {role}")).collect();
                format!("{} messages ({})", self.messages(), parts.join(", "))
            }
        }
    }
}

/// Ways to begin, and to end.
const OPENINGS: usize = 4;
const CLOSINGS: usize = 4;

/// Text as lower-case words with one blank around each, so that a phrase is found only as whole words.
pub(super) fn words(text: &str) -> String {
    let mut words = String::from(" ");
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        words.push_str(word);
        words.push(' ');
    }
    words
}

/// `a, b and c`; of a long list the first few and how many more there are.
fn listed(things: &[String]) -> String {
    if things.len() > MOST_LISTED {
        let more = things.len() - MOST_LISTED;
        return format!("{} and {more} more", things[..MOST_LISTED].join(", "));
    }
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn answer_says_what_arrived() {
        let mut conversation = Conversation::default();
        conversation.begin(Role::System);
        conversation.say("Be brief.");
        conversation.begin(Role::User);
        conversation.say("What is this?");
        conversation.show(&Image::Here { format: tollgate_media::Format::Png, width: 640, height: 480 }, Detail::High);
        conversation.attach(Attachment::File);
        conversation.set(String::from("temperature 0.2"));
        conversation.offer("get_weather");

        assert_snapshot!(conversation.answer(0),
            @"You said: “What is this?”. With it came a PNG of 640 × 480 pixels and a file. This is the sandbox: it asked no model, and received 2 messages (1 system, 1 user), under the system prompt “Be brief.”. Set: temperature 0.2. Offered: get_weather. A model would answer here.");
    }

    #[test]
    fn answer_to_a_tools_result_quotes_it() {
        let mut conversation = Conversation::default();
        conversation.begin(Role::User);
        conversation.say("How warm is it?");
        conversation.begin(Role::Tool);
        conversation.say("21 degrees");

        assert_snapshot!(conversation.answer(0),
            @"The tool answered: “21 degrees”. This is the sandbox: it asked no model, and received 2 messages (1 user, 1 tool). A model would put the result into words here.");
    }

    #[test]
    fn silence_is_answered_too() {
        assert_snapshot!(Conversation::default().answer(0),
            @"You said nothing that I can quote. This is the sandbox: it asked no model, and received no message. A model would answer here.");
    }

    #[test]
    fn no_two_variants_are_worded_alike() {
        let mut conversation = Conversation::default();
        conversation.begin(Role::User);
        conversation.say("hi");

        let answers: std::collections::HashSet<String> = (0..128).map(|variant| conversation.answer(variant)).collect();

        assert_eq!(answers.len(), 128);
    }

    #[test]
    fn messages_cost_what_openais_recipe_says() {
        let mut conversation = Conversation::default();
        conversation.begin(Role::User);
        conversation.say("hi");

        assert_eq!(conversation.input_tokens(), 8);
    }
}
