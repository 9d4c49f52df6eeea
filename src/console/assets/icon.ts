export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<style>path{fill:#2a5b4d}.d{fill:#c77d2b}@media(prefers-color-scheme:dark){path{fill:#8fcdb8}.d{fill:#e6b06a}}</style>
<path d="M5 26V12.5a11 11 0 0 1 22 0V26h-6V13a5 5 0 0 0-10 0v13Z"/><path class="d" d="M13 29.5a3 3 0 1 1 6 0Z"/>
</svg>
`
