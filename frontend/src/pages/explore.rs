//! `/explore`: blocks, transactions and accounts, taken apart and judged in this browser by `crate::explore`. Here are the search and
//! the newest blocks; what they lead to has a page each. All of it is in the explorer's program.

mod account;
mod block;
mod bytes;
mod fields;
mod ladder;
mod meaning;
mod merkle;
mod rulings;
mod transaction;
mod transfers;

use leptos::prelude::*;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::BlockView;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::app::set_title;
use crate::explore::source;
use crate::pages::not_found::NotFound;
use crate::state::Clock;
use crate::text;
use crate::words;
use account::AccountPage;
use block::BlockPage;
use transaction::TransactionPage;

/// Blocks in a list.
const LISTED: u32 = 20;

/// What is shown at a path of the explorer; nothing at any other.
pub fn page(path: &str) -> AnyView {
    let mut parts = path.trim_start_matches('/').split('/');
    if parts.next() != Some("explore") {
        return ().into_any();
    }
    let (kind, id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default().to_owned());
    match kind {
        "" => view! { <Explore/> }.into_any(),
        "block" => view! { <BlockPage id/> }.into_any(),
        "transaction" => view! { <TransactionPage id/> }.into_any(),
        "address" => view! { <AccountPage id/> }.into_any(),
        _ => view! { <NotFound/> }.into_any(),
    }
}

#[component]
fn Explore() -> impl IntoView {
    set_title(&text!("frame-explorer"));
    // The list ends below this height; absent, with the tip.
    let end = RwSignal::new(None::<u32>);
    let blocks = LocalResource::new(move || {
        let end = end.get();
        async move { source::blocks(end, LISTED).await }
    });
    view! {
        <div class="explore">
            <Head title=text!("frame-explorer")/>
            <section class="card wide" aria-labelledby="blocks-title">
                <div class="card-head">
                    <h2 id="blocks-title">{text!("explore-blocks")}</h2>
                    <div class="buttons">
                        <button type="button" class="quiet" on:click=move |_| { end.set(None); blocks.refetch(); }>{text!("explore-newest")}</button>
                        {move || earlier(blocks.get()).map(|before| view! {
                            <button type="button" class="quiet" on:click=move |_| end.set(Some(before))>{text!("explore-earlier")}</button>
                        })}
                    </div>
                </div>
                {move || match blocks.get() {
                    None => view! { <Fetching/> }.into_any(),
                    Some(Err(reason)) => view! { <Failed reason/> }.into_any(),
                    Some(Ok(found)) => view! { <BlockList blocks=found.chain/> }.into_any(),
                }}
            </section>
        </div>
    }
}

/// Where the list before this one ends.
fn earlier(found: Option<Result<source::Blocks, String>>) -> Option<u32> {
    let lowest = found?.ok()?.chain.first()?.height;
    (lowest > 0).then_some(lowest)
}

#[component]
fn BlockList(blocks: Vec<BlockView>) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let row = move |block: BlockView| {
        let dated = Time(u64::from(block.time) * 1_000);
        let link = format!("/explore/block/{}", block.height);
        let payments = block.transaction_count.saturating_sub(1);
        view! {
            <tr>
                <td class="number"><a href=link data-test="block-link">{words::grouped(block.height)}</a></td>
                <td class="hash">{words::short_hash(&block.hash)}</td>
                <td>{if block.height == 0 { text!("explore-genesis") } else { block.tag }}</td>
                <td class="number">{words::grouped(payments as u64)}</td>
                <td class="number optional">{words::grouped(block.size as u64)}</td>
                <td class="optional">{move || words::from_now(clock.0.get(), dated)}</td>
            </tr>
        }
    };
    view! {
        <table>
            <thead>
                <tr>
                    <th scope="col" class="number">{text!("explore-height")}</th>
                    <th scope="col">{text!("explore-hash-ends")}</th>
                    <th scope="col">{text!("explore-found-by")}</th>
                    <th scope="col" class="number">{text!("explore-payments")}</th>
                    <th scope="col" class="number optional">{text!("explore-bytes")}</th>
                    <th scope="col" class="optional">{text!("explore-dated")}</th>
                </tr>
            </thead>
            <tbody>{blocks.into_iter().rev().map(row).collect_view()}</tbody>
        </table>
    }
}

/// What every page of the explorer begins with: where one is, and the search.
#[component]
fn Head(#[prop(into)] title: Signal<String>) -> impl IntoView {
    let (text, failed) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let search = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        leptos::task::spawn_local(async move {
            match source::search(&text.get_untracked()).await {
                Ok(page) => {
                    failed.set(None);
                    go(&page);
                }
                Err(reason) => failed.set(Some(reason)),
            }
        });
    };
    view! {
        <div class="explore-head">
            <h1>{move || title.get()}</h1>
            <form class="search" role="search" on:submit=search>
                <label class="visually-hidden" for="search">{text!("explore-search")}</label>
                <input
                    id="search"
                    type="search"
                    data-test="search"
                    placeholder=text!("explore-search-hint")
                    autocomplete="off"
                    spellcheck="false"
                    bind:value=text
                />
                <button type="submit" data-test="search-go">{text!("explore-find")}</button>
            </form>
            <p class="problem" role="status">{move || failed.get()}</p>
        </div>
    }
}

#[component]
fn Fetching() -> impl IntoView {
    view! { <p class="empty" role="status">{text!("explore-fetching")}</p> }
}

#[component]
fn Failed(reason: String) -> impl IntoView {
    view! { <p class="notice warn" role="alert">{words::sentence(&reason)}</p> }
}

/// Where pages lead is the page's business, which follows every link.
fn go(path: &str) {
    let link: HtmlElement = document().create_element("a").expect("pages have links").unchecked_into();
    let _ = link.set_attribute("href", path);
    link.set_hidden(true);
    if document().body().is_some_and(|body| body.append_child(&link).is_ok()) {
        link.click();
        link.remove();
    }
}
