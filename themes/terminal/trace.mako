<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
<section aria-labelledby="share" class="wide">
<h2 id="share">where the time went</h2>
${parts.notes(view.notes)}\
${parts.finished(view.breakdown)}
${parts.table(view.shares, "where the time went")}\
</section>
<section aria-labelledby="spans" class="wide">
<h2 id="spans">spans</h2>
${parts.waterfall(view.waterfall)}\
</section>
% if view.details:
<section aria-labelledby="attributes" class="wide">
<h2 id="attributes">slowest spans and errors</h2>
% for name, pairs in view.details:
<details><summary>${name}</summary>
${parts.facts(pairs)}\
</details>
% endfor
</section>
% endif
</div>
