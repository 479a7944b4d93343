"""How the report looks."""

STYLE = """
:root{--back:#f6f4f0;--card:#fff;--ink:#22201d;--soft:#6d675f;--rule:#e2ddd4;--seen:#2f6f73;--heard:#c07a2c;
--good:#2e7d4f;--look:#9a6a00;--poor:#b3362b;--goodfill:#2e7d4f1f;--silence:#8883;--made:#c07a2c;--picture:#7b6fae;--true:#2e7d4f}
@media(prefers-color-scheme:dark){:root{--back:#171614;--card:#211f1c;--ink:#ece8e1;--soft:#a49c90;--rule:#393530;
--seen:#6fc0c2;--heard:#e0a45b;--good:#6cc08b;--look:#e0b04a;--poor:#ee8274;--goodfill:#6cc08b22;--silence:#fff2;
--made:#e0a45b;--picture:#a99bdf;--true:#6cc08b}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:62rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0}
h2{font-size:1.2rem;margin:0 0 .6rem}
h2 small{font-weight:400;color:var(--soft);font-size:.9rem}
h3{font-size:1rem;margin:1.4rem 0 .4rem}
p{margin:.4rem 0}
.kind{color:var(--soft);margin:.1rem 0 .8rem}
.lead{max-width:44rem}
.facts{display:flex;flex-wrap:wrap;gap:.2rem 1.6rem;margin:0 0 .8rem}
.facts div{display:flex;gap:.4rem}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
section{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:1rem 1.1rem;margin-top:1rem}
.told{font-weight:600}
.bar{position:relative;height:1.6rem;background:var(--silence);border-radius:5px;overflow:hidden}
.bar i{position:absolute;top:0;height:50%;background:var(--picture)}
.bar i.made{top:50%;background:var(--made)}
.bar i.true{top:50%;background:var(--true)}
.dot{display:inline-block;width:.7rem;height:.7rem;border-radius:3px;margin-right:.45rem;background:var(--picture)}
.dot.made{background:var(--made)}
.dot.true{background:var(--true)}
.plain{list-style:none;margin:.6rem 0 0;padding:0}
.plain li{padding:.25rem 0;border-top:1px solid var(--rule);overflow-wrap:anywhere}
.plain li:first-child{border-top:0}
.plain b{font-variant-numeric:tabular-nums}
.stage,em{color:var(--soft);font-style:normal;font-size:.9rem}
em{color:var(--look)}
.groups{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:0 1.6rem}
.group h3{margin-top:.8rem}
.figure{border-top:1px solid var(--rule)}
.figure summary{display:flex;gap:.5rem;align-items:baseline;padding:.3rem 0;cursor:pointer;list-style:none}
.figure summary::-webkit-details-marker{display:none}
.figure summary:focus-visible{outline:2px solid var(--seen);outline-offset:2px}
.name{flex:1}
.name small{display:block;color:var(--soft);font-size:.8rem;margin-left:1.25em}
.name::before{content:"▸";display:inline-block;width:1em;color:var(--soft);font-size:.8em}
.figure[open] .name::before{content:"▾"}
.figure b{font-variant-numeric:tabular-nums;white-space:nowrap}
.figure p{font-size:.92rem;color:var(--soft);margin:0 0 .4rem 1em}
.missing{color:var(--soft);font-size:.9rem;text-align:right}
.chip{font-size:.78rem;padding:.05rem .5rem;border-radius:1rem;border:1px solid currentColor;white-space:nowrap;
min-width:4.6em;text-align:center}
.good{color:var(--good)}
.look{color:var(--look)}
.poor{color:var(--poor)}
figure{margin:1rem 0 0}
figcaption{font-weight:600;font-size:.95rem}
.wide{overflow-x:auto}
.wide:focus-visible{outline:2px solid var(--seen)}
.curve{display:block;width:100%;min-width:38rem;height:auto}
.curve text{font:11px system-ui,sans-serif;fill:var(--soft)}
.curve .grid{stroke:var(--rule);stroke-width:1}
.curve rect.good{fill:var(--goodfill)}
.curve rect.silence{fill:var(--silence)}
.curve polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}
.curve .seen{stroke:var(--seen)}
.curve .heard{stroke:var(--heard);stroke-dasharray:4 3}
.curve .said{stroke:var(--soft);stroke-width:3}
.curve .mark line{stroke:var(--poor);stroke-dasharray:2 3}
.curve .mark text{fill:var(--poor);font-weight:700}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.88rem;color:var(--soft)}
.legend span::before{content:"";display:inline-block;width:1.6rem;margin-right:.4rem;vertical-align:middle;
border-top:3px solid var(--seen)}
.legend .heard::before{border-top:3px dashed var(--heard)}
.legend .silence::before{border:0;height:.8rem;background:var(--silence)}
.moments{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:1rem}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:.4rem}
.pair figure{margin:0}
.pair img{display:block;width:100%;border-radius:6px}
.pair figcaption{font-weight:400;font-size:.8rem;color:var(--soft)}
.count{display:inline-block;min-width:1.5em;text-align:center;border-radius:1em;margin-right:.4rem;
color:var(--card);background:var(--poor);font-weight:700;font-size:.85rem}
@media print{body{background:#fff}section{break-inside:avoid}}
"""
