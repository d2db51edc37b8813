<%inherit file="base.mako"/>\
<%def name="drawings()"></%def>\
<%namespace name="parts" file="parts.mako"/>\
<%def name="rows(entries, label)">\
<div class="box" role="region" tabindex="0" aria-label="${label}">
<table>
<thead><tr><th scope="col">started</th><th scope="col">trace</th><th scope="col" class="n">duration</th><th scope="col" class="n">spans</th><th scope="col" class="n">errors</th></tr></thead>
<tbody>
${parts.finished(entries)}\
</tbody>
</table>
</div>
</%def>\
<div class="grid">
% if "slowest" in blocks or not blocks:
<section aria-labelledby="slowest" class="wide">
<h2 id="slowest">by duration</h2>
${parts.notes(view.notes)}\
% if "slowest" in blocks:
${rows(blocks["slowest"], "traces by duration")}\
% else:
<p class="none">○ no traces yet: the first build's own trace appears with the second build</p>
% endif
</section>
% endif
% if "failed" in blocks:
<section aria-labelledby="failed" class="wide crit">
<h2 id="failed">latest with errors</h2>
${rows(blocks["failed"], "traces with errors")}\
</section>
% endif
</div>
${parts.tabs(view.pages, "more traces")}\
