//! What a caller said, as far as the sandbox understands it, and what it answers.
//!
//! In: messages with their roles and texts, added one by one while chat and responses read their bodies. Out: the
//! number of input tokens, and an answer that says what arrived: short, and of use to somebody who wonders what their
//! program sends. It does not look into images, audio or files; it counts them.

use super::text::{excerpt, tokens};

/// Tokens that a message costs besides its text, by OpenAI's published recipe for counting.
const TOKENS_PER_MESSAGE: u32 = 3;
/// Tokens that begin the answer, by the same recipe.
const TOKENS_OF_PRIMING: u32 = 3;
/// Tokens of one image at low detail, by OpenAI's guide to vision.
const TOKENS_PER_IMAGE: u32 = 85;

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

/// What can be attached to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attachment {
    /// An image.
    Image,
    /// A recording.
    Audio,
    /// A file.
    File,
}

/// A conversation so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Conversation {
    messages: usize,
    tokens: u32,
    last: Option<Role>,
    system: String,
    user: String,
    tool: String,
    images: usize,
    recordings: usize,
    files: usize,
    mentions_json: bool,
}

impl Conversation {
    /// A message begins. What is said next belongs to it.
    pub(super) fn begin(&mut self, role: Role) {
        self.messages += 1;
        self.spend(TOKENS_PER_MESSAGE);
        self.last = Some(role);
        match role {
            Role::User => {
                self.user.clear();
                (self.images, self.recordings, self.files) = (0, 0, 0);
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

    /// A system prompt that is no message.
    pub(super) fn instruct(&mut self, instructions: &str) {
        self.spend(TOKENS_PER_MESSAGE);
        let last = self.last.replace(Role::System);
        self.say(instructions);
        self.last = last;
    }

    /// The current message carries an attachment.
    pub(super) fn attach(&mut self, attachment: Attachment) {
        match attachment {
            Attachment::Image => {
                self.images += 1;
                self.spend(TOKENS_PER_IMAGE);
            }
            Attachment::Audio => self.recordings += 1,
            Attachment::File => self.files += 1,
        }
    }

    /// Tokens that are no message's text: names, calls, definitions of tools.
    pub(super) fn spend(&mut self, tokens: u32) {
        self.tokens = self.tokens.saturating_add(tokens);
    }

    /// The approximate number of input tokens.
    pub(super) fn input_tokens(&self) -> u32 {
        self.tokens.saturating_add(TOKENS_OF_PRIMING)
    }

    /// How many messages there are.
    pub(super) fn messages(&self) -> usize {
        self.messages
    }

    /// Whether the last message is a function's result, so that calling the function again would go round in circles.
    pub(super) fn ends_with_tool_result(&self) -> bool {
        self.last == Some(Role::Tool)
    }

    /// Whether the user names a function, as it is called (`get_weather`) or in words ("get weather").
    pub(super) fn names(&self, function: &str) -> bool {
        let words = |text: &str| text.to_ascii_lowercase().replace(['_', '-'], " ");
        words(&self.user).contains(&words(function))
    }

    /// Whether any message has the word JSON, without which OpenAI refuses JSON mode.
    pub(super) fn mentions_json(&self) -> bool {
        self.mentions_json
    }

    /// The answer.
    pub(super) fn answer(&self) -> String {
        let mut answer = if self.ends_with_tool_result() {
            format!("The tool answered: “{}”.", excerpt(&self.tool))
        } else if self.user.trim().is_empty() {
            String::from("You said nothing that I can quote.")
        } else {
            format!("You said: “{}”.", excerpt(&self.user))
        };
        let attachments: Vec<String> = [(self.images, "image"), (self.recordings, "recording"), (self.files, "file")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, thing)| counted(count, thing))
            .collect();
        if !attachments.is_empty() {
            answer.push_str(&format!(" It came with {}.", attachments.join(" and ")));
        }
        answer.push_str(&format!(" I am the sandbox, and I received {}", counted(self.messages, "message")));
        if self.system.trim().is_empty() {
            answer.push('.');
        } else {
            answer.push_str(&format!(", with the system prompt “{}”.", excerpt(&self.system)));
        }
        answer
    }
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
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
        conversation.attach(Attachment::Image);

        assert_snapshot!(conversation.answer(),
            @"You said: “What is this?”. It came with 1 image. I am the sandbox, and I received 2 messages, with the system prompt “Be brief.”.");
    }

    #[test]
    fn answer_to_a_tools_result_quotes_it() {
        let mut conversation = Conversation::default();
        conversation.begin(Role::User);
        conversation.say("How warm is it?");
        conversation.begin(Role::Tool);
        conversation.say("21 degrees");

        assert_snapshot!(conversation.answer(),
            @"The tool answered: “21 degrees”. I am the sandbox, and I received 2 messages.");
    }

    #[test]
    fn silence_is_answered_too() {
        assert_snapshot!(Conversation::default().answer(),
            @"You said nothing that I can quote. I am the sandbox, and I received 0 messages.");
    }
}
