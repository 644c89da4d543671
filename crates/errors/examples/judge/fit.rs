//! Fits the confidence of verdicts: a logistic function of their figures, by gradient descent with a small penalty.

use std::collections::BTreeSet;

use tollgate_errors::Figures;

/// One case: its figures, and what would have been right.
pub(crate) struct Observed {
    pub(crate) source: String,
    pub(crate) figures: Figures,
    pub(crate) best_is_right: bool,
    pub(crate) unknown_is_right: bool,
}

const STEPS: usize = 30_000;
const RATE: f64 = 0.05;
/// Holds factors near zero where few cases speak.
const PENALTY: f64 = 0.003;
/// A cause is claimed from this confidence on; the same as in `explain/weigh.rs`.
const CLAIM: f64 = 0.47;

/// Prints the constants fitted on all, and how well constants do on sources that they were not fitted on.
pub(crate) fn report(observed: &[Observed]) {
    let all: Vec<&Observed> = observed.iter().collect();
    println!("fitted on {} cases:", all.len());
    println!("  SURE   = {:.2?}", sure(&all));
    println!("  UNSURE = {:.2?}", unsure(&all, &sure(&all)));
    left_out(&all);
}

/// Each of ten groups of sources is judged by constants fitted on the others.
fn left_out(all: &[&Observed]) {
    let sources: Vec<&str> = all.iter().map(|o| o.source.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let (mut brier, mut right) = (0.0, 0usize);
    for group in 0..10 {
        let held: BTreeSet<&str> = sources.iter().skip(group).step_by(10).copied().collect();
        let (out, rest): (Vec<&Observed>, Vec<&Observed>) = all.iter().partition(|o| held.contains(o.source.as_str()));
        let sure = sure(&rest);
        let unsure = unsure(&rest, &sure);
        for o in out {
            let p = confidence(&sure, o);
            let (hit, claimed) = if p >= CLAIM {
                (o.best_is_right, p)
            } else {
                (o.unknown_is_right, logistic(&unsure, &inputs_of_unknown(o, p)))
            };
            right += usize::from(hit);
            brier += (claimed - f64::from(u8::from(hit))).powi(2);
        }
    }
    let count = all.len() as f64;
    println!("  left out by source: right {:.1} %, Brier score {:.3}", 100.0 * right as f64 / count, brier / count);
}

fn inputs(o: &Observed) -> [f64; 6] {
    let f = &o.figures;
    [1.0, f.score, f.rivalled, f.foreign, f.certain, f.elsewhere]
}

/// For the confidence in *unknown*, where the best cause has this `confidence`.
fn inputs_of_unknown(o: &Observed, confidence: f64) -> [f64; 4] {
    [1.0, confidence, o.figures.beside, o.figures.signs]
}

/// In the best cause; none where nothing speaks for any.
fn confidence(sure: &[f64], o: &Observed) -> f64 {
    if o.figures.score > 0.0 { logistic(sure, &inputs(o)).min(o.figures.ceiling) } else { 0.0 }
}

fn sure(observed: &[&Observed]) -> Vec<f64> {
    let rows: Vec<(Vec<f64>, f64)> = observed
        .iter()
        .filter(|o| o.figures.score > 0.0)
        .map(|o| (inputs(o).to_vec(), f64::from(u8::from(o.best_is_right))))
        .collect();
    fitted(&rows)
}

/// Over the cases for which nothing is claimed.
fn unsure(observed: &[&Observed], sure: &[f64]) -> Vec<f64> {
    let rows: Vec<(Vec<f64>, f64)> = observed
        .iter()
        .map(|o| (inputs_of_unknown(o, confidence(sure, o)).to_vec(), f64::from(u8::from(o.unknown_is_right))))
        .filter(|(row, _)| row[1] < CLAIM)
        .collect();
    fitted(&rows)
}

fn fitted(rows: &[(Vec<f64>, f64)]) -> Vec<f64> {
    let width = rows.first().map_or(0, |(row, _)| row.len());
    let mut factors = vec![0.0; width];
    for _ in 0..STEPS {
        let mut slope: Vec<f64> = factors.iter().map(|f| f * PENALTY).collect();
        for (row, right) in rows {
            let off = (logistic(&factors, row) - right) / rows.len() as f64;
            slope.iter_mut().zip(row).for_each(|(s, x)| *s += off * x);
        }
        factors.iter_mut().zip(&slope).for_each(|(f, s)| *f -= RATE * s);
    }
    factors
}

fn logistic(factors: &[f64], row: &[f64]) -> f64 {
    let x: f64 = factors.iter().zip(row).map(|(f, x)| f * x).sum();
    1.0 / (1.0 + (-x).exp())
}
