<%inherit file="base.mako"/>\
<%def name="drawings()"></%def>\
<%namespace name="parts" file="parts.mako"/>\
<%def name="rows(entries, label)">\
<div class="box" role="region" tabindex="0" aria-label="${label}">
<table>
<thead><tr><th scope="col">started</th><th scope="col">trace</th><th scope="col" class="n">duration</th><th scope="col" class="n">spans</th><th scope="col" class="n">errors</th></tr></thead>
<tbody>
% for row in entries:
<tr><td class="w">${parts.cell(row.start)}</td><td>\
% if row.path:
<a href="${site.base_path}${row.path.removeprefix('/')}">${row.service} ${row.name}</a>\
% else:
${row.service} ${row.name}\
% endif
</td><td class="n">${parts.cell(row.duration)}${parts.finished(row.bar)}</td><td class="n"><data value="${row.spans}">${row.spans}</data></td><td class="n crit">\
% if row.errors:
<data value="${row.errors}">${row.errors}</data>\
% endif
</td></tr>
% endfor
</tbody>
</table>
</div>
</%def>\
<div class="grid">
<section aria-labelledby="slowest" class="wide">
<h2 id="slowest">by duration</h2>
${parts.notes(view.notes)}\
% if view.slowest:
${rows(view.slowest, "traces by duration")}\
% else:
<p class="none">○ no traces yet: the first build's own trace appears with the second build</p>
% endif
</section>
% if view.failed:
<section aria-labelledby="failed" class="wide crit">
<h2 id="failed">latest with errors</h2>
${rows(view.failed, "traces with errors")}\
</section>
% endif
</div>
