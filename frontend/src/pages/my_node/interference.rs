//! What the host does to this node's links, told to its person: nobody's network is bent in secret.

use tabchain_shared::wire::link_fault::LinkFault;
use tabchain_shared::wire::switchboard::NetworkPart;

use crate::bridge::{Interference, NamedFault, NamedNode};
use crate::text;
use crate::words;

/// More names than this are a number.
const MAX_NAMED: usize = 3;

/// `None` while the host lets the links be.
pub fn sentence(interference: &Interference, follows_host: bool) -> Option<String> {
    let Interference { faults, part, cut } = interference;
    let mut sentences = Vec::new();
    if let Some(NetworkPart { number, of }) = part {
        sentences.push(text!("my-node-host-parts", count = *of, number = *number));
    }
    match cut.as_slice() {
        [] => {}
        [only] => sentences.push(text!("my-node-host-cut-one", who = name(only))),
        several => sentences.push(text!("my-node-host-cut", who = names(several.iter()))),
    }
    sentences.extend(faults_in_words(faults));
    if !faults.is_empty() && !follows_host {
        sentences.push(text!("my-node-host-not-followed"));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Links with the same fault are told together.
fn faults_in_words(faults: &[NamedFault]) -> Vec<String> {
    let mut groups: Vec<(LinkFault, Vec<&NamedNode>)> = Vec::new();
    for NamedFault { node, fault } in faults {
        match groups.iter_mut().find(|(known, _)| known == fault) {
            Some((_, nodes)) => nodes.push(node),
            None => groups.push((*fault, vec![node])),
        }
    }
    let told = groups.into_iter().map(|(fault, nodes)| {
        let fault = words::link_fault(&fault);
        match nodes.as_slice() {
            [only] => text!("my-node-host-fault-one", fault = fault, who = name(only)),
            several => text!("my-node-host-fault", fault = fault, who = names(several.iter().copied())),
        }
    });
    told.collect()
}

fn names<'a>(nodes: impl Iterator<Item = &'a NamedNode>) -> String {
    let names: Vec<String> = nodes.map(name).collect();
    if names.len() > MAX_NAMED { text!("my-node-many-nodes", count = names.len()) } else { words::listed(names) }
}

fn name(node: &NamedNode) -> String {
    node.name.clone().unwrap_or_else(|| text!("my-node-nameless", id = node.node.to_string()[..4].to_owned()))
}

#[cfg(test)]
mod tests {
    use tabchain_shared::primitives::NodeId;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn node(name: &str) -> NamedNode {
        NamedNode { node: NodeId([7; 8]), name: (!name.is_empty()).then(|| name.to_owned()) }
    }

    #[test]
    fn what_the_host_does_is_told_in_words() {
        assert_eq!(sentence(&Interference::default(), true), None);
        let slow = LinkFault { delay: 2_000, ..LinkFault::default() };
        let to = |name| NamedFault { node: node(name), fault: slow };
        let interference = Interference { faults: vec![to("ada"), to("bob")], part: None, cut: vec![node("")] };
        assert_eq!(
            sentence(&interference, true).unwrap(),
            "The host has cut your link to node 0707. The host has put 2 s of delay on your links to ada and bob."
        );
        assert!(sentence(&interference, false).unwrap().contains("does not follow the host"));
        let part = Some(NetworkPart { number: 2, of: 3 });
        let parted = Interference { part, ..Interference::default() };
        assert!(sentence(&parted, true).unwrap().ends_with("this node is in part 2."));
    }
}
