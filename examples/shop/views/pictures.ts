import { html } from './html.ts'
import type { Html } from './html.ts'

/** Drawn for the shop, by product id. They say nothing that the name beside them does not. */
export const pictures: Readonly<Record<string, Html>> = {
  mug: html`<svg viewBox="0 0 200 150" aria-hidden="true">
<ellipse cx="98" cy="128" rx="52" ry="6" fill="#000" opacity=".12"/>
<path d="M84 34c-6-8 6-12 0-20M104 34c-6-8 6-12 0-20" fill="none" stroke="#a9a99f" stroke-width="4" stroke-linecap="round"/>
<path d="M134 64h10a16 16 0 0 1 16 16v6a16 16 0 0 1-16 16h-10" fill="none" stroke="#2f5f86" stroke-width="9"/>
<path d="M58 48h78v66a14 14 0 0 1-14 14H72a14 14 0 0 1-14-14Z" fill="#f8f4ea"/>
<path d="M120 48h16v66a14 14 0 0 1-14 14h-10a8 8 0 0 0 8-8Z" fill="#e4dccb"/>
<rect x="54" y="43" width="86" height="9" rx="4.5" fill="#2f5f86"/>
<path d="m76 106 14-24 9 14 6-8 12 18Z" fill="#4d8272"/><circle cx="112" cy="74" r="6" fill="#e0a24a"/>
<circle cx="68" cy="118" r="3" fill="#8d8577"/>
</svg>`,

  kettle: html`<svg viewBox="0 0 200 150" aria-hidden="true">
<ellipse cx="98" cy="129" rx="58" ry="6" fill="#000" opacity=".12"/>
<path d="M60 66C60 24 138 24 138 66" fill="none" stroke="#6b7376" stroke-width="6" stroke-linecap="round"/>
<rect x="82" y="29" width="34" height="11" rx="5.5" fill="#9a6237"/>
<path d="m140 98 26-34 10 6-28 52Z" fill="#b9c2c4"/>
<path d="M64 66h70c16 16 20 38 12 62H52c-8-24-4-46 12-62Z" fill="#d3dadb"/>
<path d="M120 66h14c16 16 20 38 12 62h-18c8-24 5-46-8-62Z" fill="#b3bdbf"/>
<path d="M66 66c6-12 60-12 66 0Z" fill="#c3cccd"/><circle cx="99" cy="53" r="6" fill="#9a6237"/>
<path d="M50 110h98" stroke="#93a0a3" stroke-width="4"/>
<path d="M76 78c-8 8-11 16-11 24" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" opacity=".8"/>
</svg>`,

  flask: html`<svg viewBox="0 0 200 150" aria-hidden="true">
<ellipse cx="104" cy="134" rx="50" ry="5" fill="#000" opacity=".12"/>
<path d="M76 46h48v80a8 8 0 0 1-8 8H84a8 8 0 0 1-8-8Z" fill="#37705f"/>
<path d="M110 46h14v80a8 8 0 0 1-8 8h-12a6 6 0 0 0 6-6Z" fill="#2a594b"/>
<path d="M80 18a6 6 0 0 1 6-6h28a6 6 0 0 1 6 6v24H80Z" fill="#cfd7d8"/>
<path d="M108 12h6a6 6 0 0 1 6 6v24h-12Z" fill="#aeb9bb"/>
<rect x="74" y="40" width="52" height="9" rx="3" fill="#93a0a3"/>
<path d="M86 60v44" stroke="#fff" stroke-width="4" stroke-linecap="round" opacity=".35"/>
<rect x="76" y="108" width="48" height="7" fill="#e0a24a"/>
<path d="M138 112h30l-4 18a5 5 0 0 1-5 4h-12a5 5 0 0 1-5-4Z" fill="#cfd7d8"/><path d="M138 112h30l-1 5h-28Z" fill="#9a6237"/>
<path d="M150 104c-4-6 4-9 0-15" fill="none" stroke="#a9a99f" stroke-width="3" stroke-linecap="round"/>
</svg>`,

  lantern: html`<svg viewBox="0 0 200 150" aria-hidden="true">
<circle cx="100" cy="80" r="62" fill="#f2b950" opacity=".2"/><circle cx="100" cy="80" r="46" fill="#f2b950" opacity=".22"/>
<ellipse cx="100" cy="136" rx="42" ry="5" fill="#000" opacity=".12"/>
<path d="M80 34C80 8 120 8 120 34" fill="none" stroke="#6b7376" stroke-width="5"/>
<rect x="70" y="32" width="60" height="11" rx="4" fill="#8a6a50"/>
<path d="M72 43h56l6 14-6 14 6 14-6 14 6 14-6 10H72l-6-10 6-14-6-14 6-14-6-14Z" fill="#fbe3a6"/>
<path d="M66 57h68M72 71h56M66 85h68M72 99h56M66 113h68" stroke="#dba94d" stroke-width="2"/>
<path d="M100 60c10 13 12 20 12 25a12 12 0 0 1-24 0c0-5 2-12 12-25Z" fill="#f09b3c"/>
<path d="M100 78c5 6 6 9 6 12a6 6 0 0 1-12 0c0-3 1-6 6-12Z" fill="#fff2c9"/>
<rect x="68" y="123" width="64" height="12" rx="4" fill="#8a6a50"/>
</svg>`,

  compass: html`<svg viewBox="0 0 200 150" aria-hidden="true">
<ellipse cx="100" cy="138" rx="44" ry="5" fill="#000" opacity=".12"/>
<circle cx="100" cy="16" r="9" fill="none" stroke="#b98a3a" stroke-width="5"/>
<rect x="93" y="20" width="14" height="12" rx="3" fill="#a87a2c"/>
<circle cx="100" cy="83" r="53" fill="#c99a48"/><circle cx="100" cy="83" r="53" fill="none" stroke="#a87a2c" stroke-width="3"/>
<circle cx="100" cy="83" r="43" fill="#fbf7ec"/>
<g stroke="#6b665a" stroke-width="3" stroke-linecap="round">
<path d="M100 46v7M100 113v7M63 83h7M130 83h7"/>
<path d="m74 57 4 4M126 57l-4 4M74 109l4-4M126 109l-4-4" stroke-width="2"/>
</g>
<path d="m118 53-10 34-16-8Z" fill="#c2463a"/><path d="m82 113 10-34 16 8Z" fill="#44525a"/>
<circle cx="100" cy="83" r="5" fill="#c99a48"/>
</svg>`,

  notebook: html`<svg viewBox="0 0 200 150" aria-hidden="true">
<g transform="rotate(-7 100 78)">
<rect x="60" y="26" width="88" height="112" rx="6" fill="#000" opacity=".12"/>
<rect x="60" y="20" width="84" height="112" rx="5" fill="#efe8d8"/>
<rect x="54" y="18" width="84" height="112" rx="6" fill="#a8503f"/>
<path d="M54 24a6 6 0 0 1 6-6h10v112H60a6 6 0 0 1-6-6Z" fill="#8a3f31"/>
<rect x="84" y="40" width="40" height="24" rx="3" fill="#f5ecdb"/>
<path d="M90 49h28M90 56h18" stroke="#a8503f" stroke-width="2.5" stroke-linecap="round"/>
<path d="M126 18v112" stroke="#3c2b26" stroke-width="4"/>
<path d="M92 130v14l5-5 5 5v-14Z" fill="#e0a24a"/>
</g>
<g transform="rotate(24 164 80)">
<rect x="160" y="36" width="9" height="74" rx="2" fill="#e0a24a"/>
<path d="M160 110h9l-4.5 13Z" fill="#f0d9b0"/>
<path d="m163 118.5 3 0-1.5 4.5Z" fill="#3c2b26"/>
<rect x="160" y="30" width="9" height="9" rx="2" fill="#c2463a"/>
</g>
</svg>`,

  blanket: html`<svg viewBox="0 0 200 150" aria-hidden="true">
<ellipse cx="100" cy="130" rx="72" ry="6" fill="#000" opacity=".12"/>
<rect x="34" y="92" width="132" height="36" rx="16" fill="#c4b199"/><path d="M62 92h14v36H62zM86 92h6v36h-6z" fill="#7d6a55"/>
<rect x="38" y="62" width="126" height="36" rx="16" fill="#e6dac6"/><path d="M64 62h14v36H64zM88 62h6v36h-6z" fill="#a8503f"/>
<rect x="42" y="32" width="118" height="36" rx="16" fill="#d3c3ab"/><path d="M68 32h14v36H68zM92 32h6v36h-6z" fill="#37705f"/>
<path d="M150 38c6 6 6 18 0 24M154 68c6 6 6 18 0 24M156 98c6 6 6 18 0 24" fill="none" stroke="#8f7e68" stroke-width="3" stroke-linecap="round"/>
<path d="M112 44h26M112 74h28M112 104h28" stroke="#fff" stroke-width="3" stroke-linecap="round" opacity=".5"/>
</svg>`,

  socks: html`<svg viewBox="0 0 200 150" aria-hidden="true">
<ellipse cx="100" cy="136" rx="66" ry="5" fill="#000" opacity=".12"/>
<path d="M104 22h32v62c0 8 4 12 12 17l14 9c12 8 6 25-8 25h-18c-14 0-32-12-32-34Z" fill="#9d8f7a"/>
<path d="M104 22h32v16h-32z" fill="#83765f"/><path d="M166 112c10 9 2 23-12 23h-6c2-10 8-18 18-23Z" fill="#83765f"/>
<path d="M56 18h34v64c0 8 4 13 12 18l16 10c12 8 6 25-8 25H90c-16 0-34-12-34-36Z" fill="#c8bba2"/>
<path d="M56 18h34v17H56z" fill="#a8503f"/><path d="M122 112c9 9 2 23-12 23h-8c2-10 9-18 20-23Z" fill="#a8503f"/>
<path d="M56 92c12 0 22 8 24 20-2 6-6 10-10 12-9-6-14-16-14-25Z" fill="#a8503f"/>
<path d="M56 48h34M56 60h34" stroke="#37705f" stroke-width="5"/>
<path d="M64 18v17M73 18v17M82 18v17" stroke="#8a3f31" stroke-width="2"/>
</svg>`,

  rucksack: html`<svg viewBox="0 0 200 150" aria-hidden="true">
<ellipse cx="100" cy="138" rx="56" ry="5" fill="#000" opacity=".12"/>
<path d="M86 24c0-18 28-18 28 0" fill="none" stroke="#8a6a50" stroke-width="6"/>
<rect x="42" y="84" width="22" height="44" rx="9" fill="#58694a"/><rect x="136" y="84" width="22" height="44" rx="9" fill="#4b5a3f"/>
<path d="M58 50c0-18 14-30 42-30s42 12 42 30v72a14 14 0 0 1-14 14H72a14 14 0 0 1-14-14Z" fill="#6d7f5b"/>
<path d="M54 48c0-20 18-32 46-32s46 12 46 32v16c0 6-5 9-10 9H64c-5 0-10-3-10-9Z" fill="#7f926b"/>
<rect x="72" y="92" width="56" height="34" rx="7" fill="#5f714f"/><path d="M72 99a7 7 0 0 1 7-7h42a7 7 0 0 1 7 7v6H72Z" fill="#7f926b"/>
<path d="M78 56v38M122 56v38" stroke="#9a6237" stroke-width="7"/>
<rect x="73" y="76" width="10" height="10" rx="2" fill="#d8b36a"/>
<rect x="117" y="76" width="10" height="10" rx="2" fill="#d8b36a"/>
<rect x="96" y="102" width="8" height="9" rx="2" fill="#d8b36a"/>
</svg>`,
}
