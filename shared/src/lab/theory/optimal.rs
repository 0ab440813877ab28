//! The most that a withholding miner can earn, and the table that earns it: Sapirshtein, Sompolinsky & Zohar 2016, "Optimal Selfish
//! Mining Strategies in Bitcoin", whose decision process this solves.
//!
//! A state says how many blocks the attacker has above the fork (`a`), how many the others have (`h`), and what a match is worth
//! now. For a revenue `rho` the process is one with the reward `(1 − rho) · own − rho · others'`; the best revenue is where the best
//! policy earns nothing, found by bisection. Branches are cut at `longest`, where the attacker has to adopt or override; so the
//! answer is a lower bound, and the table is playable.

use crate::lab::strategy::{Action, Fork, Table};

/// Rounds of value iteration for each revenue that is tried. The process forgets its start within tens of blocks.
const ROUNDS: usize = 2_000;
/// Halvings of the interval in which the revenue lies.
const HALVINGS: usize = 24;
/// A state is kept with this probability in a round, so that no policy goes in circles of fixed length.
const LAZINESS: f64 = 0.05;

/// One way in which an action may go on: probability, next state, blocks that the attacker and the others are now sure of.
type Branch = (f64, usize, f64, f64);

struct Process {
    longest: usize,
    alpha: f64,
    gamma: f64,
    /// By state, what each action that is possible leads to.
    choices: Vec<Vec<(Action, Vec<Branch>)>>,
}

/// The best policy for branches of up to `longest` blocks, and the share of blocks that it earns.
pub fn solve(alpha: f64, gamma: f64, longest: usize) -> (Table, f64) {
    let process = Process::new(alpha, gamma, longest);
    let (mut low, mut high) = (alpha, alpha / (1.0 - alpha));
    let mut values = vec![0.0; process.choices.len()];
    for _ in 0..HALVINGS {
        let rho = f64::midpoint(low, high);
        if process.gain(rho, &mut values) > 0.0 {
            low = rho;
        } else {
            high = rho;
        }
    }
    process.gain(low, &mut values);
    (process.policy(low, &values), low)
}

impl Process {
    fn new(alpha: f64, gamma: f64, longest: usize) -> Self {
        let mut process = Self { longest, alpha, gamma, choices: Vec::new() };
        let side = longest + 1;
        for state in 0..side * side * 3 {
            let (fork, place) = (Fork::ALL[state % 3], state / 3);
            let (a, h) = (place / side, place % side);
            process.choices.push(process.choices_of(a, h, fork));
        }
        process
    }

    fn state(&self, a: usize, h: usize, fork: Fork) -> usize {
        (a * (self.longest + 1) + h) * 3 + fork as usize
    }

    fn choices_of(&self, a: usize, h: usize, fork: Fork) -> Vec<(Action, Vec<Branch>)> {
        use Fork::{Active, Irrelevant, Relevant};
        let (alpha, rest) = (self.alpha, 1.0 - self.alpha);
        let others = f64_of(h);
        let mut choices = vec![(
            Action::Adopt,
            vec![(alpha, self.state(1, 0, Irrelevant), 0.0, others), (rest, self.state(0, 1, Irrelevant), 0.0, others)],
        )];
        if a > h {
            choices.push((
                Action::Override,
                vec![
                    (alpha, self.state(a - h, 0, Irrelevant), others + 1.0, 0.0),
                    (rest, self.state(a - h - 1, 1, Relevant), others + 1.0, 0.0),
                ],
            ));
        }
        if a < self.longest && h < self.longest {
            // With two branches of one length about, the others may find a block on the attacker's.
            let race = |fork| {
                vec![
                    (alpha, self.state(a + 1, h, fork), 0.0, 0.0),
                    (self.gamma * rest, self.state(a.saturating_sub(h), 1, Relevant), others, 0.0),
                    ((1.0 - self.gamma) * rest, self.state(a, h + 1, Relevant), 0.0, 0.0),
                ]
            };
            if fork == Active && a >= h && h > 0 {
                choices.push((Action::Wait, race(Active)));
            } else {
                let branches = vec![
                    (alpha, self.state(a + 1, h, Irrelevant), 0.0, 0.0),
                    (rest, self.state(a, h + 1, Relevant), 0.0, 0.0),
                ];
                choices.push((Action::Wait, branches));
            }
            if fork == Relevant && a >= h && h > 0 {
                choices.push((Action::Match, race(Active)));
            }
        }
        choices
    }

    fn worth(rho: f64, branches: &[Branch], values: &[f64]) -> f64 {
        let worth = |(probability, next, own, others): &Branch| {
            probability * ((1.0 - rho) * own - rho * others + values[*next])
        };
        branches.iter().map(worth).sum()
    }

    /// What the best policy earns a block at this revenue. `values` are what the states are worth relative to the start.
    fn gain(&self, rho: f64, values: &mut Vec<f64>) -> f64 {
        let start = self.state(1, 0, Fork::Irrelevant);
        let mut gain = 0.0;
        for _ in 0..ROUNDS {
            let best = |choices: &Vec<(Action, Vec<Branch>)>| {
                choices.iter().map(|(_, branches)| Self::worth(rho, branches, values)).fold(f64::NEG_INFINITY, f64::max)
            };
            let better: Vec<f64> = self.choices.iter().map(best).collect();
            let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
            let next: Vec<f64> = better
                .iter()
                .zip(values.iter())
                .map(|(better, value)| {
                    let change = better - value;
                    least = least.min(change);
                    most = most.max(change);
                    value + (1.0 - LAZINESS) * change
                })
                .collect();
            let base = next[start];
            *values = next.into_iter().map(|value| value - base).collect();
            gain = f64::midpoint(least, most);
            if least > 0.0 || most < 0.0 || most - least < 1e-9 {
                break;
            }
        }
        gain
    }

    fn policy(&self, rho: f64, values: &[f64]) -> Table {
        Table::from_fn(self.longest, |a, h, fork| {
            let choices = &self.choices[self.state(a, h, fork)];
            let mut best = (Action::Adopt, f64::NEG_INFINITY);
            for (action, branches) in choices {
                let worth = Self::worth(rho, branches, values);
                if worth > best.1 + 1e-9 {
                    best = (*action, worth);
                }
            }
            best.0
        })
    }
}

#[expect(clippy::cast_precision_loss)]
fn f64_of(length: usize) -> f64 {
    length as f64
}
