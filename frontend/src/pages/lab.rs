//! `/lab/…`: the pages of the lab, all in its program.

use leptos::prelude::*;

use crate::pages::experiments::Experiments;
use crate::pages::live::Live;
use crate::pages::not_found::NotFound;
use crate::pages::pow_lab::PowLab;

/// What is shown at a path of the lab.
pub fn page(path: &str) -> AnyView {
    match path.trim_end_matches('/') {
        "/lab" => view! { <Experiments/> }.into_any(),
        "/lab/live" => view! { <Live/> }.into_any(),
        "/lab/pow" => view! { <PowLab/> }.into_any(),
        _ => view! { <NotFound/> }.into_any(),
    }
}
