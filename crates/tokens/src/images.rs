//! What an image costs, by its size.
//!
//! In: width, height and detail. Out: tokens. Source: OpenAI's guide to images and vision, "Calculating costs" (read
//! 2025): tiles of 512 pixels after scaling for most models, patches of 32 pixels for the small GPT-4.1.

/// How closely a model is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// A small copy of the image only.
    Low,
    /// The image itself; what `auto` comes to.
    High,
}

/// How a family counts.
enum Counting {
    /// For the small copy, and for each tile.
    Tiles { base: u32, tile: u32 },
    /// Tokens of one patch, in hundredths.
    Patches { hundredths: u32 },
}

/// By the beginning of a model's name; the first that fits.
const FAMILIES: [(&str, Counting); 8] = [
    ("gpt-4o-mini", Counting::Tiles { base: 2833, tile: 5667 }),
    ("gpt-4.1-mini", Counting::Patches { hundredths: 162 }),
    ("gpt-4.1-nano", Counting::Patches { hundredths: 246 }),
    ("o4-mini", Counting::Patches { hundredths: 172 }),
    ("gpt-5-mini", Counting::Patches { hundredths: 162 }),
    ("gpt-5", Counting::Tiles { base: 70, tile: 140 }),
    ("o", Counting::Tiles { base: 75, tile: 150 }),
    ("", Counting::Tiles { base: 85, tile: 170 }),
];

/// The side of the square that an image is first made to fit, then the shorter side, then a tile, in pixels.
const SQUARE: f64 = 2048.0;
const SHORTER: f64 = 768.0;
const TILE: f64 = 512.0;
const PATCH: f64 = 32.0;
const MOST_PATCHES: f64 = 1536.0;

/// The tokens of an image for a model.
#[must_use]
pub fn tokens(model: &str, width: u32, height: u32, detail: Detail) -> u32 {
    let (width, height) = (f64::from(width.max(1)), f64::from(height.max(1)));
    let family = FAMILIES.iter().find(|(family, _)| model.starts_with(family));
    match (family.map(|(_, counting)| counting), detail) {
        (Some(Counting::Patches { hundredths }), _) => patches(width, height) * hundredths / 100,
        (Some(Counting::Tiles { base, .. }), Detail::Low) => *base,
        (Some(Counting::Tiles { base, tile }), Detail::High) => base + tile * tiles(width, height),
        (None, _) => 0,
    }
}

fn tiles(width: f64, height: f64) -> u32 {
    let fitting = (SQUARE / width.max(height)).min(1.0);
    let (width, height) = (width * fitting, height * fitting);
    let shorter = (SHORTER / width.min(height)).min(1.0);
    let along = |side: f64| (side * shorter / TILE).ceil().max(1.0);
    // At most four by two.
    (along(width) * along(height)) as u32
}

fn patches(width: f64, height: f64) -> u32 {
    let along = |side: f64| (side / PATCH).ceil();
    if along(width) * along(height) <= MOST_PATCHES {
        return (along(width) * along(height)) as u32;
    }
    let shrinking = (MOST_PATCHES * PATCH * PATCH / (width * height)).sqrt();
    let whole = |side: f64| ((side * shrinking / PATCH).floor() / (side * shrinking / PATCH)).min(1.0);
    let shrinking = shrinking * whole(width).min(whole(height));
    (along(width * shrinking) * along(height * shrinking)).clamp(1.0, MOST_PATCHES) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openais_own_examples_come_out() {
        assert_eq!(tokens("gpt-4o", 1024, 1024, Detail::High), 765);
        assert_eq!(tokens("gpt-4o", 2048, 4096, Detail::High), 1105);
        assert_eq!(tokens("gpt-4o", 4096, 8192, Detail::Low), 85);
        assert_eq!(tokens("gpt-4.1-mini", 1024, 1024, Detail::High), 1024 * 162 / 100);
        assert_eq!(tokens("gpt-4.1-mini", 1800, 2400, Detail::High), 1452 * 162 / 100);
    }

    #[test]
    fn extremes_cost_something_and_not_much() {
        for (width, height) in [(0, 0), (1, 1), (u32::MAX, 1), (u32::MAX, u32::MAX)] {
            for model in ["gpt-4o", "gpt-4.1-mini"] {
                assert!((1..=4000).contains(&tokens(model, width, height, Detail::High)), "{model} {width} {height}");
            }
        }
    }
}
