//! Sending money: to a node that is here or in the address book, by its name, or to any address.

mod contacts;
mod fee;

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::node::snapshot::PeerView;
use tabchain_shared::primitives::{self, Address, Amount};

use crate::bridge::UplinkState;
use crate::components::rows::rows;
use crate::operator::{self, Neighbour};
use crate::state::NodeState;
use crate::state::address_book::{AddressBook, Payee};
use crate::text;
use crate::words::{self, refusals};
use contacts::Contacts;
use fee::{Fee, FeeChoice};

/// Who is here changes slowly, and the list is only a help.
const WHO_IS_HERE_MILLIS: u32 = 5_000;
/// A payment does not wait longer for a relay that does not answer.
const ANSWER_MILLIS: u32 = 2_000;

/// In the address of a page that is opened to pay somebody: `/?pay=tab1…`, as in a node's QR code.
pub const LINK_TO_PAY: &str = "pay";

/// Whom to pay, a name or an address: other parts of the page fill it in.
#[derive(Debug, Clone, Copy)]
pub struct Recipient(RwSignal<String>);

impl Recipient {
    /// As the page's address says, or nobody.
    pub fn of_address_bar() -> Self {
        let query = window().location().search().ok();
        let query = query.and_then(|query| web_sys::UrlSearchParams::new_with_str(&query).ok());
        Self(RwSignal::new(query.and_then(|query| query.get(LINK_TO_PAY)).unwrap_or_default()))
    }

    /// The person goes on with the amount.
    pub fn choose(self, recipient: &str) {
        self.0.set(recipient.to_owned());
        if let Ok(Some(field)) = document().query_selector("[data-test=pay-amount]")
            && let Ok(field) = wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(field)
        {
            let _ = field.focus();
        }
    }
}

/// Whom a page's parts know by name.
#[derive(Debug, Clone, Copy)]
pub struct Names(Memo<Vec<Payee>>);

impl Names {
    pub fn of(self, address: Address) -> String {
        let name = self.0.with(|payees| Some(payees.iter().find(|payee| payee.address == address)?.name.clone()));
        name.unwrap_or_else(|| words::short_address(&address))
    }
}

/// Whether a payment waits in vain: nobody of whom this node could get a block mines now. `false` also for what cannot be known.
#[derive(Debug, Clone, Copy)]
pub struct NobodyMines(pub Memo<bool>);

impl NobodyMines {
    fn of(state: NodeState, known: RwSignal<Known>) -> Self {
        let me = state.snapshot(|snapshot| (snapshot.mining.wanted, snapshot.peers.is_empty()));
        Self(Memo::new(move |_| {
            let Some((i_mine, i_am_alone)) = me.get() else { return false };
            !i_mine && (i_am_alone || known.with(|known| known.somebody_mines == Some(false)))
        }))
    }
}

/// Of the nodes that the relay knows, as of its last answer.
#[derive(Debug, Clone, Default)]
struct Known {
    payees: Vec<Payee>,
    /// Absent where one of them has not told, and when the relay does not answer.
    somebody_mines: Option<bool>,
}

impl Known {
    fn of(nodes: Vec<Neighbour>) -> Self {
        // One that mines is enough; that none does has to be told by each.
        let somebody = nodes.iter().any(|node| node.mining == Some(true));
        let all_have_told = nodes.iter().all(|node| node.mining.is_some());
        let somebody_mines = (somebody || all_have_told).then_some(somebody);
        let payees = nodes.into_iter().filter_map(|node| Some(Payee { name: node.name, address: node.address? }));
        Self { payees: payees.collect(), somebody_mines }
    }
}

/// What the parts of the page need to call people by their names.
#[derive(Debug, Clone, Copy)]
pub struct WhoIsHere {
    known: RwSignal<Known>,
    others: Memo<Vec<Payee>>,
}

impl WhoIsHere {
    pub fn provide(state: NodeState) {
        let book = AddressBook::open();
        provide_context(book);
        provide_context(Recipient::of_address_bar());
        let known = who_is_here();
        let others = payees(state, known, book);
        provide_context(Names(others));
        provide_context(NobodyMines::of(state, known));
        provide_context(Self { known, others });
    }
}

#[component]
pub fn Pay() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let WhoIsHere { known, others } = expect_context();
    let Recipient(recipient) = expect_context();
    let amount = RwSignal::new(String::new());
    let memo = RwSignal::new(String::new());
    let fee = Fee::of(memo);
    let NobodyMines(nobody_mines) = expect_context();
    let own_name = state.snapshot(|snapshot| snapshot.name.clone());
    let offline = state.field(|view| view.uplink.state == UplinkState::Offline);
    // The last answer, and whether it is a good one.
    let answer = RwSignal::new(None::<(bool, String)>);
    let busy = RwSignal::new(false);

    let answered = move |outcome| {
        busy.set(false);
        answer.set(Some(match outcome {
            Answer::Accepted { txid } => {
                amount.set(String::new());
                memo.set(String::new());
                let txid = words::short_hash(&txid);
                let told = if offline.get_untracked() == Some(true) {
                    text!("wallet-sent-offline", txid = txid)
                } else if nobody_mines.get_untracked() {
                    text!("wallet-sent-nobody", txid = txid)
                } else {
                    text!("wallet-sent-waits", txid = txid)
                };
                (true, told)
            }
            Answer::Done | Answer::Chain { .. } => (true, text!("wallet-sent")),
            Answer::Refused { reason } => (false, text!("wallet-not-sent", reason = refusals::refusal(&reason))),
        }));
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        // A payment pressed twice is one payment.
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        leptos::task::spawn_local(async move {
            // Somebody may have come since the list was last asked for.
            refresh(known).await;
            let command = others
                .with_untracked(|others| {
                    find_recipient(&recipient.read_untracked(), others, own_name.get_untracked().as_deref())
                })
                .and_then(|to| payment(to, &amount.read_untracked(), fee.amount(), &memo.read_untracked()));
            match command {
                Ok(command) => state.ask(command, answered),
                Err(reason) => {
                    busy.set(false);
                    answer.set(Some((false, reason)));
                }
            }
        });
    };
    view! {
        <section class="card pay" aria-labelledby="pay-title">
            <h2 id="pay-title">{text!("wallet-send-money")}</h2>
            <form on:submit=submit autocomplete="off">
                <label class="field">
                    <span class="label">{text!("wallet-to")}</span>
                    <input type="text" list="known-nodes" data-test="pay-to" placeholder=text!("wallet-to-what")
                        autocapitalize="off" spellcheck="false" required bind:value=recipient/>
                </label>
                <datalist id="known-nodes">
                    {rows(move || others.get(), Payee::key, move |peer| {
                        let is_unique = others.with_untracked(|others| others.iter().filter(|other| other.name == peer.name).count() == 1);
                        let value = if is_unique { peer.name.clone() } else { peer.address.to_string() };
                        view! { <option value=value>{format!("{} · {}", peer.name, words::short_address(&peer.address))}</option> }
                    })}
                </datalist>
                <label class="field">
                    <span class="label">{text!("wallet-amount")}</span>
                    <span class="with-unit">
                        <input type="text" inputmode="decimal" data-test="pay-amount" placeholder="0" required bind:value=amount/>
                        <span>"TAB"</span>
                    </span>
                </label>
                <details class="more">
                    <summary data-test="pay-more">{text!("wallet-fee-and-message")}</summary>
                    <FeeChoice fee/>
                    <label class="field">
                        <span class="label">{text!("wallet-message")}</span>
                        <input type="text" maxlength=primitives::Memo::MAX_BYTES bind:value=memo/>
                    </label>
                </details>
                <button type="submit" class="primary" data-test="pay-send" disabled=move || busy.get()>{text!("wallet-send")}</button>
            </form>
            <p class="answer" data-test="pay-answer" role="status"
                data-tone=move || answer.get().map(|(good, _)| if good { "good" } else { "bad" })
            >
                {move || answer.get().map(|(_, words)| words)}
            </p>
            <Contacts others/>
        </section>
    }
}

/// Everybody but this node: whom the person has saved, whom the relay knows and, should it be away, whom this node is linked with.
/// Of one address the name in the address book counts, which nobody else can change.
fn payees(state: NodeState, known: RwSignal<Known>, book: AddressBook) -> Memo<Vec<Payee>> {
    let me = state.snapshot(|snapshot| snapshot.address);
    let linked = state.snapshot(|snapshot| {
        let payee = |peer: &PeerView| Payee { name: peer.name.clone(), address: peer.address };
        snapshot.peers.iter().map(payee).collect::<Vec<_>>()
    });
    Memo::new(move |_| {
        let mut payees = book.get();
        for payee in known.with(|known| known.payees.clone()).into_iter().chain(linked.get().unwrap_or_default()) {
            if payees.iter().all(|known| known.address != payee.address) {
                payees.push(payee);
            }
        }
        payees.retain(|payee| Some(payee.address) != me.get());
        payees
    })
}

/// The nodes that the relay knows, asked for as long as the page is looked at.
fn who_is_here() -> RwSignal<Known> {
    let known = RwSignal::new(Known::default());
    leptos::task::spawn_local(async move {
        while !known.is_disposed() {
            if !document().hidden() {
                match operator::neighbours().await {
                    Ok(neighbours) => drop(known.try_set(Known::of(neighbours))),
                    // People keep their names meanwhile.
                    Err(_) => drop(known.try_update(|known| known.somebody_mines = None)),
                }
            }
            TimeoutFuture::new(WHO_IS_HERE_MILLIS).await;
        }
    });
    known
}

/// Asks the relay; without an answer the list stays as it was.
async fn refresh(known: RwSignal<Known>) {
    let patience = TimeoutFuture::new(ANSWER_MILLIS);
    if let Either::Left((Ok(neighbours), _)) = select(Box::pin(operator::neighbours()), patience).await {
        known.try_set(Known::of(neighbours));
    }
}

/// An address, or the name of just one node.
fn find_recipient(text: &str, others: &[Payee], own_name: Option<&str>) -> Result<Address, String> {
    let text = text.trim();
    let mut called = others.iter().filter(|peer| peer.name.eq_ignore_ascii_case(text));
    match (called.next(), called.next()) {
        (Some(peer), None) => Ok(peer.address),
        (Some(_), Some(_)) => Err(text!("wallet-ambiguous", name = text)),
        (None, _) if text.is_empty() => Err(text!("wallet-nobody")),
        (None, _) if own_name.is_some_and(|name| name.eq_ignore_ascii_case(text)) => Err(text!("wallet-that-is-you")),
        (None, _) => text.parse::<Address>().map_err(|error| {
            if text.starts_with("tab1") {
                text!("wallet-bad-address", reason = refusals::address(error))
            } else {
                text!("wallet-unknown", name = text)
            }
        }),
    }
}

fn payment(
    recipient: Address,
    amount: &str,
    fee: Result<Option<Amount>, String>,
    memo: &str,
) -> Result<Command, String> {
    let amount =
        words::written_coins(amount).map_err(|error| text!("wallet-bad-amount", reason = refusals::amount(&error)))?;
    let memo =
        primitives::Memo::new(memo.trim()).map_err(|_| text!("wallet-bad-message", reason = refusals::memo()))?;
    Ok(Command::Pay { recipient, amount, fee: fee?, memo })
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn that_nobody_mines_is_said_only_when_everybody_has_told() {
        let known = |mining: &[Option<bool>]| {
            let nodes = mining.iter().map(|mining| Neighbour { name: "ada".into(), address: None, mining: *mining });
            Known::of(nodes.collect()).somebody_mines
        };
        for (mining, somebody) in [
            (vec![Some(false), Some(false)], Some(false)),
            (vec![Some(false), None], None),
            (vec![None, Some(true)], Some(true)),
            (vec![Some(true), None], Some(true)),
        ] {
            assert_eq!(known(&mining), somebody, "{mining:?}");
        }
    }
}
