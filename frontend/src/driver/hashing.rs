//! Between the node and its miners: whether they may hash, what they find, and what of it is handed in to the host.

use tabchain_shared::mining::share::Shares;
use tabchain_shared::mining::{Job, Solution};
use tabchain_shared::node::io::Input;
use tabchain_shared::primitives::CompactTarget;
use tabchain_shared::wire::switchboard::NodeControl;

use super::{Driver, Happening};

impl Driver {
    /// Has the miners rest while they may not hash. What they measured before must not stand meanwhile.
    pub(super) fn courtesy_changed(&mut self) {
        let may_hash = self.courtesy.may_hash();
        self.miners.set_paused(!may_hash);
        if !may_hash {
            self.feed(Input::HashrateMeasured(0.0));
        }
        self.view_changed();
    }

    /// From now on the miners look for hashes that meet this, too; `None`: for blocks alone.
    pub(super) fn prove_under(&mut self, target: Option<CompactTarget>) {
        let shares = self.shares.wish(target);
        self.hand_in_shares(shares);
        self.collect_shares_of(self.miners.job());
        self.miners.set_share_target(self.shares.target());
    }

    pub(super) fn collect_shares_of(&mut self, job: Option<Job>) {
        if let (Some(job), Some(resident)) = (job, &self.resident) {
            self.shares.job(job, || resident.node.job_proof(job.id));
        }
    }

    pub(super) fn solution_found(&mut self, solution: Solution) {
        if self.shares.found(solution) {
            self.feed(Input::NonceFound(solution));
        }
        if self.shares.has_shares() {
            self.hand_in.ask(Happening::SharesDue, &self.happenings);
        }
    }

    pub(super) fn hand_in_shares(&mut self, shares: Vec<Shares>) {
        if self.uplink.is_welcomed() {
            for mut shares in shares {
                if let (Some(veil), Some(resident)) = (self.part.veil(), &self.resident)
                    && !veil.vouch(&mut shares, &resident.node)
                {
                    continue;
                }
                self.uplink.send_control(NodeControl::Shares(shares));
            }
        }
    }
}
