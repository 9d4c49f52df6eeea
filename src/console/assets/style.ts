/** How the console looks: light and dark by the system, from a phone to a wide screen. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f4f5f2, #131716);
  --surface: light-dark(#ffffff, #1b2120);
  --tint: light-dark(#eaeee9, #26302d);
  --line: light-dark(#dde2dc, #303a37);
  --ink: light-dark(#1d2925, #e8ebe6);
  --soft: light-dark(#59655f, #a3aea8);
  --accent: light-dark(#2a5b4d, #8fcdb8);
  --on-accent: light-dark(#ffffff, #10201b);
  --accent-hover: light-dark(#1f473c, #aee0cf);
  --control: light-dark(#87918b, #75817b);
  --good: light-dark(#dcebe0, #1f3a30);
  --bad: light-dark(#a8321f, #f4917f);
  --on-bad: light-dark(#ffffff, #2a0d08);
  --bad-ground: light-dark(#fbe6e1, #402019);
  --green: light-dark(#2f7d68, #67c2a5);
  --amber: light-dark(#c77d2b, #e6b06a);
  --red: light-dark(#b8442f, #f08a76);
  --blue: light-dark(#3f6fb5, #86aef0);
  --violet: light-dark(#8561b3, #bb9fe8);
  --serif: 'Iowan Old Style', 'Palatino Linotype', Palatino, 'PT Serif', Georgia, 'DejaVu Serif', serif;
  --sans: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif;
  --mono: ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  --pad: clamp(1rem, 3vw, 2.2rem);
}
* {
  box-sizing: border-box;
}
body {
  display: flex;
  flex-direction: column;
  min-height: 100vh;
  margin: 0;
  background: var(--ground);
  color: var(--ink);
  font: 1rem/1.5 var(--sans);
}
h1, h2, h3, p, ul, ol, dl, dd, figure {
  margin: 0;
  padding: 0;
}
ul, ol {
  list-style: none;
}
h1 {
  font: 600 clamp(1.6rem, 1.2rem + 1.6vw, 2.2rem)/1.2 var(--serif);
  overflow-wrap: anywhere;
}
h2 {
  font: 600 1.2rem/1.3 var(--serif);
}
h3 {
  font: 600 1rem/1.3 var(--sans);
}
a {
  color: var(--accent);
  text-underline-offset: 0.2em;
}
a:hover {
  color: var(--accent-hover);
}
code {
  font: 0.88em var(--mono);
  overflow-wrap: anywhere;
}
:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
  border-radius: 0.4rem;
}
main:focus {
  outline: 0;
}
[hidden] {
  display: none !important;
}
.visually-hidden {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
.skip {
  position: absolute;
  left: -100vw;
  z-index: 2;
  padding: 0.6rem 1rem;
  background: var(--accent);
  color: var(--on-accent);
}
.skip:focus {
  left: 0.5rem;
  top: 0.5rem;
}

button, summary {
  cursor: pointer;
}
button {
  padding: 0.5rem 1rem;
  border: 1px solid var(--accent);
  border-radius: 0.55rem;
  background: var(--accent);
  color: var(--on-accent);
  font: 600 0.95rem/1.3 var(--sans);
}
button:hover {
  background: var(--accent-hover);
  border-color: var(--accent-hover);
}
button.quiet {
  background: none;
  color: var(--accent);
}
button.danger {
  border-color: var(--bad);
  background: none;
  color: var(--bad);
}
button.danger:hover, .confirm button.danger, .pane button.danger {
  background: var(--bad);
  color: var(--on-bad);
}
button.danger:hover {
  filter: brightness(0.92);
}

header {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.7rem 1.4rem;
  padding: 0.8rem var(--pad);
  border-bottom: 1px solid var(--line);
  background: var(--surface);
}
.brand {
  display: flex;
  align-items: center;
  gap: 0.6rem;
  color: var(--ink);
  font: 600 1.2rem/1.1 var(--serif);
  text-decoration: none;
}
.brand svg {
  width: 1.9rem;
  fill: var(--accent);
}
.brand .dot {
  fill: var(--amber);
}
.brand small {
  display: block;
  color: var(--soft);
  font: 0.8rem/1.3 var(--sans);
}
.search {
  display: flex;
  flex: 1 1 18rem;
  gap: 0.5rem;
  max-width: 34rem;
  margin-left: auto;
}
.search input {
  flex: 1;
  min-width: 0;
  padding: 0.5rem 0.8rem;
  border: 1px solid var(--control);
  border-radius: 0.55rem;
  background: var(--ground);
  color: inherit;
  font: inherit;
}
.search input::placeholder {
  color: var(--soft);
  opacity: 1;
}
nav {
  display: flex;
  gap: 1.2rem;
}
nav a {
  padding: 0.25rem 0;
  border-bottom: 2px solid transparent;
  color: var(--ink);
  text-decoration: none;
}
nav a:hover, nav [aria-current] {
  border-color: var(--accent);
}
.language {
  color: var(--soft);
  font-size: 0.9rem;
}

main {
  flex: 1;
  width: 100%;
  max-width: 88rem;
  margin: 0 auto;
  padding: clamp(1.2rem, 3vw, 2rem) var(--pad) 3rem;
}
footer {
  padding: 1rem var(--pad);
  border-top: 1px solid var(--line);
  color: var(--soft);
  font-size: 0.9rem;
}
.heading {
  margin-bottom: 1.3rem;
}
.heading p {
  margin-top: 0.3rem;
  color: var(--soft);
}
.centre {
  max-width: 36rem;
  margin: 4rem auto;
  text-align: center;
}
.said p, .notice {
  margin-bottom: 1.2rem;
  padding: 0.75rem 1rem;
  border: 1px solid var(--line);
  border-left: 4px solid var(--green);
  border-radius: 0.6rem;
  background: var(--good);
}
.notice.bad {
  border-left-color: var(--bad);
  background: var(--bad-ground);
}
.notice h2 {
  font: 600 1rem/1.4 var(--sans);
}

.tiles {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(10.5rem, 46%), 1fr));
  gap: 0.8rem;
}
.tile {
  display: flex;
  flex-direction: column;
  padding: 0.8rem 0.95rem 0.9rem;
  border: 1px solid var(--line);
  border-radius: 0.8rem;
  background: var(--surface);
}
.tile dt {
  color: var(--soft);
  font-size: 0.9rem;
}
.tile dd {
  font: 600 1.75rem/1.25 var(--sans);
  font-variant-numeric: tabular-nums;
}
.tile .hint {
  font: 0.8rem/1.35 var(--sans);
}
.tile.first {
  border-color: var(--accent);
  background: var(--good);
}
.tile.bad {
  border-color: var(--bad);
  background: var(--bad-ground);
}
.tile.bad dd:not(.hint) {
  color: var(--bad);
}
.life .now time {
  display: inline-block;
  font-weight: 600;
}
.life .now time::first-letter {
  text-transform: uppercase;
}
.hint, .none {
  color: var(--soft);
  font-size: 0.9rem;
}

.charts {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr));
  gap: 0.8rem;
  margin: 0.8rem 0 2rem;
}
.chart {
  padding: 0.95rem 1.1rem 0.8rem;
  border: 1px solid var(--line);
  border-radius: 0.8rem;
  background: var(--surface);
}
figcaption {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  gap: 0.2rem 1.2rem;
  margin-bottom: 0.7rem;
}
.legend {
  display: flex;
  flex-wrap: wrap;
  gap: 0 1rem;
  color: var(--soft);
  font-size: 0.88rem;
}
.legend b {
  color: var(--ink);
  font-variant-numeric: tabular-nums;
}
.legend i {
  display: inline-block;
  width: 0.7em;
  height: 0.7em;
  margin-right: 0.15em;
  border-radius: 0.2em;
  background: var(--series);
}
.plot {
  position: relative;
}
.plot svg {
  display: block;
  width: 100%;
  height: 8.5rem;
}
.plot line {
  stroke: var(--line);
  stroke-width: 1;
  vector-effect: non-scaling-stroke;
}
.plot .grid {
  stroke-dasharray: 3 4;
}
.plot .zero {
  stroke: var(--control);
}
.plot g rect {
  fill: var(--series);
}
.hit {
  fill: transparent;
}
.hit:hover {
  fill: var(--ink);
  fill-opacity: 0.08;
}
.most {
  position: absolute;
  top: 0.15rem;
  left: 0;
  padding: 0 0.3rem 0 0;
  background: var(--surface);
  color: var(--soft);
  font-size: 0.75rem;
  line-height: 1.2;
  pointer-events: none;
}
.quiet .most {
  display: none;
}
.nothing {
  position: absolute;
  inset: 0;
  display: grid;
  place-items: center;
  color: var(--soft);
  font-size: 0.9rem;
}
.nothing, .plot.quiet svg {
  opacity: 0.85;
}
.axis {
  display: flex;
  justify-content: space-between;
  margin-top: 0.25rem;
  color: var(--soft);
  font-size: 0.75rem;
}
.readout {
  text-align: center;
}
.readout.told {
  color: var(--ink);
}
.s-created, .s-signedIn, .s-merged, .s-average {
  --series: var(--green);
}
.s-ended, .s-dropped, .s-requestsRefused {
  --series: var(--amber);
}
.s-signInsRefused, .s-alarms {
  --series: var(--red);
}
.s-storeErrors {
  --series: var(--violet);
}
.s-slowest {
  --series: color-mix(in srgb, var(--blue) 45%, transparent);
}
.s-average {
  --series: var(--blue);
}
details summary {
  color: var(--accent);
  font-size: 0.88rem;
}
.scroll {
  max-height: 16rem;
  overflow: auto;
}
table {
  width: 100%;
  margin-top: 0.4rem;
  border-collapse: collapse;
  font-size: 0.92rem;
}
th, td {
  padding: 0.4rem 0.9rem 0.4rem 0;
  border-bottom: 1px solid var(--line);
  text-align: left;
  vertical-align: top;
}
th {
  color: var(--soft);
  font-weight: 400;
}
tbody th {
  color: var(--ink);
}
.number {
  text-align: right;
  font-variant-numeric: tabular-nums;
  white-space: nowrap;
}
.value {
  white-space: pre-wrap;
}

.lists {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr));
  gap: 1.6rem 2rem;
}
.lists h2 {
  margin-bottom: 0.5rem;
}
.entries li {
  padding: 0.6rem 0 0.6rem 0.9rem;
  border-left: 3px solid var(--line);
  border-bottom: 1px solid var(--line);
}
.k-reuse, .k-unconfirmed, .k-signInFailed, .k-signInThrottled {
  border-left-color: var(--red) !important;
}
.k-storeError, .k-unreadable, .k-evicted {
  border-left-color: var(--violet) !important;
}
.k-refused, .k-csrfRefused {
  border-left-color: var(--amber) !important;
}
.k-operated {
  border-left-color: var(--green) !important;
}
.about {
  display: flex;
  flex-wrap: wrap;
  gap: 0.1rem 1rem;
  color: var(--soft);
  font-size: 0.88rem;
}
.badge {
  display: inline-block;
  padding: 0.05em 0.6em;
  border-radius: 1em;
  background: var(--tint);
  color: var(--soft);
  font-size: 0.8rem;
  white-space: nowrap;
}

.sessions {
  display: grid;
  gap: 0.7rem;
}
.sessions > li {
  display: grid;
  grid-template-columns: minmax(12rem, 1.4fr) 3fr auto;
  align-items: center;
  gap: 0.7rem 1.4rem;
  padding: 0.9rem 1.1rem;
  border: 1px solid var(--line);
  border-radius: 0.8rem;
  background: var(--surface);
}
.device {
  display: grid;
  text-decoration: none;
}
.device b {
  text-decoration: underline;
}
.device code {
  color: var(--soft);
}
.sessions dl {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr));
  gap: 0.4rem 1rem;
}
dt {
  color: var(--soft);
  font-size: 0.85rem;
}
.confirm {
  max-width: 44rem;
  margin-top: 1.6rem;
  padding: 0.9rem 1.1rem;
  border: 1px solid var(--line);
  border-radius: 0.8rem;
}
.confirm summary {
  color: var(--bad);
  font-weight: 600;
}
.confirm p {
  margin: 0.6rem 0;
}

.panes {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr));
  gap: 0.8rem;
  align-items: start;
}
.pane {
  padding: 1.2rem;
  border: 1px solid var(--line);
  border-radius: 0.8rem;
  background: var(--surface);
}
.pane h2 {
  margin-bottom: 0.8rem;
}
.pane .hint {
  margin-top: 0.6rem;
}
.facts {
  display: grid;
  gap: 0.7rem;
  margin-bottom: 1.2rem;
}
.facts dd {
  overflow-wrap: anywhere;
}
.life li {
  position: relative;
  padding: 0 0 1.1rem 1.5rem;
  border-left: 2px solid var(--accent);
}
.life li::before {
  content: '';
  position: absolute;
  top: 0.3rem;
  left: -0.5rem;
  width: 0.6rem;
  height: 0.6rem;
  border: 2px solid var(--accent);
  border-radius: 50%;
  background: var(--accent);
}
.life .now, .life .future {
  border-left: 2px dashed var(--control);
}
.life .now::before {
  top: 0.2rem;
  left: -0.65rem;
  width: 0.9rem;
  height: 0.9rem;
  border-color: var(--amber);
  background: var(--amber);
}
.life .future::before {
  border-color: var(--control);
  background: var(--surface);
}
.life .last {
  padding-bottom: 0;
  border-left-color: transparent;
}
.life .clock, .life .hint {
  display: block;
  margin: 0;
  color: var(--soft);
  font-size: 0.88rem;
}

.everybody {
  max-width: 46rem;
}
.everybody p, .everybody label {
  display: block;
  margin-bottom: 1rem;
}
.everybody input {
  width: 1.05rem;
  height: 1.05rem;
  margin: 0 0.4rem 0 0;
  vertical-align: -0.15rem;
  accent-color: var(--bad);
}
progress {
  display: block;
  width: 100%;
  height: 0.9rem;
  margin: 0.6rem 0;
  accent-color: var(--accent);
}
.paused {
  position: sticky;
  bottom: 0;
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: center;
  gap: 0.6rem 1.2rem;
  padding: 0.8rem var(--pad);
  border-top: 1px solid var(--line);
  background: var(--tint);
}

@media (min-width: 82rem) {
  .charts > :first-child {
    grid-column: span 2;
  }
}
@media (max-width: 46rem) {
  .tile.first {
    grid-column: 1 / -1;
  }
  .search {
    order: 3;
    flex-basis: 100%;
    max-width: none;
  }
  nav {
    order: 4;
    flex-basis: 100%;
  }
  .language {
    margin-left: auto;
  }
  .sessions > li {
    grid-template-columns: 1fr;
  }
  .sessions dl {
    grid-template-columns: 1fr 1fr;
  }
  .sessions form button {
    width: 100%;
  }
}
@media (prefers-reduced-motion: no-preference) {
  button, a {
    transition: background-color 0.15s, color 0.15s, border-color 0.15s;
  }
}
`
