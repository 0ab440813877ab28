//! `/series`: what was measured lately, for charts. The ring is `metrics/recent.rs`; here it is filled and read.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tabchain_shared::node::Node;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::session::{Arrival, Sample};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use utoipa::{IntoParams, ToSchema};

use super::{Json, Query};
use crate::AppState;
use crate::clock::now;
use crate::metrics::recent::SAMPLE_INTERVAL;

/// From when on.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// Only what came after this, in milliseconds since 1970.
    #[serde(default)]
    #[param(minimum = 0, maximum = 18_446_744_073_709_551_615_u64, default = 0)]
    after: u64,
}

/// What was measured lately
#[derive(Serialize, ToSchema)]
#[schema(as = Series)]
pub struct SeriesAnswer {
    /// Milliseconds between two samples.
    interval: u64,
    /// The oldest first; an hour of them is kept, and none from before this relay was started.
    samples: Vec<Sample>,
    /// The oldest first, at most 500; blocks that were mined here or read from the disk have not travelled and are left out.
    arrivals: Vec<Arrival>,
}

/// What was measured lately: hash rate, mempool, stale blocks, and how long blocks took to get here
///
/// Dates and targets of blocks are in the chain: see the headers.
#[utoipa::path(get, path = "/series", tag = "network", params(After),
    responses((status = 200, description = "Samples at equal distances, and the newest arrivals", body = SeriesAnswer)))]
pub async fn series(State(relay): State<AppState>, Query(After { after }): Query<After>) -> Json<SeriesAnswer> {
    let recent = &relay.metrics.recent;
    Json(SeriesAnswer {
        interval: u64::try_from(SAMPLE_INTERVAL.as_millis()).expect("a few seconds"),
        samples: recent.samples(Time(after)),
        arrivals: recent.arrivals(Time(after)),
    })
}

/// Looks at the network again and again until the relay stops.
pub async fn keep_sampling(relay: AppState, stop: CancellationToken) {
    let mut ticks = interval(SAMPLE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let own = relay.resident.query(|node: &Node| {
            let (chain, mempool) = (node.chain(), node.mempool());
            (node.report(true).hashrate, chain.height(), mempool.len(), mempool.bytes(), chain.stale_count())
        });
        // Without its node the relay is about to end.
        let Ok((hashrate, height, mempool, mempool_bytes, stale_blocks)) = own.await else { return };
        let tally = relay.switchboard.tally();
        relay.metrics.recent.sample(Sample {
            at: now(),
            nodes: tally.tabs + tally.relays + 1,
            claimed: tally.claimed + hashrate,
            proven: tally.proven + hashrate,
            height,
            mempool,
            mempool_bytes,
            stale_blocks,
        });
    }
}
