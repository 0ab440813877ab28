//! The picture in words.

use super::model::{Dot, Line, Model, Way};
use crate::words;

/// More tips than this are a number.
const MAX_TIPS: usize = 4;

pub fn summary(model: &Model) -> String {
    let Model { dots, lines, tips, left_out, parts, .. } = model;
    if dots.is_empty() {
        return "Looking at the network.".to_owned();
    }
    let links: Vec<&Line> = lines.iter().filter(|line| line.way != Way::Cut).collect();
    let direct = links.iter().filter(|line| line.way == Way::Webrtc).count();
    let mut sentences = vec![format!(
        "{} and {}{}.",
        words::counted(dots.len() + left_out, "node", "nodes"),
        words::counted(links.len(), "link", "links"),
        if direct > 0 {
            format!(", {} of them from browser to browser", words::grouped(direct as u64))
        } else {
            String::new()
        },
    )];
    if *left_out > 0 {
        sentences
            .push(format!("{} are drawn, and the links between those.", words::counted(dots.len(), "node", "nodes")));
    }
    sentences.push(match tips.as_slice() {
        [] => "Nobody has told of a tip yet.".to_owned(),
        [only] => format!("All follow one tip, at height {}.", words::grouped(only.height)),
        several if several.len() > MAX_TIPS => format!("They follow {} tips.", several.len()),
        several => {
            let told: Vec<String> = several
                .iter()
                .map(|tip| {
                    format!("{} at height {}", words::counted(tip.nodes, "node", "nodes"), words::grouped(tip.height))
                })
                .collect();
            format!("{} tips: {}.", several.len(), told.join(", "))
        }
    });
    if *parts > 1 {
        sentences.push(format!("The network is in {parts} parts that cannot reach each other."));
    }
    let faulty = lines.iter().filter(|line| line.fault.is_some()).count();
    if faulty > 0 {
        sentences.push(format!("{} a fault.", words::counted(faulty, "link has", "links have")));
    }
    let cut = lines.len() - links.len();
    if cut > 0 {
        sentences.push(format!("{} cut by hand.", words::counted(cut, "link is", "links are")));
    }
    sentences.join(" ")
}

/// For who cannot see a node: what it is and how it is linked.
pub fn dot(model: &Model, dot: &Dot) -> String {
    let height = dot.tip.and_then(|tip| model.tips.iter().find(|known| known.hash == tip)).map(|tip| tip.height);
    let height = height.map_or_else(String::new, |height| format!(", height {}", words::grouped(height)));
    let links = words::counted(model.neighbours(dot.id).count(), "link", "links");
    let mining = if dot.mining { ", mining" } else { "" };
    let part = if model.parts > 1 { format!(", part {}", dot.part + 1) } else { String::new() };
    format!("{}, {}{height}, {links}{mining}{part}", dot.name, dot.role.name())
}

/// `ada – bob: WebRTC, 12 ms`
pub fn line(model: &Model, line: &Line) -> String {
    let names = model.names(line.ends).join(" – ");
    let round_trip = line.round_trip.map_or_else(String::new, |millis| format!(", {} ms", words::grouped(millis)));
    let fault = line.fault.map_or_else(String::new, |fault| format!(", {}", words::link_fault(&fault)));
    format!("{names}: {}{round_trip}{fault}", line.way.words())
}

/// What is wrong with a link, as short as there is room for.
pub fn mark(line: &Line) -> Option<String> {
    let fault = line.fault?;
    let parts: Vec<String> = [
        (fault.delay > 0).then(|| words::millis(fault.delay)),
        (fault.jitter > 0).then(|| format!("±{}", words::millis(fault.jitter))),
        (fault.loss > 0.0).then(|| format!("−{:.0} %", 100.0 * fault.loss)),
        fault.bandwidth.map(|bandwidth| format!("{} kB/s", bandwidth / 1_000)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let more = if parts.len() > 1 { " …" } else { "" };
    parts.first().map(|first| format!("{first}{more}"))
}

/// Who of the two does not do what the fault says.
pub fn unwilling(model: &Model, line: &Line) -> Option<String> {
    line.fault?;
    let names = model.names(line.ends);
    match line.in_force {
        [true, true] => None,
        [true, false] => Some(format!("{} sends as before: it does not follow you, or has not said yet.", names[1])),
        [false, true] => Some(format!("{} sends as before: it does not follow you, or has not said yet.", names[0])),
        [false, false] if line.way == Way::Cut => None,
        [false, false] => Some("Neither node has said yet that it does so.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::wire::link_fault::LinkFault;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::model::TipColours;
    use super::super::model::tests::{id, network, topology};
    use super::*;
    use crate::operator::{Fault, ShapeName, Topology};

    #[test]
    fn the_picture_is_told_in_words() {
        let mut peers = network(4);
        let whole = topology(ShapeName::Mesh, &[(0, 1), (0, 2)]);
        let told = |peers: &[_], topology: &Topology| summary(&Model::of(peers, topology, &mut TipColours::default()));
        assert_eq!(told(&peers, &whole), "4 nodes and 2 links. All follow one tip, at height 1.");
        peers[3].tip = Some(tabchain_shared::primitives::BlockHash([9; 32]));
        peers[3].height = Some(2);
        let fault = LinkFault { loss: 0.1, ..LinkFault::default() };
        let bent = Topology {
            groups: vec![vec![id(3)]],
            cut: vec![[id(1), id(2)]],
            faults: vec![Fault { nodes: [id(0), id(1)], fault }],
            ..whole
        };
        assert_eq!(
            told(&peers, &bent),
            "4 nodes and 2 links. 2 tips: 3 nodes at height 1, 1 node at height 2. The network is in 2 parts that cannot \
             reach each other. 1 link has a fault. 1 link is cut by hand."
        );
        let model = Model::of(&peers, &bent, &mut TipColours::default());
        let line_of = |a, b| model.line([id(a), id(b)]).unwrap();
        assert_eq!(line(&model, line_of(0, 1)), "node 0 – node 1: over the relay, 4 ms, 10 % loss");
        assert_eq!((mark(line_of(0, 1)).as_deref(), mark(line_of(0, 2))), (Some("−10 %"), None));
        assert!(unwilling(&model, line_of(0, 1)).unwrap().starts_with("node 1 sends as before"));
        assert_eq!(dot(&model, model.dot(id(3)).unwrap()), "node 3, tab, height 2, 0 links, part 2");
    }
}
