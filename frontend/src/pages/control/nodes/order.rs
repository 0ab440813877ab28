//! Which nodes the table shows, and in which order.

use std::cmp::Ordering;

use tabchain_shared::primitives::NodeId;

use crate::operator::Peer;

/// What the table can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Name,
    Height,
    Hashrate,
    Share,
    Balance,
    Links,
}

/// A column and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sorting {
    pub by: Column,
    pub descending: bool,
}

impl Default for Sorting {
    fn default() -> Self {
        Self { by: Column::Name, descending: false }
    }
}

impl Sorting {
    /// A column's button: figures begin with the largest, names with the first; pressed again, it turns round.
    #[must_use]
    pub fn pressed(self, by: Column) -> Self {
        let descending = if self.by == by { !self.descending } else { by != Column::Name };
        Self { by, descending }
    }

    fn compare(self, a: &Peer, b: &Peer) -> Ordering {
        let order = match self.by {
            // As they come.
            Column::Name => Ordering::Equal,
            Column::Height => a.height.cmp(&b.height),
            Column::Hashrate => figure(a.hashrate).total_cmp(&figure(b.hashrate)),
            Column::Share => figure(a.proven_hashrate).total_cmp(&figure(b.proven_hashrate)),
            Column::Balance => a.balance.cmp(&b.balance),
            Column::Links => a.links.len().cmp(&b.links.len()),
        };
        if self.descending { order.reverse() } else { order }
    }
}

/// Who has told nothing comes below who has nothing.
fn figure(figure: Option<f64>) -> f64 {
    figure.unwrap_or(-1.0)
}

/// The nodes to show. `peers` are by name, and stay so among equals. A word in `filter` is a part of a name, or the beginning of
/// an id or address; several must all fit.
pub fn shown(peers: &[Peer], filter: &str, sorting: Sorting) -> Vec<NodeId> {
    let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    let fits = |peer: &&Peer| {
        let name = peer.name.to_lowercase();
        words.iter().all(|word| {
            name.contains(word)
                || peer.id.to_string().starts_with(word)
                || peer.address.is_some_and(|address| address.to_string().starts_with(word))
        })
    };
    let mut shown: Vec<&Peer> = peers.iter().filter(fits).collect();
    if sorting == (Sorting { by: Column::Name, descending: true }) {
        shown.reverse();
    }
    shown.sort_by(|a, b| sorting.compare(a, b));
    shown.into_iter().map(|peer| peer.id).collect()
}

/// Which rows of the table are in sight, with some on both sides, so that a scroll finds them there.
pub fn in_sight(rows: usize, row_height: f64, scrolled: f64, height: f64) -> std::ops::Range<usize> {
    const BESIDE: usize = 6;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows of a screen")]
    let row_at = |pixels: f64| (pixels.max(0.0) / row_height) as usize;
    let first = row_at(scrolled).saturating_sub(BESIDE).min(rows);
    let end = (row_at(scrolled + height) + 1 + BESIDE).min(rows);
    first..end.max(first)
}

#[cfg(test)]
mod tests {
    use tabchain_shared::node::snapshot::NodeKind;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn peer(number: u8, name: &str, height: Option<u32>, proven_hashrate: Option<f64>) -> Peer {
        Peer {
            id: NodeId([number; 8]),
            name: name.to_owned(),
            kind: NodeKind::Tab,
            resident: false,
            relay: None,
            address: None,
            balance: None,
            tip: None,
            tip_from: None,
            height,
            hashrate: proven_hashrate,
            proven_hashrate,
            proven_shares: None,
            claim_doubted: false,
            mining: None,
            waits: None,
            limit: None,
            links: Vec::new(),
            follows_host: None,
            role: None,
            score: None,
        }
    }

    fn numbers(peers: &[Peer], filter: &str, by: Column, descending: bool) -> Vec<u8> {
        shown(peers, filter, Sorting { by, descending }).iter().map(|id| id.0[0]).collect()
    }

    #[test]
    fn nodes_are_sorted_and_equals_stay_by_name() {
        let peers = [
            peer(1, "ada", Some(3), Some(5.0)),
            peer(2, "Bob", Some(4), None),
            peer(3, "carol", None, Some(0.0)),
            peer(4, "dan", Some(4), Some(7.0)),
        ];
        assert_eq!(numbers(&peers, "", Column::Name, false), [1, 2, 3, 4]);
        assert_eq!(numbers(&peers, "", Column::Name, true), [4, 3, 2, 1]);
        assert_eq!(numbers(&peers, "", Column::Height, true), [2, 4, 1, 3]);
        assert_eq!(numbers(&peers, "", Column::Share, false), [2, 3, 1, 4]);
        assert_eq!(numbers(&peers, " A ", Column::Name, false), [1, 3, 4]);
        assert_eq!(numbers(&peers, "a o", Column::Name, false), [3]);
        assert_eq!(numbers(&peers, "0202", Column::Name, false), [2]);
        assert!(numbers(&peers, "eve", Column::Name, false).is_empty());
    }

    #[test]
    fn a_column_turns_round_when_it_is_pressed_again() {
        let sorting = Sorting::default().pressed(Column::Balance);
        assert_eq!(sorting, Sorting { by: Column::Balance, descending: true });
        assert!(!sorting.pressed(Column::Balance).descending);
        assert_eq!(sorting.pressed(Column::Name), Sorting::default());
    }

    #[test]
    fn only_rows_in_sight_are_there() {
        assert_eq!(in_sight(500, 36.0, 0.0, 360.0), 0..17);
        assert_eq!(in_sight(500, 36.0, 3_600.0, 360.0), 94..117);
        assert_eq!(in_sight(500, 36.0, 17_700.0, 360.0), 485..500);
        // The list has become shorter than where one was.
        assert_eq!(in_sight(3, 36.0, 17_700.0, 360.0), 3..3);
        assert_eq!(in_sight(0, 36.0, 0.0, 0.0), 0..0);
    }
}
