<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
<dl class="ti">
% for name, figure, beneath, css in view.tiles:
<div class="${css}"><dt>${name}</dt><dd>${parts.large(figure)}</dd><dd>${parts.say(beneath)}</dd></div>
% endfor
</dl>
${parts.finished(blocks["lanes"])}\
% if view.strip:
<section aria-labelledby="history" class="wide">
<header><h2 id="history">last 100 builds</h2><p>${parts.say(view.strip.summary)}</p></header>
${parts.finished(view.strip.svg)}
<p class="ax cap">\
% for sentence in view.strip.under:
<span>${parts.say(sentence)}</span>\
% endfor
</p>
% if "history" in blocks:
<details><summary>data table</summary>
${parts.table(view.history, "builds before", blocks["history"])}\
</details>
% endif
</section>
% endif
% if view.stages.rows:
<section aria-labelledby="stages">
<header><h2 id="stages">stages</h2><p>one after the other</p></header>
${parts.table(view.stages, "stages")}\
</section>
% endif
% if view.tasks.rows:
<section aria-labelledby="tasks">
<header><h2 id="tasks">longest tasks</h2><p>waited, then ran</p></header>
${parts.table(view.tasks, "longest tasks")}\
</section>
% endif
% if "pages" in blocks:
<section aria-labelledby="pages">
<header><h2 id="pages">pages by weight</h2><p>limit 13 kB</p></header>
${parts.table(view.pages, "pages by weight", blocks["pages"])}\
</section>
% endif
<section aria-labelledby="facts">
<header><h2 id="facts">this build and its timer</h2><p>seen by itself</p></header>
${parts.facts(view.facts)}\
% if view.timing:
${parts.table(view.timing.lateness, "builds by how late they began")}\
<p class="cap">${parts.say(view.timing.said)}</p>
% endif
% if "problems" in blocks:
${parts.finished(blocks["problems"])}\
% endif
% if view.more_problems:
<p class="cap">${parts.say(view.more_problems)}</p>
% endif
</section>
% if view.deploys.rows:
<section aria-labelledby="deploys" class="wide">
<header><h2 id="deploys">deploys</h2><p>the last to each target</p></header>
${parts.table(view.deploys, "deploys")}\
</section>
% endif
<section aria-labelledby="techniques" class="wide">
<header><h2 id="techniques">techniques</h2><p>how it is done</p></header>
<ul>
% for number, (title, why) in enumerate(view.techniques):
<li><a href="${site.base_path}techniques/#t${number}">${title}</a> ${why}</li>
% endfor
</ul>
</section>
</div>
