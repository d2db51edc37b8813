<%inherit file="base.mako"/>\
<%def name="drawings()">${parts.finished(site.theme.prose_css)}</%def>\
<%namespace name="parts" file="parts.mako"/>\
<%def name="count(number, css)">\
% if number:
<td class="n ${css}"><data value="${number}">${f"{number:,}"}</data></td>\
% else:
<td class="n">–</td>\
% endif
</%def>\
<div class="grid">
<section aria-labelledby="lines" class="${'w8' if view.services else 'wide'}">
<header><h2 id="lines">lines, newest first</h2>
% if blocks:
<p>${parts.say(view.shown)}</p>
% endif
</header>
${parts.notes(view.notes)}\
% if blocks:
<fieldset><legend class="vh">show levels</legend>
<label><input type="radio" name="l" id="la" checked>all</label>
<label><input type="radio" name="l" id="lw">warnings and errors</label>
<label><input type="radio" name="l" id="le">errors</label>
</fieldset>
<ol class="log">
${parts.finished(blocks["lines"])}\
</ol>
% else:
<p class="none">○ no lines yet</p>
% endif
</section>
% if view.services:
<section aria-labelledby="services" class="w4">
<header><h2 id="services">by service</h2></header>
<table>
<thead><tr><th scope="col">service</th><th scope="col" class="n">error</th><th scope="col" class="n">warn</th><th scope="col" class="n">lines</th></tr></thead>
<tbody>
% for row in view.services:
<tr><th scope="row">${row.service}</th>${count(row.errors, "crit")}${count(row.warnings, "warn")}${count(row.lines, "")}</tr>
% endfor
</tbody>
</table>
% if view.more_services:
<p class="cap">${parts.say(view.more_services)}</p>
% endif
</section>
% endif
</div>
${parts.tabs(view.pages, "older lines")}\
