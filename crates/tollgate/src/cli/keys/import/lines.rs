//! A digest and a name per line. Blank lines and those that begin with `#` do not count.

use super::entry::{DIGEST, Members, Wrong};

/// Every entry with its line.
pub(super) fn read(text: &str) -> Vec<Result<(usize, Members), Wrong>> {
    let lines = text.lines().map(str::trim).zip(1..);
    lines
        .filter(|(line, _)| !line.is_empty() && !line.starts_with('#'))
        .map(|(line, number)| one(line, number))
        .collect()
}

fn one(line: &str, number: usize) -> Result<(usize, Members), Wrong> {
    let Some((digest, name)) = line.split_once(char::is_whitespace) else {
        return Err(Wrong::at(number, "expected DIGEST NAME; a CSV file begins with a head that names its columns"));
    };
    let members = [(DIGEST, digest), ("name", name.trim_start())];
    Ok((number, members.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_digest_and_a_name_with_blanks() {
        let read = read("# head\r\n\r\n  ab \t the web, old\r\nalone\n");

        let (line, members) = read[0].as_ref().unwrap();
        assert_eq!((*line, &members["digest"], &members["name"]), (3, &"ab".into(), &"the web, old".into()));
        assert!(matches!(&read[1..], [Err(Wrong { line: 4, .. })]));
    }
}
