<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<%def name="crumb()">\
<p><a href="${site.base_path}traces/">traces</a> / ${view.shell.title}</p>
</%def>\
<%def name="title()">${view.operation}</%def>\
<div class="grid">
% if view.parts or view.notes:
<section aria-labelledby="share" class="wide">
<header><h2 id="share">where the time went</h2><p>${parts.say(view.spent)}</p></header>
${parts.finished(view.breakdown)}
${parts.key(view.parts)}\
${parts.notes(view.notes)}\
% if view.linked:
<p class="cap">linked traces:\
% for link in view.linked:
 ${parts.cell(link)}\
% endfor
</p>
% endif
</section>
% endif
% if "spans" in blocks:
<section aria-labelledby="spans" class="wide">
<header><h2 id="spans">spans</h2><p><span class="cp">critical path, below a bar</span> · <span class="c">failed</span></p></header>
${parts.waterfall(view.ticks, blocks["spans"], view.guides)}\
</section>
% endif
% if view.slowest:
<section aria-labelledby="slowest" class="w6">
<header><h2 id="slowest">slowest spans</h2><p>self time</p></header>
<table class="key">
<thead><tr><th scope="col">span</th><th scope="col" class="n">self ms</th><th scope="col" class="n">spans</th></tr></thead>
<tbody>
% for row in view.slowest:
<tr><th scope="row" class="${row.colour}">${row.service} <small>${row.name}</small></th><td class="n">${parts.ms(row.own, view.digits)}</td><td class="n"><data value="${row.spans}">${row.spans}</data></td></tr>
% endfor
</tbody>
</table>
</section>
% endif
% if "details" in blocks:
<section aria-labelledby="attributes" class="w6">
<header><h2 id="attributes">attributes</h2><p>slowest spans and errors</p></header>
${parts.finished(blocks["details"])}\
</section>
% endif
</div>
${parts.tabs(view.pages, "more of this trace")}\
