//! The links of the network, looked at again and again for as long as somebody shows them.

use leptos::prelude::*;

use crate::components::freeze::Freeze;
use crate::operator::{self, Topology};

/// Between two looks: a large network has thousands of links.
const POLL_MILLIS: u32 = 2_000;

/// What the picture and the list beside it have in common.
#[derive(Clone, Copy)]
pub struct Watch {
    /// As of the last look.
    pub topology: RwSignal<Option<Topology>>,
    freeze: Freeze,
}

impl Watch {
    /// Begins to look; ends with what it was made in.
    pub fn start(freeze: Freeze) -> Self {
        let watch = Self { topology: RwSignal::new(None), freeze };
        leptos::task::spawn_local(async move {
            while !watch.topology.is_disposed() {
                if !document().hidden() {
                    watch.look().await;
                }
                gloo_timers::future::TimeoutFuture::new(POLL_MILLIS).await;
            }
        });
        watch
    }

    /// At once, as after an order; not while the picture stands still.
    pub async fn look(self) {
        if self.freeze.is_on_now() {
            return;
        }
        // A relay that does not answer is told of at the top of the page.
        if let Ok(topology) = operator::topology().await
            && !self.topology.is_disposed()
            && self.topology.read_untracked().as_ref() != Some(&topology)
        {
            self.topology.set(Some(topology));
        }
    }
}
