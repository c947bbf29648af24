// SPDX-License-Identifier: Apache-2.0
#include "sidecar/admin/index_html.h"

namespace herald::admin {
namespace {

constexpr std::string_view kBefore = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Herald</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto;
       max-width: 70em; padding: 0 1em; color: #222; background: #fff }
h1 { font-size: 1.4em } h2 { font-size: 1.1em; margin-top: 1.6em }
ul { list-style: none; padding: 0 } span { color: #767676 }
li a, li { font-family: ui-monospace, monospace }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25em .8em .25em 0;
         border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums }
td.number, th.number { text-align: right }
.up { color: #11691d } .down { color: #b00020 } .suspect { color: #8a5a00 }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #181818 } a { color: #8ab4f8 }
  th, td { border-color: #444 } span { color: #999 }
  .up { color: #7bd389 } .down { color: #ff8a80 } .suspect { color: #ffcf70 }
}
</style>
<h1>Herald</h1>
<h2>Peers</h2>
<table id="peers"><thead><tr>
<th>name<th>agents<th>tier<th>state<th>allowed
<th class="number">RTT ms<th class="number">TTFB ms
<th class="number">in flight<th class="number">score
</tr></thead><tbody></tbody></table>
<p id="note"><span>asking ...</span></p>
<h2>Pages</h2>
<ul>
)html";

// Text goes in by textContent only: a peer's name cannot become markup.
constexpr std::string_view kAfter = R"html(</ul>
<script>
"use strict";
const body = document.querySelector("#peers tbody");
const note = document.querySelector("#note span");
const number = (v) => typeof v === "number" ? v.toFixed(1) : "";
const names = (v) => Array.isArray(v)
    ? v.map((a) => typeof a === "string" ? a : a.name).join(", ") : "";
function row(peer) {
  const tr = document.createElement("tr");
  const add = (text, kind) => {
    const td = tr.insertCell();
    td.textContent = text === undefined || text === null ? "" : String(text);
    if (kind) td.className = kind;
  };
  add(peer.name); add(names(peer.agents)); add(peer.tier);
  add(peer.state, peer.state); add(peer.allowed);
  add(number(peer.rttMs), "number"); add(number(peer.ttfbMs), "number");
  add(peer.inFlight === undefined ? "" :
      peer.inFlight + " / " + peer.limit, "number");
  add(number(peer.score), "number");
  return tr;
}
async function refresh() {
  try {
    const peers = await (await fetch("peers")).json();
    body.replaceChildren(...peers.map(row));
    note.textContent = peers.length + (peers.length === 1 ? " peer" : " peers")
        + ", " + new Date().toLocaleTimeString();
  } catch (error) {
    note.textContent = "the sidecar does not answer";
  }
  setTimeout(refresh, 1000);
}
refresh();
</script>
</html>
)html";

}  // namespace

std::string IndexHtml(std::string_view list) {
  std::string out(kBefore);
  out.append(list).append(kAfter);
  return out;
}

}  // namespace herald::admin
