<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<%def name="rows(entries)">\
<div class="lst">
<table>
<thead class="hide"><tr><th scope="col">trace</th><th scope="col" class="hide">began</th><th scope="col" class="n">took</th><th scope="col" class="n hide">spans</th><th scope="col" class="n">errors</th><th scope="col">compared</th></tr></thead>
<tbody>
${parts.finished(entries)}\
</tbody>
</table>
</div>
</%def>\
<div class="grid">
% if "slowest" in blocks or not blocks:
<section aria-labelledby="slowest" class="${'w6' if 'failed' in blocks else 'wide'}">
<header><h2 id="slowest">slowest</h2></header>
${parts.notes(view.notes)}\
% if "slowest" in blocks:
${rows(blocks["slowest"])}\
% else:
<p class="none">○ no traces yet: the first build's own trace appears with the second build</p>
% endif
</section>
% endif
% if "failed" in blocks:
<section aria-labelledby="failed" class="${'w6' if 'slowest' in blocks else 'wide'}">
<header><h2 id="failed">latest failed</h2></header>
${rows(blocks["failed"])}\
</section>
% endif
</div>
${parts.tabs(view.pages, "more traces")}\
