//! The picture in words.

use super::model::{Dot, Line, Model, Role, Way};
use crate::text;
use crate::words;

/// More tips than this are a number.
const MAX_TIPS: usize = 4;

pub fn summary(model: &Model) -> String {
    let Model { dots, lines, tips, left_out, parts, .. } = model;
    if dots.is_empty() {
        return text!("network-looking");
    }
    let links: Vec<&Line> = lines.iter().filter(|line| line.way != Way::Cut).collect();
    let direct = links.iter().filter(|line| line.way == Way::Webrtc).count();
    let (all, linked) = (nodes(dots.len() + left_out), self::links(links.len()));
    let mut sentences = vec![match direct {
        0 => text!("network-summary", nodes = all, links = linked),
        direct => text!("network-summary-direct", nodes = all, links = linked, count = direct),
    }];
    if *left_out > 0 {
        sentences.push(text!("network-drawn", nodes = nodes(dots.len())));
    }
    sentences.push(match tips.as_slice() {
        [] => text!("network-no-tip"),
        [only] => text!("network-one-tip", height = only.height),
        several if several.len() > MAX_TIPS => text!("network-many-tips", count = several.len()),
        several => {
            let told =
                several.iter().map(|tip| text!("network-tip-nodes", nodes = nodes(tip.nodes), height = tip.height));
            text!("network-tips", count = several.len(), list = told.collect::<Vec<_>>().join(", "))
        }
    });
    if *parts > 1 {
        sentences.push(text!("network-in-parts", count = *parts));
    }
    let faulty = lines.iter().filter(|line| line.fault.is_some()).count();
    if faulty > 0 {
        sentences.push(text!("network-faults", count = faulty));
    }
    let cut = lines.len() - links.len();
    if cut > 0 {
        sentences.push(text!("network-cuts", count = cut));
    }
    sentences.join(" ")
}

pub fn nodes(count: usize) -> String {
    text!("network-nodes", count = count)
}

pub fn links(count: usize) -> String {
    text!("network-links", count = count)
}

pub fn role(role: Role) -> String {
    match role {
        Role::Tab => text!("network-tab"),
        Role::Relay => text!("network-relay"),
        Role::Native => text!("network-native"),
        Role::Attacker => text!("network-attacker"),
    }
}

pub fn way(way: Way) -> String {
    match way {
        Way::Carried => text!("network-carried"),
        Way::Webrtc => text!("network-webrtc"),
        Way::Opening => text!("network-opening"),
        Way::Cut => text!("network-cut"),
    }
}

/// For who cannot see a node: what it is and how it is linked.
pub fn dot(model: &Model, dot: &Dot) -> String {
    let tip = dot.tip.and_then(|tip| model.tips.iter().find(|known| known.hash == tip));
    let parts = [
        Some(dot.name.clone()),
        Some(role(dot.role)),
        tip.map(|tip| text!("network-height", height = tip.height)),
        Some(links(model.neighbours(dot.id).count())),
        dot.mining.then(|| text!("network-mining")),
        (model.parts > 1).then(|| text!("network-part", number = dot.part + 1)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `ada – bob: WebRTC, 12 ms`
pub fn line(model: &Model, line: &Line) -> String {
    let parts = [
        Some(format!("{}: {}", model.names(line.ends).join(" – "), way(line.way))),
        line.round_trip.map(|millis| format!("{} ms", words::grouped(millis))),
        line.fault.map(|fault| words::link_fault(&fault)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
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
    let [a, b] = model.names(line.ends);
    match line.in_force {
        [true, true] => None,
        [true, false] => Some(text!("network-as-before", name = b)),
        [false, true] => Some(text!("network-as-before", name = a)),
        [false, false] if line.way == Way::Cut => None,
        [false, false] => Some(text!("network-nobody-yet")),
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
