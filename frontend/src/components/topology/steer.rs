//! What is read and pressed beside the picture: the parts of the network, the link that is looked at, the legend, and a table.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::link_fault::LinkFault;

use super::model::{Line, Way, pair};
use super::scene::Scene;
use super::tell;
use crate::components::block_tree::Mark;
use crate::words;

/// More tips than this share the colours.
const MAX_TIPS: usize = 8;
/// More links than this are not listed one by one; they can be pressed in the picture.
const MAX_LISTED: usize = 500;

/// Divide the network, and heal it.
#[component]
pub fn Parts() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let locked = move || !scene.operator.may_steer();
    let chosen = move || {
        let drawn = scene.model.read();
        scene
            .selected
            .with(|selected| selected.iter().copied().filter(|id| drawn.dot(*id).is_some()).collect::<Vec<_>>())
    };
    let is_whole = move || scene.model.read().parts < 2;
    let part = move |_| {
        let nodes = untrack(chosen);
        let count = words::counted(nodes.len(), "node", "nodes");
        scene.order(scene.operator.part(nodes), move |changed| {
            let cut = words::counted(changed.cut, "link", "links");
            format!("{count} and the others cannot reach each other any more: {cut} cut.")
        });
    };
    let heal = move |_| {
        scene.order(scene.operator.heal(), |changed| {
            format!("The network is whole again: {} made.", words::counted(changed.made, "link", "links"))
        });
    };
    view! {
        <fieldset class="orders network-parts" disabled=locked>
            <legend class="visually-hidden">"Divide the network"</legend>
            <button type="button" data-test="partition" data-value=move || chosen().len()
                on:click=part disabled=move || chosen().is_empty()>
                {move || match chosen().len() {
                    0 => "Select nodes to part them".to_owned(),
                    count => format!("Part {} from the rest", words::counted(count, "node", "nodes")),
                }}
            </button>
            <button type="button" class="primary" data-test="heal" on:click=heal hidden=is_whole>"Heal the network"</button>
        </fieldset>
    }
}

/// What the shapes, colours and strokes mean.
#[component]
pub fn Legend() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let tips = Memo::new(move |_| scene.model.with(|model| model.tips.clone()));
    view! {
        <ul class="legend network-legend" aria-label="What the picture shows">
            <For each=move || tips.get().into_iter().take(MAX_TIPS) key=Clone::clone children=move |tip| view! {
                <li data-test="network-tip">
                    <Mark colour=tip.colour/>
                    {format!("height {} ", words::grouped(tip.height))}
                    <code>{words::short_hash(&tip.hash)}</code>" "
                    <span class="muted">{words::counted(tip.nodes, "node", "nodes")}</span>
                </li>
            }/>
            <li class="muted"><Sample d="M1 6a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z"/>"tab"</li>
            <li class="muted"><Sample d="M1 1h10v10h-10z"/>"relay"</li>
            <li class="muted"><Sample d="M6 0l6 6l-6 6l-6 -6z"/>"native node"</li>
            <li class="muted"><Stroke way="carried"/>"over the relay"</li>
            <li class="muted"><Stroke way="webrtc"/>"WebRTC"</li>
            <li class="muted hint fine">"Press a link to look at it, pull it apart to cut it. A block moves along the link that its \
                receiver names; in what order is known, how fast is not."</li>
        </ul>
    }
}

#[component]
fn Sample(d: &'static str) -> impl IntoView {
    view! { <svg class="sample" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d=d/></svg> }
}

#[component]
fn Stroke(way: &'static str) -> impl IntoView {
    view! {
        <svg class="sample line" viewBox="0 0 26 12" width="26" height="12" aria-hidden="true" data-way=way>
            <path class="stroke" d="M0 6H26"/>
        </svg>
    }
}

/// A number that a person writes, and what it means.
#[derive(Clone, Copy)]
struct Written(RwSignal<String>);

impl Written {
    /// `default` for nothing.
    fn read(self, what: &str) -> Result<f64, String> {
        let text = self.0.get_untracked();
        let text = text.trim().replace(',', ".");
        if text.is_empty() {
            return Ok(0.0);
        }
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
        number.ok_or_else(|| format!("{what}: write a number, such as 200, or nothing."))
    }

    fn show(self, number: f64) {
        self.0.set(if number > 0.0 { format!("{number}") } else { String::new() });
    }
}

/// The link that is looked at: how it does, and what the host has it do.
#[component]
pub fn Steer() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let [delay, jitter, loss, bandwidth] = std::array::from_fn(|_| Written(RwSignal::new(String::new())));
    let line = Memo::new(move |_| {
        let ends = scene.chosen.get()?;
        scene.model.with(|model| model.line(ends).cloned())
    });
    // What the host writes stays until it looks at another link, or the fault is another one.
    let fault = Memo::new(move |_| line.with(|line| line.as_ref().map(|line| (line.ends, line.fault))));
    Effect::new(move |_| {
        let fault = fault.get().and_then(|(_, fault)| fault).unwrap_or_default();
        delay.show(fault.delay.into());
        jitter.show(fault.jitter.into());
        // Parts of a hundred that were written come back as they were.
        loss.show((1e6 * fault.loss).round() / 1e4);
        bandwidth.show(fault.bandwidth.map_or(0.0, f64::from) / 1_000.0);
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(ends) = scene.chosen.get_untracked() else { return };
        match wanted(delay, jitter, loss, bandwidth) {
            Ok(fault) => scene.order(scene.operator.set_fault(ends, fault), move |()| {
                format!("Both ends were told: {}.", words::link_fault(&fault))
            }),
            Err(words) => scene.answer.set(Some((false, words))),
        }
    };
    let clear = move |_| {
        if let Some(ends) = scene.chosen.get_untracked() {
            scene.order(scene.operator.clear_fault(ends), |()| "The link is as good as it was.".to_owned());
        }
    };
    let is_cut = move || line.read().as_ref().is_some_and(|line| line.way == Way::Cut);
    let is_none = move || line.read().is_none();
    let has_no_fault = move || line.read().as_ref().is_none_or(|line| line.fault.is_none());
    let cut_or_make = move |_| {
        if let Some(ends) = scene.chosen.get_untracked() {
            if untrack(is_cut) { scene.make(ends) } else { scene.cut(ends) }
        }
    };
    let told = move || {
        line.with(|line| {
            line.as_ref().map(|line| {
                scene.model.with(|model| {
                    let unwilling = tell::unwilling(model, line).map_or_else(String::new, |words| format!(". {words}"));
                    format!("{}{unwilling}", tell::line(model, line))
                })
            })
        })
    };
    view! {
        <div class="network-link">
            <LinkChoice/>
            <p class="muted" data-test="network-link" aria-live="polite">{told}</p>
            <fieldset class="orders" disabled=move || !scene.operator.may_steer() || is_none()>
                <legend class="visually-hidden">"What this link does"</legend>
                <form on:submit=submit autocomplete="off">
                    <NumberField written=delay label="Delay, ms" test="fault-delay"/>
                    <NumberField written=jitter label="Jitter, ms" test="fault-jitter"/>
                    <NumberField written=loss label="Loss, %" test="fault-loss"/>
                    <NumberField written=bandwidth label="Limit, kB/s" test="fault-bandwidth"/>
                    <button type="submit" class="primary" data-test="fault-apply">"Apply"</button>
                    <button type="button" data-test="fault-clear" on:click=clear disabled=has_no_fault>"Mend"</button>
                    <button type="button" data-test="network-cut" on:click=cut_or_make>
                        {move || if is_cut() { "Link again" } else { "Cut" }}
                    </button>
                </form>
            </fieldset>
        </div>
    }
}

#[component]
fn NumberField(written: Written, label: &'static str, test: &'static str) -> impl IntoView {
    view! {
        <label class="field inline narrow">
            <span class="label">{label}</span>
            <input type="text" inputmode="decimal" size="5" placeholder="0" data-test=test prop:value=move || written.0.get()
                on:input=move |event| written.0.set(event_target_value(&event))/>
        </label>
    }
}

/// Every link by name: for the keyboard, and for who cannot see the picture.
#[component]
fn LinkChoice() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let options = Memo::new(move |_| {
        scene.model.with(|model| {
            let mut options: Vec<([NodeId; 2], String)> =
                model.lines.iter().map(|line| (line.ends, named(&model.names(line.ends), line))).collect();
            options.sort_by_cached_key(|(_, name)| name.to_lowercase());
            options.truncate(MAX_LISTED);
            options
        })
    });
    let value = |ends: [NodeId; 2]| format!("{} {}", ends[0], ends[1]);
    let choose = move |event| {
        let text = event_target_value(&event);
        let mut ends = text.split(' ').filter_map(|id| id.parse::<NodeId>().ok());
        scene.chosen.set(ends.next().zip(ends.next()).map(|(a, b)| pair(a, b)));
    };
    view! {
        <label class="field inline">
            <span class="label">"Link"</span>
            <select data-test="network-choice" on:change=choose prop:value=move || scene.chosen.get().map(value).unwrap_or_default()>
                <option value="">"none chosen"</option>
                <For each=move || options.get() key=Clone::clone children=move |(ends, name)| view! {
                    <option value=value(ends) selected=move || scene.chosen.get() == Some(ends)>{name}</option>
                }/>
            </select>
        </label>
    }
}

fn named(names: &[String; 2], line: &Line) -> String {
    let mut names = names.clone();
    names.sort_by_key(|name| name.to_lowercase());
    let names = names.join(" – ");
    if line.way == Way::Cut { format!("{names} (cut)") } else { names }
}

/// What the host has written, if a link can do that.
fn wanted(delay: Written, jitter: Written, loss: Written, bandwidth: Written) -> Result<LinkFault, String> {
    let whole = |written: Written, what: &str, unit: f64| {
        let number = (written.read(what)? * unit).round();
        // What is larger than the relay takes is refused there, in words.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is not negative")]
        Ok::<u32, String>(number as u32)
    };
    let limit = whole(bandwidth, "Limit", 1_000.0)?;
    let fault = LinkFault {
        delay: whole(delay, "Delay", 1.0)?,
        jitter: whole(jitter, "Jitter", 1.0)?,
        loss: loss.read("Loss")? / 100.0,
        bandwidth: (limit > 0).then_some(limit),
    };
    if fault == LinkFault::default() {
        return Err(
            "Write what the link is to do, for example a delay of 2000 ms; Mend takes it away again.".to_owned()
        );
    }
    fault.check().map_err(|error| words::sentence(&error.to_string()))?;
    Ok(fault)
}

/// The picture for who cannot see it.
#[component]
pub fn Table() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let open = RwSignal::new(false);
    let rows = move || {
        scene.model.with(|model| {
            let rows = model.dots.iter().map(|dot| {
                let tip = dot.tip.map(|tip| words::short_hash(&tip)).unwrap_or_default();
                let mut linked: Vec<String> =
                    model.neighbours(dot.id).filter_map(|id| model.dot(id)).map(|other| other.name.clone()).collect();
                linked.sort_by_key(|name| name.to_lowercase());
                view! {
                    <tr>
                        <th scope="row">{dot.name.clone()}</th>
                        <td>{dot.role.name()}</td>
                        <td><code>{tip}</code></td>
                        <td>{linked.join(", ")}</td>
                    </tr>
                }
            });
            rows.collect_view()
        })
    };
    view! {
        <details class="network-table" on:toggle=move |event| {
            use wasm_bindgen::JsCast;
            let element = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            open.set(element.is_some_and(|element| element.has_attribute("open")));
        }>
            <summary>"The same as a table"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label="The network as a table">
                <table>
                    <thead><tr><th>"Node"</th><th>"Kind"</th><th>"Tip"</th><th>"Linked with"</th></tr></thead>
                    // Nobody pays for what is closed.
                    <tbody>{move || open.get().then(rows)}</tbody>
                </table>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn written(texts: [&str; 4]) -> Result<LinkFault, String> {
        let owner = Owner::new();
        owner.with(|| {
            let [delay, jitter, loss, bandwidth] = texts.map(|text| Written(RwSignal::new(text.to_owned())));
            wanted(delay, jitter, loss, bandwidth)
        })
    }

    #[test]
    fn what_the_host_writes_is_a_fault_or_is_answered_in_words() {
        let fault = LinkFault { delay: 2_000, jitter: 0, loss: 0.125, bandwidth: Some(1_500) };
        assert_eq!(written(["2000", "", " 12,5", "1.5"]), Ok(fault));
        for (texts, words) in [
            (["", "", "", ""], "Mend"),
            (["soon", "", "", ""], "Delay: write a number"),
            (["-1", "", "", ""], "Delay: write a number"),
            (["9000", "", "", ""], "at most 5000 ms"),
            (["", "", "101", ""], "from 0 to 1"),
            (["", "", "", "0.5"], "cut the link"),
        ] {
            let answer = written(texts).unwrap_err();
            assert!(answer.contains(words), "{texts:?}: {answer}");
        }
    }
}
