import type { CurveColours } from "../curves.ts";

/** The page's colours by role, bright and dark. */
const roles = {
  paper: ["#ffffff", "#14171a"],
  panel: ["#f5f7f9", "#1b2025"],
  ink: ["#1a1f24", "#e6eaee"],
  quiet: ["#5c6670", "#98a3ae"],
  line: ["#dde3e8", "#2d343b"],
  accent: ["#1b62c4", "#74abff"],
  second: ["#c2410c", "#ff9a5c"],
  right: ["#2f855a", "#5fc58f"],
} as const;

const variables = (index: 0 | 1): string =>
  Object.entries(roles)
    .map(([role, colours]) => `--${role}:${colours[index]}`)
    .join(";");

/** Curves in the page's colours, whichever they are. */
export const pageColours: CurveColours = {
  ink: "var(--ink)",
  paper: "none",
  grid: "var(--line)",
  curves: ["var(--accent)", "var(--second)", "var(--right)", "var(--quiet)"],
};

export const pageStyle = `
:root{color-scheme:light dark;${variables(0)}}
@media (prefers-color-scheme:dark){:root{${variables(1)}}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:2.5rem 1.5rem 4rem;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{margin:0;font-size:1.9rem;letter-spacing:-.02em}
h2{margin:2.6rem 0 .8rem;font-size:1.15rem;letter-spacing:-.01em}
p{margin:.35rem 0 0;color:var(--quiet)}
header p{font-size:1.02rem}
p+.scroll,p+.mistakes{margin-top:.8rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:1.6rem 0 0}
.tile{padding:.85rem 1rem;border-radius:.6rem;background:var(--panel)}
.tile b{display:block;font-size:1.45rem;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tile span{color:var(--quiet);font-size:.86rem}
.tile:first-child{background:var(--accent);color:var(--paper)}
.tile:first-child span{color:inherit;opacity:.85}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{padding:.35rem .7rem;text-align:left;font-weight:550;font-size:.86rem;color:var(--quiet);border-bottom:1px solid var(--line);white-space:nowrap}
td{padding:.32rem .7rem;border-bottom:1px solid var(--line);white-space:nowrap}
tr:last-child td{border-bottom:0}
.number{text-align:right}
.bar{position:relative;min-width:8rem;text-align:right}
.bar span{position:absolute;inset:.28rem auto .28rem 0;border-radius:.2rem;background:var(--accent);opacity:.22}
.bar b{position:relative;font-weight:400}
.frozen{color:var(--quiet)}
figure{margin:0}
svg{display:block;width:100%;height:auto}
figure.diagram svg{width:auto;max-width:100%;margin:0 auto}
.confusion{width:auto;margin:0}
.confusion td{min-width:2.6rem;padding:.3rem .35rem;border:0;text-align:center;font-size:.86rem}
.confusion th{border:0;padding:.2rem .5rem}
.confusion thead th{text-align:center;vertical-align:bottom;padding:.2rem .15rem}
.confusion thead th div{margin:0 auto;writing-mode:vertical-rl;transform:rotate(180deg)}
.confusion .hit{background:color-mix(in srgb,var(--accent) calc(var(--share)*62%),var(--paper))}
.confusion .miss{background:color-mix(in srgb,var(--second) calc(var(--share)*100%),var(--paper))}
.confusion .none{color:var(--line)}
.mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.2rem,1fr));gap:.75rem}
.mistakes figure{padding:.7rem;border-radius:.6rem;background:var(--panel);text-align:center}
.mistakes img{width:100%;aspect-ratio:1;object-fit:contain;image-rendering:pixelated;border-radius:.3rem}
.mistakes figcaption{margin-top:.45rem;font-size:.84rem;line-height:1.4}
.mistakes s{text-decoration:none;color:var(--second);font-weight:550}
.mistakes small{color:var(--quiet)}
pre{margin:0;padding:1rem 1.2rem;border-radius:.6rem;background:var(--panel);overflow-x:auto;font:13px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
.receipt td:first-child{color:var(--quiet);width:11rem;vertical-align:top}
.receipt td:last-child{white-space:normal;overflow-wrap:anywhere}
footer{margin-top:3rem;color:var(--quiet);font-size:.84rem}
@media print{body{max-width:none;padding:0}h2{break-after:avoid}.tile,.mistakes figure,pre{border:1px solid var(--line)}}
`;
