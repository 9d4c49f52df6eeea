/**
 * What the charts share: readable on light and dark pages.
 *
 * @module
 */
export const STYLE = `<style>
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .head { font-weight: 600 }
  .soft { fill: #57606a }
  .ours { fill: #0969da }
  .other { fill: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .soft { fill: #9198a1 }
    .ours { fill: #4493f8 }
    .other { fill: #656c76 }
  }
</style>`

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
