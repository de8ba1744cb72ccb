#include "report/page/style.h"

namespace ae {

// Series colours keep a contrast of 3:1 against the background, texts one of 4.5:1 (WCAG 2.2).
const std::string_view kPageStyle = R"css(:root {
  --back: #fff; --panel: #fff; --text: #1c2026; --soft: #596170; --rule: #dfe3e8; --link: #0b5cad;
  --warn: #fff4d6; --warn-edge: #b87900;
  --c0: #1f6fb8; --c1: #c8500a; --c2: #16806a; --c3: #a8327e; --c4: #7a6400; --c5: #5a4fc4;
  --c6: #c22f3d; --c7: #5b6672;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171b; --panel: #1b1f24; --text: #e8eaed; --soft: #a5adb8; --rule: #353b43;
    --link: #7db8ff; --warn: #3a2f12; --warn-edge: #d9a72f;
    --c0: #62aef5; --c1: #ff9a57; --c2: #4fd0ac; --c3: #f088c6; --c4: #d8c04a; --c5: #aaa2ff;
    --c6: #ff8087; --c7: #aab4c0;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { color-scheme: light dark; scroll-padding-top: 3.5rem; }
body {
  margin: 0 auto; max-width: 84rem; padding: 0 1rem 3rem; background: var(--back);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1 { margin: 1.5rem 0 .25rem; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 2.25rem 0 .5rem; font-size: 1.3rem; }
h3 { margin: 0 0 .4rem; font-size: 1rem; }
p { margin: .5rem 0; max-width: 48rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
main:focus { outline: none; }
.subtitle, figcaption { color: var(--soft); }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; padding: .3rem .6rem; background: var(--panel); z-index: 4; }
.unseen {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
nav {
  position: sticky; top: 0; z-index: 3; margin: .75rem -1rem 0; padding: .4rem 1rem;
  background: var(--back); border-bottom: 1px solid var(--rule); overflow-x: auto;
}
nav ul { display: flex; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; }
nav a { display: block; padding: .25rem 0; white-space: nowrap; }
.warning {
  padding: .5rem .75rem; background: var(--warn); border-left: 4px solid var(--warn-edge);
}
.figures {
  display: grid; gap: 1rem; margin-top: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 23rem), 1fr));
}
figure {
  container-type: inline-size; margin: 0; padding: .75rem; min-width: 0; max-width: 36rem;
  background: var(--panel); border: 1px solid var(--rule); border-radius: 6px;
}
figure.wide { grid-column: 1 / -1; max-width: none; }
figcaption { margin-top: .4rem; font-size: .875rem; }
figure svg { display: block; width: 100%; height: auto; }
figure text { fill: var(--soft); font-size: 13px; }  /* in units of the drawing, 400 wide */
@container (max-width: 20rem) { figure text { font-size: 16px; } }
@container (min-width: 29rem) { figure text { font-size: 11px; } }
.below { text-anchor: middle; }
.beside { text-anchor: end; }
.grid { stroke: var(--rule); fill: none; }
.frame { stroke: var(--soft); fill: none; }
.c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
.c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); } .c7 { --c: var(--c7); }
.line {
  fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round;
}
.bars { fill: var(--c); fill-opacity: .18; stroke: var(--c); stroke-width: 1.75; }
.marks { fill: var(--c); fill-opacity: .8; }
.marks.large { stroke: var(--c); stroke-width: 2; fill-opacity: 1; stroke-linejoin: round; }
.dots circle { fill: transparent; }
.dots.shown circle, .dots circle:hover { fill: var(--c); }
.dots circle:hover { stroke: var(--text); }
.bins rect { fill: transparent; }
.bins rect:hover { fill: var(--text); fill-opacity: .1; }
.reference { fill: none; stroke: var(--text); stroke-width: 1.5; stroke-dasharray: 4 3; }
.legend {
  display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin: .3rem 0 0; padding: 0; list-style: none;
  font-size: .875rem;
}
.legend li { display: flex; align-items: center; gap: .35rem; min-width: 0; }
.legend svg { flex: none; width: 24px; }
.legend span, td, th { unicode-bidi: isolate; }
img { display: block; max-width: 100%; height: auto; }
img.pixels { width: 100%; image-rendering: pixelated; }
.scroll { overflow-x: auto; }
pre { margin: 0; font-size: .8125rem; line-height: 1.45; }
table { border-collapse: collapse; font-size: .875rem; overflow-wrap: normal; }
th, td { padding: .3rem .75rem .3rem 0; text-align: left; border-bottom: 1px solid var(--rule); }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 400; }
td, th.number { font-variant-numeric: tabular-nums; }
.number { text-align: right; }
.scatter { position: relative; }
.scatter .area { position: absolute; cursor: crosshair; }
.scatter canvas { display: block; width: 100%; height: 100%; }
.ring {
  position: absolute; width: 15px; height: 15px; margin: -7.5px; border: 2px solid var(--text);
  border-radius: 50%; box-shadow: 0 0 0 2px var(--back); pointer-events: none;
}
.tip {
  position: absolute; z-index: 2; width: max-content; max-width: 13rem; padding: .35rem .55rem;
  background: var(--panel); color: var(--text); border: 1px solid var(--soft); border-radius: 5px;
  font-size: .8125rem; line-height: 1.4; white-space: pre-line; pointer-events: none;
}
.tile { margin-bottom: .25rem; image-rendering: pixelated; background-repeat: no-repeat; }
@media print { nav, .skip { display: none; } figure { break-inside: avoid; } }
)css";

}  // namespace ae
