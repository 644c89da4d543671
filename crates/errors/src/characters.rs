//! Characters that come into keys, headers and bodies by accident, with their names.
//!
//! In: a character. Out: words for it, so that nobody has to look up a code point.

/// `U+2019, a curly apostrophe`: the code point, and a name where there is one worth telling.
#[must_use]
pub fn character_name(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    match name(c) {
        Some(name) => format!("{code}, {name}"),
        None if c.is_control() => format!("{code}, a control character"),
        None => format!("{code}, `{c}`"),
    }
}

/// Whether nothing is seen of it where it is printed.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

fn name(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{A0}' => "a no-break space",
        '\u{AD}' => "an invisible soft hyphen",
        '\u{2010}' => "a typographic hyphen",
        '\u{2011}' => "a no-break hyphen",
        '\u{2012}' => "a figure dash",
        '\u{2013}' => "an en dash",
        '\u{2014}' => "an em dash",
        '\u{2212}' => "a minus sign",
        '\u{2018}' | '\u{2019}' => "a curly apostrophe",
        '\u{201C}' | '\u{201D}' => "a curly quotation mark",
        '\u{201E}' | '\u{201A}' => "a low quotation mark",
        '\u{AB}' | '\u{BB}' => "an angle quotation mark",
        '\u{2026}' => "an ellipsis",
        '\u{2022}' | '\u{25CF}' => "a bullet, as password fields show it",
        '\u{200B}' => "an invisible zero-width space",
        '\u{200C}' | '\u{200D}' => "an invisible zero-width joiner",
        '\u{200E}' | '\u{200F}' => "an invisible direction mark",
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => "an invisible direction control",
        '\u{2060}' => "an invisible word joiner",
        '\u{FEFF}' => "an invisible byte order mark",
        '\u{FFFD}' => "a replacement character, which stands for a byte that is not UTF-8",
        '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => "a typographic space",
        '\u{0400}'..='\u{04FF}' => "a Cyrillic letter",
        '\u{0370}'..='\u{03FF}' => "a Greek letter",
        '\u{FF01}'..='\u{FF5E}' => "a full-width character",
        '\u{3040}'..='\u{30FF}' => "a Japanese character",
        '\u{4E00}'..='\u{9FFF}' => "a Chinese character",
        '\u{AC00}'..='\u{D7AF}' => "a Korean character",
        '\u{1F300}'..='\u{1FAFF}' => "an emoji",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_has_its_code_point_and_a_name() {
        for (c, expected) in [
            ('\u{2019}', "U+2019, a curly apostrophe"),
            ('\u{200B}', "U+200B, an invisible zero-width space"),
            ('\u{441}', "U+0441, a Cyrillic letter"),
            ('é', "U+00E9, `é`"),
            ('\u{85}', "U+0085, a control character"),
        ] {
            assert_eq!(character_name(c), expected);
        }
        assert!(is_invisible('\u{200B}') && !is_invisible('\u{2019}'));
    }
}
