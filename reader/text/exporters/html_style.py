"""The style of the stand-alone page: light and dark, wide and narrow, screen and paper."""

CSS = """
:root{color-scheme:light dark;--paper:#fdfcf9;--ink:#22201c;--soft:#67615a;--line:#ddd7cc;
--accent:#7a3b1e;--card:#f6f2ea;--comment:#f3e3a8;--question:#cfe3f5;--edit:#d6ecd0;
--plain:#ece6da}
@media (prefers-color-scheme:dark){:root{--paper:#1b1a18;--ink:#e8e3da;--soft:#a9a198;
--line:#3b3833;--accent:#e0a583;--card:#252320;--comment:#574a1c;--question:#24405a;--edit:#2c4a2a;--plain:#3a3630}}
*{box-sizing:border-box}
html{background:var(--paper);color:var(--ink);
font:1.0625rem/1.6 Literata,Charter,"Iowan Old Style",Georgia,"Noto Serif",serif;
-webkit-text-size-adjust:100%}
body{margin:0;padding:2rem 1.25rem 4rem;overflow-wrap:anywhere}
a{color:var(--accent)}
header,main,footer{max-width:62rem;margin-inline:auto}
header{margin-block-end:2.5rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .75rem;text-wrap:balance}
header p{margin:.25rem 0;color:var(--soft)}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.1rem .9rem;margin:1rem 0 0;
font-size:.85rem;color:var(--soft)}
dd{margin:0}
.row{display:grid;grid-template-columns:2.5rem minmax(0,36rem) minmax(0,1fr);column-gap:1.25rem}
.row>.no{font-size:.75rem;line-height:1.9rem;color:var(--soft);text-align:end;text-decoration:none;
font-variant-numeric:tabular-nums}
.text{margin:0 0 1.1rem;white-space:pre-wrap}
h2.text,h3.text,h4.text{line-height:1.3;margin-block-start:1.2rem}
h2.text{font-size:1.4rem}h3.text{font-size:1.2rem}h4.text{font-size:1.05rem}
.list_item{padding-inline-start:1.2rem}
.list_item::before{content:"•";position:absolute;margin-inline-start:-1.2rem}
.quotation{padding-inline-start:1.2rem;border-inline-start:2px solid var(--line)}
.verse{font-style:italic}
.preformatted{font:.9rem/1.5 ui-monospace,monospace}
mark{color:inherit;background:var(--plain);padding-block:.1em;border-radius:2px}
mark.commenting{background:var(--comment)}
mark.questioning{background:var(--question);text-decoration:underline dotted 1px}
mark.editing{background:var(--edit);text-decoration:underline dashed 1px}
mark.highlighting,mark.bookmarking{background:var(--plain)}
sup{font-size:.7em;line-height:0;margin-inline-start:.1em}
sup a{display:inline-block;padding:.4rem .08rem;margin:-.4rem 0;text-decoration:none;
font-weight:600}
.notes{font-size:.85rem;line-height:1.5;margin-block-end:1.2rem}
.note{background:var(--card);border-inline-start:3px solid var(--line);border-radius:3px;
padding:.5rem .75rem;margin-block-end:.6rem}
.note.commenting{border-color:var(--comment)}.note.questioning{border-color:var(--question)}
.note.editing{border-color:var(--edit)}
.note:target,mark:target,.row:target{outline:2px solid var(--accent);outline-offset:2px}
.by{margin:0;color:var(--soft);font-size:.9em}
.by a{font-weight:600;text-decoration:none;display:inline-block;min-width:1.5rem;
padding-block:.1rem}
.body p,.body ul,.body ol,.body pre,.body blockquote{margin:.35rem 0}
.body pre{white-space:pre-wrap}.body blockquote{padding-inline-start:.7rem;
border-inline-start:2px solid var(--line)}
.body ul,.body ol{padding-inline-start:1.2rem}
.reply{border-block-start:1px solid var(--line);margin-block-start:.5rem;padding-block-start:.4rem}
.d2,.d3,.d4{margin-inline-start:.8rem}.d3{margin-inline-start:1.6rem}.d4{margin-inline-start:2.4rem}
.passage{margin:.2rem 0;color:var(--soft);font-style:italic}
.change{margin:.35rem 0}
.decision{border-block-start:1px solid var(--line);margin:.5rem 0 0;padding-block-start:.35rem}
.decision strong{color:var(--accent)}
.decision .was{color:var(--soft)}
.tags{margin:.3rem 0 0;color:var(--soft)}
h2.rest{font-size:1.2rem;margin:2.5rem 0 1rem;padding-block-start:1rem;
border-block-start:1px solid var(--line)}
.nowhere{max-width:40rem}
footer{margin-block-start:3rem;padding-block-start:1rem;border-block-start:1px solid var(--line);
font-size:.8rem;color:var(--soft)}
@media (max-width:50rem){body{padding-inline:1rem}
.row{grid-template-columns:1.6rem minmax(0,1fr);column-gap:.6rem}.row>.notes{grid-column:1/-1}
.text{margin-block-end:.7rem}.notes{margin-block-end:1.6rem}}
@media (min-width:50.01rem){.row>.text,.row>.no{position:sticky;inset-block-start:1rem;
align-self:start}}
@media screen{.row{content-visibility:auto;contain-intrinsic-block-size:auto 8rem}}
@media print{:root{--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;--accent:#000;--card:#fff;
--comment:#eee;--question:#eee;--edit:#eee;--plain:#f4f4f4}
@page{margin:16mm 14mm}html{font-size:9.5pt}body{padding:0}
.row{grid-template-columns:2rem minmax(0,1fr) minmax(0,38%);column-gap:.7rem}
.row>*{position:static!important}.row>.notes{grid-column:auto}
.note{break-inside:avoid-page;border:1px solid var(--line)}
h2.text,h3.text{break-after:avoid}a{text-decoration:none}
mark{background:none;text-decoration:underline solid 1px;-webkit-print-color-adjust:exact}}
"""
