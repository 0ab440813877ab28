//! The shapes that a host can give the network, as words and numbers. What links follow from them is decided in `topology`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tabchain_shared::node::config::{MAX_PEERS_RELAY, MAX_PEERS_TAB};

use crate::join::MAX_JOINED;

/// Other nodes, besides the resident, that a node is introduced to (Bitcoin Core's outbound full-relay connections).
pub const DEFAULT_DEGREE: usize = 8;
/// Three times as many, to which those come that were there early, still fit into a tab.
pub const MAX_DEGREE: usize = 40;
/// A tab keeps so many peers. Beyond the resident that leaves 124 others.
pub const MAX_LINKS: usize = MAX_PEERS_TAB;
/// The relay's own node keeps more, and needs room for the relays that it has joined. Whoever comes later hangs on others.
pub const MAX_LINKS_OF_RESIDENT: usize = MAX_PEERS_RELAY - 2 * MAX_JOINED;
/// The resident included: each has a link with each of the others.
const MAX_MESH: usize = MAX_LINKS + 1;

/// Who is to be linked with whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "shape", rename_all = "kebab-case")]
pub enum Shape {
    /// Everyone with the resident and with `degree` others at random: connected with high probability, of small diameter.
    Random { degree: usize },
    /// Everyone with everyone.
    Mesh,
    /// Everyone with the resident, and with nobody else.
    Star,
    /// Everyone with two others, in one cycle in which the resident is a member like any.
    Ring,
}

/// A shape without its number, as a person says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String")]
#[schema(rename_all = "lowercase")]
pub enum ShapeName {
    Random,
    Mesh,
    Star,
    Ring,
}

/// Why the network cannot have a shape, in words for the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    #[error("a topology is random, mesh, star or ring")]
    Unknown,
    #[error("a degree belongs to the topology random; leave it out for {0}")]
    DegreeOf(ShapeName),
    #[error("a degree is from 1 to {MAX_DEGREE}; for more links choose the topology mesh")]
    Degree,
    #[error(
        "in a mesh of {nodes} nodes each has {} links, and a tab keeps {MAX_LINKS}; choose random with a degree of up to {MAX_DEGREE}",
        nodes - 1
    )]
    MeshTooLarge { nodes: usize },
}

/// How many links with others than the resident a node gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Degrees {
    /// A node with fewer is introduced to more.
    pub wanted: usize,
    /// Nobody is introduced to a node with so many: those that came early would carry the network.
    pub most: usize,
}

impl Shape {
    pub fn new(name: ShapeName, degree: Option<usize>) -> Result<Self, ShapeError> {
        match (name, degree) {
            (ShapeName::Random, None) => Ok(Self::default()),
            (ShapeName::Random, Some(degree @ 1..=MAX_DEGREE)) => Ok(Self::Random { degree }),
            (ShapeName::Random, Some(_)) => Err(ShapeError::Degree),
            (other, Some(_)) => Err(ShapeError::DegreeOf(other)),
            (ShapeName::Mesh, None) => Ok(Self::Mesh),
            (ShapeName::Star, None) => Ok(Self::Star),
            (ShapeName::Ring, None) => Ok(Self::Ring),
        }
    }

    /// Whether a host can have ordered it: another relay says that its host did.
    pub fn is_sound(self) -> bool {
        match self {
            Self::Random { degree } => (1..=MAX_DEGREE).contains(&degree),
            Self::Mesh | Self::Star | Self::Ring => true,
        }
    }

    /// Whether a network of so many nodes, the resident included, can be given this shape.
    pub(super) fn fits(self, nodes: usize) -> Result<(), ShapeError> {
        if self == Self::Mesh && nodes > MAX_MESH { Err(ShapeError::MeshTooLarge { nodes }) } else { Ok(()) }
    }

    /// `None`: links with others are not a matter of their number. A mesh wants what a tab keeps; one that has outgrown
    /// that gives newcomers what others have room for.
    pub(super) fn degrees(self) -> Option<Degrees> {
        match self {
            Self::Random { degree } => Some(Degrees { wanted: degree, most: 3 * degree }),
            Self::Mesh => Some(Degrees { wanted: MAX_LINKS - 1, most: MAX_LINKS - 1 }),
            Self::Star | Self::Ring => None,
        }
    }
}

impl Default for Shape {
    fn default() -> Self {
        Self::Random { degree: DEFAULT_DEGREE }
    }
}

impl fmt::Display for ShapeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Random => "random",
            Self::Mesh => "mesh",
            Self::Star => "star",
            Self::Ring => "ring",
        })
    }
}

impl FromStr for ShapeName {
    type Err = ShapeError;

    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let named = |name: &Self| name.to_string() == text.trim().to_lowercase();
        [Self::Random, Self::Mesh, Self::Star, Self::Ring].into_iter().find(named).ok_or(ShapeError::Unknown)
    }
}

impl TryFrom<String> for ShapeName {
    type Error = ShapeError;

    fn try_from(text: String) -> Result<Self, ShapeError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_a_name_and_perhaps_a_degree() {
        let shape = |name: &str, degree| Shape::new(name.parse()?, degree);
        assert_eq!(shape("random", None), Ok(Shape::Random { degree: DEFAULT_DEGREE }));
        assert_eq!(shape("Random ", Some(3)), Ok(Shape::Random { degree: 3 }));
        assert_eq!(shape("ring", None), Ok(Shape::Ring));
        assert_eq!(shape("tree", None), Err(ShapeError::Unknown));
        assert_eq!(shape("ring", Some(2)), Err(ShapeError::DegreeOf(ShapeName::Ring)));
        assert_eq!([0, MAX_DEGREE + 1].map(|degree| shape("random", Some(degree))), [Err(ShapeError::Degree); 2]);
        assert!(Shape::Random { degree: MAX_DEGREE }.degrees().is_some_and(|degrees| degrees.most < MAX_LINKS));
        assert_eq!(
            ShapeError::MeshTooLarge { nodes: 200 }.to_string(),
            "in a mesh of 200 nodes each has 199 links, and a tab keeps 125; choose random with a degree of up to 40"
        );
    }
}
