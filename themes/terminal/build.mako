<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
${parts.finished(blocks["lanes"])}\
<section aria-labelledby="facts">
<h2 id="facts">this build</h2>
${parts.facts(view.facts)}\
% if "problems" in blocks:
${parts.finished(blocks["problems"])}\
% endif
% if view.more_problems:
<p class="cap">${parts.say(view.more_problems)}</p>
% endif
</section>
<section aria-labelledby="history">
<h2 id="history">builds before</h2>
${parts.finished(view.spark)}
${parts.table(view.history, "builds before", blocks.get("history"))}\
</section>
<section aria-labelledby="pages" class="wide">
<h2 id="pages">pages by size</h2>
${parts.table(view.pages, "pages by size", blocks.get("pages"))}\
</section>
</div>
<p class="stamp"><a href="${site.base_path}techniques/">How it is done: the patterns behind this build</a></p>
