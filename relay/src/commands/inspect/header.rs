//! What 80 bytes of header say, and whether they keep the rules that need no chain.

use jiff::Timestamp;
use tabchain_shared::consensus::header_rules::check_header;
use tabchain_shared::consensus::{HeaderError, Params};
use tabchain_shared::primitives::{Header, Target};

use crate::commands::report::{Fields, Report};

/// Rules that need the headers below this one, or a clock.
pub(super) const NOT_JUDGED: [&str; 4] = ["unknown-parent", "bad-difficulty", "time-too-old", "time-too-new"];

pub(super) fn report(params: &Params, header: &Header) -> Report {
    let mut fields = describe(params, header);
    fields.add("not_judged", NOT_JUDGED);
    match judge(params, header) {
        Ok(()) => Report::valid(fields),
        Err(error) => Report::valid(fields).refuse("", error.to_string()),
    }
}

/// The network's genesis owes no proof of work: its hash alone makes it valid.
pub(super) fn judge(params: &Params, header: &Header) -> Result<(), HeaderError> {
    if owes_proof_of_work(params, header) { check_header(params, header).map(drop) } else { Ok(()) }
}

fn owes_proof_of_work(params: &Params, header: &Header) -> bool {
    *header != params.genesis().header
}

/// Every field, and what follows from it. What follows from bits that are no target is absent.
pub(super) fn describe(params: &Params, header: &Header) -> Fields {
    let target = header.bits.to_target().ok();
    let mut fields = Fields::default();
    fields.add("network", &params.name);
    fields.add("hash", header.hash());
    fields.add("version", header.version);
    fields.add("version_hex", format!("{:08x}", header.version));
    fields.add("prev_blockhash", header.prev_blockhash);
    fields.add("merkle_root", header.merkle_root);
    fields.add("time", header.time);
    fields.add("time_utc", utc(header.time));
    fields.add("bits", header.bits);
    fields.add("nonce", header.nonce);
    fields.add("target", target.map(|target| target.to_string()));
    fields.add("difficulty", target.map(|target| target.difficulty(params.limit_target())));
    fields.add("work", target.map(Target::work));
    fields.add("work_decimal", target.map(|target| target.work().value().to_string()));
    fields.add("target_within_limit", target.is_some_and(|target| target <= params.limit_target()));
    fields.add("owes_proof_of_work", owes_proof_of_work(params, header));
    fields.add("proof_of_work_holds", target.is_some_and(|target| params.algorithm.is_met(header, target)));
    fields
}

/// ISO 8601.
pub(in crate::commands) fn utc(time: u32) -> String {
    Timestamp::from_second(time.into()).expect("the year 2106 is within the calendar").to_string()
}
